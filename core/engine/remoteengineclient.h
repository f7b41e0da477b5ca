// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/clientdelivery.h"
#include "engine/engineclient.h"
#include "engine/gatewayfollower.h"

#include <QThread>

#include <atomic>

namespace retryscope {

/// A running gateway, here or elsewhere, seen from the thread that made this: its events, judged here, and the commands that
/// it takes. Prompts are not sent and no configuration is applied; see refusal(). The network has a thread of its own.
class RemoteEngineClient final : public EngineClient
{
    Q_OBJECT
public:
    explicit RemoteEngineClient(FollowOptions options, QObject *parent = nullptr);
    ~RemoteEngineClient() override;
    /// Begins to follow; once.
    void follow();
    QUrl url() const { return m_options.url; }

    QString refusal(Request request) const override;
    /// Ends at once as failed, with the refusal as its message.
    CallId send(const Prompt &prompt, const Route &route, const SendOptions &options = {}) override;
    void cancel(CallId) override {}
    /// refused() says why not.
    void tryNow(CallId call) override;
    void failOverNow(CallId call) override;
    void apply(const Configuration &configuration) override;
    void isolate(const ProviderId &provider) override;
    void release(const ProviderId &provider) override;
    void probe(const ProviderId &provider) override;
    void playFault(const ProviderId &provider, const FaultPlan &plan) override;
    void stopFaults() override;
    void annotateIncident(quint64 id, const QString &note) override;
    void restoreIncidents(const Incidents &incidents) override;

signals:
    void statusChanged(const retryscope::FollowStatus &status);
    /// What is known of the gateway's configuration: who its providers are.
    void configurationTold(const retryscope::Configuration &configuration);
    /// Something that was asked for was not done; a sentence.
    void refused(const QString &sentence);

private:
    struct Host;
    void command(const ProviderId &provider, const char *verb);

    FollowOptions m_options;
    QThread m_thread;
    Host *m_host = nullptr;
    EventDelivery m_events{*this};
    quint64 m_nextCall = 0;
};

} // namespace retryscope
