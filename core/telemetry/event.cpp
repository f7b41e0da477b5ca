// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "telemetry/event.h"

#include "base/timeformat.h"
#include "base/writtencost.h"

#include <QDateTime>
#include <QJsonArray>
#include <QJsonDocument>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace retryscope {
namespace {

constexpr std::array kindKeys{"call_submitted",   "attempt_queued",        "attempt_started",  "first_token",
                              "attempt_finished", "retry_scheduled",       "failed_over",      "circuit_changed",
                              "call_finished",    "configuration_applied", "degraded_changed", "probe_finished",
                              "provider_skipped"};
constexpr std::array outcomeKeys{"none",   "first_try", "recovered_by_retry", "recovered_by_failover",
                                 "failed", "cancelled", "second_choice"};
constexpr std::array healthKeys{"success", "failure", "ignored"};
constexpr std::array skipKeys{"none", "limit_empty", "probing", "circuit_open", "blocked", "isolated", "no_slot"};
constexpr std::array sourceKeys{"none", "backoff", "server", "circuit", "pacing"};
constexpr std::array circuitKeys{"closed", "open", "half_open", "isolated"};
constexpr std::array scopeKeys{"request", "model", "provider", "account"};
constexpr std::array limitKeys{"requests", "tokens", "input_tokens", "output_tokens"};
constexpr std::array deliveryKeys{"not_sent", "maybe_sent", "answered"};

QJsonArray limitsToJson(const LimitWindows &limits)
{
    QJsonArray array;
    for (const LimitWindow &w : limits) {
        QJsonObject o{{QStringLiteral("kind"), QLatin1String(limitKeys[std::size_t(w.kind)])}};
        if (w.limit)
            o[QLatin1String("limit")] = *w.limit;
        if (w.remaining)
            o[QLatin1String("remaining")] = *w.remaining;
        if (w.resetIn)
            o[QLatin1String("reset_s")] = double(w.resetIn->count()) / 1e9;
        if (w.continuous)
            o[QLatin1String("continuous")] = true;
        array.append(o);
    }
    return array;
}

/// Takes an event's fields into a JSON object.
struct ObjectSink
{
    QJsonObject object;
    void value(const char *key, const QJsonValue &v) { object[QLatin1String(key)] = v; }
    void number(const char *key, qint64 v) { value(key, v); }
    void real(const char *key, double v) { value(key, v); }
    void flag(const char *key, bool v) { value(key, v); }
    void word(const char *key, const char *v) { value(key, QLatin1String(v)); }
    void text(const char *key, const QString &v) { value(key, v); }
};

/// Takes an event's fields into compact JSON text.
struct LineSink
{
    QByteArray line;
    LineSink() { line.reserve(512); line += '{'; }
    void key(const char *key) { line += line.size() > 1 ? ",\"" : "\""; line += key; line += "\":"; }
    template <typename Number> void digits(Number v)
    {
        char buffer[32];
        line.append(buffer, std::to_chars(buffer, buffer + sizeof buffer, v).ptr - buffer);
    }
    void number(const char *k, qint64 v) { key(k); digits(v); }
    void real(const char *k, double v)
    {
        key(k);
        if (std::isfinite(v))
            digits(v);
        else
            line += "null";
    }
    void flag(const char *k, bool v) { key(k); line += v ? "true" : "false"; }
    void word(const char *k, const char *v) { key(k); line += '"'; line += v; line += '"'; }
    void text(const char *k, const QString &v)
    {
        static constexpr char hex[] = "0123456789abcdef";
        key(k);
        line += '"';
        const QByteArray bytes = v.toUtf8();
        for (auto at = bytes.begin();; ++at) {
            const auto special =
                std::find_if(at, bytes.end(), [](char c) { return c == '"' || c == '\\' || uchar(c) < 0x20; });
            line.append(at, special - at);
            if (special == bytes.end())
                break;
            at = special;
            const auto c = uchar(*at);
            if (c >= 0x20) {
                line.append('\\').append(char(c));
            } else {
                line.append("\\u00").append(hex[c >> 4]).append(hex[c & 15]);
            }
        }
        line += '"';
    }
    void value(const char *k, const QJsonValue &v)
    {
        key(k);
        line += (v.isArray() ? QJsonDocument(v.toArray()) : QJsonDocument(v.toObject())).toJson(QJsonDocument::Compact);
    }
};

QJsonObject headersToJson(const QVector<std::pair<QString, QString>> &headers)
{
    QJsonObject object;
    for (const auto &[name, value] : headers)
        object[name] = value;
    return object;
}

template <typename Sink> void putText(Sink &out, const char *key, const QString &text)
{
    if (!text.isEmpty())
        out.text(key, text);
}

template <typename Sink> void putSeconds(Sink &out, const char *key, std::optional<Duration> d)
{
    if (d)
        out.real(key, double(d->count()) / 1e9);
}

/// What belongs to one kind only.
template <typename Sink> void describeKind(Sink &out, const Event &e)
{
    switch (e.kind) {
    case EventKind::AttemptFinished:
        putSeconds(out, "duration_s", e.duration);
        out.word("delivery", deliveryKeys[std::size_t(e.delivery)]);
        out.word("health", healthKeys[std::size_t(e.health)]);
        if (e.reason != RetryReason::None)
            out.word("scope", scopeKeys[std::size_t(e.scope)]);
        if (!e.limits.empty())
            out.value("limits", limitsToJson(e.limits));
        if (!e.headers.isEmpty())
            out.value("headers", headersToJson(e.headers));
        break;
    case EventKind::CallFinished:
        putSeconds(out, "duration_s", e.duration);
        if (e.delay > 0s)
            putSeconds(out, "retry_in_s", e.delay);
        break;
    case EventKind::ProbeFinished:
        putSeconds(out, "duration_s", e.duration);
        out.word("health", healthKeys[std::size_t(e.health)]);
        break;
    case EventKind::ProviderSkipped:
        out.word("skip", skipKeys[std::size_t(e.skip)]);
        if (e.delay > 0s)
            putSeconds(out, "retry_in_s", e.delay);
        break;
    case EventKind::CircuitChanged:
        out.word("from", circuitKeys[std::size_t(e.circuitFrom)]);
        out.word("to", circuitKeys[std::size_t(e.circuitTo)]);
        out.word("scope", scopeKeys[std::size_t(e.scope)]);
        putSeconds(out, "open_for_s", e.openFor);
        break;
    case EventKind::DegradedChanged: out.flag("degraded", e.degraded); break;
    case EventKind::AttemptStarted:
        if (e.maybeTwice)
            out.flag("maybe_twice", true);
        break;
    case EventKind::CallSubmitted:
        if (e.callerRepeat > 0)
            out.number("caller_repeat", e.callerRepeat);
        break;
    default: break;
    }
}

/// The one list of an event's fields, for every form that it is written in.
template <typename Sink> void describe(Sink &out, const Event &e)
{
    out.number("schema", 1);
    if (e.run)
        out.number("run", e.run);
    out.number("seq", qint64(e.seq));
    out.text("ts", formatWallTime(e.wall));
    out.number("mono_ns", e.at.time_since_epoch().count());
    out.word("kind", kindKeys[std::size_t(e.kind)]);
    out.flag("simulated", e.simulated);
    if (e.onPurpose)
        out.flag("on_purpose", true);
    if (e.call)
        out.number("call", qint64(e.call.value));
    if (e.attempt > 0)
        out.number("attempt", e.attempt);
    if (e.maxAttempts > 0)
        out.number("of", e.maxAttempts);
    putText(out, "provider", e.provider);
    putText(out, "to_provider", e.toProvider);
    putText(out, "model", e.model);
    if (e.reason != RetryReason::None)
        out.word("reason", keyOf(e.reason).data());
    if (e.outcome != CallOutcome::None)
        out.word("outcome", outcomeKeys[std::size_t(e.outcome)]);
    if (e.status)
        out.number("status", e.status);
    if (e.delaySource != DelaySource::None) {
        putSeconds(out, "delay_s", e.delay);
        out.word("delay_source", sourceKeys[std::size_t(e.delaySource)]);
    }
    describeKind(out, e);
    if (e.costUsd)
        out.real("cost_usd", writtenCost(*e.costUsd));
    putSeconds(out, "ttft_s", e.firstToken);
    if (e.tokensIn)
        out.number("tokens_in", *e.tokensIn);
    if (e.tokensOut)
        out.number("tokens_out", *e.tokensOut);
    if (e.tokensCached)
        out.number("tokens_cached", *e.tokensCached);
    putText(out, "finish", e.finish);
    putText(out, "finish_reason", e.finishReason);
    if (e.unreadable)
        out.number("unreadable", e.unreadable);
    putText(out, "rule", e.rule);
    putText(out, "detail", e.detail);
}

} // namespace

