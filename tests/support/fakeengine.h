// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/timeformat.h"
#include "engine/engineclient.h"
#include "health/healthmonitor.h"

namespace retryscope {

/// An engine that does nothing but remember what it was asked, and judges the events that a test feeds it.
class FakeEngine final : public EngineClient
{
public:
    CallId send(const Prompt &, const Route &, const SendOptions & = {}) override { return {}; }
    void cancel(CallId) override {}
    void tryNow(CallId call) override { asked << QStringLiteral("try now %1").arg(call.value); }
    void failOverNow(CallId call) override { asked << QStringLiteral("fail over now %1").arg(call.value); }
    void apply(const Configuration &configuration) override { monitor.configure(configuration); }
    void isolate(const ProviderId &id) override { asked << QStringLiteral("isolate ") + id; }
    void release(const ProviderId &id) override { asked << QStringLiteral("release ") + id; }
    void probe(const ProviderId &id) override { asked << QStringLiteral("probe ") + id; }
    void playFault(const ProviderId &id, const FaultPlan &plan) override
    {
        asked << QStringLiteral("fault %1 %2 %3 %4").arg(id, toKey(plan.fault), formatDuration(plan.lasting)).arg(plan.share);
    }
    void stopFaults() override { asked << QStringLiteral("stop faults"); }
    void annotateIncident(quint64 id, const QString &note) override { monitor.annotateIncident(id, note); }
    void restoreIncidents(const Incidents &incidents) override { monitor.restoreIncidents(incidents); }

    /// As the engine does: the events, then what they mean.
    void feed(const Events &events)
    {
        for (const Event &e : events)
            monitor.onEvent(e);
        if (!events.isEmpty())
            emit eventsArrived(events);
        emit healthUpdated(monitor.take());
    }
    void advance(SteadyTime now, WallTime wall)
    {
        monitor.advance(now, wall);
        emit healthUpdated(monitor.take());
    }
    QString refusal(Request request) const override
    {
        return refusesFaults && request == Request::Fault ? QStringLiteral("elsewhere") : QString();
    }
    bool refusesFaults = false;
    HealthMonitor monitor;
    QStringList asked;
};

} // namespace retryscope
