// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "policy/callmachine.h"

#include <utility>

namespace retryscope {
namespace {

constexpr Duration quotaBlock = 15min; // a used-up quota without a word about its reset
constexpr Duration modelBlock = 5min;  // a missing model may be deployed meanwhile

/// The rule that sends a call elsewhere.
QLatin1String whyNotHere(bool retryable, bool enough, bool budgetEmpty, bool tooLong)
{
    if (!retryable)
        return QLatin1String("another attempt here would not help");
    if (enough)
        return QLatin1String("enough attempts here");
    if (budgetEmpty)
        return QLatin1String("the retry budget is empty");
    return tooLong ? QLatin1String("the wait would not fit") : QLatin1String("its circuit has opened");
}

QString blockText(RetryReason reason)
{
    switch (reason) {
    case RetryReason::QuotaExhausted: return QStringLiteral("quota used up");
    case RetryReason::ModelUnavailable: return QStringLiteral("the model is not there");
    default: return QStringLiteral("the server asked for a long wait");
    }
}

} // namespace

CallMachine::CallMachine(const RetryConfig &config, Targets chain, Parts parts, qint64 promptTokens)
    : m_config(config), m_chain(std::move(chain)), m_parts(parts), m_promptTokens(promptTokens), m_states(std::size_t(m_chain.size()))
{
}

CallStep CallMachine::start(SteadyTime now)
{
    m_deadline = now + m_config.deadline;
    m_parts.budget.deposit(now);
    return next(now, RetryReason::None, -1);
}

CallStep CallMachine::make(CallStep::Kind kind, RetryReason reason)
{
    CallStep step;
    step.kind = kind;
    step.reason = reason;
    step.changes = std::exchange(m_changes, {});
    step.skips = std::exchange(m_skips, {});
    return step;
}

void CallMachine::tellSkip(int target, SkipReason why, RetryReason reason, Duration until)
{
    if (std::exchange(m_states[target].told, why) != why)
        m_skips.append({m_chain[target].provider, m_chain[target].model, why, reason, until});
}

/// Those in the chain before `before` that were never asked and may not be asked now.
void CallMachine::tellSkipped(int before, SteadyTime now)
{
    for (int i = 0; i < before; ++i) {
        if (m_states[i].attempts > 0 || m_states[i].ruledOut)
            continue;
        const Availability a = available(i, now);
        if (a.skip != SkipReason::None)
            tellSkip(i, a.skip, a.reason, a.at && *a.at != SteadyTime::max() ? std::max<Duration>(0s, *a.at - now) : 0s);
    }
}

bool CallMachine::skippedBefore() const
{
    for (int i = 0; i < m_current; ++i) {
        if (m_states[i].attempts == 0 && m_states[i].told != SkipReason::None)
            return true;
    }
    return false;
}

int CallMachine::firstAvailable(SteadyTime now, int except) const
{
    for (int i = 0; i < int(m_states.size()); ++i) {
        if (i != except && !m_states[i].ruledOut && m_states[i].attempts < m_config.attemptsPerProvider && available(i, now).now)
            return i;
    }
    return -1;
}

/// An attempt on `target` leaves time for the next provider, where there is one.
Duration CallMachine::timeFor(int target, SteadyTime now) const
{
    const Duration left = m_deadline - now;
    const bool others = m_attempt + 1 < m_config.maxAttempts && firstAvailable(now, target) >= 0;
    return others ? left - std::min(m_config.failoverReserve, left / 2) : left;
}

CallStep CallMachine::next(SteadyTime now, RetryReason reason, int preferred)
{
    if (m_deadline - now < m_config.minAttemptTime)
        return finish(m_lastReason == RetryReason::None ? RetryReason::TemporaryFailure : m_lastReason, QLatin1String("no time is left for another attempt"));
    if (preferred >= 0 && available(preferred, now).now)
        return queue(preferred, now, reason);
    const int target = firstAvailable(now, -1);
    return target >= 0 ? queue(target, now, reason) : cool(now, reason);
}

/// Nobody may be asked now: wait for the soonest where it fits, else say when it would have worked.
CallStep CallMachine::cool(SteadyTime now, RetryReason reason)
{
    Availability soonest;
    bool probing = false;
    for (int i = 0; i < int(m_states.size()); ++i) {
        if (m_states[i].ruledOut)
            continue;
        Availability a = available(i, now);
        if (a.now) // it has had its share of attempts, but nobody else is there
            return queue(i, now, reason);
        probing |= a.probing;
        if (soonest.reason == RetryReason::None)
            soonest.reason = a.reason;
        if (a.at && *a.at != SteadyTime::max() && (!soonest.at || *a.at < *soonest.at))
            soonest = a;
    }
    const RetryReason ending = m_lastReason != RetryReason::None ? m_lastReason
        : soonest.reason != RetryReason::None ? soonest.reason : RetryReason::TemporaryFailure;
    const bool fits = soonest.at && *soonest.at + m_config.minAttemptTime <= m_deadline;
    if (!fits && !probing)
        tellSkipped(int(m_states.size()), now); // who is waited for is not passed over
    if (!soonest.at && !probing)
        return finish(ending, nobodyLeft(), m_missed > 0s ? std::optional(m_missed) : std::nullopt);
    if (!fits && !probing)
        return finish(ending, QLatin1String("all providers are cooling"), *soonest.at - now);
    CallStep step = make(CallStep::Kind::Wait, ending);
    step.delay = std::max<Duration>(1ms, (fits ? *soonest.at : m_deadline - m_config.minAttemptTime) - now);
    step.source = fits ? soonest.source : DelaySource::Circuit;
    step.untilProbed = true;
    m_planned = -1;
    return step;
}

QLatin1String CallMachine::nobodyLeft() const
{
    if (m_budgetEmpty)
        return QLatin1String("the retry budget is empty");
    if (m_missed > 0s)
        return QLatin1String("no wait fits the deadline");
    return m_attempt > 0 ? QLatin1String("no other provider to ask") : QLatin1String("no provider may be asked");
}

CallStep CallMachine::queue(int target, SteadyTime now, RetryReason reason)
{
    m_planned = target;
    tellSkipped(target, now);
    CallStep step = make(CallStep::Kind::Queue, reason);
    step.provider = m_chain[target].provider;
    step.model = m_chain[target].model;
    step.delay = std::max<Duration>(0s, timeFor(target, now) - m_config.minAttemptTime);
    return step;
}

CallStep CallMachine::begin(SteadyTime now)
{
    const int target = std::exchange(m_planned, -1);
    if (target < 0 || m_deadline - now < m_config.minAttemptTime || !available(target, now).now)
        return next(now, m_lastReason, -1);
    if (target == m_current && !m_charged) { // a repeat after a wait for its circuit
        m_charged = m_parts.budget.withdraw(now);
        m_budgetEmpty = !m_charged;
        m_states[target].ruledOut |= m_budgetEmpty;
        if (m_budgetEmpty)
            return next(now, m_lastReason, -1);
    }
    m_admission = m_parts.providers.admit(m_chain[target], now, m_promptTokens, &m_changes);
    const Duration time = std::max(m_config.minAttemptTime, timeFor(target, now));
    CallStep step = make(CallStep::Kind::Send, m_lastReason);
    step.provider = m_chain[target].provider;
    step.model = m_chain[target].model;
    step.timeout = std::min(m_config.attemptTimeout, time);
    if (m_current >= 0 && m_chain[m_current].provider != step.provider) {
        step.failedOverFrom = m_chain[m_current].provider;
        m_failedOver = true;
    }
    step.maybeTwice = m_unconfirmed;
    step.takesIdempotencyKey = m_chain[target].takesIdempotencyKey;
    m_maybeTwice += m_unconfirmed;
    settleCharge(target == m_current); // a failover is not charged
    m_current = target;
    ++m_attempt;
    ++m_states[target].attempts;
    return step;
}

CallStep CallMachine::onQueueTimeout(SteadyTime now)
{
    const int waited = std::exchange(m_planned, -1);
    if (waited >= 0) {
        m_states[waited].ruledOut = true; // too busy for this call; queueing there again would only go round
        tellSkip(waited, SkipReason::NoSlot, RetryReason::None, 0s);
    }
    const int other = firstAvailable(now, waited);
    if (other >= 0 && m_deadline - now >= m_config.minAttemptTime)
        return queue(other, now, m_lastReason);
    return finish(m_lastReason == RetryReason::None ? RetryReason::TemporaryFailure : m_lastReason, QLatin1String("no free slot before the deadline"));
}

CallStep CallMachine::finish(RetryReason reason, QLatin1String rule, std::optional<Duration> retryIn)
{
    settleCharge(false);
    CallStep step = make(CallStep::Kind::Finish, reason);
    step.rule = rule;
    step.retryIn = retryIn;
    if (m_current >= 0)
        step.provider = m_chain[m_current].provider;
    return step;
}

void CallMachine::settleCharge(bool made)
{
    if (!std::exchange(m_charged, false))
        return;
    if (made)
        m_parts.budget.spend();
    else
        m_parts.budget.giveBack();
}

void CallMachine::giveBackPermits(const HealthVerdict &verdict, SteadyTime now)
{
    if (const auto admission = std::exchange(m_admission, {}))
        m_parts.providers.record(m_chain[m_current], *admission, verdict, now, &m_changes);
}

void CallMachine::block(const Classification &c, SteadyTime now)
{
    const bool longHint = m_config.honourServerHints && c.hint && *c.hint > m_config.serverHintCap && c.health == HealthSignal::Failure;
    std::optional<Duration> duration = c.blockFor;
    if (!duration && c.reason == RetryReason::QuotaExhausted)
        duration = c.hint.value_or(quotaBlock);
    if (!duration && c.reason == RetryReason::ModelUnavailable)
        duration = modelBlock;
    if (!duration && longHint)
        duration = c.hint;
    if (duration && c.scope != Scope::Request)
        m_parts.providers.block(m_chain[m_current], c.scope, *duration, c.reason, blockText(c.reason), now, &m_changes);
}

/// Ends the call where a repeat is not safe.
std::optional<CallStep> CallMachine::forbidden(const AttemptFacts &facts)
{
    if (facts.contentShown)
        return finish(facts.classification.reason, QLatin1String("not safe to repeat: content was already shown"));
    const bool keyed = m_config.unconfirmedDelivery == UnconfirmedDelivery::RepeatWithKey && m_chain[m_current].takesIdempotencyKey;
    if (facts.delivery == Delivery::MaybeSent && m_config.unconfirmedDelivery != UnconfirmedDelivery::Repeat && !keyed)
        return finish(facts.classification.reason, QLatin1String("not safe to repeat: it may have been delivered"));
    return std::nullopt;
}

CallStep CallMachine::onAttempt(const AttemptFacts &facts, SteadyTime now)
{
    const Classification &c = facts.classification;
    m_lastReason = c.reason;
    m_budgetEmpty = false;
    m_missed = {};
    m_parts.providers.reportLimits(m_chain[m_current], facts.limits, now);
    giveBackPermits({c.health, c.scope, c.reason, facts.latency}, now);
    if (c.reason == RetryReason::None)
        return finish(c.reason, QLatin1String("answered"));
    block(c, now);
    if (c.reason == RetryReason::Cancelled)
        return finish(c.reason, QLatin1String("cancelled"));
    if (auto step = forbidden(facts))
        return *step;
    m_unconfirmed |= facts.delivery == Delivery::MaybeSent;
    if (!c.retryHere && !c.failoverHelps)
        return finish(c.reason, QLatin1String("the request itself is at fault"));
    if (m_attempt >= m_config.maxAttempts)
        return finish(c.reason, QLatin1String("max attempts reached"));
    // A key makes the repeat safe on the provider that has seen it, and nowhere else.
    const bool keyed = facts.delivery == Delivery::MaybeSent && m_config.unconfirmedDelivery == UnconfirmedDelivery::RepeatWithKey;
    const bool retryable = c.retryHere || keyed;
    bool hard = false;
    const bool enough = m_states[m_current].attempts >= attemptsAllowed(c, &hard);
    m_states[m_current].ruledOut |= !retryable || (enough && hard);
    if (!enough && retryable) {
        if (auto step = retryHere(c, now))
            return *step;
    }
    if (!keyed) {
        if (auto step = failOver(c, now)) {
            step->rule = whyNotHere(retryable, enough, m_budgetEmpty, m_missed > 0s);
            return *step;
        }
    }
    if (enough && retryable && !hard) { // nobody else is there: keep to this one
        if (auto step = retryHere(c, now))
            return *step;
    }
    if (keyed)
        return finish(c.reason, QLatin1String("not safe to repeat elsewhere: it may have been delivered"));
    m_states[m_current].ruledOut |= m_budgetEmpty || m_missed > 0s;
    return next(now, c.reason, -1);
}

/// Attempts on one provider after this failure, the first included. `hard`: not even when nobody else is there.
int CallMachine::attemptsAllowed(const Classification &c, bool *hard) const
{
    int allowed = m_config.attemptsPerProvider;
    if (const auto own = m_config.overrides[std::size_t(c.reason)].maxAttempts) {
        allowed = *own;
        *hard = true;
    }
    if (c.retryLimit > 0 && c.retryLimit + 1 < allowed) {
        allowed = c.retryLimit + 1;
        *hard = true;
    }
    return allowed;
}

std::optional<CallStep> CallMachine::retryHere(const Classification &c, SteadyTime now)
{
    const Availability a = available(m_current, now);
    if (!a.now && (!a.at || a.source == DelaySource::Circuit))
        return std::nullopt; // its circuit has opened
    BackoffDelay backoff = backoffDelay(m_config, c.reason, m_states[m_current].attempts - 1, m_previousDelay, m_parts.random);
    if (!c.hint && c.resetIn) // the limit is whole again by then
        backoff.drawn = std::min(backoff.drawn, *c.resetIn);
    const Duration hint = m_config.honourServerHints ? c.hint.value_or(0s) : 0s;
    const Duration pace = a.now ? 0s : *a.at - now;
    const Duration delay = std::max({backoff.drawn, hint, pace});
    if (delay + m_config.minAttemptTime > timeFor(m_current, now)) {
        m_missed = delay;
        return std::nullopt;
    }
    m_budgetEmpty = !m_parts.budget.withdraw(now);
    if (m_budgetEmpty)
        return std::nullopt;
    m_charged = true;
    m_previousDelay = backoff.drawn;
    m_planned = m_current;
    CallStep step = make(CallStep::Kind::Wait, c.reason);
    step.provider = m_chain[m_current].provider;
    step.delay = delay;
    step.source = delay == backoff.drawn ? DelaySource::Backoff : delay == hint ? DelaySource::Server : DelaySource::Pacing;
    return step;
}

std::optional<CallStep> CallMachine::failOver(const Classification &c, SteadyTime now)
{
    if (!c.failoverHelps || m_deadline - now < m_config.minAttemptTime)
        return std::nullopt;
    const int target = firstAvailable(now, m_current);
    return target >= 0 ? std::optional(queue(target, now, c.reason)) : std::nullopt;
}

CallStep CallMachine::onTimer(SteadyTime now)
{
    return next(now, m_lastReason, std::exchange(m_planned, -1));
}

CallStep CallMachine::cancel(SteadyTime now)
{
    giveBackPermits({}, now);
    return finish(RetryReason::Cancelled, QLatin1String("cancelled"));
}

} // namespace retryscope
