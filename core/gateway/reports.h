// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/apiretryhandler.h"
#include "gateway/incidenthook.h"
#include "gateway/metrics.h"
#include "gateway/otlpexport.h"
#include "health/healthmonitor.h"

namespace retryscope {

/// What a gateway tells other systems by itself: OTLP and the webhook, as the engine's configuration has them now. Its requests
/// go over a transport of their own, and so are no calls and no events. On the engine's thread; its parts must outlive it.
class Reports
{
public:
    struct Parts
    {
        Clock &clock;
        ApiRetryHandler &engine;
        const HealthMonitor &health;
        std::function<MetricSet()> metrics;
        std::function<void(const QString &)> tell; ///< a sentence for whoever runs the gateway
    };
    explicit Reports(Parts parts);
    ~Reports();

    void onEvent(const Event &event);
    /// Before the call's first event: the trace that its caller named in the header traceparent, if it did.
    void setParent(CallId call, const QByteArray &header);
    /// Spans, log records and notices that were not taken.
    quint64 dropped() const { return m_dropped; }
    /// Hands over what there is, for at most 3 s; then calls back, never from within. Once.
    void finish(std::function<void()> then);

private:
    void configure();
    void configureOtlp(const Configuration &configuration);
    void configureHook(const Configuration &configuration);
    void look();
    void waitUntilIdle(SteadyTime until, std::function<void()> then);
    Transport &transport();

    Parts m_parts;
    std::unique_ptr<Transport> m_transport; ///< made when it is needed
    SeededRandom m_random;
    std::optional<OtlpTarget> m_otlpTarget;  ///< that m_otlp was made for
    std::optional<WebhookTarget> m_hookTarget;
    std::unique_ptr<OtlpExport> m_otlp;
    std::unique_ptr<IncidentHook> m_hook;
    TimerHandle m_look, m_reread, m_idle;
    quint64 m_dropped = 0;
};

} // namespace retryscope
