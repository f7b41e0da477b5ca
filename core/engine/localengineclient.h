// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "engine/clientdelivery.h"
#include "engine/engineclient.h"
#include "engine/keptblocks.h"
#include "pricing/pricelist.h"
#include "transport/transportkind.h"

#include <QThread>

#include <atomic>

namespace retryscope {

class ApiRetryHandler;
class HealthMonitor;

/// What lives on the engine's thread, for a guest there.
struct EngineHost
{
    Clock &clock;
    ApiRetryHandler &engine;
    const HealthMonitor &health;
    std::function<CallId()> nextCall; ///< the number of a call that the guest sends
};

/// The engine on a thread of its own, seen from the thread that made it. Events arrive in batches of at most 50 ms
/// and 50,000; see EventBatch for what a busy window misses.
class LocalEngineClient final : public EngineClient
{
    Q_OBJECT
public:
    explicit LocalEngineClient(quint64 seed, TransportKind transport = TransportKind::Qt, QObject *parent = nullptr);
    /// Cancels what runs and waits for the thread.
    ~LocalEngineClient() override;

    CallId send(const Prompt &prompt, const Route &route, const SendOptions &options = {}) override;
    void cancel(CallId call) override;
    void tryNow(CallId call) override { steer(call, Steering::TryNow); }
    void failOverNow(CallId call) override { steer(call, Steering::FailOverNow); }
    void apply(const Configuration &configuration) override;
    void isolate(const ProviderId &provider) override;
    void release(const ProviderId &provider) override;
    void probe(const ProviderId &provider) override;
    void playFault(const ProviderId &provider, const FaultPlan &plan) override;
    void stopFaults() override;
    void annotateIncident(quint64 id, const QString &note) override;
    void restoreIncidents(const Incidents &incidents) override;
    void setPrices(const PriceList &prices);
    /// Shuts what the file says that earlier runs have found shut (quotas, long waits), and keeps what is shut from now on
    /// there. What is wrong with the file comes as blocksNotKept(). Once, before calls are sent; the disk is not read here.
    void keepBlocks(const QString &file);
    /// Names this engine's events among all others; see Event::run.
    qint64 run() const;
    /// Called with every event, on the engine's thread, from the next event on; it must return at once.
    void observe(std::function<void(const Event &)> observer);
    /// Shows everybody what was played before the start, as if it had just happened; calls are numbered on from there.
    /// Before the first call is sent.
    void replay(const Events &events);
    /// Has `guest` made on the engine's thread, where it lives until `dismiss` or until the engine goes, whichever is first.
    /// One at a time: the one before is dismissed.
    void host(std::function<std::unique_ptr<QObject>(const EngineHost &)> make);
    void dismiss();
    /// Asks the engine thread; `reply` is called on this thread.
    void requestStats(std::function<void(const QJsonObject &json, const QString &logText)> reply);

signals:
    /// What is shut could not be read or kept; empty: it can be kept again.
    void blocksNotKept(const QString &problem);

protected:
    void connectNotify(const QMetaMethod &signal) override;

private:
    struct Host;
    void steer(CallId call, Steering wish);

    QThread m_thread;
    Host *m_host = nullptr;
    EventDelivery m_events{*this};
    std::atomic<quint64> m_nextCall = 0; ///< of both threads
    std::unique_ptr<BlockKeeper> m_keeper;
    bool m_givesText = false, m_givesEnds = false; ///< from when somebody wants them
};

} // namespace retryscope
