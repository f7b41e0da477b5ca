// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "engine/callrunner.h"

#include "base/text.h"
#include "engine/faultanswers.h"
#include "engine/healthevents.h"

#include <QUuid>

#include <algorithm>
#include <utility>

namespace retryscope {

/// One of our words, and the provider's where ours does not say it.
static void tellFinish(const AnswerTraits &answer, Event *event)
{
    event->finish = toKey(answer.finish);
    if (answer.finish == Finish::Other)
        event->finishReason = answer.finishReason;
}

CallRunner::CallRunner(CallId id, CallMachine machine, Parts parts, std::shared_ptr<AttemptSource> source,
                       Callbacks callbacks)
    : m_machine(std::move(machine)), m_parts(parts), m_source(std::move(source)), m_callbacks(std::move(callbacks))
{
    m_result.call = id;
    for (const Target &target : m_machine.chain())
        m_asked.push_back({toText(target.provider), toText(target.model)});
    m_parts.traffic.add(id, *this);
}

CallRunner::~CallRunner()
{
    m_wait.reset();
    leave();
    m_parts.traffic.remove(m_result.call);
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
    const bool ofAttempt =
        kind == EventKind::AttemptStarted || kind == EventKind::FirstToken || kind == EventKind::AttemptFinished;
    e.onPurpose = ofAttempt ? m_attemptOnPurpose : m_onPurpose;
    return e;
}

void CallRunner::start(CallersWishes caller)
{
    m_callerHurries = caller.hurries;
    m_started = m_parts.clock.now();
    m_result.simulated = !m_asked.empty() && std::all_of(m_asked.begin(), m_asked.end(), [this](const Asked &one) {
        return m_source->isSimulated(one.provider);
    });
    Event submitted = event(EventKind::CallSubmitted);
    submitted.callerRepeat = std::max(0, caller.repeat);
    m_parts.bus.publish(submitted);
    carryOut(m_machine.start(m_started));
}

void CallRunner::publishChanges(const CallStep &step)
{
    for (const HealthChange &change : step.changes) {
        if (!change.isTold())
            continue;
        Event e = withChange(event(EventKind::CircuitChanged), change);
        e.attempt = 0;
        e.simulated = m_source->isSimulated(e.provider);
        e.reason = step.kind == CallStep::Kind::Finish && step.reason == RetryReason::Cancelled ? RetryReason::None
                                                                                                : step.reason;
        m_parts.bus.publish(e);
    }
}

void CallRunner::publishSkips(const CallStep &step)
{
    for (const Skip &skip : step.skips) {
        Event e = event(EventKind::ProviderSkipped);
        e.attempt = 0;
        e.provider = toText(skip.provider);
        e.model = toText(skip.model);
        e.skip = skip.why;
        e.reason = skip.reason;
        e.delay = skip.until;
        e.simulated = m_source->isSimulated(e.provider);
        m_parts.bus.publish(e);
    }
}

void CallRunner::carryOut(const CallStep &step)
{
    publishChanges(step);
    publishSkips(step);
    if (!step.changes.empty())
        m_parts.traffic.onHealth(step.changes.front().provider, HealthSignal::Ignored, step.changes);
    m_saidWaiting &= step.kind == CallStep::Kind::Wait;
    switch (step.kind) {
    case CallStep::Kind::Queue: return queue(step);
    case CallStep::Kind::Send: return send(step);
    case CallStep::Kind::Wait: return wait(step);
    case CallStep::Kind::Finish: return finish(step);
    }
}

void CallRunner::wait(const CallStep &step)
{
    m_state = State::Waiting;
    if (!step.untilProbed || !std::exchange(m_saidWaiting, true)) {
        Event e = event(EventKind::RetryScheduled);
        e.delay = step.delay;
        e.delaySource = step.source;
        e.reason = step.reason;
        m_parts.bus.publish(e);
    }
    if (step.untilProbed)
        m_parts.traffic.awaitProbe(m_result.call);
    m_wait = m_parts.clock.startTimer(step.delay, [this] { wake(); });
}

void CallRunner::wake()
{
    if (m_state != State::Waiting)
        return;
    m_wait.reset();
    m_parts.traffic.forget(m_result.call);
    m_state = State::Idle;
    carryOut(m_machine.onTimer(m_parts.clock.now()));
}

void CallRunner::queue(const CallStep &step)
{
    const Target &target = m_machine.chain()[step.target];
    m_lane = target.provider;
    m_queuedSince = m_parts.clock.now();
    m_state = State::Queued;
    if (m_parts.traffic.enter(target.provider, m_result.call))
        return slotGranted();
    Event e = event(EventKind::AttemptQueued);
    e.attempt = m_machine.attempt() + 1;
    e.provider = asked(step.target).provider;
    e.model = asked(step.target).model;
    e.simulated = m_source->isSimulated(e.provider);
    m_parts.bus.publish(e);
    m_wait = m_parts.clock.startTimer(step.delay, [this] {
        leave();
        carryOut(m_machine.onQueueTimeout(m_parts.clock.now()));
    });
}

void CallRunner::slotGranted()
{
    if (m_state != State::Queued)
        return;
    m_wait.reset();
    m_state = State::Running; // the slot is held
    const CallStep step = m_machine.begin(m_parts.clock.now());
    if (step.kind != CallStep::Kind::Send)
        leave();
    carryOut(step);
}

void CallRunner::recheckQueue()
{
    if (m_state != State::Queued || m_machine.stillQueues(m_parts.clock.now()))
        return;
    leave();
    carryOut(m_machine.begin(m_parts.clock.now()));
}

AttemptOrder CallRunner::orderFor(const CallStep &step) const
{
    const RetryConfig &c = m_machine.config();
    // The time in the queue is part of what its caller waits for a first token.
    const Duration firstToken =
        std::max<Duration>(c.firstTokenTimeout / 2, c.firstTokenTimeout - (m_parts.clock.now() - m_queuedSince));
    const Target &target = m_machine.chain()[step.target];
    AttemptOrder order{m_machine.attempt(), {c.connectTimeout, firstToken, c.idleTimeout, step.timeout, c.streamTimeout}};
    order.cutShort = m_callerHurries && step.timeout < target.attemptTimeout.value_or(c.attemptTimeout);
    order.canMoveOn = [this] { return m_machine.canMoveOn(m_parts.clock.now()); };
    order.streamMode = c.streamMode;
    order.idempotencyKey = m_idempotencyKey;
    order.account = toText(target.account);
    return order;
}

void CallRunner::send(const CallStep &step)
{
    const Asked &target = asked(step.target);
    if (step.leaves >= 0) {
        Event e = event(EventKind::FailedOver);
        e.attempt = 0;
        e.provider = asked(step.leaves).provider;
        e.toProvider = target.provider;
        e.reason = step.reason;
        e.rule = latin1(step.rule);
        m_parts.bus.publish(e);
    }
    if (step.takesIdempotencyKey && m_idempotencyKey.isEmpty())
        m_idempotencyKey = QUuid::createUuid().toByteArray(QUuid::WithoutBraces);
    m_result.provider = target.provider;
    m_result.model = target.model;
    m_result.simulated = m_source->isSimulated(target.provider);
    m_result.firstToken.reset();
    m_result.text.clear();
    m_result.content = {};
    m_result.answer = {};
    m_attemptStarted = m_parts.clock.now();
    m_attemptOnPurpose = false;
    Event e = event(EventKind::AttemptStarted);
    if (m_machine.attempt() > 1 && step.leaves < 0)
        e.reason = step.reason;
    if (step.leaves < 0)
        e.rule = latin1(step.rule);
    e.maybeTwice = step.maybeTwice;
    m_parts.bus.publish(e);
    AttemptCallbacks callbacks;
    callbacks.firstToken = [this] {
        m_result.firstToken = m_parts.clock.now() - m_attemptStarted;
        Event e = event(EventKind::FirstToken);
        e.firstToken = m_result.firstToken;
        m_parts.bus.publish(e);
    };
    callbacks.text = [this](const QString &text) {
        if (m_machine.config().streamMode == StreamMode::Live && m_callbacks.text)
            m_callbacks.text(text);
    };
    callbacks.finished = [this](const AttemptResult &result) { onFinished(result); };
    m_attempt = m_source->startAttempt(target.provider, orderFor(step), std::move(callbacks));
    m_attemptOnPurpose = m_attempt->isOnPurpose();
    m_onPurpose |= m_attemptOnPurpose;
}

void CallRunner::addCost(const AttemptResult &result)
{
    m_attemptCost = m_source->cost(m_result.provider, m_result.model, result);
    m_cost += m_attemptCost.value_or(0.0);
    // An attempt that was answered with an error status is not billed; of any other without a price nothing is known.
    if (!m_attemptCost && !result.onPurpose
        && (result.facts.classification.reason == RetryReason::None || result.facts.accepted
            || result.facts.delivery == Delivery::MaybeSent))
        m_costKnown = false;
}

void CallRunner::publishFinished(const AttemptResult &result, SteadyTime now)
{
    Event e = event(EventKind::AttemptFinished);
    const Classification &c = result.facts.classification;
    e.reason = c.reason;
    e.health = c.health;
    e.scope = c.scope;
    e.delivery = result.facts.delivery;
    e.status = result.status;
    e.duration = now - m_attemptStarted;
    e.firstToken = m_result.firstToken;
    e.tokensIn = result.tokensIn;
    e.tokensOut = result.tokensOut;
    e.costUsd = m_attemptCost;
    if (!result.elsewhere)
        e.limits = result.facts.limits;
    e.headers = result.headers;
    e.rule = (m_attemptOnPurpose ? QString(onPurposeRule) : QString()) + toText(c.rule);
    tellFinish(result.answer, &e);
    e.unreadable = result.answer.unreadable;
    e.tokensCached = result.answer.tokensCached;
    e.detail =
        e.unreadable
            ? QStringLiteral("%1 undecodable event(s) skipped. %2").arg(e.unreadable).arg(result.message).trimmed()
            : result.message;
    m_parts.bus.publish(e);
}

void CallRunner::onFinished(const AttemptResult &result)
{
    const auto ended = std::move(m_attempt); // on its own stack: deleted when this returns
    const SteadyTime now = m_parts.clock.now();
    AttemptFacts facts = result.facts;
    const bool live = m_machine.config().streamMode == StreamMode::Live;
    facts.contentShown = facts.contentShown && live;
    m_result.text = result.text;
    m_result.content = result.content;
    m_result.answer = result.answer;
    m_result.status = result.status;
    m_result.tokensIn = result.tokensIn;
    m_result.tokensOut = result.tokensOut;
    m_result.hint = facts.classification.hint ? facts.classification.hint : facts.classification.blockFor;
    m_lastMessage = result.message;
    addCost(result);
    publishFinished(result, now);
    if (!live && facts.classification.reason == RetryReason::None && m_callbacks.text)
        m_callbacks.text(result.text);
    if (m_state != State::Running)
        return; // the text's receiver has cancelled the call
    const CallStep step = m_machine.onAttempt(facts, now);
    leave();
    m_parts.traffic.onHealth(m_lane, facts.classification.health, {});
    carryOut(step);
}

/// Leaves the queue, frees the slot, or stops waiting; whatever of it is held.
void CallRunner::leave()
{
    m_wait.reset();
    m_attempt.reset();
    if (m_state == State::Queued || m_state == State::Running)
        m_parts.traffic.leave(m_lane, m_result.call);
    if (m_state == State::Waiting)
        m_parts.traffic.forget(m_result.call);
    if (m_state != State::Finished)
        m_state = State::Idle;
}

void CallRunner::cancel()
{
    if (m_state == State::Finished)
        return;
    if (m_attempt)
        dropAttempt("cancelled");
    leave();
    const CallStep step = m_machine.cancel(m_parts.clock.now());
    if (!m_lane.empty())
        m_parts.traffic.onHealth(m_lane, HealthSignal::Ignored, {});
    carryOut(step);
}

/// What it was worth is not known, and nothing is said of its provider.
void CallRunner::dropAttempt(std::string_view rule)
{
    Event e = event(EventKind::AttemptFinished);
    e.reason = RetryReason::Cancelled;
    e.delivery = m_attempt->delivery();
    e.duration = m_parts.clock.now() - m_attemptStarted;
    e.rule = latin1(rule);
    m_attempt.reset();
    m_parts.bus.publish(e);
}

SteeringRefusal CallRunner::tryNow()
{
    const auto step = m_machine.onTryNow(m_parts.clock.now());
    if (!step)
        return step.error();
    leave();
    carryOut(*step);
    return SteeringRefusal::None;
}

SteeringRefusal CallRunner::failOverNow()
{
    if (m_state == State::Running && !m_attempt)
        return SteeringRefusal::ContentShown; // its whole answer is given out just now
    GivenUp running;
    if (m_attempt)
        running = {m_attempt->delivery(), m_attempt->shown() && m_machine.config().streamMode == StreamMode::Live};
    const auto step = m_machine.onFailOverNow(m_parts.clock.now(), running);
    if (!step)
        return step.error();
    if (m_attempt) {
        m_costKnown &= running.delivery == Delivery::NotSent || m_attemptOnPurpose;
        dropAttempt(failedOverByHand);
    }
    leave();
    if (!m_lane.empty())
        m_parts.traffic.onHealth(m_lane, HealthSignal::Ignored, {});
    carryOut(*step);
    return SteeringRefusal::None;
}

void CallRunner::pause()
{
    if (m_attempt)
        m_attempt->pause();
}

void CallRunner::resume()
{
    if (m_attempt)
        m_attempt->resume();
}

CallOutcome CallRunner::outcome(RetryReason reason) const
{
    if (reason == RetryReason::Cancelled)
        return CallOutcome::Cancelled;
    if (reason != RetryReason::None)
        return CallOutcome::Failed;
    if (m_machine.failedOver())
        return CallOutcome::RecoveredByFailover;
    if (m_machine.attempt() > 1)
        return CallOutcome::RecoveredByRetry;
    return m_machine.skippedBefore() ? CallOutcome::SecondChoice : CallOutcome::FirstTry;
}

void CallRunner::finish(const CallStep &step)
{
    m_state = State::Finished;
    m_result.reason = step.reason;
    m_result.outcome = outcome(step.reason);
    m_result.attempts = m_machine.attempt();
    m_result.maybeTwice = m_machine.maybeTwice();
    m_result.retryIn = step.retryIn;
    if (m_costKnown && m_machine.attempt() > 0)
        m_result.costUsd = m_cost;
    m_result.duration = m_parts.clock.now() - m_started;
    m_result.rule = latin1(step.rule);
    m_result.message = m_lastMessage;
    Event e = event(EventKind::CallFinished);
    e.reason = step.reason;
    e.outcome = m_result.outcome;
    e.status = m_result.status;
    e.duration = m_result.duration;
    e.firstToken = m_result.firstToken;
    e.tokensIn = m_result.tokensIn;
    e.tokensOut = m_result.tokensOut;
    e.costUsd = m_result.costUsd;
    tellFinish(m_result.answer, &e);
    e.unreadable = m_result.answer.unreadable;
    e.tokensCached = m_result.answer.tokensCached;
    if (step.retryIn) // when it would have worked
        e.delay = *step.retryIn;
    e.rule = latin1(step.rule);
    e.detail = m_lastMessage;
    m_parts.bus.publish(e);
    m_callbacks.finished(m_result);
}

} // namespace retryscope
