// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
// Which field of the configuration a finding hangs on: read off the rule that ended the call, and off what took time.
#include "crashtest/crashfacts.h"

#include "config/retryfields.h"
#include "config/valuetext.h"

namespace retryscope {
namespace {

QString retry(const char *field) { return QStringLiteral("retry.") + QLatin1String(field); }
const QString anotherProvider = QStringLiteral("providers");

const CallResult *firstFailed(const CrashFacts &facts)
{
    for (const auto &call : facts.calls) {
        if (call && !call->succeeded())
            return &*call;
    }
    return nullptr;
}

/// The own rule that decided about an attempt that failed; empty: none did.
QString ownRule(const CrashFacts &facts)
{
    for (const Event &e : facts.events) {
        if (e.kind == EventKind::AttemptFinished && e.reason != RetryReason::None
            && e.rule.startsWith(QLatin1String("rules[")))
            return e.rule.section(QLatin1Char(' '), 0, 0);
    }
    return {};
}

RetryReason firstReason(const CrashFacts &facts)
{
    for (const Event &e : facts.events) {
        if (e.kind == EventKind::AttemptFinished && e.reason != RetryReason::None)
            return e.reason;
    }
    return RetryReason::None;
}

QString ofReason(RetryReason reason, const char *field)
{
    return QStringLiteral("retry.reasons.%1.%2").arg(toKey(reason), QLatin1String(field));
}

/// Attempts are bounded by what is said of the reason, or for all of them.
QString attempts(const CrashFacts &facts, const Configuration &configuration, const char *general)
{
    const RetryReason reason = firstReason(facts);
    return configuration.retry.overrides[std::size_t(reason)].maxAttempts ? ofReason(reason, "max_attempts")
                                                                          : retry(general);
}

QString forNotAnswered(const Stage &stage, const CrashFacts &facts)
{
    const CallResult *failed = firstFailed(facts);
    if (!failed)
        return {};
    const QString &rule = failed->rule;
    const auto is = [&rule](const char *words) { return rule.startsWith(QLatin1String(words)); };
    if (is("the request itself is at fault") || is("the policy asks nobody else")) {
        const QString own = ownRule(facts);
        return own.isEmpty() ? ofReason(failed->reason, "fail_over") : own;
    }
    if (is("max attempts reached"))
        return retry("max_attempts");
    if (is("not safe to repeat: content was already shown"))
        return retry("stream_mode");
    if (is("not safe to repeat"))
        return retry("unconfirmed_delivery");
    if (is("the retry budget is empty"))
        return retry("retry_budget_floor");
    if (is("no free slot"))
        return retry("max_concurrent");
    if (is("no time is left") || is("no wait fits") || is("all providers are cooling"))
        return retry("deadline_s");
    return stage.chain.size() > 1 && firstReason(facts) != RetryReason::None
                   && stage.configuration.retry.overrides[std::size_t(firstReason(facts))].maxAttempts
               ? ofReason(firstReason(facts), "max_attempts")
               : anotherProvider;
}

QString forTooMany(const CrashCase &what, const Stage &stage, const CrashFacts &facts)
{
    if (const QString own = ownRule(facts); !own.isEmpty())
        return own;
    const RetryConfig &c = stage.configuration.retry;
    const int calls = what.terms.calls * what.terms.programs;
    if (calls > 1 && c.attemptsPerProvider <= RetryConfig().attemptsPerProvider)
        return retry("circuit_failure_ratio");
    const bool alone = stage.chain.size() == 1 || what.terms.goal == CrashGoal::Said;
    return attempts(facts, stage.configuration, alone ? "max_attempts" : "attempts_per_provider");
}

/// A limit of time is the provider's own where it has one.
QString limit(const char *field, std::optional<Duration> ProviderTimes::*own, const ProviderId &provider,
              const Stage &stage)
{
    const qsizetype place = stage.chain.indexOf(provider);
    return place >= 0 && stage.configuration.providers[place].times.*own
               ? QStringLiteral("providers[%1].timeouts.%2").arg(stage.inFile[place]).arg(QLatin1String(field))
               : retry(field);
}

QString limitOf(const Event &attempt, const Stage &stage)
{
    const auto is = [&attempt](const char *rule) { return attempt.rule == QLatin1String(rule); };
    if (is("timeout:connect"))
        return limit("connect_timeout_s", &ProviderTimes::connect, attempt.provider, stage);
    if (is("timeout:idle") || is("stream:silence"))
        return limit("idle_timeout_s", &ProviderTimes::idle, attempt.provider, stage);
    if (is("timeout:attempt"))
        return limit("attempt_timeout_s", &ProviderTimes::attempt, attempt.provider, stage);
    return limit("first_token_timeout_s", &ProviderTimes::firstToken, attempt.provider, stage);
}

QString waitOf(const Event &wait, const Stage &stage)
{
    const RetryConfig &c = stage.configuration.retry;
    switch (wait.delaySource) {
    case DelaySource::Server: return stage.chain.size() > 1 ? retry("hint_patience_s") : anotherProvider;
    case DelaySource::Circuit: return retry("circuit_open_time_s");
    case DelaySource::Pacing: return retry("pace_from_headers");
    case DelaySource::Backoff:
    case DelaySource::None: break;
    }
    const ReasonOverride &own = c.overrides[std::size_t(wait.reason)];
    if (wait.reason == RetryReason::RateLimit && c.rateLimitDelay > 0s)
        return retry("rate_limit_delay_s");
    if (own.baseDelay)
        return ofReason(wait.reason, "base_delay_s");
    return wait.delay > c.baseDelay ? retry("max_delay_s") : retry("base_delay_s");
}

/// Of what took the longest: a wait, or an attempt.
QString forTooSlow(const Stage &stage, const CrashFacts &facts)
{
    Duration longest{};
    QString setting;
    for (const Event &e : facts.events) {
        const bool wait = e.kind == EventKind::RetryScheduled, attempt = e.kind == EventKind::AttemptFinished;
        const Duration took = wait ? e.delay : attempt ? e.duration : 0s;
        if (took <= longest)
            continue;
        longest = took;
        setting = wait ? waitOf(e, stage) : limitOf(e, stage);
    }
    return setting;
}

/// Of what the call that has not ended is at.
QString forNotEnded(const Stage &stage, const CrashFacts &facts)
{
    for (auto it = facts.events.rbegin(); it != facts.events.rend(); ++it) {
        if (it->kind == EventKind::RetryScheduled)
            return it->delaySource == DelaySource::Server ? retry("server_hint_cap_s") : waitOf(*it, stage);
        if (it->kind == EventKind::FirstToken)
            return limit("idle_timeout_s", &ProviderTimes::idle, it->provider, stage);
        if (it->kind == EventKind::AttemptStarted)
            return stage.configuration.retry.attemptTimeout < stage.configuration.retry.deadline
                       ? limit("first_token_timeout_s", &ProviderTimes::firstToken, it->provider, stage)
                       : retry("deadline_s");
    }
    return retry("deadline_s");
}

QString forToldWhole(const Stage &stage, const CrashFacts &facts)
{
    for (const auto &call : facts.calls) {
        const qsizetype place = call ? stage.chain.indexOf(call->provider) : -1;
        if (place >= 0 && stage.configuration.providers[place].end != EndRule::Protocol)
            return QStringLiteral("providers[%1].end").arg(stage.inFile[place]);
    }
    return {};
}

} // namespace

QString settingFor(CrashFinding finding, const CrashCase &what, const Stage &stage, const CrashFacts &facts)
{
    switch (finding) {
    case CrashFinding::None:
    case CrashFinding::Astray: return {};
    case CrashFinding::NotEnded: return forNotEnded(stage, facts);
    case CrashFinding::ToldWhole: return forToldWhole(stage, facts);
    case CrashFinding::TooManyRequests: return forTooMany(what, stage, facts);
    case CrashFinding::NotAnswered:
    case CrashFinding::SomeLost: return forNotAnswered(stage, facts);
    case CrashFinding::TooSoon: return retry("honour_server_hints");
    case CrashFinding::Bunched: return retry("jitter");
    case CrashFinding::NotBack:
        return stage.configuration.retry.probeInterval == 0s ? retry("probe_interval_s") : retry("circuit_open_time_s");
    case CrashFinding::TooSlow: return forTooSlow(stage, facts);
    }
    return {};
}

QString settingValue(const QString &setting, const Configuration &configuration)
{
    const QJsonObject all = toJson(configuration.retry);
    const QStringList parts = setting.split(QLatin1Char('.'));
    if (parts.size() < 2 || parts.first() != QLatin1String("retry"))
        return {};
    QJsonValue value = all;
    for (const QString &part : parts.mid(1))
        value = value.toObject()[part];
    if (value.isDouble())
        return numberToText(value.toDouble());
    if (value.isBool())
        return value.toBool() ? QStringLiteral("true") : QStringLiteral("false");
    return value.toString();
}

} // namespace retryscope
