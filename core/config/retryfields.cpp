// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "config/retryfields.h"

#include "base/text.h"
#include "config/issuereport.h"

#include <QJsonValue>

#include <cmath>

namespace retryscope {
namespace {

template <typename T> RetryConfigField field(const char *key, const char *label, const char *group, const char *help,
                                             FieldKind kind, double minimum, double maximum, T RetryConfig::*member,
                                             QVector<const char *> choices = {})
{
    RetryConfigField f{key, label, group, help, kind, minimum, maximum, std::move(choices), {}, {}};
    if constexpr (std::is_same_v<T, Duration>) {
        f.get = [member](const RetryConfig &c) { return toSeconds(c.*member); };
        f.set = [member](RetryConfig &c, double v) { c.*member = fromSeconds(v); };
    } else {
        f.get = [member](const RetryConfig &c) { return double(c.*member); };
        f.set = [member](RetryConfig &c, double v) { c.*member = static_cast<T>(v); };
    }
    return f;
}

QVector<RetryConfigField> makeRetryFields()
{
    using C = RetryConfig;
    using enum FieldKind;
    return {
        field("max_attempts", "Max attempts", "Attempts", "For the whole call, the first included.", Integer, 1, 20,
              &C::maxAttempts),
        field("attempts_per_provider", "Attempts per provider", "Attempts", "Before failing over, the first included.",
              Integer, 1, 20, &C::attemptsPerProvider),
        field("stream_mode", "Streamed answers", "Attempts",
              "Live shows text as it comes and cannot repeat it. Complete holds it back until whole.", Choice, 0, 1,
              &C::streamMode, {"live", "complete_answer"}),
        field("unconfirmed_delivery", "After a maybe-delivered attempt", "Attempts",
              "Repeat may bill twice. With key repeats only where the provider takes an idempotency key.", Choice, 0, 2,
              &C::unconfirmedDelivery, {"repeat", "repeat_with_key", "stop"}),
        field("backoff", "Backoff", "Backoff", "How the wait grows.", Choice, 0, 2, &C::backoff,
              {"exponential", "linear", "constant"}),
        field("base_delay_s", "Base delay", "Backoff", "The first wait before jitter.", Seconds, 0, 600, &C::baseDelay),
        field("exponential_base", "Growth factor", "Backoff", "Each wait is this many times the one before.", Factor, 1,
              10, &C::exponentialBase),
        field("max_delay_s", "Max delay", "Backoff", "Cap on one wait, applied before jitter.", Seconds, 0, 3600,
              &C::maxDelay),
        field("jitter", "Jitter", "Backoff", "How the wait is spread so that clients do not come back together.",
              Choice, 0, 4, &C::jitter, {"none", "full", "equal", "decorrelated", "proportional"}),
        field("rate_limit_delay_s", "Rate limit delay", "Backoff",
              "Constant wait after a rate limit without a hint. 0 uses the backoff.", Seconds, 0, 600,
              &C::rateLimitDelay),
        field("honour_server_hints", "Obey Retry-After", "Server hints", "Wait at least as long as the server asks.",
              Switch, 0, 1, &C::honourServerHints),
        field("server_hint_cap_s", "Longest hint waited", "Server hints",
              "A longer hint blocks the provider until then and fails over.", Seconds, 0, 3600, &C::serverHintCap),
        field("hint_patience_s", "Hint waited beside others", "Server hints",
              "While another provider may be asked, a longer hint is not waited for.", Seconds, 0, 3600,
              &C::hintPatience),
        field("deadline_s", "Deadline", "Time",
              "For the whole call; what cannot fit is not started. A streamed answer that is under way may outlast it.",
              Seconds, 0.1, 86400, &C::deadline),
        field("failover_reserve_s", "Kept for failover", "Time",
              "Kept back for the next provider, at most half of what is left.", Seconds, 0, 3600, &C::failoverReserve),
        field("min_attempt_time_s", "Shortest attempt", "Time", "An attempt with less time left is not started.",
              Seconds, 0, 600, &C::minAttemptTime),
        field("attempt_timeout_s", "Attempt timeout", "Time",
              "For one attempt; of a streamed answer, until it is under way.", Seconds, 0.05, 3600, &C::attemptTimeout),
        field("connect_timeout_s", "Connect timeout", "Time", "Until the request is sent.", Seconds, 0.05, 600,
              &C::connectTimeout),
        field("first_token_timeout_s", "First-token timeout", "Time",
              "Until the first output of a streamed answer, text, thought or tool call. Holds while another provider "
              "could be asked.",
              Seconds, 0.05, 3600, &C::firstTokenTimeout),
        field("idle_timeout_s", "Idle timeout", "Time", "Longest silent gap in a stream.", Seconds, 0.05, 3600,
              &C::idleTimeout),
        field("stream_timeout_s", "Stream timeout", "Time", "Longest a streamed answer may take from its first output.",
              Seconds, 1, 86400, &C::streamTimeout),
        field("circuit_failure_ratio", "Failure ratio", "Circuit",
              "Share of failures in the window that opens the circuit.", Ratio, 0.01, 1, &C::circuitFailureRatio),
        field("circuit_min_calls", "Min calls", "Circuit", "Below it only three failures in a row open the circuit.",
              Integer, 1, 10000, &C::circuitMinCalls),
        field("circuit_window_s", "Window", "Circuit", "How far back failures count.", Seconds, 1, 3600,
              &C::circuitWindow),
        field("circuit_open_time_s", "Open time", "Circuit", "Until a probe; doubles when the probe fails.", Seconds,
              0.1, 3600, &C::circuitOpenTime),
        field("circuit_max_open_time_s", "Max open time", "Circuit", "Bound of the doubling.", Seconds, 0.1, 86400,
              &C::circuitMaxOpenTime),
        field("slow_after_s", "Slow after", "Circuit", "A first token later than this is slow. 0 turns it off.",
              Seconds, 0, 3600, &C::slowAfter),
        field("slow_ratio", "Slow share", "Circuit",
              "Share of slow answers in the window that makes a provider degraded.", Ratio, 0.01, 1, &C::slowRatio),
        field("probe_interval_s", "Free probe", "Circuit",
              "Ask a provider that failures have shut out for its models this often. 0 lets callers find out.", Seconds,
              0, 3600, &C::probeInterval),
        field("retry_budget_ratio", "Retry share", "Load", "Retries as a share of calls.", Ratio, 0, 1,
              &C::retryBudgetRatio),
        field("retry_budget_floor", "Retry floor", "Load", "Retries that a quiet client may always make.", Integer, 0,
              1000, &C::retryBudgetFloor),
        field("pace_from_headers", "Pace from headers", "Load",
              "Wait out, or fail over from, a rate limit that is known to be empty.", Switch, 0, 1,
              &C::paceFromHeaders),
        field("recovery_ramp", "Slow ramp", "Load",
              "After an outage start with one attempt at a time, one more for each success.", Switch, 0, 1,
              &C::recoveryRamp),
        field("max_concurrent", "Concurrent attempts", "Load", "On one provider; the rest wait in order.", Integer, 1,
              10'000, &C::maxConcurrent),
    };
}

QString outOfRange(const RetryConfigField &f, double value)
{
    return QStringLiteral("%1 is %2, but must lie between %3 and %4.")
        .arg(QLatin1String(f.label))
        .arg(value)
        .arg(f.minimum)
        .arg(f.maximum);
}

void readField(const RetryConfigField &f, const QJsonValue &value, const QString &where, RetryConfig &config,
               ConfigIssues *issues)
{
    if (f.kind == FieldKind::Choice) {
        QStringList known;
        for (qsizetype i = 0; i < f.choices.size(); ++i) {
            known << QLatin1String(f.choices[i]);
            if (value.toString() == known.last())
                return f.set(config, double(i));
        }
        return report(issues, where, QStringLiteral("Must be one of: %1.").arg(known.join(QLatin1String(", "))));
    }
    if (f.kind == FieldKind::Switch)
        return value.isBool() ? f.set(config, value.toBool())
                              : report(issues, where, QStringLiteral("Must be true or false."));
    if (!value.isDouble())
        return report(issues, where, QStringLiteral("Must be a number."));
    const double number = value.toDouble();
    if (f.kind == FieldKind::Integer && number != std::floor(number))
        return report(issues, where, QStringLiteral("Must be a whole number."));
    if (!(number >= f.minimum && number <= f.maximum))
        return report(issues, where, outOfRange(f, number));
    f.set(config, number);
}

struct OverrideField { const char *key; double minimum, maximum; };
constexpr OverrideField overrideFields[] = {
    {"max_attempts", 1, 20}, {"base_delay_s", 0, 600}, {"max_delay_s", 0, 3600}};

QJsonObject keepUnknown(const QJsonObject &object, const QStringList &keys, const QString &where, ConfigIssues *issues)
{
    QJsonObject kept;
    for (const QString &key : keys) {
        kept.insert(key, object[key]);
        report(issues, where + QLatin1Char('.') + key,
               QStringLiteral("Unknown key; it is kept but has no effect. Check the spelling."),
               ConfigIssue::Severity::Warning);
    }
    return kept;
}

ReasonOverride readOverride(const QJsonObject &object, const QString &where, ConfigIssues *issues, QJsonObject *kept)
{
    ReasonOverride o;
    QStringList unknown = object.keys();
    if (unknown.removeOne(QStringLiteral("fail_over"))) {
        const QJsonValue value = object[QLatin1String("fail_over")];
        if (value.isBool())
            o.failOver = value.toBool();
        else
            report(issues, where + QStringLiteral(".fail_over"), QStringLiteral("Must be true or false."));
    }
    for (const OverrideField &f : overrideFields) {
        const QString key = QLatin1String(f.key), place = where + QLatin1Char('.') + key;
        if (!unknown.removeOne(key))
            continue;
        const double value = object[key].toDouble(-1.0);
        if (!object[key].isDouble() || !(value >= f.minimum && value <= f.maximum)) {
            report(issues, place, QStringLiteral("Must be a number between %1 and %2.").arg(f.minimum).arg(f.maximum));
        } else if (key == QLatin1String("max_attempts")) {
            if (value == std::floor(value))
                o.maxAttempts = int(value);
            else
                report(issues, place, QStringLiteral("Must be a whole number."));
        } else {
            (key == QLatin1String("base_delay_s") ? o.baseDelay : o.maxDelay) = fromSeconds(value);
        }
    }
    *kept = keepUnknown(object, unknown, where, issues);
    return o;
}

void readOverrides(const QJsonValue &value, const QString &where, RetryConfig &config, ConfigIssues *issues,
                   QJsonObject *unknown)
{
    if (!value.isObject())
        return report(
            issues, where, QStringLiteral(
                "Must be an object with a reason for each key, such as {\"rate_limit\": {\"max_attempts\": 2}}."));
    const QJsonObject object = value.toObject();
    for (const QString &key : object.keys()) {
        const QString place = where + QLatin1Char('.') + key;
        const auto reason = retryReasonFromKey(toUtf8(key));
        if (!reason || *reason == RetryReason::None)
            report(issues, place, QStringLiteral("Is no reason that an attempt can fail for."));
        else if (!object[key].isObject())
            report(issues, place,
                   QStringLiteral("Must be an object with max_attempts, base_delay_s, max_delay_s or fail_over."));
        else {
            QJsonObject kept;
            config.overrides[std::size_t(*reason)] = readOverride(object[key].toObject(), place, issues, &kept);
            if (!kept.isEmpty())
                unknown->insert(key, kept);
        }
    }
}

QJsonObject overridesToJson(const RetryConfig &config)
{
    QJsonObject all;
    for (int i = 0; i < retryReasonCount; ++i) {
        const ReasonOverride &o = config.overrides[std::size_t(i)];
        QJsonObject object;
        if (o.maxAttempts)
            object[QLatin1String("max_attempts")] = *o.maxAttempts;
        if (o.baseDelay)
            object[QLatin1String("base_delay_s")] = toSeconds(*o.baseDelay);
        if (o.maxDelay)
            object[QLatin1String("max_delay_s")] = toSeconds(*o.maxDelay);
        if (o.failOver)
            object[QLatin1String("fail_over")] = *o.failOver;
        if (!object.isEmpty())
            all[toKey(RetryReason(i))] = object;
    }
    return all;
}

} // namespace

const QVector<RetryConfigField> &retryConfigFields()
{
    static const QVector<RetryConfigField> fields = makeRetryFields();
    return fields;
}

ConfigIssues validate(const RetryConfig &c)
{
    ConfigIssues issues;
    for (const RetryConfigField &f : retryConfigFields()) {
        const double value = f.get(c);
        if (!(value >= f.minimum && value <= f.maximum))
            report(&issues, QLatin1String(f.key), outOfRange(f, value));
    }
    const auto warn = [&issues](const char *key, const char *text) {
        report(&issues, QLatin1String(key), QLatin1String(text), ConfigIssue::Severity::Warning);
    };
    if (c.maxDelay < c.baseDelay)
        report(&issues, QStringLiteral("max_delay_s"),
               QStringLiteral("Max delay is shorter than base delay. Raise it, or lower the base."));
    for (int i = 0; i < retryReasonCount; ++i) {
        const ReasonOverride &o = c.overrides[std::size_t(i)];
        if (o.baseDelay.value_or(c.baseDelay) > o.maxDelay.value_or(c.maxDelay) && (o.baseDelay || o.maxDelay))
            report(&issues, QStringLiteral("reasons.%1.max_delay_s").arg(toKey(RetryReason(i))),
                   QStringLiteral("Max delay is shorter than base delay. Raise it, or lower the base."));
    }
    if (c.circuitMaxOpenTime < c.circuitOpenTime)
        report(&issues, QStringLiteral("circuit_max_open_time_s"),
               QStringLiteral("Max open time is shorter than open time."));
    if (c.deadline < c.attemptTimeout)
        warn("deadline_s",
             "The deadline is shorter than one attempt may take, so a slow attempt leaves no time for a retry.");
    if (c.jitter == JitterKind::None && c.maxAttempts > 1)
        warn("jitter", "Without jitter, clients that failed together come back together.");
    if (c.attemptsPerProvider > c.maxAttempts)
        warn("attempts_per_provider", "More than max attempts: there is never a failover.");
    return issues;
}

QJsonObject toJson(const RetryConfig &config)
{
    QJsonObject object;
    for (const RetryConfigField &f : retryConfigFields()) {
        const double value = f.get(config);
        const auto key = QLatin1String(f.key);
        if (f.kind == FieldKind::Choice)
            object[key] = QLatin1String(f.choices[qsizetype(value)]);
        else if (f.kind == FieldKind::Switch)
            object[key] = value != 0.0;
        else
            object[key] = value;
    }
    if (const QJsonObject overrides = overridesToJson(config); !overrides.isEmpty())
        object[QLatin1String("reasons")] = overrides;
    return object;
}

RetryConfig retryConfigFromJson(const QJsonObject &object, const QString &where, ConfigIssues *issues,
                                QJsonObject *kept)
{
    RetryConfig config;
    QStringList unknown = object.keys();
    for (const RetryConfigField &f : retryConfigFields()) {
        const QString key = QLatin1String(f.key);
        if (unknown.removeOne(key))
            readField(f, object[key], where + QLatin1Char('.') + key, config, issues);
    }
    QJsonObject reasons;
    if (unknown.removeOne(QStringLiteral("reasons")))
        readOverrides(object[QLatin1String("reasons")], where + QStringLiteral(".reasons"), config, issues, &reasons);
    QJsonObject all = keepUnknown(object, unknown, where, issues);
    if (!reasons.isEmpty())
        all[QLatin1String("reasons")] = reasons;
    if (kept)
        *kept = all;
    for (ConfigIssue issue : validate(config)) {
        issue.where.prepend(where + QLatin1Char('.'));
        issues->append(issue);
    }
    return config;
}

} // namespace retryscope
