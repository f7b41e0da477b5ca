// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "simulator/simulation.h"

#include "simulator/simulationrun.h"

#include <algorithm>
#include <utility>

namespace retryscope {
namespace {

Targets onlyFirst(Targets chain)
{
    chain.resize(std::min<std::size_t>(chain.size(), 1));
    return chain;
}

} // namespace

SimulationRun::SimulationRun(const Scenario &scenario, const SimulatedPolicy &policy, quint64 seed,
                             const DrawnCalls *drawn)
    : m_scenario(scenario), m_policy(policy), m_seed(seed), m_random(seed), m_arrivals(m_scenario.workload, seed),
      m_drawn(drawn), m_providers(*policy.config, providersOf(policy.chain)),
      m_budget(policy.config->retryBudgetRatio, policy.config->retryBudgetFloor),
      m_chain(policy.asksQuickest ? onlyFirst(policy.chain) : policy.chain)
{
    m_traffic.configure(*policy.config);
    if (policy.throttle)
        m_throttle.emplace(*policy.throttle);
    if (policy.hedge)
        m_hedge.emplace(*policy.hedge);
    for (const std::string &id : m_providers.order())
        m_places.push_back(
            {id, ModelledProvider(scenario.model(qsizetype(m_places.size())), &m_quotas), &m_traffic.lane(id), {}});
    const std::vector<std::string> &order = m_providers.order();
    for (const Target &target : policy.chain)
        m_placeOf.push_back(int(std::find(order.begin(), order.end(), target.provider) - order.begin()));
    m_result.seconds.resize(std::size_t(toSeconds(scenario.length)) + 1);
    const auto calls = std::size_t(std::clamp(scenario.expectedCalls(), 0.0, 1e6));
    m_result.endedAfter.reserve(calls);
    m_result.answeredAfter.reserve(calls);
    m_index.reserve(calls + 1);
    if (!policy.costs.empty() && policy.costs.size() >= m_places.size())
        m_result.cost = m_result.wastedCost = 0.0;
}

/// What happens after the scenario's end belongs to its last second.
SimulatedSecond &SimulationRun::second()
{
    if (m_now >= m_secondEnds) { // time never goes back
        m_second = std::min(m_result.seconds.size() - 1, std::size_t(sinceStart() / 1s));
        m_secondEnds = playStart + std::chrono::seconds(sinceStart() / 1s + 1);
    }
    return m_result.seconds[m_second];
}

void SimulationRun::note(quint64 a, quint64 b)
{
    constexpr quint64 first = 0xa0761d6478bd642fu, then = 0xe7037ed1a0b428dbu; // of wyhash
    const auto now = quint64(m_now.time_since_epoch().count());
    m_result.digest = mixed(m_result.digest ^ a ^ first, mixed(now ^ first, b ^ then) ^ then);
}

SimulationResult SimulationRun::run(const std::function<bool()> &stopped,
                                    const std::function<void(const SimulatedDecision &)> &decided)
{
    m_decided = decided;
    constexpr quint64 between = 1 << 12; // events, from one look at `stopped` to the next: a few milliseconds

    if (m_scenario.workload.kind == Workload::Kind::Agents) {
        for (int i = 0; i < m_scenario.workload.agents; ++i)
            plan(playStart + thinkTime(m_scenario.workload, m_seed, quint64(i), 0), SimulatedWhat::Arrival, quint32(i),
                 0);
    } else {
        drawArrival();
    }
    for (;;) {
        const auto event = m_queue.popUntil(m_arrival);
        if (!event && m_arrival == SteadyTime::max())
            break;
        m_now = event ? event->at : m_arrival;
        if (++m_result.events % between == 0 && stopped && stopped())
            return std::move(m_result);
        if (m_result.calls > m_scenario.mostCalls) {
            m_result.tooMany = true;
            return std::move(m_result);
        }
        if (event) {
            handle(*event);
        } else {
            arrive(SimulatedCall::noAgent, 0);
            drawArrival();
        }
        tellTraffic();
    }
    m_result.complete = true;
    m_result.atRest =
        m_providers.permitsOut() == 0 && m_budget.held() == 0 && m_traffic.slotsTaken() == 0 && m_traffic.queued() == 0
        && m_held.empty();
    if (const auto end = m_scenario.faultsEnd())
        m_result.recovery = std::max<Duration>(0s, m_result.lastFailure - *end);
    return std::move(m_result);
}

void SimulationRun::drawArrival()
{
    std::optional<Duration> at;
    if (!m_drawn)
        at = m_arrivals.next();
    else if (m_drawnNext < m_drawn->arrivals.size())
        at = m_drawn->arrivals[m_drawnNext++];
    m_arrival = at && *at < m_scenario.length ? playStart + *at : SteadyTime::max();
}

void SimulationRun::handle(const SimulatedEvent &event)
{
    const auto what = SimulatedWhat(event.kind);
    switch (what) {
    case SimulatedWhat::Arrival: return arrive(event.subject, event.generation);
    case SimulatedWhat::MachineFree: return onMachineFree(event.subject);
    case SimulatedWhat::ProbeDue: return watchCircuits();
    case SimulatedWhat::ProbeEnd: return onProbe(int(event.subject));
    case SimulatedWhat::LetGo: return letGo();
    default: break;
    }
    SimulatedCall &call = m_calls[event.subject];
    if (call.generation != event.generation)
        return;
    switch (what) {
    case SimulatedWhat::Wait:
        if (call.state == SimulatedCall::State::Waiting) {
            m_traffic.forget(call.id);
            ask(call, [this](CallMachine &m) { return m.onTimer(m_now); });
        }
        break;
    case SimulatedWhat::QueueOver:
        leave(call);
        ask(call, [this](CallMachine &m) { return m.onQueueTimeout(m_now); });
        break;
    case SimulatedWhat::Limit: onLimit(call); break;
    case SimulatedWhat::FirstToken: onFirstToken(call); break;
    case SimulatedWhat::ReplyEnd: onReplyEnd(call); break;
    case SimulatedWhat::Hedge: onHedge(call); break;
    case SimulatedWhat::SecondTurn: onSecondTurn(call); break;
    default: break;
    }
}

/// A call, or all of a task. `number`: of the agent's.
void SimulationRun::arrive(quint64 agent, quint64 number)
{
    const int calls = m_scenario.workload.callsATask();
    quint32 task = 0;
    if (calls > 1 && m_freeTasks.empty()) {
        task = quint32(m_tasks.size());
        m_tasks.emplace_back();
    } else if (calls > 1) {
        task = m_freeTasks.back();
        m_freeTasks.pop_back();
    }
    m_tasks[task] = {calls};
    for (int i = 0; i < calls; ++i)
        begin(agent, number * quint64(calls) + quint64(i), task);
}

void SimulationRun::begin(quint64 agent, quint64 turn, quint32 task)
{
    const CallId id{quint64(m_index.size())};
    quint32 index;
    if (m_free.empty()) {
        index = quint32(m_calls.size());
        m_calls.emplace_back().index = index;
    } else {
        index = m_free.back();
        m_free.pop_back();
    }
    m_index.push_back(index);
    SimulatedCall &call = m_calls[index];
    const quint32 generation = call.generation + 1;
    call.id = id;
    call.agent = agent;
    call.turn = turn;
    call.task = task;
    call.generation = generation;
    call.draws = 0;
    call.place = call.asked = -1;
    call.charge = 0;
    call.started = m_now;
    call.lengths = m_drawn ? m_drawn->lengths[id.value - 1] : lengthsOf(m_scenario.workload, m_seed, call.name());
    if (call.machine)
        call.machine->renew(qint64(call.lengths.prompt));
    else
        call.machine.emplace(m_policy.config, m_chain, CallMachine::Parts{m_providers, m_budget, m_random},
                             qint64(call.lengths.prompt));
    call.state = SimulatedCall::State::Idle;
    ++m_result.calls;
    ++second().arrived;
    note(1, call.name());
    ask(call, [this](CallMachine &m) { return m.start(m_now); });
}

void SimulationRun::carryOut(SimulatedCall &call, const CallStep &step)
{
    note(2 + quint64(step.kind), quint64(step.delay.count()) ^ quint64(step.reason) << 56);
    if (m_decided)
        m_decided({sinceStart(), call.id.value, step});
    if (!step.changes.empty()) {
        m_traffic.onHealth(m_traffic.lane(step.changes.front().provider), HealthSignal::Ignored, step.changes);
        watchCircuits();
    }
    ++call.generation;
    switch (step.kind) {
    case CallStep::Kind::Queue: return m_throttle ? passThrottle(call, step) : queue(call, placeFor(step), step.delay);
    case CallStep::Kind::Send: return send(call, step);
    case CallStep::Kind::Wait:
        call.state = SimulatedCall::State::Waiting;
        if (step.untilProbed)
            m_traffic.awaitProbe(call.id);
        return plan(m_now + step.delay, SimulatedWhat::Wait, call);
    case CallStep::Kind::Finish: return finish(call, step);
    }
}

/// Of the target that the machine has chosen, or the one that is expected to answer soonest; of equals the first.
int SimulationRun::placeFor(const CallStep &step)
{
    if (!m_policy.asksQuickest)
        return m_placeOf[std::size_t(step.target)];
    int soonest = 0;
    double least = m_places.front().load.cost(m_now);
    for (std::size_t place = 1; place < m_places.size(); ++place) {
        if (const double cost = m_places[place].load.cost(m_now); cost < least) {
            least = cost;
            soonest = int(place);
        }
    }
    return soonest;
}

void SimulationRun::queue(SimulatedCall &call, int place, Duration atMost)
{
    call.place = place;
    call.queuedSince = m_now;
    call.state = SimulatedCall::State::Queued;
    if (!m_traffic.enter(*m_places[std::size_t(call.place)].lane, call.id))
        return plan(m_now + atMost, SimulatedWhat::QueueOver, call);
    call.state = SimulatedCall::State::Running;
    ask(call, [this, &call](CallMachine &m) {
        CallStep next = m.begin(m_now);
        if (next.kind != CallStep::Kind::Send)
            leave(call);
        return next;
    });
}

/// Frees the slot, or leaves the queue or the wait; whatever of it is held. The provider's work goes on by itself.
void SimulationRun::leave(SimulatedCall &call)
{
    if (call.state == SimulatedCall::State::Queued)
        m_result.slotWait += toSeconds(m_now - call.queuedSince);
    if (call.state == SimulatedCall::State::Queued || call.state == SimulatedCall::State::Running)
        m_traffic.leave(*m_places[std::size_t(call.place)].lane, call.id);
    if (call.state == SimulatedCall::State::Waiting)
        m_traffic.forget(call.id);
    if (const quint32 job = std::exchange(call.copy.job, 0))
        leaveJob(job, call.copy.working);
    if (call.second > 0)
        dropSecond(call);
    call.limits.reset();
    call.state = SimulatedCall::State::Idle;
    ++call.generation;
}

void SimulationRun::finish(SimulatedCall &call, const CallStep &step)
{
    const float after = float(toSeconds(m_now - call.started));
    m_result.endedAfter.push_back(after);
    if (step.reason == RetryReason::None) {
        ++m_result.answered;
        ++second().answered;
        second().waited += double(after);
        m_result.answeredAfter.push_back(after);
    } else {
        ++m_result.failedBy[std::size_t(step.reason)];
        ++second().failed;
        m_result.lastFailure = sinceStart();
    }
    const bool last = call.task == 0 || endsTask(call, step.reason == RetryReason::None);
    call.state = SimulatedCall::State::Free;
    m_free.push_back(indexOf(call));
    if (call.agent == SimulatedCall::noAgent || !last)
        return;
    const quint64 agent = call.agent, turn = call.turn / quint64(m_scenario.workload.callsATask()) + 1;
    const SteadyTime next = m_now + thinkTime(m_scenario.workload, m_seed, agent, turn);
    if (next - playStart < m_scenario.length)
        plan(next, SimulatedWhat::Arrival, quint32(agent), quint32(turn));
}

/// Whether it was the last of its task.
bool SimulationRun::endsTask(const SimulatedCall &call, bool answered)
{
    SimulatedTask &task = m_tasks[call.task];
    task.whole &= answered;
    if (--task.left > 0)
        return false;
    ++m_result.tasks;
    if (task.whole)
        m_result.tasksAfter.push_back(float(toSeconds(m_now - call.started)));
    m_freeTasks.push_back(call.task);
    return true;
}

/// As the engine does it: all words of one moment, one after the other.
void SimulationRun::tellTraffic()
{
    if (!m_traffic.due() || m_telling)
        return;
    m_telling = true;
    while (const auto word = m_traffic.next()) {
        SimulatedCall &call = m_calls[m_index[word->call.value]];
        if (call.state == SimulatedCall::State::Free || call.id != word->call)
            continue;
        switch (word->kind) {
        case Traffic::Word::Kind::Recheck:
            if (call.state == SimulatedCall::State::Queued && !call.machine->stillQueues(m_now)) {
                leave(call);
                ask(call, [this](CallMachine &m) { return m.begin(m_now); });
            }
            break;
        case Traffic::Word::Kind::Granted:
            m_result.slotWait += toSeconds(m_now - call.queuedSince);
            call.state = SimulatedCall::State::Running;
            ask(call, [this, &call](CallMachine &m) {
                CallStep next = m.begin(m_now);
                if (next.kind != CallStep::Kind::Send)
                    leave(call);
                return next;
            });
            break;
        case Traffic::Word::Kind::Wake:
            if (call.state == SimulatedCall::State::Waiting)
                ask(call, [this](CallMachine &m) { return m.onTimer(m_now); });
            break;
        }
    }
    m_telling = false;
}

SimulationResult simulate(const Scenario &scenario, const SimulatedPolicy &policy, quint64 seed,
                          const std::function<bool()> &stopped,
                          const std::function<void(const SimulatedDecision &)> &decided, const DrawnCalls *drawn)
{
    return SimulationRun(scenario, policy, seed, drawn).run(stopped, decided);
}

} // namespace retryscope
