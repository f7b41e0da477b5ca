// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "engine/apiretryhandler.h"

#include "protocols/registry.h"

#include <QLoggingCategory>

#include <utility>

namespace retryscope {

Q_LOGGING_CATEGORY(engineLog, "retryscope.engine")

namespace {

/// A free probe that is not answered by then is not answered: a list of models is quickly made.
constexpr Duration freeProbeTimeout = 2500ms;
/// So often silence about a list that has never come keeps callers away; some servers have none and do not say so.
constexpr int mutedProbes = 3;
/// The rule of what a person did, or the first words of it: events say it so.
const QString byHand = QStringLiteral("by hand");

} // namespace

/// What the prices call a model of the provider; a simulated one is nobody's.
static ModelAt modelAt(const ProviderConfig &config, const QString &model)
{
    return {QString::fromLatin1(wireOf(config.protocol).pricedAs), config.simulated ? QUrl() : config.baseUrl, model};
}

/// What the configuration says of providers, the same for every kind of work.
class ApiRetryHandler::ConfiguredSource : public AttemptSource
{
public:
    explicit ConfiguredSource(ApiRetryHandler &engine) : m_engine(engine) {}
    bool isSimulated(const ProviderId &provider) const override
    {
        const ProviderConfig *config = m_engine.provider(provider);
        return config && config->simulated;
    }
    std::optional<double> cost(const ProviderId &provider, const QString &model,
                               const AttemptResult &result) const override
    {
        const ProviderConfig *config = m_engine.provider(provider);
        if (!config || !result.tokensIn || !result.tokensOut)
            return std::nullopt;
        const int cached = std::min(result.answer.tokensCached.value_or(0), *result.tokensIn);
        return m_engine.m_prices.cost(modelAt(*config, model), {*result.tokensIn, *result.tokensOut, cached},
                                      m_engine.m_clock.wallNow());
    }

protected:
    ApiRetryHandler &m_engine;
};

/// The provider's or its model's own limits of time; that of the attempt was taken into account by the policy.
static void applyTimes(const ProviderTimes &own, AttemptTimes *times)
{
    times->connect = own.connect.value_or(times->connect);
    times->firstToken = own.firstToken.value_or(times->firstToken);
    times->idle = own.idle.value_or(times->idle);
    times->stream = own.stream.value_or(times->stream);
}

class ApiRetryHandler::HttpSource final : public ConfiguredSource
{
public:
    HttpSource(ApiRetryHandler &engine, Prompt prompt)
        : ConfiguredSource(engine), m_prompt(std::move(prompt)), m_providers(engine.m_configuration.providers),
          m_rules(engine.m_configuration.rules)
    {}
    std::unique_ptr<Attempt> startAttempt(const ProviderId &provider, const AttemptOrder &order,
                                          AttemptCallbacks callbacks) override
    {
        const ProviderConfig &config = find(provider);
        if (const QString refusal = Protocol::of(config.protocol).refusal(m_prompt); !refusal.isEmpty())
            return std::make_unique<RefusedAttempt>(m_engine.m_clock, refusedFor(refusal), std::move(callbacks));
        const auto credentials = resolveCredentials(config, order.account);
        if (!credentials)
            return std::make_unique<RefusedAttempt>(m_engine.m_clock, refusedFor(credentials.error()),
                                                    std::move(callbacks));
        AttemptOrder own = order;
        own.rules = m_rules;
        applyTimes(timesFor(config, m_prompt.model), &own.times);
        return std::make_unique<HttpAttempt>(m_engine.m_clock, m_engine.m_transport, config, m_prompt, *credentials,
                                             own, std::move(callbacks));
    }

private:
    const ProviderConfig &find(const ProviderId &id) const
    {
        static const ProviderConfig none;
        const auto it = std::find_if(m_providers.begin(), m_providers.end(),
                                     [&id](const ProviderConfig &config) { return config.id == id; });
        return it == m_providers.end() ? none : *it;
    }
    Prompt m_prompt;
    ProviderConfigs m_providers; ///< as they were when the call was sent
    OwnRules m_rules;
};

namespace {

class FunctionAttempt final : public Attempt
{
public:
    FunctionAttempt(Clock &clock, Duration timeout, AttemptCallbacks callbacks)
        : m_clock(clock), m_callbacks(std::move(callbacks))
    {
        m_timer = clock.startTimer(timeout, [this] {
            AttemptResult result;
            result.facts.classification = classify(FailureFacts{.transport = TransportFailure::AttemptTimeout});
            result.facts.delivery = Delivery::MaybeSent;
            finish(result);
        });
    }
    Delivery delivery() const override { return Delivery::MaybeSent; }
    /// Queued through the clock, so that a function may report at once.
    void report(const AttemptResult &result)
    {
        m_timer = m_clock.startTimer(0s, [this, result] { finish(result); });
    }

private:
    void finish(const AttemptResult &result)
    {
        const auto finished = std::move(m_callbacks.finished);
        finished(result);
    }
    Clock &m_clock;
    AttemptCallbacks m_callbacks;
    TimerHandle m_timer;
};

/// Owned by the runner; the report reaches it only while it lives.
class GuardedAttempt final : public Attempt
{
public:
    explicit GuardedAttempt(std::shared_ptr<FunctionAttempt> inner) : m_inner(std::move(inner)) {}
    Delivery delivery() const override { return m_inner->delivery(); }

private:
    std::shared_ptr<FunctionAttempt> m_inner;
};

} // namespace

class ApiRetryHandler::FunctionSource final : public ConfiguredSource
{
public:
    FunctionSource(ApiRetryHandler &engine, AsyncFunction function)
        : ConfiguredSource(engine), m_function(std::move(function))
    {}
    std::unique_ptr<Attempt> startAttempt(const ProviderId &, const AttemptOrder &order,
                                          AttemptCallbacks callbacks) override
    {
        auto inner = std::make_shared<FunctionAttempt>(m_engine.m_clock, order.times.attempt, std::move(callbacks));
        m_function(order.number, [weak = std::weak_ptr(inner)](const AttemptResult &result) {
            if (const auto attempt = weak.lock())
                attempt->report(result);
        });
        return std::make_unique<GuardedAttempt>(std::move(inner));
    }

private:
    AsyncFunction m_function;
};

ApiRetryHandler::ApiRetryHandler(Clock &clock, Transport &transport, RandomSource &random, QObject *parent)
    : QObject(parent), m_clock(clock), m_transport(transport), m_random(random), m_bus(clock), m_budget(0.2, 10),
      m_traffic(clock)
{
    m_bus.subscribe([this](const Event &event) {
        m_stats.onEvent(event);
        if (event.kind == EventKind::CircuitChanged && event.scope == Scope::Provider)
            watchOpenCircuits();
        if (event.kind == EventKind::CircuitChanged)
            tellBlocks();
    });
}

ApiRetryHandler::~ApiRetryHandler()
{
    m_sweep.reset();
    m_probeTimer.reset();
    m_probes.clear();
    m_calls.clear(); // runners drop their attempts; no event follows
    m_done.clear();
}

void ApiRetryHandler::configure(const Configuration &configuration)
{
    m_configuration = configuration;
    m_providers.configure(configuration.retry, enabledProviders(configuration));
    m_budget.configure(configuration.retry.retryBudgetRatio, configuration.retry.retryBudgetFloor);
    m_traffic.configure(configuration.retry);
    watchOpenCircuits();
    Event event;
    event.kind = EventKind::ConfigurationApplied;
    m_bus.publish(event);
    applyRestored();
}

void ApiRetryHandler::restoreBlocks(const KeptBlocks &blocks)
{
    m_toRestore += blocks;
    applyRestored();
}

/// Each once: one that a person has lifted since stays lifted.
void ApiRetryHandler::applyRestored()
{
    const SteadyTime now = m_clock.now();
    const WallTime wall = m_clock.wallNow();
    for (const KeptBlock &block : std::exchange(m_toRestore, {})) {
        const Targets targets = targetsOf(block, m_configuration);
        if (targets.isEmpty())
            m_toRestore.append(block);
        HealthChanges changes;
        for (const Target &target : targets)
            m_providers.block(target, block.scope, block.until - wall, block.reason,
                              QStringLiteral("known from an earlier run"), now, &changes);
        publish(changes, {}, block.reason);
    }
}

void ApiRetryHandler::tellBlocks() const
{
    if (!m_blocksChanged)
        return;
    KeptBlocks kept;
    for (const StandingBlock &block : m_providers.standingBlocks(m_clock.now())) {
        if (const auto one = keptFrom(block, m_configuration, m_clock.now(), m_clock.wallNow()))
            kept.append(*one);
    }
    m_blocksChanged(kept, m_clock.wallNow());
}

void ApiRetryHandler::send(CallId id, const Prompt &prompt, const Route &route, Completion done)
{
    qint64 tokens = 0;
    for (const QString &text : prompt.texts())
        tokens += text.size() / 4; // about four characters each
    Targets chain = targetsFor(m_configuration, route.providers, prompt.model);
    for (Target &target : chain) {
        const ProviderConfig *config = provider(target.provider);
        if (config && !config->simulated && target.contextWindow == 0)
            target.contextWindow = m_prices.contextWindow(modelAt(*config, target.model));
    }
    run(id, std::move(chain), tokens, std::make_shared<HttpSource>(*this, prompt), std::move(done));
}

void ApiRetryHandler::withRetry(CallId id, const ProviderId &provider, const QString &model, AsyncFunction function,
                                Completion done)
{
    run(id, targetsFor(m_configuration, {provider}, model), 0,
        std::make_shared<FunctionSource>(*this, std::move(function)), std::move(done));
}

void ApiRetryHandler::run(CallId id, Targets chain, qint64 promptTokens, std::shared_ptr<AttemptSource> source,
                          Completion done)
{
    CallRunner::Callbacks callbacks;
    callbacks.text = [this, id](const QString &text) { emit textArrived(id, text); };
    callbacks.finished = [this, id, done = std::move(done)](const CallResult &result) {
        if (auto node = m_calls.extract(id)) {
            m_done.push_back(std::move(node.mapped()));
            m_sweep = m_clock.startTimer(0s, [this] { m_done.clear(); m_doneProbes.clear(); });
        }
        if (done)
            done(result);
        emit callFinished(result);
    };
    CallMachine machine(m_configuration.retry, std::move(chain), {m_providers, m_budget, m_random}, promptTokens);
    auto runner = std::make_unique<CallRunner>(id, std::move(machine), CallRunner::Parts{m_clock, m_bus, m_traffic},
                                               std::move(source), std::move(callbacks));
    CallRunner *running = runner.get();
    m_calls[id] = std::move(runner);
    running->start();
}

void ApiRetryHandler::cancel(CallId id)
{
    if (const auto it = m_calls.find(id); it != m_calls.end())
        it->second->cancel();
}

void ApiRetryHandler::cancelAll()
{
    while (!m_calls.empty())
        m_calls.begin()->second->cancel();
}

bool ApiRetryHandler::atRest() const
{
    return m_calls.empty() && m_providers.permitsOut() == 0 && m_budget.held() == 0 && m_traffic.slotsTaken() == 0
           && m_traffic.queued() == 0;
}

/// What was changed by hand or by a probe, outside any call.
void ApiRetryHandler::publish(const HealthChanges &changes, const QString &rule, RetryReason reason)
{
    for (const HealthChange &change : changes) {
        Event event;
        event.kind = EventKind::CircuitChanged;
        event.provider = change.provider;
        event.scope = change.scope;
        event.circuitFrom = change.circuit->from;
        event.circuitTo = change.circuit->to;
        event.detail = change.circuit->why;
        event.rule = rule;
        event.reason = reason;
        if (change.circuit->to == CircuitState::Open)
            event.openFor = change.circuit->openFor;
        if (const ProviderConfig *config = provider(change.provider)) {
            event.model = change.model.isEmpty() ? config->model : change.model;
            event.simulated = config->simulated;
        }
        m_bus.publish(event);
    }
    if (!changes.isEmpty())
        m_traffic.onHealth(changes.first().provider, HealthSignal::Ignored, changes);
}

void ApiRetryHandler::isolate(const ProviderId &id) { publish(m_providers.isolate(id), byHand); }

void ApiRetryHandler::release(const ProviderId &id) { publish(m_providers.markProviderHealthy(id), byHand); }

void ApiRetryHandler::probe(const ProviderId &id)
{
    const ProviderConfig *config = provider(id);
    CircuitBreaker *circuit = m_providers.circuit(id);
    if (!config || !circuit || m_probes.contains(id))
        return;
    std::optional<CircuitTransition> change;
    const auto permit = circuit->acquireProbe(m_clock.now(), &change);
    if (change)
        publish({{Scope::Provider, id, {}, change, {}}});
    startProbe(*config, ProbeAsker::Person, permit);
}

void ApiRetryHandler::startProbe(const ProviderConfig &config, ProbeAsker by, std::optional<Permit> permit)
{
    const Duration limit = m_configuration.retry.connectTimeout;
    const Duration timeout = by == ProbeAsker::Person ? limit : std::min(limit, freeProbeTimeout);
    m_probes[config.id] = std::make_unique<ProviderProbe>(
        m_clock, m_transport, config, resolveCredentials(config), timeout,
        [this, id = config.id, by, permit](const ProbeResult &result) { onProbe(id, by, permit, result); });
}

void ApiRetryHandler::onProbe(const ProviderId &id, ProbeAsker by, std::optional<Permit> permit,
                              const ProbeResult &result)
{
    m_doneProbes.push_back(std::move(m_probes.extract(id).mapped()));
    m_sweep = m_clock.startTimer(0s, [this] { m_done.clear(); m_doneProbes.clear(); });
    Event event;
    event.kind = EventKind::ProbeFinished;
    event.provider = id;
    event.reason = result.classification.reason;
    event.health = result.classification.health;
    event.status = result.status;
    event.duration = result.duration;
    event.rule = by == ProbeAsker::Engine               ? result.classification.rule
                 : result.classification.rule.isEmpty() ? byHand
                                                        : byHand + QStringLiteral(": ") + result.classification.rule;
    event.detail = result.message;
    const ProviderConfig *config = provider(id);
    event.simulated = config && config->simulated;
    m_bus.publish(event);
    const Classification &c = result.classification;
    m_freeProbes[id].hasList |= c.reason == RetryReason::None;
    if (by == ProbeAsker::Engine)
        return onFreeProbe(id, result);
    CircuitBreaker *circuit = m_providers.circuit(id);
    if (!permit || !circuit)
        return;
    // A refused key is an answer: it says nothing against the provider.
    const HealthSignal signal =
        c.reason == RetryReason::None || c.scope == Scope::Provider ? c.health : HealthSignal::Ignored;
    if (const auto change = circuit->record(*permit, signal, m_clock.now(), c.reason))
        publish({{Scope::Provider, id, {}, change, {}}});
    else
        m_traffic.onHealth(id, HealthSignal::Ignored, {}); // the next caller probes
}

/// The list of models leads, a caller's prompt follows: any answer lets one caller try, for a list may come while
/// prompts are refused, and not every server has one. No answer keeps callers away until the next probe.
void ApiRetryHandler::onFreeProbe(const ProviderId &id, const ProbeResult &result)
{
    CircuitBreaker *circuit = m_providers.circuit(id);
    if (!circuit)
        return;
    FreeProbes &probes = m_freeProbes[id];
    const SteadyTime now = m_clock.now();
    probes.last = now;
    const Classification &c = result.classification;
    if (c.scope != Scope::Provider || c.health != HealthSignal::Failure) {
        probes.failures = 0;
        if (const auto change = circuit->letOneTry(now, QStringLiteral("it answers again, one probe")))
            return publish({{Scope::Provider, id, {}, change, {}}});
    } else if (probes.hasList || ++probes.failures <= mutedProbes || result.status >= 502
               || c.reason == RetryReason::Network) {
        circuit->keepOpenUntil(now + m_configuration.retry.probeInterval + freeProbeTimeout);
    }
    watchOpenCircuits();
}

/// When a provider that failures have shut out is asked for its list; none: not at all. Never for a block.
std::optional<SteadyTime> ApiRetryHandler::freeProbeAt(const ProviderId &id)
{
    const CircuitBreaker *circuit = m_providers.circuit(id);
    if (!circuit || circuit->state() != CircuitState::Open || circuit->blocked() || m_probes.contains(id))
        return std::nullopt;
    FreeProbes &probes = m_freeProbes[id];
    const SteadyTime since = circuit->openSince();
    const Duration interval = m_configuration.retry.probeInterval;
    if (probes.last >= since)
        return probes.last + interval;
    probes.failures = 0;
    return since + std::min(interval, (*circuit->probeAt() - since) * 9 / 10); // before a caller would
}

void ApiRetryHandler::watchOpenCircuits()
{
    m_probeTimer.reset();
    if (m_configuration.retry.probeInterval <= 0s)
        return;
    std::optional<SteadyTime> soonest;
    for (const ProviderId &id : m_providers.order()) {
        if (const auto at = freeProbeAt(id); at && (!soonest || *at < *soonest))
            soonest = at;
    }
    if (!soonest)
        return;
    m_probeTimer = m_clock.startTimer(std::max<Duration>(0s, *soonest - m_clock.now()), [this] {
        for (const ProviderId &id : QVector<ProviderId>(m_providers.order())) {
            const auto at = freeProbeAt(id);
            if (const ProviderConfig *config = provider(id); config && at && *at <= m_clock.now())
                startProbe(*config, ProbeAsker::Engine, {});
        }
        watchOpenCircuits();
    });
}

void ApiRetryHandler::logStats() const { qCInfo(engineLog).noquote() << m_stats.logText(); }

} // namespace retryscope
