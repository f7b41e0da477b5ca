// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/engineclient.h"

namespace retryscope {

/// Remembers the calls that it was asked for; the test plays what an engine would tell of them.
class RememberingEngine final : public EngineClient
{
public:
    CallId send(const Prompt &prompt, const Route &route, const SendOptions &options = {}) override
    {
        prompts.append(prompt);
        routes.append(route);
        captures.append(options.capture);
        return CallId{++last};
    }
    void cancel(CallId call) override { cancelled.append(call); }
    void tryNow(CallId call) override { wishes.append({call, Steering::TryNow}); }
    void failOverNow(CallId call) override { wishes.append({call, Steering::FailOverNow}); }
    void apply(const Configuration &) override {}
    void isolate(const ProviderId &) override {}
    void release(const ProviderId &) override {}
    void probe(const ProviderId &) override {}
    void annotateIncident(quint64, const QString &) override {}
    void restoreIncidents(const Incidents &) override {}

    void forget()
    {
        prompts.clear();
        routes.clear();
        captures.clear();
        cancelled.clear();
        wishes.clear();
        last = 0;
    }

    QVector<Prompt> prompts;
    QVector<Route> routes;
    QVector<Capture> captures;
    QVector<CallId> cancelled;
    QVector<std::pair<CallId, Steering>> wishes;
    quint64 last = 0;
};

} // namespace retryscope
