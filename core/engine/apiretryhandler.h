// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/callrunner.h"
#include "telemetry/statscollector.h"

#include <QObject>

#include <map>

namespace retryscope {

/// The engine's façade: prompts and any asynchronous function go through one policy. Lives on one thread (the
/// core thread in the apps); all members are called there. Parts must outlive it.
class ApiRetryHandler : public QObject
{
    Q_OBJECT
public:
    /// Any asynchronous work: starts attempt `number` and reports once how it ended, at once or later.
    using Report = std::function<void(const AttemptResult &)>;
    using AsyncFunction = std::function<void(int number, Report done)>;
    using Completion = std::function<void(const CallResult &)>;

    ApiRetryHandler(Clock &clock, Transport &transport, RandomSource &random, QObject *parent = nullptr);
    ~ApiRetryHandler() override;

    /// Takes effect for calls sent afterwards; circuits of providers that stay keep their state.
    void configure(const Configuration &configuration);
    void send(CallId id, const Prompt &prompt, const Route &route, Completion done = {});
    void withRetry(CallId id, const ProviderId &provider, const QString &model, AsyncFunction function, Completion done);
    void withOpenAiRetry(CallId id, const QString &model, AsyncFunction f, Completion done) { withRetry(id, QStringLiteral("openai"), model, std::move(f), std::move(done)); }
    void withAnthropicRetry(CallId id, const QString &model, AsyncFunction f, Completion done) { withRetry(id, QStringLiteral("anthropic"), model, std::move(f), std::move(done)); }
    void withMistralRetry(CallId id, const QString &model, AsyncFunction f, Completion done) { withRetry(id, QStringLiteral("mistral"), model, std::move(f), std::move(done)); }
    void withGoogleAiRetry(CallId id, const QString &model, AsyncFunction f, Completion done) { withRetry(id, QStringLiteral("google_ai"), model, std::move(f), std::move(done)); }
    void cancel(CallId id);
    /// Ends every running call as cancelled.
    void cancelAll();
    void isolate(const ProviderId &provider);
    void release(const ProviderId &provider);
    void probe(const ProviderId &provider);

    EventBus &events() { return m_bus; }
    const ProviderFailoverHandler &providers() const { return m_providers; }
    QJsonObject retryStats() const { return m_stats.toJson(); }
    /// The statistics as the seed logged them, at info level.
    void logStats() const;
    const StatsCollector &stats() const { return m_stats; }
    std::size_t runningCalls() const { return m_calls.size(); }

signals:
    void textArrived(retryscope::CallId call, const QString &text);
    void callFinished(const retryscope::CallResult &result);

private:
    class HttpSource;
    class FunctionSource;
    struct Slots { int used = 0; std::vector<std::pair<CallId, std::function<void()>>> queue; };
    class SlotSource;

    void run(CallId id, QVector<ProviderId> chain, std::shared_ptr<AttemptSource> source, Completion done);
    void byHand(const ProviderId &provider, const std::optional<CircuitTransition> &transition);
    const ProviderConfig *provider(const ProviderId &id) const;
    bool acquireSlot(const ProviderId &provider, CallId call, std::function<void()> go);
    void releaseSlot(const ProviderId &provider, CallId call);

    Clock &m_clock;
    Transport &m_transport;
    RandomSource &m_random;
    EventBus m_bus;
    StatsCollector m_stats;
    Configuration m_configuration;
    ProviderFailoverHandler m_providers;
    RetryBudget m_budget;
    std::map<ProviderId, Slots> m_slots;
    std::map<CallId, std::unique_ptr<CallRunner>> m_calls;
    std::vector<std::unique_ptr<CallRunner>> m_done; ///< deleted once control is back in the event loop
    TimerHandle m_sweep;
};

} // namespace retryscope
