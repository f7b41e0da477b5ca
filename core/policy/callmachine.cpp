// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "policy/callmachine.h"

#include <utility>

namespace retryscope {
namespace {

constexpr Duration quotaBlock = 15min; // a used-up quota without a word about its reset

} // namespace

CallStep CallMachine::start(SteadyTime now)
{
    m_deadline = now + m_config.deadline;
    m_parts.budget.deposit();
    return next(now, RetryReason::None, {});
}

CallStep CallMachine::next(SteadyTime now, RetryReason reason, const ProviderId &preferred)
{
    if (!preferred.isEmpty() && m_parts.providers.nextProvider(now, {preferred}))
        return send(preferred, now, reason);
    if (const auto provider = m_parts.providers.nextProvider(now, m_chain, m_ruledOut))
        return send(*provider, now, reason);
    QVector<ProviderId> waitable = m_chain.isEmpty() ? m_parts.providers.order() : m_chain;
    waitable.removeIf([this](const ProviderId &id) { return m_ruledOut.contains(id); });
    const auto soonest = waitable.isEmpty() ? std::nullopt : m_parts.providers.soonestProbe(waitable);
    const RetryReason ending = m_lastReason == RetryReason::None ? RetryReason::TemporaryFailure : m_lastReason;
    if (!soonest || *soonest >= m_deadline)
        return finish(ending, soonest ? QStringLiteral("all providers are cooling; the soonest allows a probe in %1").arg(formatDuration(*soonest - now))
                                      : QStringLiteral("no provider may be asked"));
    CallStep step;
    step.kind = CallStep::Kind::Wait;
    step.delay = *soonest - now;
    step.circuitAsked = true;
    step.reason = ending;
    step.circuits = std::exchange(m_circuits, {});
    m_planned.clear();
    return step;
}

CallStep CallMachine::send(const ProviderId &provider, SteadyTime now, RetryReason reason)
{
    std::optional<CircuitTransition> change;
    m_permit = m_parts.providers.circuit(provider)->acquire(now, &change);
    note(provider, change);
    CallStep step;
    step.kind = CallStep::Kind::Send;
    step.provider = provider;
    step.reason = reason;
    if (!m_current.isEmpty() && m_current != provider) {
        step.failedOverFrom = m_current;
        m_failedOver = true;
    }
    m_current = provider;
    m_charged = false; // spent
    ++m_attempt;
    ++m_attemptsOn[provider];
    step.circuits = std::exchange(m_circuits, {});
    return step;
}

CallStep CallMachine::finish(RetryReason reason, const QString &rule)
{
    if (std::exchange(m_charged, false))
        m_parts.budget.giveBack();
    CallStep step;
    step.reason = reason;
    step.rule = rule;
    step.provider = m_current;
    step.circuits = std::exchange(m_circuits, {});
    return step;
}

void CallMachine::note(const ProviderId &provider, const std::optional<CircuitTransition> &change)
{
    if (change)
        m_circuits.append({provider, *change});
}

void CallMachine::block(const Classification &c, SteadyTime now)
{
    CircuitBreaker *breaker = m_parts.providers.circuit(m_current);
    if (!breaker)
        return;
    const bool longHint = c.hint && m_config.honourServerHints && *c.hint > m_config.serverHintCap;
    if (c.reason == RetryReason::QuotaExhausted)
        note(m_current, breaker->blockUntil(now + c.hint.value_or(quotaBlock), now, QStringLiteral("quota used up")));
    else if (longHint && c.health == HealthSignal::Failure)
        note(m_current, breaker->blockUntil(now + *c.hint, now, QStringLiteral("the server asked for a long wait")));
}

CallStep CallMachine::onAttempt(const AttemptFacts &facts, SteadyTime now)
{
    const Classification &c = facts.classification;
    if (const auto permit = std::exchange(m_permit, {}))
        note(m_current, m_parts.providers.record(m_current, *permit, c.health, now));
    m_lastReason = c.reason;
    if (c.reason == RetryReason::None)
        return finish(c.reason, QStringLiteral("answered"));
    block(c, now);
    if (c.reason == RetryReason::Cancelled)
        return finish(c.reason, QStringLiteral("cancelled"));
    if (facts.contentShown)
        return finish(c.reason, QStringLiteral("not safe to repeat: content was already shown"));
    if (!c.retryHere && !c.failoverHelps)
        return finish(c.reason, QStringLiteral("the request itself is at fault"));
    if (m_attempt >= m_config.maxAttempts)
        return finish(c.reason, QStringLiteral("max attempts reached"));
    if (!c.retryHere)
        m_ruledOut.append(m_current);
    const bool enoughHere = m_attemptsOn.value(m_current) >= m_config.attemptsPerProvider;
    if (!enoughHere) {
        if (auto step = retryHere(c, now))
            return *step;
    }
    if (auto step = failOver(c, now))
        return *step;
    if (enoughHere) { // nobody else is there: keep to this one
        if (auto step = retryHere(c, now))
            return *step;
    }
    return c.retryHere && m_parts.providers.nextProvider(now, {m_current})
        ? finish(c.reason, QStringLiteral("no wait fits the deadline or the retry budget"))
        : next(now, c.reason, {});
}

std::optional<CallStep> CallMachine::retryHere(const Classification &c, SteadyTime now)
{
    if (!c.retryHere || !m_parts.providers.nextProvider(now, {m_current}))
        return std::nullopt;
    const BackoffDelay backoff = backoffDelay(m_config, c.reason, m_attemptsOn.value(m_current) - 1, m_previousDelay, m_parts.random);
    const Duration hint = m_config.honourServerHints ? c.hint.value_or(0s) : 0s;
    const Duration delay = std::max(backoff.drawn, hint);
    if (now + delay >= m_deadline || !m_parts.budget.withdraw())
        return std::nullopt;
    m_charged = true;
    m_previousDelay = backoff.drawn;
    m_planned = m_current;
    CallStep step;
    step.kind = CallStep::Kind::Wait;
    step.provider = m_current;
    step.delay = delay;
    step.serverAsked = hint > backoff.drawn;
    step.reason = c.reason;
    step.circuits = std::exchange(m_circuits, {});
    return step;
}

std::optional<CallStep> CallMachine::failOver(const Classification &c, SteadyTime now)
{
    if (!c.failoverHelps || now >= m_deadline)
        return std::nullopt;
    QVector<ProviderId> except = m_ruledOut;
    except.append(m_current);
    for (auto it = m_attemptsOn.cbegin(); it != m_attemptsOn.cend(); ++it) {
        if (it.value() >= m_config.attemptsPerProvider)
            except.append(it.key());
    }
    const auto provider = m_parts.providers.nextProvider(now, m_chain, except);
    return provider ? std::optional(send(*provider, now, c.reason)) : std::nullopt;
}

CallStep CallMachine::onTimer(SteadyTime now)
{
    if (now >= m_deadline)
        return finish(m_lastReason, QStringLiteral("the deadline is over"));
    return next(now, m_lastReason, std::exchange(m_planned, {}));
}

CallStep CallMachine::cancel(SteadyTime now)
{
    if (const auto permit = std::exchange(m_permit, {}))
        note(m_current, m_parts.providers.record(m_current, *permit, HealthSignal::Ignored, now));
    return finish(RetryReason::Cancelled, QStringLiteral("cancelled"));
}

} // namespace retryscope