QString toKey(EventKind kind) { return QString::fromLatin1(kindKeys[std::size_t(kind)]); }
QString toKey(CallOutcome outcome) { return QString::fromLatin1(outcomeKeys[std::size_t(outcome)]); }
QString toKey(DelaySource source) { return QString::fromLatin1(sourceKeys[std::size_t(source)]); }

QJsonObject toJson(const Event &e)
{
    ObjectSink sink;
    describe(sink, e);
    return sink.object;
}

QByteArray toJsonLine(const Event &e)
{
    LineSink sink;
    describe(sink, e);
    sink.line += '}';
    return sink.line;
}

namespace {

template <typename E, std::size_t N>
std::optional<E> fromKey(const std::array<const char *, N> &keys, const QJsonValue &value)
{
    for (std::size_t i = 0; i < N; ++i) {
        if (value.toString() == QLatin1String(keys[i]))
            return E(i);
    }
    return std::nullopt;
}

std::optional<Duration> seconds(const QJsonObject &o, const char *key)
{
    const QJsonValue value = o[QLatin1String(key)];
    return value.isDouble() ? std::optional(fromSeconds(value.toDouble())) : std::nullopt;
}

std::optional<int> number(const QJsonObject &o, const char *key)
{
    const QJsonValue value = o[QLatin1String(key)];
    return value.isDouble() ? std::optional(value.toInt()) : std::nullopt;
}

std::optional<qint64> wholeNumber(const QJsonValue &value)
{
    return value.isDouble() ? std::optional(value.toInteger()) : std::nullopt;
}

/// The start of 1970 for what is no time that could be written again.
WallTime wallTime(const QString &text)
{
    const QDateTime t = QDateTime::fromString(text, Qt::ISODateWithMs).toUTC();
    return WallTime(std::chrono::milliseconds(
        t.isValid() && t.date().year() >= 1970 && t.date().year() <= 9999 ? t.toMSecsSinceEpoch() : 0));
}

LimitWindows limitsFromJson(const QJsonArray &array)
{
    LimitWindows limits;
    for (const QJsonValue &value : array) {
        const QJsonObject o = value.toObject();
        if (const auto kind = fromKey<LimitKind>(limitKeys, o[QLatin1String("kind")]))
            limits.push_back({*kind, wholeNumber(o[QLatin1String("limit")]), wholeNumber(o[QLatin1String("remaining")]),
                           seconds(o, "reset_s"), o[QLatin1String("continuous")].toBool()});
    }
    return limits;
}

/// Events written before the engine's judgement stood in them are judged by their reason, as it was then.
HealthSignal healthOf(const Event &e, const QJsonObject &o)
{
    if (e.kind != EventKind::AttemptFinished && e.kind != EventKind::ProbeFinished)
        return HealthSignal::Ignored;
    return fromKey<HealthSignal>(healthKeys, o[QLatin1String("health")]).value_or(traits(e.reason).health);
}

} // namespace

