// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/otlpexport.h"

#include <QJsonDocument>

#include <algorithm>
#include <utility>

namespace retryscope {
namespace {

constexpr std::array receivers{"The OTLP receiver of traces", "The OTLP receiver of metrics", "The OTLP receiver of logs"};
constexpr std::array rejections{"rejectedSpans", "rejectedDataPoints", "rejectedLogRecords"};

} // namespace

OtlpExport::OtlpExport(Parts parts, OtlpSettings settings)
    : m_parts(std::move(parts)), m_settings(std::move(settings)), m_start(m_parts.clock.wallNow())
{
    for (const OtlpSignal signal : otlpSignals) {
        const std::size_t i = std::size_t(signal);
        const OtlpRoute &route = m_settings.routes[i];
        if (!route.isOn())
            continue;
        ShipperOptions options;
        options.what = QLatin1String(receivers[i]);
        options.request = route.request;
        options.timeout = route.timeout;
        options.queue = signal == OtlpSignal::Metrics ? 1 : queue; // the newest sums hold the older ones
        const bool counts = signal != OtlpSignal::Metrics;
        m_shippers[i] = std::make_unique<Shipper>(
            m_parts.clock, m_parts.transport, m_parts.random, options,
            ShipperCallbacks{m_parts.tell, counts ? m_parts.dropped : nullptr,
                             [this, signal](const QByteArray &answer) { taken(signal, answer); }});
        pace(signal);
    }
}

void OtlpExport::configure(const ProviderConfigs &providers)
{
    m_spans.configure(providers);
    m_peers = otlpPeers(providers);
}

void OtlpExport::onEvent(const Event &event)
{
    if (isOn(OtlpSignal::Traces)) {
        add(OtlpSignal::Traces, m_spans.onEvent(event));
        if (const quint64 lost = m_spans.dropped() - std::exchange(m_spansDropped, m_spans.dropped()))
            m_parts.dropped(int(lost));
    }
    if (isOn(OtlpSignal::Logs)) {
        if (const auto record = otlpLog(event))
            add(OtlpSignal::Logs, {*record});
    }
}

void OtlpExport::add(OtlpSignal signal, const QJsonArray &items)
{
    QJsonArray &waiting = m_waiting[std::size_t(signal)];
    for (const QJsonValue &item : items)
        waiting.append(item);
    if (waiting.size() >= fullBatch)
        send(signal);
}

void OtlpExport::pace(OtlpSignal signal)
{
    const Duration paces[] = {m_settings.tracePace, m_settings.metricPace, m_settings.logPace};
    m_timers[std::size_t(signal)] = m_parts.clock.startTimer(paces[std::size_t(signal)], [this, signal] {
        signal == OtlpSignal::Metrics ? sendMetrics() : send(signal);
        pace(signal);
    });
}

void OtlpExport::send(OtlpSignal signal)
{
    QJsonArray items = std::exchange(m_waiting[std::size_t(signal)], {});
    if (items.isEmpty() || !isOn(signal))
        return;
    m_shippers[std::size_t(signal)]->add(
        {signal == OtlpSignal::Traces ? otlpTraces(m_settings.resource, items) : otlpLogs(m_settings.resource, items),
         {}, int(items.size())});
}

void OtlpExport::sendMetrics()
{
    if (!isOn(OtlpSignal::Metrics))
        return;
    const QJsonArray metrics = otlpMetricList(m_parts.metrics(), m_peers, m_start, m_parts.clock.wallNow());
    m_shippers[std::size_t(OtlpSignal::Metrics)]->add({otlpMetrics(m_settings.resource, metrics), {}, 1});
}

void OtlpExport::flush()
{
    send(OtlpSignal::Traces);
    send(OtlpSignal::Logs);
    sendMetrics();
    for (const auto &shipper : m_shippers) {
        if (shipper)
            shipper->hurry();
    }
}

bool OtlpExport::isIdle() const
{
    return std::all_of(m_shippers.begin(), m_shippers.end(), [](const auto &shipper) { return !shipper || shipper->isIdle(); });
}

int OtlpExport::waiting() const
{
    int all = 0;
    for (const OtlpSignal signal : {OtlpSignal::Traces, OtlpSignal::Logs}) {
        const auto &shipper = m_shippers[std::size_t(signal)];
        all += int(m_waiting[std::size_t(signal)].size()) + (shipper ? shipper->items() : 0);
    }
    return all;
}

/// A receiver may take a batch and say that it left out a part.
void OtlpExport::taken(OtlpSignal signal, const QByteArray &answer)
{
    const QJsonObject partial = QJsonDocument::fromJson(answer)[QLatin1String("partialSuccess")].toObject();
    const int rejected = partial[QLatin1String(rejections[std::size_t(signal)])].toVariant().toInt();
    if (rejected <= 0)
        return;
    if (signal != OtlpSignal::Metrics)
        m_parts.dropped(rejected);
    if (!std::exchange(m_rejectionTold, true))
        m_parts.tell(QStringLiteral("%1 took what it was sent, but left out %2 item(s): %3")
                         .arg(QLatin1String(receivers[std::size_t(signal)]))
                         .arg(rejected)
                         .arg(partial[QLatin1String("errorMessage")].toString(QStringLiteral("it did not say why.")).left(300)));
}

} // namespace retryscope
