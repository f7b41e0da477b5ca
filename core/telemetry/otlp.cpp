// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "telemetry/otlp.h"

#include "protocols/registry.h"
#include "words/eventwords.h"

#include <QCryptographicHash>
#include <QJsonDocument>

#include <algorithm>

namespace retryscope {
namespace {

constexpr char conventions[] = "https://opentelemetry.io/schemas/1.37.0";
constexpr qsizetype longestText = 500; ///< characters of what a program or a server wrote
constexpr int internalSpan = 1, clientSpan = 3, errorStatus = 2, infoLog = 9, warningLog = 13;

QJsonObject attribute(const QString &key, const QJsonObject &value)
{
    return {{QStringLiteral("key"), key}, {QStringLiteral("value"), value}};
}

/// Attributes that are left out where there is nothing to say.
class Attributes
{
public:
    void text(const char *key, const QString &value)
    {
        if (!value.isEmpty())
            m_all.append(otlpText(QLatin1String(key), value.left(longestText)));
    }
    void number(const char *key, qint64 value)
    {
        m_all.append(attribute(QLatin1String(key), {{QStringLiteral("intValue"), QString::number(value)}}));
    }
    void number(const char *key, std::optional<int> value)
    {
        if (value)
            number(key, qint64(*value));
    }
    void seconds(const char *key, Duration value)
    {
        m_all.append(attribute(QLatin1String(key), {{QStringLiteral("doubleValue"), toSeconds(value)}}));
    }
    void flag(const char *key, bool value)
    {
        m_all.append(attribute(QLatin1String(key), {{QStringLiteral("boolValue"), value}}));
    }
    void texts(const char *key, const QStringList &values)
    {
        QJsonArray array;
        for (const QString &value : values)
            array.append(QJsonObject{{QStringLiteral("stringValue"), value}});
        m_all.append(attribute(QLatin1String(key), {{QStringLiteral("arrayValue"),
                                                     QJsonObject{{QStringLiteral("values"), array}}}}));
    }
    const QJsonArray &all() const { return m_all; }

private:
    QJsonArray m_all;
};

/// The same for the same call, whoever makes it, and for no other.
QByteArray idOf(const Event &event, int attempt, qsizetype bytes)
{
    const QByteArray name = QByteArray::number(event.run) + '-' + QByteArray::number(event.call.value) + '-'
                            + QByteArray::number(attempt);
    return QCryptographicHash::hash(name, QCryptographicHash::Sha256).left(bytes).toHex();
}

QString traceOf(const Event &event, const std::optional<TraceParent> &parent)
{
    return QString::fromLatin1(parent ? parent->trace : idOf(event, -1, 16));
}

QString callSpan(const Event &event) { return QString::fromLatin1(idOf(event, 0, 8)); }

bool isHex(QByteArrayView text)
{
    return std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool isZero(QByteArrayView text)
{
    return std::all_of(text.begin(), text.end(), [](char c) { return c == '0'; });
}

/// A failure is an error, a success and a cancellation are neither.
QJsonObject statusOf(RetryReason reason)
{
    if (reason == RetryReason::None || reason == RetryReason::Cancelled)
        return {};
    return {{QStringLiteral("code"), errorStatus}};
}

QString errorOf(RetryReason reason)
{
    return reason == RetryReason::None || reason == RetryReason::Cancelled ? QString() : toKey(reason);
}

QByteArray whole(const char *outer, const char *scopes, const char *inner, const OtlpResource &resource, const QJsonArray &items)
{
    QJsonArray attributes;
    for (const auto &[key, value] : resource.attributes)
        attributes.append(otlpText(key, value));
    const QJsonObject scope{{QStringLiteral("name"), QStringLiteral("retryscope")}, {QStringLiteral("version"), resource.version}};
    const QJsonObject scoped{{QStringLiteral("scope"), scope},
                             {QLatin1String(inner), items},
                             {QStringLiteral("schemaUrl"), QLatin1String(conventions)}};
    const QJsonObject all{{QStringLiteral("resource"), QJsonObject{{QStringLiteral("attributes"), attributes}}},
                          {QLatin1String(scopes), QJsonArray{scoped}}};
    return QJsonDocument(QJsonObject{{QLatin1String(outer), QJsonArray{all}}}).toJson(QJsonDocument::Compact);
}

} // namespace

QJsonObject otlpText(const QString &key, const QString &value)
{
    return attribute(key, {{QStringLiteral("stringValue"), value}});
}

QString otlpTime(WallTime time, Duration later) { return QString::number((Duration(time.time_since_epoch()) + later).count()); }

OtlpPeers otlpPeers(const ProviderConfigs &providers)
{
    OtlpPeers peers;
    for (const ProviderConfig &p : providers) {
        const Wire &wire = wireOf(p.protocol);
        peers[p.id] = {*wire.tracedAs ? QLatin1String(wire.tracedAs) : p.id, QLatin1String(wire.tracedDoing), p.baseUrl.host(),
                       p.baseUrl.port(p.baseUrl.scheme() == QLatin1String("http") ? 80 : 443)};
    }
    return peers;
}

std::optional<TraceParent> traceParentFrom(QByteArrayView header)
{
    const QByteArrayView text = header.trimmed();
    if (text.size() < 55 || text[2] != '-' || text[35] != '-' || text[52] != '-')
        return std::nullopt;
    const QByteArrayView version = text.first(2), trace = text.sliced(3, 32), span = text.sliced(36, 16), flags = text.sliced(53, 2);
    const bool endsWell = text.size() == 55 || (version != "00" && text[55] == '-');
    if (!isHex(version) || version == "ff" || !isHex(trace) || isZero(trace) || !isHex(span) || isZero(span) || !isHex(flags)
        || !endsWell)
        return std::nullopt;
    return TraceParent{trace.toByteArray(), span.toByteArray(), bool(flags.toByteArray().toInt(nullptr, 16) & 1)};
}

void OtlpSpans::setParent(CallId call, const TraceParent &parent)
{
    if (m_parents.size() < mostCalls)
        m_parents[call] = parent;
}

void OtlpSpans::addAttempt(Call *call, const Event &started) const
{
    const auto isSame = [&started](const Attempt &a) { return a.started.provider == started.provider; };
    const int before = int(std::count_if(call->attempts.begin(), call->attempts.end(), isSame));
    const RetryReason why = started.reason != RetryReason::None ? started.reason : call->why;
    call->attempts.push_back({started, {}, before, call->delay, why});
    call->delay = {};
    call->why = RetryReason::None;
}

QJsonArray OtlpSpans::onEvent(const Event &event)
{
    if (!event.call)
        return {};
    if (event.kind == EventKind::CallSubmitted) {
        const auto node = m_parents.extract(event.call);
        if (m_calls.size() >= mostCalls) {
            ++m_dropped;
            return {};
        }
        Call &call = m_calls[event.call] = {event, {}, {}, {}, {}, RetryReason::None};
        if (node)
            call.parent = node.mapped();
        return {};
    }
    const auto found = m_calls.find(event.call);
    if (found == m_calls.end())
        return {};
    Call &call = found->second;
    if (event.kind == EventKind::AttemptStarted) {
        addAttempt(&call, event);
    } else if (event.kind == EventKind::AttemptFinished) {
        for (Attempt &attempt : call.attempts) {
            if (attempt.started.attempt == event.attempt)
                attempt.finished = event;
        }
    } else if (event.kind == EventKind::FailedOver) {
        call.why = event.reason;
    } else if (event.kind == EventKind::RetryScheduled) {
        call.delay = event.delay;
        Attributes a;
        a.seconds("retryscope.retry.delay_s", event.delay);
        a.text("retryscope.delay.source", toKey(event.delaySource));
        a.text("retryscope.retry.reason", errorOf(event.reason));
        a.text("retryscope.endpoint", event.provider);
        call.waits.append(QJsonObject{{QStringLiteral("timeUnixNano"), otlpTime(call.submitted.wall, event.at - call.submitted.at)},
                                      {QStringLiteral("name"), QStringLiteral("retryscope.backoff")},
                                      {QStringLiteral("attributes"), a.all()}});
    } else if (event.kind == EventKind::CallFinished) {
        const QJsonArray spans = call.parent && !call.parent->sampled ? QJsonArray() : spansOf(call, event);
        m_calls.erase(found);
        return spans;
    }
    return {};
}

QJsonObject OtlpSpans::spanOf(const Call &call, const Attempt &attempt, SteadyTime end) const
{
    const Event &started = attempt.started;
    const Event finished = attempt.finished.value_or(started);
    const RetryReason reason = attempt.finished ? finished.reason : RetryReason::Cancelled;
    const auto found = m_peers.find(started.provider);
    const OtlpPeer peer = found != m_peers.end() ? found->second : OtlpPeer{started.provider, QStringLiteral("chat"), {}, 0};
    const QString model = finished.model.isEmpty() ? started.model : finished.model;
    Attributes a;
    a.text("gen_ai.operation.name", peer.operation);
    a.text("gen_ai.provider.name", peer.vendor);
    a.text("gen_ai.request.model", model);
    a.text("server.address", peer.address);
    if (peer.port)
        a.number("server.port", qint64(peer.port));
    a.text("retryscope.endpoint", started.provider);
    a.number("retryscope.attempt.number", qint64(started.attempt));
    if (attempt.onSame > 0)
        a.number("http.request.resend_count", qint64(attempt.onSame));
    a.text("retryscope.retry.reason", errorOf(attempt.why));
    if (attempt.delay > 0s)
        a.seconds("retryscope.retry.delay_s", attempt.delay);
    if (finished.status)
        a.number("http.response.status_code", qint64(finished.status));
    if (finished.firstToken)
        a.seconds("gen_ai.response.time_to_first_chunk", *finished.firstToken);
    if (!finished.finish.isEmpty())
        a.texts("gen_ai.response.finish_reasons",
                {finished.finishReason.isEmpty() ? finished.finish : finished.finishReason});
    a.number("gen_ai.usage.input_tokens", finished.tokensIn);
    a.number("gen_ai.usage.output_tokens", finished.tokensOut);
    a.number("gen_ai.usage.cache_read.input_tokens", finished.tokensCached);
    a.text("error.type", errorOf(reason));
    if (reason == RetryReason::Cancelled)
        a.text("retryscope.outcome", toKey(CallOutcome::Cancelled));
    const Event &first = call.submitted;
    QJsonObject span{{QStringLiteral("traceId"), traceOf(first, call.parent)},
                     {QStringLiteral("spanId"), QString::fromLatin1(idOf(first, started.attempt, 8))},
                     {QStringLiteral("parentSpanId"), callSpan(first)},
                     {QStringLiteral("name"), (peer.operation + QLatin1Char(' ') + model).trimmed().left(longestText)},
                     {QStringLiteral("kind"), clientSpan},
                     {QStringLiteral("startTimeUnixNano"), otlpTime(first.wall, started.at - first.at)},
                     {QStringLiteral("endTimeUnixNano"), otlpTime(first.wall, (attempt.finished ? finished.at : end) - first.at)},
                     {QStringLiteral("attributes"), a.all()}};
    if (const QJsonObject status = statusOf(reason); !status.isEmpty())
        span[QLatin1String("status")] = status;
    return span;
}

QJsonArray OtlpSpans::spansOf(const Call &call, const Event &finished) const
{
    const Event &first = call.submitted;
    Attributes a;
    a.number("retryscope.call", qint64(first.call.value));
    a.text("retryscope.outcome", toKey(finished.outcome));
    a.number("retryscope.attempts", qint64(call.attempts.size()));
    a.text("error.type", errorOf(finished.reason));
    if (first.callerRepeat > 0)
        a.number("retryscope.caller_repeat", qint64(first.callerRepeat));
    a.flag("retryscope.simulated", finished.simulated);
    QJsonObject span{{QStringLiteral("traceId"), traceOf(first, call.parent)},
                     {QStringLiteral("spanId"), callSpan(first)},
                     {QStringLiteral("name"), QStringLiteral("retryscope.call")},
                     {QStringLiteral("kind"), internalSpan},
                     {QStringLiteral("startTimeUnixNano"), otlpTime(first.wall)},
                     {QStringLiteral("endTimeUnixNano"), otlpTime(first.wall, finished.at - first.at)},
                     {QStringLiteral("attributes"), a.all()}};
    if (call.parent)
        span[QLatin1String("parentSpanId")] = QString::fromLatin1(call.parent->span);
    if (!call.waits.isEmpty())
        span[QLatin1String("events")] = call.waits;
    if (const QJsonObject status = statusOf(finished.reason); !status.isEmpty())
        span[QLatin1String("status")] = status;
    QJsonArray spans{span};
    for (const Attempt &attempt : call.attempts)
        spans.append(spanOf(call, attempt, finished.at));
    return spans;
}

std::optional<QJsonObject> otlpLog(const Event &event)
{
    if (event.kind != EventKind::CircuitChanged)
        return std::nullopt;
    const bool bad = event.circuitTo == CircuitState::Open || event.circuitTo == CircuitState::Isolated;
    Attributes a;
    a.text("retryscope.endpoint", event.provider);
    a.text("retryscope.circuit.from", toKey(event.circuitFrom));
    a.text("retryscope.circuit.to", toKey(event.circuitTo));
    a.text("retryscope.circuit.scope", toKey(event.scope));
    a.text("gen_ai.request.model", event.scope == Scope::Model ? event.model : QString());
    a.text("error.type", errorOf(event.reason));
    a.flag("retryscope.simulated", event.simulated);
    return QJsonObject{{QStringLiteral("timeUnixNano"), otlpTime(event.wall)},
                       {QStringLiteral("observedTimeUnixNano"), otlpTime(event.wall)},
                       {QStringLiteral("severityNumber"), bad ? warningLog : infoLog},
                       {QStringLiteral("severityText"), bad ? QStringLiteral("WARN") : QStringLiteral("INFO")},
                       {QStringLiteral("eventName"), QStringLiteral("retryscope.circuit.changed")},
                       {QStringLiteral("body"), QJsonObject{{QStringLiteral("stringValue"), toSentence(event)}}},
                       {QStringLiteral("attributes"), a.all()}};
}

QByteArray otlpTraces(const OtlpResource &resource, const QJsonArray &spans)
{
    return whole("resourceSpans", "scopeSpans", "spans", resource, spans);
}

QByteArray otlpLogs(const OtlpResource &resource, const QJsonArray &records)
{
    return whole("resourceLogs", "scopeLogs", "logRecords", resource, records);
}

QByteArray otlpMetrics(const OtlpResource &resource, const QJsonArray &metrics)
{
    return whole("resourceMetrics", "scopeMetrics", "metrics", resource, metrics);
}

} // namespace retryscope
