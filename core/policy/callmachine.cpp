// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "policy/callmachine.h"

#include <utility>

namespace retryscope {
namespace {

constexpr Duration quotaBlock = 15min; // a used-up quota without a word about its reset
constexpr Duration modelBlock = 5min;  // a missing model may be deployed meanwhile
constexpr Duration keyBlock = 15min;   // a refused key, where another one or another provider may be asked instead

/// What keeps a call from its provider after a failure.
struct NotHere
{
    bool retryable, enough, otherKey, silence, budgetEmpty, tooLong, open;

    /// The first of them, as the rule that sends the call elsewhere.
    std::string_view rule() const
    {
        if (!retryable)
            return "another attempt here would not help";
        if (enough)
            return "enough attempts here";
        if (otherKey)
            return "another key is free";
        if (silence)
            return "silence is not repeated here";
        if (budgetEmpty)
            return "the retry budget is empty";
        if (tooLong)
            return "the wait would not fit";
        return open ? "its circuit has opened" : "its wait is longer than patience";
    }
};

std::string_view blockText(RetryReason reason)
{
    switch (reason) {
    case RetryReason::QuotaExhausted: return "quota used up";
    case RetryReason::ModelUnavailable: return "the model is not there";
    case RetryReason::Authentication: return "the key was refused";
    default: return "the server asked for a long wait";
    }
}

} // namespace

CallMachine::CallMachine(const RetryConfig &config, Targets chain, Parts parts, Amount promptTokens)
    : CallMachine(std::make_shared<const RetryConfig>(config), std::move(chain), parts, promptTokens)
{
}

CallMachine::CallMachine(SharedRetryConfig config, Targets chain, Parts parts, Amount promptTokens)
    : m_kept(std::move(config)), m_config(*m_kept), m_chain(std::move(chain)), m_parts(parts),
      m_states(std::size_t(m_chain.size()))
{
    m_promptTokens = promptTokens;
    for (int i = 0; i < int(m_states.size()); ++i) {
        int first = 0;
        while (m_chain[first].provider != m_chain[i].provider)
            ++first;
        m_states[std::size_t(i)].provider = first;
    }
}

void CallMachine::renew(Amount promptTokens)
{
    static_cast<CallMachineState &>(*this) = {};
    m_promptTokens = promptTokens;
    m_changes.clear();
    m_skips.clear();
    for (TargetState &state : m_states)
        state.renew();
}

CallStep CallMachine::start(SteadyTime now)
{
    m_deadline = now + m_config.deadline;
    m_lives = m_parts.providers.lives();
    m_parts.budget.deposit(now);
    return next(now, RetryReason::None, -1);
}

CallStep CallMachine::make(CallStep::Kind kind, RetryReason reason)
{
    CallStep step;
    step.kind = kind;
    m_doing = kind;
    step.reason = reason;
    step.changes.swap(m_changes);
    step.skips.swap(m_skips);
    return step;
}

void CallMachine::tellSkip(int target, SkipReason why, RetryReason reason, Duration until)
{
    if (std::exchange(m_states[target].told, why) != why)
        m_skips.push_back({m_chain[target].provider, m_chain[target].model, why, reason, until});
}

/// Those in the chain before `before` that were never asked and may not be asked now.
void CallMachine::tellSkipped(int before, SteadyTime now)
{
    for (int i = 0; i < before; ++i) {
        if (m_states[i].attempts > 0 || m_states[i].ruledOut)
            continue;
        if ((before < int(m_states.size()) && sameProvider(i, before)) || (i > 0 && sameProvider(i, i - 1)))
            continue; // only another key of one that is asked, or that was told
        const Availability a = available(i, now);
        if (a.skip != SkipReason::None)
            tellSkip(i, a.skip, a.reason,
                     a.at && *a.at != SteadyTime::max() ? std::max<Duration>(0s, *a.at - now) : 0s);
    }
}

bool CallMachine::skippedBefore() const
{
    for (int i = 0; i < m_current; ++i) {
        if (m_states[i].attempts == 0 && m_states[i].told != SkipReason::None && !sameProvider(i, m_current))
            return true;
    }
    return false;
}

/// Of another provider than `except`, whatever keys that has.
int CallMachine::firstAvailable(SteadyTime now, int except) const
{
    for (int i = 0; i < int(m_states.size()); ++i) {
        if ((except < 0 || !sameProvider(i, except)) && !m_states[i].ruledOut
            && m_states[i].attempts < m_config.attemptsPerProvider && mayAsk(i, now))
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
        return finish(m_lastReason == RetryReason::None ? RetryReason::NetworkTimeout : m_lastReason,
                      "no time is left for another attempt");
    if (preferred >= 0 && mayAsk(preferred, now))
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
        if (a.at && (a.source == DelaySource::Server || a.source == DelaySource::Pacing)) {
            m_states[i].heldUntil = *a.at; // it goes on asking that server, whatever the name means by then
            m_states[i].heldFor = a.reason;
        }
        if (a.source == DelaySource::Pacing && !isElsewhere(i))
            m_parts.providers.awaitRoom(m_chain[i], m_promptTokens, &m_states[i].place);
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
        return finish(ending, "all providers are cooling", *soonest.at - now);
    CallStep step = make(CallStep::Kind::Wait, ending);
    const Duration most = m_deadline - m_config.minAttemptTime - now;
    step.delay = fits ? *soonest.at - now : most;
    if (fits && soonest.source != DelaySource::Circuit)
        step.delay = std::min(most, step.delay + spread(m_config, step.delay, m_parts.random));
    step.delay = std::max<Duration>(1ms, step.delay);
    step.source = fits ? soonest.source : DelaySource::Circuit;
    step.untilProbed = true;
    m_planned = -1;
    return step;
}

std::string_view CallMachine::nobodyLeft() const
{
    if (m_budgetEmpty)
        return "the retry budget is empty";
    if (m_missed > 0s)
        return "no wait fits the deadline";
    return m_attempt > 0 ? "no other provider to ask" : "no provider may be asked";
}

CallStep CallMachine::queue(int target, SteadyTime now, RetryReason reason)
{
    m_planned = target;
    tellSkipped(target, now);
    CallStep step = make(CallStep::Kind::Queue, reason);
    step.target = target;
    step.delay = std::max<Duration>(0s, timeFor(target, now) - m_config.minAttemptTime);
    // Those that hold its slots may all wait for something that does not come.
    if (!isElsewhere(target) && m_parts.providers.isQuiet(m_chain[target], now, &m_states[target].place)
        && m_attempt + 1 < m_config.maxAttempts && firstAvailable(now, target) >= 0)
        step.delay = std::min(step.delay, m_config.hintPatience);
    return step;
}

CallStep CallMachine::begin(SteadyTime now)
{
    const int target = std::exchange(m_planned, -1);
    const bool byHand = target >= 0 && insists(target, now);
    const Hand hand = std::exchange(m_hand, {});
    if (target < 0 || m_deadline - now < m_config.minAttemptTime || (!byHand && !mayAsk(target, now)))
        return next(now, m_lastReason, -1);
    if (target == m_current && !m_charged && !byHand) { // a repeat after a wait for its circuit
        m_charged = m_parts.budget.withdraw(now);
        m_budgetEmpty = !m_charged;
        m_states[target].ruledOut |= m_budgetEmpty;
        if (m_budgetEmpty)
            return next(now, m_lastReason, -1);
    }
    if (!isElsewhere(target))
        m_admission = m_parts.providers.admit(m_chain[target], now, m_promptTokens, &m_changes, &m_states[target].place,
                                              byHand ? Entry::ByHand : Entry::Usual);
    const Duration time = std::max(m_config.minAttemptTime, timeFor(target, now));
    CallStep step = make(CallStep::Kind::Send, m_lastReason);
    step.target = target;
    step.timeout = std::min(m_chain[target].attemptTimeout.value_or(m_config.attemptTimeout), time);
    if (m_current >= 0 && !sameProvider(m_current, target)) {
        step.leaves = m_current;
        m_failedOver = true;
    }
    if (hand.target == target)
        step.rule = hand.rule;
    step.maybeTwice = m_delivered;
    step.takesIdempotencyKey = m_chain[target].takesIdempotencyKey;
    m_maybeTwice += m_delivered;
    settleCharge(target == m_current); // a failover is not charged
    m_current = target;
    ++m_attempt;
    ++m_states[target].attempts;
    return step;
}

CallStep CallMachine::onQueueTimeout(SteadyTime now)
{
    const int waited = std::exchange(m_planned, -1);
    m_hand = {};
    if (waited >= 0) {
        m_states[waited].ruledOut = true; // too busy for this call; queueing there again would only go round
        tellSkip(waited, SkipReason::NoSlot, RetryReason::None, 0s);
    }
    const int other = firstAvailable(now, waited);
    if (other >= 0 && m_deadline - now >= m_config.minAttemptTime)
        return queue(other, now, m_lastReason);
    return finish(m_lastReason == RetryReason::None ? RetryReason::TemporaryFailure : m_lastReason,
                  "no free slot before the deadline");
}

CallStep CallMachine::finish(RetryReason reason, std::string_view rule, std::optional<Duration> retryIn)
{
    settleCharge(false);
    CallStep step = make(CallStep::Kind::Finish, reason);
    step.rule = rule;
    step.retryIn = retryIn;
    step.target = m_current;
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

/// False: another server stands behind the name, or none any more, so what this one says is nobody else's matter.
bool CallMachine::giveBackPermits(const HealthVerdict &verdict, SteadyTime now)
{
    const auto admission = std::exchange(m_admission, {});
    if (!admission)
        return false;
    m_parts.providers.record(m_chain[m_current], *admission, verdict, now, &m_changes, &m_states[m_current].place);
    return m_parts.providers.knows(m_chain[m_current], *admission, &m_states[m_current].place);
}

/// What is known to be shut is blocked; a short wait that the server asks for holds for every call, unless the failure is
/// this request's alone.
void CallMachine::block(const Classification &c, SteadyTime now)
{
    const Duration hint = m_config.honourServerHints && c.retryHere ? c.hint.value_or(0s) : 0s;
    std::optional<Duration> duration = c.blockFor;
    if (!duration && c.reason == RetryReason::QuotaExhausted)
        duration = c.hint.value_or(quotaBlock);
    if (!duration && c.reason == RetryReason::ModelUnavailable)
        duration = modelBlock;
    if (!duration && c.reason == RetryReason::Authentication && c.failoverHelps
        && (anotherKey(c, now) >= 0 || firstAvailable(now, m_current) >= 0))
        duration = keyBlock;
    if (!duration && hint > m_config.serverHintCap)
        duration = hint;
    if (c.scope == Scope::Request)
        return;
    if (duration)
        m_parts.providers.block(m_chain[m_current], c.scope, *duration + spread(m_config, *duration, m_parts.random),
                                c.reason, blockText(c.reason), now, &m_changes);
    else if (hint > 0s)
        m_parts.providers.hold(m_chain[m_current], hint, c.reason, now);
}

/// Its limits and the wait that it asks for bind this call as they would any other.
void CallMachine::keepToItself(const Classification &c, const LimitWindows &limits, SteadyTime now)
{
    std::unique_ptr<Pacer> &own = m_states[m_current].own;
    if (!own)
        own = std::make_unique<Pacer>();
    own->report(limits, now);
    if (c.hint && c.scope != Scope::Request)
        own->hold(now + *c.hint, c.reason);
}

/// The target of another key of the provider asked last, where the failure is its key's and that one may be asked now.
int CallMachine::anotherKey(const Classification &c, SteadyTime now) const
{
    if (c.scope != Scope::Account && c.reason != RetryReason::RateLimit)
        return -1;
    for (int i = 0; i < int(m_states.size()); ++i) {
        if (i != m_current && sameProvider(i, m_current) && !m_states[i].ruledOut
            && m_states[i].attempts < m_config.attemptsPerProvider && mayAsk(i, now))
            return i;
    }
    return -1;
}

bool CallMachine::canMoveOn(SteadyTime now) const
{
    return m_config.unconfirmedDelivery == UnconfirmedDelivery::Repeat && m_attempt < m_config.maxAttempts
        && m_deadline - now >= m_config.minAttemptTime && firstAvailable(now, m_current) >= 0;
}

/// The prompt has, or may have, reached the model: a repeat may be billed, too. An error status says that it was refused.
static bool isDelivered(const AttemptFacts &facts) { return facts.delivery == Delivery::MaybeSent || facts.accepted; }

/// Ends the call where a repeat is not safe.
std::optional<CallStep> CallMachine::forbidden(const AttemptFacts &facts)
{
    if (facts.contentShown)
        return finish(facts.classification.reason, "not safe to repeat: content was already shown");
    const bool keyed =
        m_config.unconfirmedDelivery == UnconfirmedDelivery::RepeatWithKey && m_chain[m_current].takesIdempotencyKey;
    if (isDelivered(facts) && m_config.unconfirmedDelivery != UnconfirmedDelivery::Repeat && !keyed)
        return finish(facts.classification.reason,
                      facts.accepted ? "not safe to repeat: it was delivered"
                                     : "not safe to repeat: it may have been delivered");
    return std::nullopt;
}

/// The policy's own word on this reason.
Classification CallMachine::asConfigured(const Classification &classification) const
{
    Classification c = classification;
    c.failoverHelps = m_config.overrides[std::size_t(c.reason)].failOver.value_or(c.failoverHelps);
    // A wait that the policy is ready to wait shuts nothing.
    if (c.blockFor && c.blockFor == c.hint && m_config.honourServerHints && *c.hint <= m_config.serverHintCap) {
        c.retryHere = true;
        c.blockFor.reset();
    }
    return c;
}

CallStep CallMachine::onAttempt(const AttemptFacts &facts, SteadyTime now)
{
    const Classification c = asConfigured(facts.classification);
    m_lastReason = c.reason;
    m_budgetEmpty = false;
    m_missed = {};
    const Pacer::Sent sent = m_admission ? m_admission->sent : Pacer::Sent{};
    if (giveBackPermits({c.health, c.scope, c.reason, facts.latency}, now)) {
        m_parts.providers.reportLimits(m_chain[m_current], facts.limits, now, sent, &m_changes);
        if (c.reason != RetryReason::None)
            block(c, now);
    } else if (c.reason != RetryReason::None) {
        keepToItself(c, facts.limits, now);
    }
    if (c.reason == RetryReason::None)
        return finish(c.reason, "answered");
    if (c.reason == RetryReason::Cancelled)
        return finish(c.reason, "cancelled");
    if (auto step = forbidden(facts))
        return std::move(*step);
    m_delivered |= isDelivered(facts);
    if (!c.retryHere && !c.failoverHelps)
        return finish(c.reason,
                      facts.classification.failoverHelps ? "the policy asks nobody else for this reason"
                                                         : "the request itself is at fault");
    if (m_attempt >= m_config.maxAttempts)
        return finish(c.reason, "max attempts reached");
    return afterFailure(facts, c, now);
}

/// Here again, elsewhere, or not at all.
CallStep CallMachine::afterFailure(const AttemptFacts &facts, const Classification &c, SteadyTime now)
{
    // A key makes the repeat safe on the provider that has seen it, and nowhere else.
    const bool keyed = isDelivered(facts) && m_config.unconfirmedDelivery == UnconfirmedDelivery::RepeatWithKey;
    const bool retryable = c.retryHere || (keyed && facts.delivery == Delivery::MaybeSent);
    bool hard = false;
    const bool enough = m_states[m_current].attempts >= attemptsAllowed(c, &hard);
    m_states[m_current].ruledOut |= !retryable || (enough && hard);
    if (c.reason == RetryReason::ContextLength)
        ruleOutNarrower();
    const bool silence =
        facts.delivery == Delivery::MaybeSent || c.awayFirst; // is not repeated here while somebody else is there
    const bool otherKey = !keyed && anotherKey(c, now) >= 0;
    if (!enough && retryable && !otherKey && (keyed || !silence)) {
        if (auto step = retryHere(c, now, keyed || !c.failoverHelps))
            return std::move(*step);
    }
    if (!keyed) {
        if (auto step = failOver(c, now)) {
            const Availability a = available(m_current, now);
            step->rule = NotHere{retryable, enough, otherKey, silence, m_budgetEmpty, m_missed > 0s,
                                 !a.now && (!a.at || a.source == DelaySource::Circuit)}
                             .rule();
            return std::move(*step);
        }
    }
    if (retryable && !keyed && (enough ? !hard : silence)) { // nobody else is there: keep to this one
        if (auto step = retryHere(c, now, true))
            return std::move(*step);
    }
    if (keyed)
        return finish(c.reason, "not safe to repeat elsewhere: it may have been delivered");
    if (!c.failoverHelps)
        return finish(c.reason, nobodyLeft(), m_missed > 0s ? std::optional(m_missed) : std::nullopt);
    m_states[m_current].ruledOut |= m_budgetEmpty || m_missed > 0s;
    return next(now, c.reason, -1);
}

/// Attempts on one provider after this failure, the first included. `hard`: not even when nobody else is there.
int CallMachine::attemptsAllowed(const Classification &c, bool *hard) const
{
    const auto own = m_config.overrides[std::size_t(c.reason)].maxAttempts;
    int allowed = own.value_or(m_config.attemptsPerProvider);
    int most = own.value_or(m_config.maxAttempts);
    if (c.retryLimit > 0) {
        allowed = std::min(allowed, c.retryLimit + 1);
        most = std::min(most, c.retryLimit + 1);
    }
    *hard = m_states[m_current].attempts >= most;
    return allowed;
}

/// `onlyHere`: however long the server's wait, nobody else is asked instead.
std::optional<CallStep> CallMachine::retryHere(const Classification &c, SteadyTime now, bool onlyHere)
{
    const Availability a = available(m_current, now);
    if (!a.now && (!a.at || a.source == DelaySource::Circuit))
        return std::nullopt; // its circuit has opened
    const Duration hint = m_config.honourServerHints ? c.hint.value_or(0s) : 0s;
    const Duration named = std::max(hint, a.now ? Duration::zero() : *a.at - now);
    if (!onlyHere && named > m_config.hintPatience && firstAvailable(now, m_current) >= 0)
        return std::nullopt; // somebody else would have to look on
    const BackoffDelay backoff =
        backoffDelay(m_config, c.reason, m_states[m_current].attempts - 1, m_previousDelay, m_parts.random);
    const Duration delay = std::max(backoff.drawn, named + spread(m_config, named, m_parts.random));
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
    step.target = m_current;
    step.delay = delay;
    step.source = delay == backoff.drawn ? DelaySource::Backoff : named == hint ? DelaySource::Server : a.source;
    return step;
}

std::optional<CallStep> CallMachine::failOver(const Classification &c, SteadyTime now)
{
    if (!c.failoverHelps || m_deadline - now < m_config.minAttemptTime)
        return std::nullopt;
    int target = anotherKey(c, now);
    if (target < 0)
        target = c.reason == RetryReason::ContextLength ? roomier(now) : firstAvailable(now, m_current);
    return target >= 0 ? std::optional(queue(target, now, c.reason)) : std::nullopt;
}

/// A window that is known and no larger would only say the same.
void CallMachine::ruleOutNarrower()
{
    const Amount window = m_chain[m_current].contextWindow;
    for (int i = 0; i < int(m_states.size()); ++i)
        m_states[i].ruledOut |= m_chain[i].contextWindow > 0 && m_chain[i].contextWindow <= window;
}

/// The first that is known to hold more than the provider that found the prompt too long; else simply the next.
int CallMachine::roomier(SteadyTime now) const
{
    const Amount window = std::max(m_chain[m_current].contextWindow, m_promptTokens);
    for (int i = 0; i < int(m_states.size()); ++i) {
        if (i != m_current && m_chain[i].contextWindow > window && !m_states[i].ruledOut
            && m_states[i].attempts < m_config.attemptsPerProvider && mayAsk(i, now))
            return i;
    }
    return firstAvailable(now, m_current);
}

CallStep CallMachine::onTimer(SteadyTime now)
{
    return next(now, m_lastReason, std::exchange(m_planned, -1));
}

CallStep CallMachine::cancel(SteadyTime now)
{
    giveBackPermits({}, now);
    return finish(RetryReason::Cancelled, "cancelled");
}

} // namespace retryscope
