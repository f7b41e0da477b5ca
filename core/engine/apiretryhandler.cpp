// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "engine/apiretryhandler.h"

#include <QLoggingCategory>

namespace retryscope {

Q_LOGGING_CATEGORY(engineLog, "retryscope.engine")

/// Slots and provider facts, the same for every kind of work.
class ApiRetryHandler::SlotSource : public AttemptSource
{
public:
    explicit SlotSource(ApiRetryHandler &engine) : m_engine(engine) {}
    bool acquireSlot(const ProviderId &provider, CallId call, std::function<void()> go) override { return m_engine.acquireSlot(provider, call, std::move(go)); }
    void releaseSlot(const ProviderId &provider, CallId call) override { m_engine.releaseSlot(provider, call); }
    bool isSimulated(const ProviderId &provider) const override
    {
        const ProviderConfig *config = m_engine.provider(provider);
        return config && config->simulated;
    }

protected:
    ApiRetryHandler &m_engine;
};

class ApiRetryHandler::HttpSource final : public SlotSource
{
public:
    HttpSource(ApiRetryHandler &engine, Prompt prompt) : SlotSource(engine), m_prompt(std::move(prompt)), m_providers(engine.m_configuration.providers) {}
    QString modelOf(const ProviderId &provider) const override
    {
        return m_prompt.model.isEmpty() ? find(provider).model : m_prompt.model;
    }
    std::unique_ptr<Attempt> startAttempt(const ProviderId &provider, int, AttemptLimits limits, AttemptCallbacks callbacks) override
    {
        const ProviderConfig &config = find(provider);
        const QString variable = config.keyReference.startsWith(QLatin1String("env:")) ? config.keyReference.mid(4) : QString();
        const QByteArray key = variable.isEmpty() ? QByteArray() : qgetenv(variable.toLatin1().constData()).trimmed();
        return std::make_unique<HttpAttempt>(m_engine.m_clock, m_engine.m_transport, config, m_prompt, key, limits, std::move(callbacks));
    }

private:
    const ProviderConfig &find(const ProviderId &id) const
    {
        static const ProviderConfig none;
        for (const ProviderConfig &config : m_providers) {
            if (config.id == id)
                return config;
        }
        return none;
    }
    Prompt m_prompt;
    ProviderConfigs m_providers; ///< as they were when the call was sent
};

namespace {

class FunctionAttempt final : public Attempt
{
public:
    FunctionAttempt(Clock &clock, AttemptLimits limits, AttemptCallbacks callbacks) : m_clock(clock), m_callbacks(std::move(callbacks))
    {
        m_timer = clock.startTimer(limits.total, [this] {
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

class ApiRetryHandler::FunctionSource final : public SlotSource
{
public:
    FunctionSource(ApiRetryHandler &engine, QString model, AsyncFunction function)
        : SlotSource(engine), m_model(std::move(model)), m_function(std::move(function)) {}
    QString modelOf(const ProviderId &) const override { return m_model; }
    std::unique_ptr<Attempt> startAttempt(const ProviderId &, int number, AttemptLimits limits, AttemptCallbacks callbacks) override
    {
        auto inner = std::make_shared<FunctionAttempt>(m_engine.m_clock, limits, std::move(callbacks));
        m_function(number, [weak = std::weak_ptr(inner)](const AttemptResult &result) {
            if (const auto attempt = weak.lock())
                attempt->report(result);
        });
        return std::make_unique<GuardedAttempt>(std::move(inner));
    }

private:
    QString m_model;
    AsyncFunction m_function;
};

ApiRetryHandler::ApiRetryHandler(Clock &clock, Transport &transport, RandomSource &random, QObject *parent)
    : QObject(parent), m_clock(clock), m_transport(transport), m_random(random), m_bus(clock), m_budget(0.2, 10)
{
    m_bus.subscribe([this](const Event &event) { m_stats.onEvent(event); });
}

ApiRetryHandler::~ApiRetryHandler()
{
    m_sweep.reset();
    m_calls.clear(); // runners drop their attempts; no event follows
}

void ApiRetryHandler::configure(const Configuration &configuration)
{
    m_configuration = configuration;
    QVector<ProviderId> order;
    for (const ProviderConfig &config : configuration.providers) {
        if (config.enabled)
            order.append(config.id);
    }
    m_providers.configure(configuration.retry, order);
    m_budget.configure(configuration.retry.retryBudgetRatio, configuration.retry.retryBudgetFloor);
    Event event;
    event.kind = EventKind::ConfigurationApplied;
    m_bus.publish(event);
}

const ProviderConfig *ApiRetryHandler::provider(const ProviderId &id) const
{
    for (const ProviderConfig &config : m_configuration.providers) {
        if (config.id == id)
            return &config;
    }
    return nullptr;
}

void ApiRetryHandler::send(CallId id, const Prompt &prompt, const Route &route, Completion done)
{
    run(id, route.providers, std::make_shared<HttpSource>(*this, prompt), std::move(done));
}

void ApiRetryHandler::withRetry(CallId id, const ProviderId &provider, const QString &model, AsyncFunction function, Completion done)
{
    run(id, {provider}, std::make_shared<FunctionSource>(*this, model, std::move(function)), std::move(done));
}

void ApiRetryHandler::run(CallId id, QVector<ProviderId> chain, std::shared_ptr<AttemptSource> source, Completion done)
{
    CallRunner::Callbacks callbacks;
    callbacks.text = [this, id](const QString &text) { emit textArrived(id, text); };
    callbacks.finished = [this, id, done = std::move(done)](const CallResult &result) {
        if (auto node = m_calls.extract(id)) {
            m_done.push_back(std::move(node.mapped()));
            m_sweep = m_clock.startTimer(0s, [this] { m_done.clear(); });
        }
        if (done)
            done(result);
        emit callFinished(result);
    };
    CallMachine machine(m_configuration.retry, std::move(chain), {m_providers, m_budget, m_random});
    auto runner = std::make_unique<CallRunner>(id, std::move(machine), m_clock, m_bus, std::move(source), std::move(callbacks));
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

bool ApiRetryHandler::acquireSlot(const ProviderId &provider, CallId call, std::function<void()> go)
{
    Slots &slots_ = m_slots[provider];
    if (slots_.used >= m_configuration.retry.maxConcurrent) {
        slots_.queue.emplace_back(call, std::move(go));
        return false;
    }
    ++slots_.used;
    go();
    return true;
}

void ApiRetryHandler::releaseSlot(const ProviderId &provider, CallId call)
{
    Slots &slots_ = m_slots[provider];
    if (std::erase_if(slots_.queue, [call](const auto &waiting) { return waiting.first == call; }) > 0)
        return; // it had only queued
    --slots_.used;
    if (slots_.queue.empty() || slots_.used >= m_configuration.retry.maxConcurrent)
        return;
    const auto go = std::move(slots_.queue.front().second);
    slots_.queue.erase(slots_.queue.begin());
    ++slots_.used;
    go();
}

void ApiRetryHandler::byHand(const ProviderId &id, const std::optional<CircuitTransition> &transition)
{
    if (!transition)
        return;
    Event event;
    event.kind = EventKind::CircuitChanged;
    event.provider = id;
    event.circuitFrom = transition->from;
    event.circuitTo = transition->to;
    event.detail = transition->why;
    if (const ProviderConfig *config = provider(id)) {
        event.model = config->model;
        event.simulated = config->simulated;
    }
    m_bus.publish(event);
}

void ApiRetryHandler::isolate(const ProviderId &id)
{
    if (CircuitBreaker *breaker = m_providers.circuit(id))
        byHand(id, breaker->isolate());
}

void ApiRetryHandler::release(const ProviderId &id) { byHand(id, m_providers.markProviderHealthy(id)); }

void ApiRetryHandler::probe(const ProviderId &) {}

void ApiRetryHandler::logStats() const { qCInfo(engineLog).noquote() << m_stats.logText(); }

} // namespace retryscope
