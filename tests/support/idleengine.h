// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/engineclient.h"

namespace retryscope {

/// Does nothing that it is asked for; a test overrides what it wants to know of.
class IdleEngine : public EngineClient
{
public:
    CallId send(const Prompt &, const Route &, const SendOptions & = {}) override { return {}; }
    void cancel(CallId) override {}
    void tryNow(CallId) override {}
    void failOverNow(CallId) override {}
    void apply(const Configuration &) override {}
    void isolate(const ProviderId &) override {}
    void release(const ProviderId &) override {}
    void probe(const ProviderId &) override {}
    void playFault(const ProviderId &, const FaultPlan &) override {}
    void stopFaults() override {}
    void annotateIncident(quint64, const QString &) override {}
    void restoreIncidents(const Incidents &) override {}
};

} // namespace retryscope
