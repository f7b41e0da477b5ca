// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "engine/callrunner.h"

#include <utility>

namespace retryscope {

CallRunner::CallRunner(CallId id, CallMachine machine, Clock &clock, EventBus &bus, std::shared_ptr<AttemptSource> source, Callbacks callbacks)
    : m_machine(std::move(machine)), m_clock(clock), m_bus(bus), m_source(std::move(source)), m_callbacks(std::move(callbacks))
{
    m_result.call = id;
}

CallRunner::~CallRunner()
{
    m_wait.reset();
    dropAttempt();
}

Event CallRunner::event(EventKind kind) const
{
    Event e;
    e.kind = kind;
    e.call = m_result.call;
    e.attempt = m_machine.attempt();
    e.maxAttempts = m_machine.config().maxAttempts;
    e.provider = m_result.provider;
    e.model = m_result.model;
    e.simulated = m_result.simulated;
    return e;
}

void CallRunner::start()
{
    m_started = m_clock.now();
    m_bus.publish(event(EventKind::CallSubmitted));
    carryOut(m_machine.start(m_started));
}

void CallRunner::publishCircuits(const CallStep &step)
{
    for (const auto &[provider, transition] : step.circuits) {
        Event e = event(EventKind::CircuitChanged);
        e.attempt = 0;
        e.provider = provider;
        e.model = m_source->modelOf(provider);
        e.simulated = m_source->isSimulated(provider);
        e.circuitFrom = transition.from;
        e.circuitTo = transition.to;
        if (transition.to == CircuitState::Open)
            e.openFor = transition.openFor;
        e.detail = transition.why;
        e.reason = step.kind == CallStep::Kind::Finish && step.reason == RetryReason::Cancelled ? RetryReason::None : step.reason;
        m_bus.publish(e);
    }
}

void CallRunner::carryOut(const CallStep &step)
{
    publishCircuits(step);
    if (step.kind == CallStep::Kind::Send)
        return begin(step);
    if (step.kind == CallStep::Kind::Finish)
        return finish(step);
    Event e = event(EventKind::RetryScheduled);
    e.delay = step.delay;
    e.delaySource = step.serverAsked ? DelaySource::Server : step.circuitAsked ? DelaySource::Circuit : DelaySource::Backoff;
    e.reason = step.reason;
    m_bus.publish(e);
    m_wait = m_clock.startTimer(step.delay, [this] {
        m_wait.reset();
        carryOut(m_machine.onTimer(m_clock.now()));
    });
}

void CallRunner::begin(const CallStep &step)
{
    if (!step.failedOverFrom.isEmpty()) {
        Event e = event(EventKind::FailedOver);
        e.attempt = 0;
        e.provider = step.failedOverFrom;
        e.toProvider = step.provider;
        e.reason = step.reason;
        m_bus.publish(e);
    }
    m_result.provider = step.provider;
    m_result.model = m_source->modelOf(step.provider);
    m_result.simulated = m_source->isSimulated(step.provider);
    m_attemptRunning = true;
    m_attemptStarted = m_clock.now();
    if (!m_source->acquireSlot(step.provider, m_result.call, [this] { launch(); }))
        m_bus.publish(event(EventKind::AttemptQueued));
}

void CallRunner::launch()
{
    m_holdsSlot = true;
    m_attemptStarted = m_clock.now();
    m_result.firstToken.reset();
    m_result.text.clear();
    m_bus.publish(event(EventKind::AttemptStarted));
    const RetryConfig &c = m_machine.config();
    const Duration left = std::max<Duration>(1ms, m_machine.deadline() - m_attemptStarted);
    const AttemptLimits limits{c.connectTimeout, c.firstTokenTimeout, c.idleTimeout, std::min(c.attemptTimeout, left)};
    AttemptCallbacks callbacks;
    callbacks.firstToken = [this] {
        m_result.firstToken = m_clock.now() - m_attemptStarted;
        Event e = event(EventKind::FirstToken);
        e.firstToken = m_result.firstToken;
        m_bus.publish(e);
    };
    callbacks.text = [this](const QString &text) {
        if (m_machine.config().streamMode == StreamMode::Live && m_callbacks.text)
            m_callbacks.text(text);
    };
    callbacks.finished = [this](const AttemptResult &result) { onFinished(result); };
    m_attempt = m_source->startAttempt(m_result.provider, m_machine.attempt(), limits, std::move(callbacks));
}

void CallRunner::onFinished(const AttemptResult &result)
{
    const auto ended = std::move(m_attempt); // on its own stack: deleted when this returns
    const SteadyTime now = m_clock.now();
    m_attemptRunning = false;
    if (std::exchange(m_holdsSlot, false))
        m_source->releaseSlot(m_result.provider, m_result.call);
    AttemptFacts facts = result.facts;
    const bool live = m_machine.config().streamMode == StreamMode::Live;
    facts.contentShown = facts.contentShown && live;
    m_result.text = result.text;
    m_result.status = result.status;
    m_result.tokensIn = result.tokensIn;
    m_result.tokensOut = result.tokensOut;
    m_lastMessage = result.message;
    Event e = event(EventKind::AttemptFinished);
    e.reason = facts.classification.reason;
    e.delivery = facts.delivery;
    e.status = result.status;
    e.duration = now - m_attemptStarted;
    e.firstToken = m_result.firstToken;
    e.tokensIn = result.tokensIn;
    e.tokensOut = result.tokensOut;
    e.rule = facts.classification.rule;
    e.detail = result.undecodable ? QStringLiteral("%1 undecodable event(s) skipped. %2").arg(result.undecodable).arg(result.message).trimmed() : result.message;
    m_bus.publish(e);
    if (!live && facts.classification.reason == RetryReason::None && m_callbacks.text)
        m_callbacks.text(result.text);
    carryOut(m_machine.onAttempt(facts, now));
}

void CallRunner::dropAttempt()
{
    m_attempt.reset();
    if (m_attemptRunning || m_holdsSlot)
        m_source->releaseSlot(m_result.provider, m_result.call); // also leaves the queue
    m_attemptRunning = m_holdsSlot = false;
}

void CallRunner::cancel()
{
    if (m_finished)
        return;
    m_wait.reset();
    if (m_attemptRunning) {
        const bool started = m_holdsSlot;
        Event e = event(EventKind::AttemptFinished);
        e.reason = RetryReason::Cancelled;
        e.delivery = m_attempt ? m_attempt->delivery() : Delivery::NotSent;
        e.duration = m_clock.now() - m_attemptStarted;
        e.rule = started ? QStringLiteral("cancelled") : QStringLiteral("cancelled in the queue");
        dropAttempt();
        m_bus.publish(e);
    }
    carryOut(m_machine.cancel(m_clock.now()));
}

CallOutcome CallRunner::outcome(RetryReason reason) const
{
    if (reason == RetryReason::Cancelled)
        return CallOutcome::Cancelled;
    if (reason != RetryReason::None)
        return CallOutcome::Failed;
    if (m_machine.failedOver())
        return CallOutcome::RecoveredByFailover;
    return m_machine.attempt() > 1 ? CallOutcome::RecoveredByRetry : CallOutcome::FirstTry;
}

QString CallRunner::errorText(const CallStep &step) const
{
    if (step.reason == RetryReason::None || step.reason == RetryReason::Cancelled)
        return {};
    static const std::map<RetryReason, const char *> advice{
        {RetryReason::Authentication, "Check the key that the configuration refers to."},
        {RetryReason::QuotaExhausted, "Add credit, or put another provider first."},
        {RetryReason::ModelUnavailable, "Check the model's name, or choose another one."},
        {RetryReason::ContextLength, "Shorten the prompt, or choose a model with a larger context."},
        {RetryReason::InvalidRequest, "Change the request; sending it again will not help."},
        {RetryReason::ContentFilter, "Change the prompt; sending it again will not help."},
        {RetryReason::Network, "Check the base URL and whether something listens there."},
        {RetryReason::MalformedResponse, "Check that the base URL points to the provider's API."},
    };
    const auto it = advice.find(step.reason);
    const QString who = m_result.provider.isEmpty() ? QStringLiteral("No provider was asked") : m_result.provider;
    const QString what = m_lastMessage.isEmpty() ? QString() : QStringLiteral(" \"%1\"").arg(m_lastMessage);
    return QStringLiteral("%1: %2.%3\nGave up after %4 attempt(s): %5.\n%6")
        .arg(who, toLabel(step.reason).toLower(), what).arg(m_machine.attempt())
        .arg(step.rule, it == advice.end() ? QStringLiteral("Try again later, or add another provider to the chain.") : QLatin1String(it->second));
}

void CallRunner::finish(const CallStep &step)
{
    m_finished = true;
    m_result.reason = step.reason;
    m_result.outcome = outcome(step.reason);
    m_result.attempts = m_machine.attempt();
    m_result.duration = m_clock.now() - m_started;
    m_result.error = errorText(step);
    Event e = event(EventKind::CallFinished);
    e.reason = step.reason;
    e.outcome = m_result.outcome;
    e.status = m_result.status;
    e.duration = m_result.duration;
    e.firstToken = m_result.firstToken;
    e.tokensIn = m_result.tokensIn;
    e.tokensOut = m_result.tokensOut;
    e.rule = step.rule;
    e.detail = m_lastMessage;
    m_bus.publish(e);
    m_callbacks.finished(m_result);
}

} // namespace retryscope
