// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/attemptsources.h"
#include "engine/callrunner.h"
#include "engine/forwarding.h"
#include "engine/keptblocks.h"
#include "engine/learned.h"
#include "engine/providerprobe.h"
#include "engine/targets.h"
#include "policy/freeprobes.h"
#include "pricing/pricelist.h"
#include "telemetry/statscollector.h"

#include <QObject>

#include <map>

namespace retryscope {

/// Who wants a probe; what a person asked for is told so in its event.
enum class ProbeAsker : quint8 { Person, Engine };

/// The engine's façade: prompts and any asynchronous function go through one policy. Lives on one thread (the
/// core thread in the apps); all members are called there. Parts must outlive it.
class ApiRetryHandler : public QObject
{
    Q_OBJECT
public:
    using Report = FunctionSource::Report;
    using AsyncFunction = FunctionSource::AsyncFunction;
    using Completion = std::function<void(const CallResult &)>;

    ApiRetryHandler(Clock &clock, Transport &transport, RandomSource &random, QObject *parent = nullptr);
    ~ApiRetryHandler() override;

    /// Takes effect for calls sent afterwards; circuits of providers that stay keep their state.
    void configure(const Configuration &configuration);
    /// What attempts cost; without one every cost is unknown. Takes effect for attempts that end afterwards.
    void setPrices(const PriceList &prices) { m_prices = prices; }
    /// Sends the prompt down the route; `done` and callFinished follow exactly once. Ids must not repeat.
    void send(CallId id, const Prompt &prompt, const Route &route, Completion done = {}, const SendOptions &options = {});
    void withRetry(CallId id, const ProviderId &provider, const QString &model, AsyncFunction function,
                   Completion done);
    void withOpenAiRetry(CallId id, const QString &model, AsyncFunction f, Completion done)
    {
        withRetry(id, QStringLiteral("openai"), model, std::move(f), std::move(done));
    }
    void withAnthropicRetry(CallId id, const QString &model, AsyncFunction f, Completion done)
    {
        withRetry(id, QStringLiteral("anthropic"), model, std::move(f), std::move(done));
    }
    void withMistralRetry(CallId id, const QString &model, AsyncFunction f, Completion done)
    {
        withRetry(id, QStringLiteral("mistral"), model, std::move(f), std::move(done));
    }
    void withGoogleAiRetry(CallId id, const QString &model, AsyncFunction f, Completion done)
    {
        withRetry(id, QStringLiteral("google_ai"), model, std::move(f), std::move(done));
    }
    /// Sends another program's request down the route, in its own words where the provider speaks them. `callbacks` follow,
    /// finished exactly once; callFinished too. Ids must not repeat.
    void forward(CallId id, const ForwardRequest &request, const Route &route, const ForwardCallbacks &callbacks);
    /// The receiver of a call's answer is slow, or has caught up: its provider waits meanwhile.
    void pause(CallId id);
    void resume(CallId id);
    void cancel(CallId id);
    /// What a person asks for; None when it was done, see EngineClient.
    SteeringRefusal tryNow(CallId id);
    SteeringRefusal failOverNow(CallId id);
    /// Ends every running call as cancelled.
    void cancelAll();
    void isolate(const ProviderId &provider);
    void release(const ProviderId &provider);
    /// Asks for the list of models, at once. A good answer closes a circuit that failures have opened, never one
    /// that a used-up quota or a long server hint has. Published as ProbeFinished.
    void probe(const ProviderId &provider);

    /// See EngineClient. Nothing happens for a provider that is not configured.
    void playFault(const ProviderId &provider, const FaultPlan &plan);
    void stopFaults() { m_faults.stop(); }
    StandingFaults faults() const { return m_faults.standing(); }

    /// Shuts what earlier runs have found shut, as soon as it is configured.
    void restoreBlocks(const KeptBlocks &blocks);
    /// Called with all that is shut until a point in time, whenever that may have changed.
    void watchBlocks(std::function<void(const KeptBlocks &, WallTime)> changed)
    {
        m_blocksChanged = std::move(changed);
    }