std::optional<Event> eventFromJson(const QJsonObject &o)
{
    const auto kind = fromKey<EventKind>(kindKeys, o[QLatin1String("kind")]);
    if (!kind || o[QLatin1String("schema")].toInt() != 1)
        return std::nullopt;
    Event e;
    e.kind = *kind;
    e.run = std::clamp<qint64>(o[QLatin1String("run")].toInteger(), 0, (qint64(1) << 53) - 1);
    e.seq = quint64(o[QLatin1String("seq")].toInteger());
    e.at = SteadyTime(Duration(o[QLatin1String("mono_ns")].toInteger()));
    e.wall = wallTime(o[QLatin1String("ts")].toString());
    e.call = CallId{quint64(o[QLatin1String("call")].toInteger())};
    e.attempt = o[QLatin1String("attempt")].toInt();
    e.maxAttempts = o[QLatin1String("of")].toInt();
    e.provider = o[QLatin1String("provider")].toString();
    e.toProvider = o[QLatin1String("to_provider")].toString();
    e.model = o[QLatin1String("model")].toString();
    e.reason = retryReasonFromKey(toUtf8(o[QLatin1String("reason")].toString())).value_or(RetryReason::None);
    e.outcome = fromKey<CallOutcome>(outcomeKeys, o[QLatin1String("outcome")]).value_or(CallOutcome::None);
    e.health = healthOf(e, o);
    e.skip = fromKey<SkipReason>(skipKeys, o[QLatin1String("skip")]).value_or(SkipReason::None);
    e.finish = o[QLatin1String("finish")].toString();
    e.finishReason = o[QLatin1String("finish_reason")].toString().left(64);
    e.delivery = fromKey<Delivery>(deliveryKeys, o[QLatin1String("delivery")]).value_or(Delivery::NotSent);
    e.status = o[QLatin1String("status")].toInt();
    e.delay =
        seconds(o, e.kind == EventKind::CallFinished || e.kind == EventKind::ProviderSkipped ? "retry_in_s" : "delay_s")
            .value_or(0s);
    e.delaySource = fromKey<DelaySource>(sourceKeys, o[QLatin1String("delay_source")]).value_or(DelaySource::None);
    e.duration = seconds(o, "duration_s").value_or(0s);
    e.firstToken = seconds(o, "ttft_s");
    e.tokensIn = number(o, "tokens_in");
    e.tokensOut = number(o, "tokens_out");
    e.tokensCached = number(o, "tokens_cached");
    e.unreadable = o[QLatin1String("unreadable")].toInt();
    e.circuitFrom = fromKey<CircuitState>(circuitKeys, o[QLatin1String("from")]).value_or(CircuitState::Closed);
    e.circuitTo = fromKey<CircuitState>(circuitKeys, o[QLatin1String("to")]).value_or(CircuitState::Closed);
    e.openFor = seconds(o, "open_for_s");
    e.scope = fromKey<Scope>(scopeKeys, o[QLatin1String("scope")]).value_or(Scope::Request);
    e.degraded = o[QLatin1String("degraded")].toBool();
    e.maybeTwice = o[QLatin1String("maybe_twice")].toBool();
    e.callerRepeat = std::max(0, o[QLatin1String("caller_repeat")].toInt());
    if (const QJsonValue cost = o[QLatin1String("cost_usd")]; cost.isDouble())
        e.costUsd = cost.toDouble();
    e.limits = limitsFromJson(o[QLatin1String("limits")].toArray());
    const QJsonObject headers = o[QLatin1String("headers")].toObject();
    for (auto it = headers.begin(); it != headers.end(); ++it)
        e.headers.append({it.key(), it.value().toString()});
    e.rule = o[QLatin1String("rule")].toString();
    e.detail = o[QLatin1String("detail")].toString();
    e.simulated = o[QLatin1String("simulated")].toBool();
    e.onPurpose = o[QLatin1String("on_purpose")].toBool();
    return e;
}

} // namespace retryscope
