// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gateway/metricfamily.h"
#include "gateway/otlpsettings.h"
#include "gateway/shipper.h"

namespace retryscope {

/// Sends what happens to an OpenTelemetry receiver, in batches: spans and log records as soon as there are many or some time
/// has passed, metrics at their pace. What the receiver rejects of a batch is counted as dropped. On one thread.
class OtlpExport
{
public:
    static constexpr int fullBatch = 512;   ///< spans, log records
    static constexpr std::size_t queue = 16; ///< batches that wait

    struct Parts
    {
        Clock &clock;
        Transport &transport;
        RandomSource &random;
        std::function<MetricSet()> metrics;
        std::function<void(const QString &)> tell;
        std::function<void(int)> dropped;
    };
    OtlpExport(Parts parts, OtlpSettings settings);
    void configure(const ProviderConfigs &providers);
    void setParent(CallId call, const TraceParent &parent)
    {
        if (isOn(OtlpSignal::Traces))
            m_spans.setParent(call, parent);
    }
    void onEvent(const Event &event);
    /// Sends what there is at once, the metrics too.
    void flush();
    bool isIdle() const;
    /// Spans and log records that are not handed over yet.
    int waiting() const;

private:
    void add(OtlpSignal signal, const QJsonArray &items);
    void send(OtlpSignal signal);
    void sendMetrics();
    void pace(OtlpSignal signal);
    void taken(OtlpSignal signal, const QByteArray &answer);
    bool isOn(OtlpSignal signal) const { return m_shippers[std::size_t(signal)] != nullptr; }

    Parts m_parts;
    OtlpSettings m_settings;
    OtlpSpans m_spans;
    OtlpPeers m_peers;
    WallTime m_start;
    std::array<std::unique_ptr<Shipper>, otlpSignals.size()> m_shippers; ///< of the signals that are on
    std::array<QJsonArray, otlpSignals.size()> m_waiting;
    std::array<TimerHandle, otlpSignals.size()> m_timers;
    quint64 m_spansDropped = 0;
    bool m_rejectionTold = false;
};

} // namespace retryscope