    /// All that this engine knows now and that others may use; what it has from others is in it, too.
    QVector<Learned> learned() const;
    /// Another engine's word is evidence: a block holds for its time, an open circuit makes ours ask with one probe (`left`
    /// 0: that word is over), a limit counts where it leaves less than we know of. `by` names who says so; events repeat it.
    void hear(const Learned &word, const QString &by);
    /// What a person did at another engine.
    void hear(Hand hand, const ProviderId &provider, const QString &by);
    /// Other engines ask with the same account (as keysOf() names it, or the provider where it has none): see LimitShare.
    void shareLimits(const QString &account, const LimitShare &share);
    /// Called with what a person does here.
    void watchHand(std::function<void(Hand, const ProviderId &)> done) { m_handWatcher = std::move(done); }

    EventBus &events() { return m_bus; }
    const ProviderFailoverHandler &providers() const { return m_providers; }
    const Configuration &configuration() const { return m_configuration; }
    QJsonObject retryStats() const { return m_stats.toJson(); }
    /// The statistics as the seed logged them, at info level.
    void logStats() const;
    const StatsCollector &stats() const { return m_stats; }
    /// What is left of the retry budget, 0..1.
    double retryBudgetLeft() const { return m_budget.leftShare(); }
    std::size_t runningCalls() const { return m_calls.size(); }
    /// Nothing is held: no permit, no slot, no queue, no charge of the budget. So it is whenever no call runs.
    bool atRest() const;

signals:
    void faultsChanged(const retryscope::StandingFaults &faults);
    void exchangesArrived(const retryscope::ExchangeRecords &pieces);
    void textArrived(retryscope::CallId call, const QString &text);
    void callFinished(const retryscope::CallResult &result);

private:
    void run(CallId id, const RetryConfig &policy, Targets chain, qint64 promptTokens,
             std::shared_ptr<AttemptSource> source, Completion done, CallersWishes caller = {});
    SourceParts parts() { return {m_clock, m_faults, m_prices, m_configuration}; }
    Targets withWindows(Targets chain) const;
    HealthChanges forgetOthers(const Configuration &before);
    /// `before`: the configuration that they are of, where it is not the one in force.
    void publish(const HealthChanges &changes, const QString &rule = {}, RetryReason reason = RetryReason::None,
                 const Configuration *before = nullptr);
    void startProbe(const ProviderConfig &config, ProbeAsker by, std::optional<Permit> permit);
    void onProbe(const ProviderConfig &asked, ProbeAsker by, std::optional<Permit> permit, const ProbeResult &result);
    void onFreeProbe(const ProviderId &provider, const ProbeResult &result);
    std::optional<SteadyTime> freeProbeAt(const ProviderId &provider);
    void watchOpenCircuits();
    void applyRestored();
    void tellBlocks() const;
    const ProviderConfig *provider(const ProviderId &id) const { return findProvider(m_configuration, id); }

    Clock &m_clock;
    FaultTransport m_faults; ///< before the real one
    RandomSource &m_random;
    EventBus m_bus;
    StatsCollector m_stats;
    Configuration m_configuration;
    PriceList m_prices;
    ProviderFailoverHandler m_providers;
    RetryBudget m_budget;
    CallTraffic m_traffic;
    ExchangeFeed m_exchanges;
    std::map<CallId, std::unique_ptr<CallRunner>> m_calls;
    std::vector<std::unique_ptr<CallRunner>> m_done; ///< deleted once control is back in the event loop
    std::map<ProviderId, FreeProbes> m_freeProbes;
    std::map<ProviderId, std::unique_ptr<ProviderProbe>> m_probes;
    std::vector<std::unique_ptr<ProviderProbe>> m_doneProbes;
    TimerHandle m_sweep, m_probeTimer;
    KeptBlocks m_toRestore;
    std::function<void(const KeptBlocks &, WallTime)> m_blocksChanged;
    std::function<void(Hand, const ProviderId &)> m_handWatcher;
};

} // namespace retryscope
