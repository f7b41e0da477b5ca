// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/provider.h"
#include "telemetry/event.h"

#include <QJsonArray>

#include <map>

namespace retryscope {

// Events in the words of OpenTelemetry: OTLP as JSON, names of the GenAI conventions. Pure: events in, JSON out.

/// Who tells.
struct OtlpResource
{
    std::map<QString, QString> attributes; ///< service.name and what else the user named
    QString version;                       ///< of this program
};

/// A provider, in those words.
struct OtlpPeer
{
    QString vendor;    ///< gen_ai.provider.name; a provider's own id where its wire is nobody's
    QString operation; ///< gen_ai.operation.name
    QString address;
    int port = 0;
};
using OtlpPeers = std::map<ProviderId, OtlpPeer>;
OtlpPeers otlpPeers(const ProviderConfigs &providers);

/// The trace that a call is part of, as its caller named it.
struct TraceParent
{
    QByteArray trace, span; ///< hex, lower case
    bool sampled = true;
};
/// Of the header traceparent (W3C Trace Context); none where it is not well formed.
std::optional<TraceParent> traceParentFrom(QByteArrayView header);

/// Gathers the events of calls until they end, and makes a span retryscope.call of each, with one child an attempt. A call
/// that its caller does not trace has none. At most `mostCalls` in flight; the spans of more are not made.
class OtlpSpans
{
public:
    static constexpr std::size_t mostCalls = 10'000;

    void configure(const ProviderConfigs &providers) { m_peers = otlpPeers(providers); }
    /// Before the call's first event.
    void setParent(CallId call, const TraceParent &parent);
    /// The spans of the call that this event ends; empty for any other event.
    QJsonArray onEvent(const Event &event);
    /// Calls of which nothing was told, because too many were in flight.
    quint64 dropped() const { return m_dropped; }

private:
    struct Attempt { Event started; std::optional<Event> finished; int onSame = 0; Duration delay{}; RetryReason why = RetryReason::None; };
    struct Call { Event submitted; std::optional<TraceParent> parent; std::vector<Attempt> attempts; QJsonArray waits; Duration delay{}; RetryReason why = RetryReason::None; };
    QJsonArray spansOf(const Call &call, const Event &finished) const;
    QJsonObject spanOf(const Call &call, const Attempt &attempt, SteadyTime end) const;
    void addAttempt(Call *call, const Event &started) const;

    OtlpPeers m_peers;
    std::map<CallId, Call> m_calls;
    std::map<CallId, TraceParent> m_parents; ///< of calls that have not begun
    quint64 m_dropped = 0;
};

/// The log record of a change of a circuit; none for any other event.
std::optional<QJsonObject> otlpLog(const Event &event);

/// Whole requests.
QByteArray otlpTraces(const OtlpResource &resource, const QJsonArray &spans);
QByteArray otlpLogs(const OtlpResource &resource, const QJsonArray &records);
QByteArray otlpMetrics(const OtlpResource &resource, const QJsonArray &metrics);

// Parts that whoever makes metrics needs too.
QJsonObject otlpText(const QString &key, const QString &value);
/// Nanoseconds since 1970 as OTLP has them: in quotes.
QString otlpTime(WallTime time, Duration later = {});

} // namespace retryscope
