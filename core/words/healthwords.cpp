// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "words/healthwords.h"

#include "base/timeformat.h"
#include "health/callersown.h"
#include "words/localtime.h"

#include <QLocale>

#include <algorithm>

namespace retryscope {
namespace {

constexpr quint64 fewAnswers = 20;

QString say(const char *text) { return Words::tr(text); }

constexpr int mostTroubles = 2; // told one by one; the others are counted

QString counted(quint64 n, const char *one, const char *many)
{
    return n == 1 ? say(one) : say(many).arg(QLocale().toString(n));
}
QString inWords(RetryReason reason) { return reason == RetryReason::None ? QString() : inSentence(reason); }
/// Tenths, rounded up: a countdown never promises what is not there yet.
QString countdown(Duration left)
{
    using tenths = std::chrono::duration<qint64, std::deci>;
    return left >= 1h ? formatRoughSpan(left)
                      : formatDuration(std::chrono::ceil<tenths>(std::max<Duration>(left, 100ms)));
}
QString joined(const QString &a, const QString &b)
{
    return a.isEmpty() ? b : b.isEmpty() ? a : say("%1 · %2").arg(a, b);
}
QString because(const QString &sentence, RetryReason reason)
{
    return reason == RetryReason::None ? sentence : say("%1 (%2)").arg(sentence, inWords(reason));
}

QString probeText(const ProviderReport &p, SteadyTime now)
{
    return p.until && *p.until > now ? say("probe in %1").arg(countdown(*p.until - now))
                                     : say("probe with the next call");
}

/// The one that is shut where the provider fails in one of its models; none: it fails as a whole.
const CircuitReport *shutModel(const ProviderReport &p)
{
    return p.state == ProviderState::Failing && !p.circuits.empty() && p.circuits.front().scope == Scope::Model
               ? &p.circuits.front()
               : nullptr;
}

/// "gpt-5-mini is down since 14:02:10 (rate limited)"
QString modelTrouble(const CircuitReport &model, const HealthSnapshot &health)
{
    return because(say("%1 is down since %2").arg(model.model, clockText(model.since, health.wall)), model.reason);
}

QString trouble(const ProviderReport &p, const HealthSnapshot &health, SteadyTime now)
{
    if (const CircuitReport *model = shutModel(p))
        return say("%1: %2; its other models answer").arg(p.name, modelTrouble(*model, health));
    const QString since = clockText(p.since, health.wall);
    switch (p.state) {
    case ProviderState::Down:
        return say("%1, %2").arg(because(say("%1 is down since %2").arg(p.name, since), p.reason), probeText(p, now));
    case ProviderState::Probing:
        return say("%1, a probe is on its way").arg(because(say("%1 is down since %2").arg(p.name, since), p.reason));
    case ProviderState::Isolated: return say("%1 is isolated by hand since %2").arg(p.name, since);
    case ProviderState::Failing: return because(say("%1 is failing since %2").arg(p.name, since), p.reason);
    default: return say("%1 is slow since %2").arg(p.name, since);
    }
}

/// Who answers in its place; empty when nobody does, or when it is asked itself.
QString instead(const ProviderReport &p, const HealthSnapshot &health)
{
    const bool skipped =
        p.state == ProviderState::Down || p.state == ProviderState::Probing || p.state == ProviderState::Isolated;
    const ProviderReport *carrier = skipped ? health.carrier(p.id) : nullptr;
    return carrier ? say("Its traffic goes to %1.").arg(carrier->name) : QString();
}

QString providersText(const HealthSnapshot &health)
{
    const auto all = quint64(health.providers.size());
    const auto well = quint64(std::count_if(health.providers.begin(), health.providers.end(),
                                            [](const auto &p) { return p.state == ProviderState::Well; }));
    if (all == 0)
        return {};
    if (well == 0)
        return health.calls.asked == 0 ? counted(all, "One provider is configured and was not asked from here.",
                                                 "%1 providers are configured; none was asked from here.")
                                       : counted(all, "The provider has not answered in the last 2 min.",
                                                 "None of %1 providers has answered in the last 2 min.");
    if (well == all)
        return counted(all, "The provider is well.", "All %1 providers are well.");
    const QString some =
        well == 1 ? say("1 of %1 providers is well").arg(all) : say("%1 of %2 providers are well").arg(well).arg(all);
    return all - well == 1 ? say("%1, 1 is unproven.").arg(some)
                           : say("%1, %2 are unproven.").arg(some).arg(all - well);
}

/// That calls in flight wait longer than is usual, and how long that is.
QString waitText(const CallReport &c, SteadyTime now)
{
    if (!c.waits || !c.oldest)
        return {};
    const QString wait = formatDuration(now - *c.oldest);
    const QString who = c.inFlight == 1
                            ? say("One call waits for %1").arg(wait)
                            : say("%1 calls wait, the oldest for %2").arg(QLocale().toString(c.inFlight), wait);
    const LatencyHistogram &latency = c.window.latency;
    if (latency.count() == 0)
        return say("%1.").arg(who);
    if (latency.count() < fewAnswers) // a percentile of few is none
        return counted(latency.count(), "%2; the one answer took %3.", "%2; the slowest of %1 answers took %3.")
            .arg(who, formatDuration(*latency.quantile(1.0)));
    return say("%1; 95 % of answers took at most %2.").arg(who, formatDuration(*latency.quantile(0.95)));
}

/// What the callers suffer, where no provider explains it.
QString callTrouble(const HealthSnapshot &health, SteadyTime now)
{
    const CallReport &c = health.calls;
    if (c.stuck && c.oldest)
        return c.inFlight == 1 ? say("No call has ended for long: one waits for %1.").arg(countdown(now - *c.oldest))
                               : say("No call has ended for long: %1 wait, the oldest for %2.")
                                     .arg(c.inFlight)
                                     .arg(countdown(now - *c.oldest));
    const quint64 failed = c.window.count(CallOutcome::Failed);
    if (failed == 0 || c.failing == RetryReason::None)
        return waitText(c, now);
    const QString many = counted(failed, "One call failed", "%1 calls failed");
    const QString since = c.failingSince ? say("%1 since %2").arg(many, clockText(*c.failingSince, health.wall)) : many;
    const quint64 most = c.window.failedCalls[std::size_t(c.failing)];
    const QString failing = most == failed ? say("%1: %2.").arg(since, inWords(c.failing))
                                           : say("%1, most of them %2.").arg(since, inWords(c.failing));
    const QString fault = callersOwn(c.window) == failed // else a provider may be to blame, too
                              ? say("%1 The callers' requests cause this; it is no provider's fault.").arg(failing)
                              : failing;
    return say("%1 %2").arg(fault, waitText(c, now)).trimmed();
}

/// Why served calls were no pleasure, where nobody is unwell any more.
QString painText(const CallReport &c)
{
    QStringList parts;
    const auto add = [&](CallOutcome outcome, const char *one, const char *many) {
        if (const quint64 n = c.window.count(outcome); n > 0)
            parts << counted(n, one, many);
    };
    add(CallOutcome::SecondChoice, "1 call went to a second choice", "%1 calls went to a second choice");
    add(CallOutcome::RecoveredByRetry, "1 needed a retry", "%1 needed a retry");
    add(CallOutcome::RecoveredByFailover, "1 needed a failover", "%1 needed a failover");
    return parts.isEmpty() ? QString() : say("%1.").arg(parts.join(QStringLiteral(", ")));
}

/// What is wrong, for whom and why; empty where all is well.
QString troublesText(const HealthSnapshot &health, SteadyTime now)
{
    if (health.lostSince)
        return say("Nothing is heard of the gateway since %1: how its calls and providers are is not known.")
            .arg(clockText(*health.lostSince, health.wall));
    QStringList sentences;
    const QString calls = callTrouble(health, now);
    if (!calls.isEmpty())
        sentences << calls;
    std::vector<const ProviderReport *> troubles;
    for (const ProviderReport &p : health.providers) {
        if (!isCalm(p.state))
            troubles.push_back(&p);
    }
    for (std::size_t i = 0; i < std::min<std::size_t>(troubles.size(), mostTroubles); ++i) {
        sentences << trouble(*troubles[i], health, now) + QLatin1Char('.');
        if (const QString who = instead(*troubles[i], health);
            !who.isEmpty() && (troubles.size() == 1 || i + 1 == std::min<std::size_t>(troubles.size(), mostTroubles)))
            sentences << who;
    }
    if (troubles.size() > mostTroubles)
        sentences << counted(quint64(troubles.size() - mostTroubles), "One more provider is not well.",
                             "%1 more providers are not well.");
    if (const QString pain = painText(health.calls);
        sentences.isEmpty() && health.calls.service == ServiceState::Pain && !pain.isEmpty())
        sentences << pain;
    return sentences.join(QLatin1Char(' '));
}

/// Simulated by what they recorded, not by what is configured here.
QString otherPrograms(const Others &others)
{
    const TrafficBin &window = others.health.calls.window;
    const QString who = counted(quint64(others.programs), "another program", "%1 other programs");
    return window.simulated > 0 && window.real == 0 ? say("%1 (simulated)").arg(who) : who;
}

} // namespace

QString formatRoughSpan(Duration d)
{
    const auto s = std::max<qint64>(1, std::chrono::floor<std::chrono::seconds>(d).count());
    if (s < 60)
        return say("%1 s").arg(s);
    if (s < 3600)
        return say("%1 min").arg(s / 60);
    if (s < 86'400)
        return s % 3600 < 60 ? say("%1 h").arg(s / 3600) : say("%1 h %2 min").arg(s / 3600).arg(s % 3600 / 60);
    return s % 86'400 < 3600 ? say("%1 d").arg(s / 86'400) : say("%1 d %2 h").arg(s / 86'400).arg(s % 86'400 / 3600);
}

QString percentText(quint64 part, quint64 all)
{
    if (all == 0)
        return QStringLiteral("–");
    if (part == 0 || part >= all)
        return part == 0 ? say("0 %") : say("100 %");
    return say("%1 %").arg(std::clamp(100.0 * double(part) / double(all), 0.1, 99.9), 0, 'f', 1);
}

QString rateText(quint64 n, Duration time)
{
    const double perSecond = time > 0s ? double(n) / toSeconds(time) : 0.0;
    if (n > 0 && perSecond < 0.95) {
        const double perMinute = perSecond * 60, perHour = perMinute * 60;
        return perMinute >= 0.5 ? say("%1/min").arg(std::max(1.0, perMinute), 0, 'f', 0)
               : perHour >= 0.5 ? say("%1/h").arg(std::max(1.0, perHour), 0, 'f', 0)
                                : say("%1/day").arg(std::max(1.0, perHour * 24), 0, 'f', 0);
    }
    return say("%1/s").arg(QLocale().toString(perSecond, 'f', perSecond < 9.95 && n > 0 ? 1 : 0));
}

QString clockText(WallTime at, WallTime today)
{
    const QDateTime t = localTime(at);
    const bool same = t.date() == localTime(today).date();
    return t.toString(same ? QStringLiteral("HH:mm:ss") : QStringLiteral("d MMM HH:mm"));
}

QString headlineText(const HealthSnapshot &health)
{
    const CallReport &c = health.calls;
    if (health.lostSince)
        return say("Not connected");
    if (c.nobody && c.service == ServiceState::Bad)
        return say("No provider can be asked");
    if (c.stuck) // what was served before helps nobody now
        return counted(c.inFlight, "1 call waits and does not end", "%1 calls wait and none ends");
    if (c.window.owed() > 0)
        return say("%1 of calls served").arg(percentText(c.window.served(), c.window.owed()));
    if (c.inFlight > 0)
        return counted(c.inFlight, "1 call waits for an answer", "%1 calls wait for an answer");
    if (health.providers.empty())
        return say("No provider is enabled");
    return c.asked == 0 ? say("No calls from here yet") : say("No calls from here in the last 2 min");
}

QString headlineFacts(const HealthSnapshot &health, SteadyTime now)
{
    const CallReport &c = health.calls;
    QStringList facts;
    if (health.lostSince)
        return {};
    const bool share = c.window.owed() > 0 && !c.stuck; // the headline is about the window
    if (share && c.nobody && c.service == ServiceState::Bad)
        facts << say("%1 served").arg(percentText(c.window.served(), c.window.owed()));
    if (share)
        facts << say("in the last %1")
                     .arg(c.over < judgedWindow
                              ? say("%1 s").arg(std::chrono::floor<std::chrono::seconds>(c.over).count())
                              : formatRoughSpan(c.over));
    if (c.window.submitted > 0)
        facts << rateText(c.window.submitted, c.over);
    if (c.inFlight > 0 && c.oldest) {
        const QString oldest = formatDuration(std::max<Duration>(0s, now - *c.oldest));
        const bool counted =
            c.stuck || (c.window.owed() == 0 && !(c.nobody && c.service == ServiceState::Bad)); // above
        facts << (counted ? say("oldest %1").arg(oldest)
                          : say("%1 in flight, oldest %2").arg(QLocale().toString(c.inFlight), oldest));
    }
    return facts.join(QStringLiteral(" · "));
}

QString headlineReason(const HealthSnapshot &health, SteadyTime now)
{
    const QString troubles = troublesText(health, now);
    return troubles.isEmpty() ? providersText(health) : troubles;
}

Headline headline(const HealthSnapshot &own, const std::optional<Others> &others, SteadyTime now)
{
    const auto with = [](const QString &a, const QString &b) { return say("%1 %2").arg(a, b).trimmed(); };
    if (own.lostSince || !others)
        return {own.calls.service, headlineText(own), headlineFacts(own, now), headlineReason(own, now)};
    const HealthSnapshot &there = others->health;
    const QString who = otherPrograms(*others), wrong = troublesText(there, there.at);
    if (there.calls.service <= own.calls.service)
        return {own.calls.service, headlineText(own), headlineFacts(own, now),
                with(headlineReason(own, now), with(say("In %1: %2.").arg(who, headlineText(there)), wrong))};
    const bool called = own.calls.window.owed() > 0 || own.calls.inFlight > 0;
    const QString here = with(called ? say("From here: %1.").arg(headlineText(own)) : QString(), troublesText(own, now));
    return {there.calls.service, headlineText(there),
            joined(say("in %1").arg(who), headlineFacts(there, there.at)), with(wrong, here)};
}

QString Headline::sentence() const
{
    const QString first = facts.isEmpty() ? say("%1.").arg(text) : say("%1, %2.").arg(text, facts);
    return say("%1 %2").arg(first, reason).trimmed();
}

QString headlineSentence(const HealthSnapshot &health, SteadyTime now)
{
    return headline(health, std::nullopt, now).sentence();
}

QString followingText(const QString &url, bool connected, WallTime since, WallTime today)
{
    return connected ? say("Following %1: connected").arg(url)
                     : say("Following %1: not connected since %2").arg(url, clockText(since, today));
}

QString layeredRetriesText(const CallReport &calls)
{
    if (calls.callerRepeats == 0)
        return {};
    return say("%1 Its retries multiply with those made here: set max_retries (maxRetries) of that SDK to 0 and leave them to "
               "Retryscope.")
        .arg(counted(calls.callerRepeats, "In the last hour one call came as an SDK's own retry.",
                     "In the last hour %1 calls came as an SDK's own retry."));
}

QString stateReason(const ProviderReport &p, const HealthSnapshot &health, SteadyTime now)
{
    if (health.lostSince)
        return say("not known since %1").arg(clockText(*health.lostSince, health.wall));
    switch (p.state) {
    case ProviderState::Down: return joined(inWords(p.reason), probeText(p, now));
    case ProviderState::Probing: return joined(inWords(p.reason), say("one probe is on its way"));
    case ProviderState::Isolated: return say("isolated by hand %1 ago").arg(formatRoughSpan(health.wall - p.since));
    case ProviderState::Failing:
        if (const CircuitReport *model = shutModel(p))
            return say("%1; others answer").arg(modelTrouble(*model, health));
        if (p.nextTry && *p.nextTry > now)
            return joined(inWords(p.reason), (p.serverAsked ? say("next try in %1, as asked") : say("next try in %1"))
                                                 .arg(countdown(*p.nextTry - now)));
        return joined(inWords(p.reason),
                      say("%1 of attempts failed").arg(percentText(p.window.failures, p.window.attempts())));
    case ProviderState::Slow:
        if (p.silentFor > 0s)
            return say("no answer for %1").arg(formatDuration(p.silentFor));
        return p.slowWhy.isEmpty() ? say("since %1").arg(clockText(p.since, health.wall)) : p.slowWhy;
    case ProviderState::Unproven:
        return p.lastAsked ? say("last asked %1").arg(clockText(*p.lastAsked, health.wall))
                           : say("not asked from here yet");
    case ProviderState::Well: return say("since %1").arg(clockText(p.since, health.wall));
    }
    return {};
}

} // namespace retryscope
