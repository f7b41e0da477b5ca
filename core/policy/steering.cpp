// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "policy/steering.h"

#include "policy/callmachine.h"

#include <array>

namespace retryscope {

std::string_view keyOf(SteeringRefusal refusal)
{
    static constexpr std::array keys{"none",    "call_ended",  "not_waiting", "content_shown", "maybe_delivered",
                                     "attempts_used_up", "no_time", "nobody_else", "probing",       "isolated"};
    return keys[std::size_t(refusal)];
}

/// A person may ask whom a limit, a wait or an open circuit keeps out, but nobody beside the one probe.
SteeringRefusal CallMachine::obstacle(int target, SteadyTime now) const
{
    const Availability a = available(target, now);
    if (a.now)
        return SteeringRefusal::None;
    if (a.skip == SkipReason::Isolated)
        return SteeringRefusal::Isolated;
    if (a.probing)
        return SteeringRefusal::Probing;
    return a.skip == SkipReason::None ? SteeringRefusal::NobodyElse : SteeringRefusal::None; // taken out meanwhile
}

/// Whom a wait for nobody in particular would ask: the soonest of those that a person may ask.
Expected<int, SteeringRefusal> CallMachine::soonestByHand(SteadyTime now) const
{
    SteeringRefusal why = SteeringRefusal::NobodyElse;
    int soonest = -1;
    SteadyTime at = SteadyTime::max();
    for (int i = 0; i < int(m_states.size()); ++i) {
        if (m_states[std::size_t(i)].ruledOut)
            continue;
        if (const SteeringRefusal one = obstacle(i, now); one != SteeringRefusal::None) {
            why = one == SteeringRefusal::Probing || why == SteeringRefusal::NobodyElse ? one : why;
            continue;
        }
        const SteadyTime when = available(i, now).at.value_or(now);
        if (soonest < 0 || when < at) {
            soonest = i;
            at = when;
        }
    }
    if (soonest < 0)
        return Unexpected{why};
    return soonest;
}

/// The next one behind `from` that may be asked, round the chain; of another provider.
int CallMachine::nextBehind(int from, SteadyTime now) const
{
    const int count = int(m_states.size());
    for (int i = 1; i <= count; ++i) {
        const int target = (from + i) % count;
        if ((from < 0 || !sameProvider(target, from)) && !m_states[std::size_t(target)].ruledOut
            && m_states[std::size_t(target)].attempts < m_config.attemptsPerProvider && mayAsk(target, now))
            return target;
    }
    return -1;
}

CallMachine::Steered CallMachine::onTryNow(SteadyTime now)
{
    if (m_doing != CallStep::Kind::Wait)
        return Unexpected{m_doing == CallStep::Kind::Finish ? SteeringRefusal::CallEnded : SteeringRefusal::NotWaiting};
    if (m_deadline - now < m_config.minAttemptTime)
        return Unexpected{SteeringRefusal::NoTime};
    int target = m_planned;
    if (target < 0) {
        const auto soonest = soonestByHand(now);
        if (!soonest)
            return Unexpected{soonest.error()};
        target = *soonest;
    } else if (const SteeringRefusal why = obstacle(target, now); why != SteeringRefusal::None) {
        return Unexpected{why};
    }
    m_hand = {target, triedByHand, true};
    return queue(target, now, m_lastReason);
}

CallMachine::Steered CallMachine::onFailOverNow(SteadyTime now, const GivenUp &running)
{
    if (m_doing == CallStep::Kind::Finish)
        return Unexpected{SteeringRefusal::CallEnded};
    const bool runs = m_doing == CallStep::Kind::Send;
    const bool delivered = runs && running.delivery != Delivery::NotSent;
    if (runs && running.contentShown)
        return Unexpected{SteeringRefusal::ContentShown};
    if (delivered && m_config.unconfirmedDelivery != UnconfirmedDelivery::Repeat)
        return Unexpected{SteeringRefusal::MaybeDelivered};
    if (m_attempt >= m_config.maxAttempts)
        return Unexpected{SteeringRefusal::AttemptsUsedUp};
    if (m_deadline - now < m_config.minAttemptTime)
        return Unexpected{SteeringRefusal::NoTime};
    const int from = runs || m_planned < 0 ? m_current : m_planned;
    const int target = nextBehind(from, now);
    if (target < 0)
        return Unexpected{SteeringRefusal::NobodyElse};
    if (runs)
        giveBackPermits({}, now);
    m_delivered |= delivered;
    if (m_doing == CallStep::Kind::Queue && from >= 0)
        tellSkip(from, SkipReason::NoSlot, RetryReason::None, 0s);
    m_hand = {target, failedOverByHand, false};
    return queue(target, now, m_lastReason);
}

} // namespace retryscope
