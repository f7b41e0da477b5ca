// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "engine/apiretryhandler.h"

#include "base/text.h"
#include "engine/faultanswers.h"
#include "engine/healthevents.h"
#include "telemetry/hands.h"

#include <QLoggingCategory>

#include <algorithm>
#include <utility>

namespace retryscope {

Q_LOGGING_CATEGORY(engineLog, "retryscope.engine")

namespace {

/// The rule of what a person did, or the first words of it: events say it so.
const QString byHand(byHandRule);

} // namespace

ApiRetryHandler::ApiRetryHandler(Clock &clock, Transport &transport, RandomSource &random, QObject *parent)
    : QObject(parent), m_clock(clock), m_faults(transport, clock, random,
                                                [this](PlayedFault fault, const HttpRequest &request) {
                                                    const ProviderConfig *config = provider(request.provider);
                                                    return faultAnswer(config ? *config : ProviderConfig(), fault,
                                                                        request, m_clock.wallNow());
                                                }),
      m_random(random), m_bus(clock), m_budget(0.2, 10),
      m_traffic(clock), m_exchanges(clock, [this](const ExchangeRecords &pieces) { emit exchangesArrived(pieces); })
{
    m_faults.watch([this] { emit faultsChanged(m_faults.standing()); });
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
    const Configuration before = std::exchange(m_configuration, configuration);
    const HealthChanges forgotten = forgetOthers(before);
    std::vector<std::string> order;
    for (const ProviderId &id : enabledProviders(configuration))
        order.push_back(toUtf8(id));
    m_providers.configure(configuration.retry, order);
    m_budget.configure(configuration.retry.retryBudgetRatio, configuration.retry.retryBudgetFloor);
    m_traffic.configure(configuration.retry);
    publish(forgotten, {}, RetryReason::None, &before);
    watchOpenCircuits();
    Event event;
    event.kind = EventKind::ConfigurationApplied;
    m_bus.publish(event);
    applyRestored();
}

/// What is known of a server is not known of another one behind the same name, and ends where nobody is asked any more.
HealthChanges ApiRetryHandler::forgetOthers(const Configuration &before)
{
    HealthChanges changes;
    for (const ProviderConfig &old : before.providers) {
        const ProviderConfig *now = provider(old.id);
        if (!old.enabled || (now && now->enabled && isSameServer(old, *now)))
            continue;
        m_freeProbes.erase(old.id);
        const std::string id = toUtf8(old.id);
        const HealthChanges of = now && now->enabled ? m_providers.renew(id, "another server is asked")
                                                     : m_providers.leave(id, "not asked any more");
        changes.insert(changes.end(), of.begin(), of.end());
    }
    return changes;
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
        if (targets.empty())
            m_toRestore.append(block);
        HealthChanges changes;
        for (const Target &target : targets)
            m_providers.block(target, block.scope, block.until - wall, block.reason,
                              "known from an earlier run", now, &changes);
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

void ApiRetryHandler::send(CallId id, const Prompt &prompt, const Route &route, Completion done,
                           const SendOptions &options)
{
    qint64 tokens = 0;
    for (const QString &text : prompt.texts())
        tokens += text.size() / 4; // about four characters each
    run(id, m_configuration.retry, withWindows(targetsFor(m_configuration, route.providers, prompt.model)), tokens,
        std::make_shared<PromptSource>(
            parts(), m_configuration, prompt,
            PromptSource::Looks{id, options.capture == Capture::Yes ? &m_exchanges : nullptr}),
        std::move(done));
}

/// A window that the configuration does not give is that of the price list.
Targets ApiRetryHandler::withWindows(Targets chain) const
{
    for (Target &target : chain) {
        const ProviderConfig *config = provider(toText(target.provider));
        if (config && !config->simulated && target.contextWindow == 0)
            target.contextWindow = m_prices.contextWindow(modelAt(*config, toText(target.model)));
    }
    return chain;
}

void ApiRetryHandler::forward(CallId id, const ForwardRequest &request, const Route &route,
                              const ForwardCallbacks &callbacks)
{
    RetryConfig policy = m_configuration.retry;
    policy.deadline = request.deadline.value_or(policy.deadline);
    policy.streamMode = request.mode.value_or(policy.streamMode);
    if (!request.mayRepeat)
        policy.unconfirmedDelivery = UnconfirmedDelivery::Stop;
    Targets chain;
    for (const ProviderId &provider : chainFor(m_configuration, request, route.providers))
        for (Target &target : targetsFor(m_configuration, {provider}, modelAskedOf(m_configuration, provider, request)))
            chain.push_back(std::move(target));
    if (const QString resource = resourceOf(request); !resource.isEmpty()) { // its limits and troubles are no model's
        for (Target &target : chain)
            target.model = toUtf8(resource);
    }
    const auto source = std::make_shared<ForwardSource>(parts(), m_configuration, request, policy.streamMode, callbacks);
    run(id, policy, withWindows(std::move(chain)), request.promptTokens(), source,
        [source](const CallResult &result) { source->settle(result); },
        {request.callerRepeat, policy.deadline < m_configuration.retry.deadline});
}

void ApiRetryHandler::pause(CallId id)
{
    if (const auto it = m_calls.find(id); it != m_calls.end())
        it->second->pause();
}

void ApiRetryHandler::resume(CallId id)
{
    if (const auto it = m_calls.find(id); it != m_calls.end())
        it->second->resume();
}

void ApiRetryHandler::withRetry(CallId id, const ProviderId &provider, const QString &model, AsyncFunction function,
                                Completion done)
{
    run(id, m_configuration.retry, targetsFor(m_configuration, {provider}, model), 0,
        std::make_shared<FunctionSource>(parts(), m_configuration, std::move(function)), std::move(done));
}

void ApiRetryHandler::run(CallId id, const RetryConfig &policy, Targets chain, qint64 promptTokens,
                          std::shared_ptr<AttemptSource> source, Completion done, CallersWishes caller)
{
    CallRunner::Callbacks callbacks;
    callbacks.text = [this, id](const QString &text) { emit textArrived(id, text); };
    callbacks.finished = [this, id, done = std::move(done)](const CallResult &result) {
        if (auto node = m_calls.extract(id)) {
            m_done.push_back(std::move(node.mapped()));
            m_sweep = m_clock.startTimer(0s, [this] { m_done.clear(); m_doneProbes.clear(); });
        }
        m_exchanges.flush(id);
        if (done)
            done(result);
        emit callFinished(result);
    };
    CallMachine machine(policy, std::move(chain), {m_providers, m_budget, m_random}, promptTokens);
    auto runner = std::make_unique<CallRunner>(id, std::move(machine), CallRunner::Parts{m_clock, m_bus, m_traffic},
                                               std::move(source), std::move(callbacks));
    CallRunner *running = runner.get();
    m_calls[id] = std::move(runner);
    running->start(caller);
}

void ApiRetryHandler::cancel(CallId id)
{
    if (const auto it = m_calls.find(id); it != m_calls.end())
        it->second->cancel();
}

SteeringRefusal ApiRetryHandler::tryNow(CallId id)
{
    const auto it = m_calls.find(id);
    return it == m_calls.end() ? SteeringRefusal::CallEnded : it->second->tryNow();
}

SteeringRefusal ApiRetryHandler::failOverNow(CallId id)
{
    const auto it = m_calls.find(id);
    return it == m_calls.end() ? SteeringRefusal::CallEnded : it->second->failOverNow();
}

void ApiRetryHandler::playFault(const ProviderId &id, const FaultPlan &plan)
{
    if (provider(id))
        m_faults.play(id, plan);
}

void ApiRetryHandler::cancelAll()
{
    while (!m_calls.empty())
        m_calls.begin()->second->cancel();
}

bool ApiRetryHandler::atRest() const
{
    return m_calls.empty() && m_providers.permitsOut() == 0 && m_budget.held() == 0 && m_traffic.atRest();
}

/// What was changed by hand, by a probe or with the configuration, outside any call.
void ApiRetryHandler::publish(const HealthChanges &changes, const QString &rule, RetryReason reason,
                              const Configuration *before)
{
    const ProviderConfigs &providers = (before ? *before : m_configuration).providers;
    for (const HealthChange &change : changes) {
        if (!change.isTold())
            continue;
        Event event = withChange({}, change);
        event.rule = rule;
        event.reason = reason;
        const auto config = std::find_if(providers.begin(), providers.end(),
                                         [&](const ProviderConfig &p) { return p.id == event.provider; });
        if (config != providers.end()) {
            if (event.model.isEmpty())
                event.model = config->model;
            event.simulated = config->simulated;
        }
        m_bus.publish(event);
    }
    if (!changes.empty())
        m_traffic.onHealth(changes.front().provider, HealthSignal::Ignored, changes);
}

void ApiRetryHandler::isolate(const ProviderId &id)
{
    publish(m_providers.isolate(toUtf8(id)), byHand);
    if (m_handWatcher)
        m_handWatcher(Hand::Isolate, id);
}

void ApiRetryHandler::release(const ProviderId &id)
{
    publish(m_providers.markProviderHealthy(toUtf8(id)), byHand);
    if (m_handWatcher)
        m_handWatcher(Hand::Release, id);
}

void ApiRetryHandler::probe(const ProviderId &id)
{
    const ProviderConfig *config = provider(id);
    CircuitBreaker *circuit = m_providers.circuit(toUtf8(id));
    if (!config || !circuit || m_probes.contains(id))
        return;
    std::optional<CircuitTransition> change;
    const auto permit = circuit->acquireProbe(m_clock.now(), &change);
    if (change)
        publish({HealthChange{Scope::Provider, toUtf8(id), {}, change, {}}});
    startProbe(*config, ProbeAsker::Person, permit);
}

void ApiRetryHandler::startProbe(const ProviderConfig &config, ProbeAsker by, std::optional<Permit> permit)
{
    const Duration limit = m_configuration.retry.connectTimeout;
    const Duration timeout = by == ProbeAsker::Person ? limit : std::min(limit, FreeProbes::timeout);
    m_probes[config.id] = std::make_unique<ProviderProbe>(
        m_clock, m_faults, config, resolveCredentials(config), timeout,
        [this, asked = config, by, permit](const ProbeResult &result) { onProbe(asked, by, permit, result); });
}

void ApiRetryHandler::onProbe(const ProviderConfig &asked, ProbeAsker by, std::optional<Permit> permit,
                              const ProbeResult &result)
{
    const ProviderId id = asked.id; // the probe owns what it was asked with
    m_doneProbes.push_back(std::move(m_probes.extract(id).mapped()));
    m_sweep = m_clock.startTimer(0s, [this] { m_done.clear(); m_doneProbes.clear(); });
    Event event;
    event.kind = EventKind::ProbeFinished;
    event.provider = id;
    event.reason = result.classification.reason;
    const ProviderConfig *config = provider(id);
    const bool elsewhere = config && !isSameServer(*config, asked);
    event.health = elsewhere ? HealthSignal::Ignored : result.classification.health;
    event.status = result.status;
    event.duration = result.duration;
    event.rule = toText(result.classification.rule);
    if (by != ProbeAsker::Engine)
        event.rule = event.rule.isEmpty() ? QString(byHand) : byHand + QStringLiteral(": ") + event.rule;
    event.onPurpose = result.onPurpose;
    if (result.onPurpose)
        event.rule.prepend(onPurposeRule);
    event.detail = result.message;
    event.simulated = asked.simulated;
    m_bus.publish(event);
    if (elsewhere)
        return watchOpenCircuits();
    const Classification &c = result.classification;
    if (c.reason == RetryReason::None)
        m_freeProbes[id].listed();
    if (by == ProbeAsker::Engine)
        return onFreeProbe(id, result);
    CircuitBreaker *circuit = m_providers.circuit(toUtf8(id));
    if (!permit || !circuit)
        return;
    // A refused key is an answer: it says nothing against the provider.
    const HealthSignal signal =
        c.reason == RetryReason::None || c.scope == Scope::Provider ? c.health : HealthSignal::Ignored;
    if (const auto change = circuit->record(*permit, signal, m_clock.now(), c.reason))
        publish({HealthChange{Scope::Provider, toUtf8(id), {}, change, {}}});
    else
        publish({HealthChange{Scope::Provider, toUtf8(id), {}, {}, {}}}); // the next caller probes
}

void ApiRetryHandler::onFreeProbe(const ProviderId &id, const ProbeResult &result)
{
    CircuitBreaker *circuit = m_providers.circuit(toUtf8(id));
    if (!circuit)
        return;
    if (const auto change = m_freeProbes[id].onEnd(*circuit, result.classification, result.status,
                                                   m_configuration.retry.probeInterval, m_clock.now()))
        return publish({HealthChange{Scope::Provider, toUtf8(id), {}, change, {}}});
    watchOpenCircuits();
}

/// When a provider that failures have shut out is asked for its list; none: not at all. Never for a block.
std::optional<SteadyTime> ApiRetryHandler::freeProbeAt(const ProviderId &id)
{
    const CircuitBreaker *circuit = m_providers.circuit(toUtf8(id));
    if (!circuit || m_probes.contains(id))
        return std::nullopt;
    return m_freeProbes[id].at(*circuit, m_configuration.retry.probeInterval);
}

void ApiRetryHandler::watchOpenCircuits()
{
    m_probeTimer.reset();
    if (m_configuration.retry.probeInterval <= 0s)
        return;
    std::optional<SteadyTime> soonest;
    for (const std::string &id : m_providers.order()) {
        if (const auto at = freeProbeAt(toText(id)); at && (!soonest || *at < *soonest))
            soonest = at;
    }
    if (!soonest)
        return;
    m_probeTimer = m_clock.startTimer(std::max<Duration>(0s, *soonest - m_clock.now()), [this] {
        for (const std::string &name : std::vector(m_providers.order())) {
            const ProviderId id = toText(name);
            const auto at = freeProbeAt(id);
            if (const ProviderConfig *config = provider(id); config && at && *at <= m_clock.now())
                startProbe(*config, ProbeAsker::Engine, {});
        }
        watchOpenCircuits();
    });
}

void ApiRetryHandler::logStats() const { qCInfo(engineLog).noquote() << m_stats.logText(); }

} // namespace retryscope
