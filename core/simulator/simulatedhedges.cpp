// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
// The second copies of attempts whose answer is late.
#include "simulator/simulationrun.h"

#include <utility>

namespace retryscope {
namespace {

constexpr int secondCopy = 1 << 20; // its luck is that of an attempt which nobody makes otherwise
constexpr CallId secondSlot{0};     // no call's, for it never queues

} // namespace

void SimulationRun::planHedge(const SimulatedCall &call)
{
    if (const auto after = m_hedge->now())
        plan(m_now + *after, SimulatedWhat::Hedge, call);
}

/// A copy is worth no queue: it goes where a slot is free.
void SimulationRun::onHedge(SimulatedCall &call)
{
    if (call.state != SimulatedCall::State::Running || !call.limits || call.limits->isUnderWay())
        return;
    call.outlasted = true;
    m_hedge->outlasted();
    Traffic::Lane &lane = *m_places[std::size_t(call.place)].lane;
    if (!m_traffic.enter(lane, secondSlot))
        return m_traffic.leave(lane, secondSlot);
    ++m_result.attempts;
    ++m_result.hedges;
    ++second().attempts;
    note(quint64(SimulatedWhat::Hedge) << 32, call.name());
    if (m_freeCopies.empty()) {
        call.second = quint32(m_copies.size());
        m_copies.emplace_back();
    } else {
        call.second = m_freeCopies.back();
        m_freeCopies.pop_back();
    }
    m_copies[call.second] = {replyTo(call, call.machine->attempt() + secondCopy)};
    occupy(call, true);
}

void SimulationRun::planSecondTurn(const SimulatedCall &call)
{
    const SimulatedCopy &copy = m_copies[call.second];
    if (copy.reply.firstToken)
        plan(copy.workedFrom + *copy.reply.firstToken, SimulatedWhat::SecondTurn, call);
    else if (copy.reply.reason != RetryReason::NetworkTimeout)
        plan(copy.workedFrom + copy.reply.length, SimulatedWhat::SecondTurn, call);
}

void SimulationRun::onSecondTurn(SimulatedCall &call)
{
    if (call.second == 0)
        return;
    if (!m_copies[call.second].reply.firstToken)
        return failed(call, takeSecond(call));
    cancel(call, call.copy);
    keepSecond(call);
}

/// It has failed, and the second copy may still be answered.
void SimulationRun::giveUpFirst(SimulatedCall &call)
{
    failed(call, call.copy);
    keepSecond(call);
}

/// The second copy is the attempt from here on.
void SimulationRun::keepSecond(SimulatedCall &call)
{
    call.copy = takeSecond(call);
    if (call.copy.job > 0)
        m_jobs[call.copy.job].second = false;
    ++call.generation;
    if (call.copy.working)
        planReply(call);
    watchLimits(call);
}

void SimulationRun::dropSecond(SimulatedCall &call)
{
    SimulatedCopy copy = takeSecond(call);
    cancel(call, copy);
}

/// One of the attempt's two slots is free again.
SimulatedCopy SimulationRun::takeSecond(SimulatedCall &call)
{
    m_traffic.leave(*m_places[std::size_t(call.place)].lane, secondSlot);
    m_freeCopies.push_back(call.second);
    return std::exchange(m_copies[std::exchange(call.second, 0)], {});
}

void SimulationRun::failed(const SimulatedCall &call, const SimulatedCopy &copy)
{
    const AttemptFacts facts = factsOf(call, copy);
    m_result.limited += facts.classification.reason == RetryReason::RateLimit;
    if (facts.accepted || facts.delivery == Delivery::MaybeSent)
        bill(call, copy.reply.generated, facts.classification.reason);
}

/// The provider may bill what it was asked, and works on where it does not notice.
void SimulationRun::cancel(const SimulatedCall &call, SimulatedCopy &copy)
{
    if (const quint32 job = std::exchange(copy.job, 0))
        leaveJob(job, copy.working);
    bill(call, 0.0, RetryReason::Cancelled);
}

} // namespace retryscope
