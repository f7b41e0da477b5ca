// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "policy/attemptlimits.h"
#include "policy/freeprobes.h"
#include "policy/traffic.h"
#include "simulator/arrivals.h"
#include "simulator/endings.h"
#include "simulator/eventqueue.h"
#include "simulator/keyedrandom.h"
#include "simulator/modelledprovider.h"
#include "simulator/peakewma.h"
#include "simulator/simulation.h"

#include <deque>

namespace retryscope {

/// What an event of a run is about.
enum class SimulatedWhat : quint8 {
    Arrival,
    Wait,
    QueueOver,
    Limit,
    FirstToken,
    ReplyEnd,
    MachineFree,
    ProbeDue,
    ProbeEnd,
    LetGo,
    Hedge,      ///< a second copy is due
    SecondTurn, ///< its answer begins, or it has failed
};

/// An attempt at its provider, or the second copy of one.
struct SimulatedCopy
{
    ModelledReply reply;
    bool working = false; ///< the reply's times count
    SteadyTime workedFrom{};
    quint32 job = 0; ///< at the provider's machines, until it is done; 0: none
};

/// One call on its way.
struct SimulatedCall
{
    enum class State : quint8 { Free, Idle, Queued, Running, Waiting };
    State state = State::Free;
    quint32 index = 0;                  ///< among the run's; it stays
    std::optional<CallMachine> machine; ///< from the first call that had this place on
    CallId id;
    static constexpr quint64 noAgent = ~quint64(0);
    quint64 agent = noAgent, turn = 0; ///< of all its calls, also those of one task
    quint32 task = 0;                  ///< 0: it is one by itself
    quint32 generation = 0; ///< of the state: what was planned for an earlier one means nothing
    quint32 draws = 0;
    int place = -1; ///< in the order of providers: whose slot or queue place is held
    SteadyTime started{}, queuedSince{}, attemptStarted{};
    std::optional<AttemptLimits> limits;
    SimulatedCopy copy;
    quint32 second = 0;     ///< the running attempt's second copy; 0: none
    bool outlasted = false; ///< the time after which there is one
    bool watched = false;   ///< a look at the running attempt's limits was planned
    int asked = -1;         ///< the place of the attempt before
    int target = 0;         ///< of the chain: whom the running attempt asks
    CallLengths lengths;
    double charge = 0; ///< what the client's own throttle took for the attempt; 0: the first

    /// Of its draws. An agent's calls have names of their own, so that a slow answer to one changes no other's luck.
    quint64 name() const { return agent == noAgent ? id.value : (agent + 1) << 32 | turn; }
};

/// One place of the chain.
struct SimulatedProvider
{
    std::string id;
    ModelledProvider model;
    Traffic::Lane *lane;
    FreeProbes probes;
    PeakEwma load = {}; ///< of a client that asks whom it expects to be quickest
    bool probing = false;
    quint64 probesMade = 0;
    RetryReason probeEnds = RetryReason::None; ///< the running one's: what was so when it was sent
};

/// Work at a provider that has machines: goes on without its call where the provider does not notice.
struct SimulatedJob
{
    quint32 call = 0;
    int place = 0;
    Duration service{};
    bool left = false; ///< by its call; else its end is that of the reply, too
    bool done = false; ///< its machine was freed before its time, as its caller had left
    bool second = false; ///< it is its call's second copy
    double stallDraw = 0;
};

/// Calls that came at once, as all of them are needed.
struct SimulatedTask
{
    int left = 0; ///< that have not ended
    bool whole = true;
};

/// A call that the client's own throttle lets wait for its place.
struct HeldCall
{
    quint32 call = 0, generation = 0;
    int place = 0;
    Duration queueAtMost{};
};

/// One run.
class SimulationRun
{
public:
    SimulationRun(const Scenario &scenario, const SimulatedPolicy &policy, quint64 seed, const DrawnCalls *drawn);
    SimulationResult run(const std::function<bool()> &stopped,
                         const std::function<void(const SimulatedDecision &)> &decided);

private:
    Duration sinceStart() const { return m_now - playStart; }
    SimulatedSecond &second();
    void note(quint64 a, quint64 b);
    void plan(SteadyTime at, SimulatedWhat what, quint32 call, quint32 generation)
    {
        m_queue.push({.at = std::max(at, m_now), .subject = call, .generation = generation, .kind = quint8(what)});
    }
    void plan(SteadyTime at, SimulatedWhat what, const SimulatedCall &call)
    {
        plan(at, what, indexOf(call), call.generation);
    }
    static quint32 indexOf(const SimulatedCall &call) { return call.index; }
    void handle(const SimulatedEvent &event);
    void arrive(quint64 agent, quint64 task);
    void begin(quint64 agent, quint64 turn, quint32 task);
    bool endsTask(const SimulatedCall &call, bool answered);
    void drawArrival();
    template <typename Ask> void ask(SimulatedCall &call, Ask &&what);
    void carryOut(SimulatedCall &call, const CallStep &step);
    void queue(SimulatedCall &call, int place, Duration atMost);
    void passThrottle(SimulatedCall &call, const CallStep &step);
    CallStep throttled(SimulatedCall &call, CallMachine &machine, CallStep step, RetryReason ended);
    CallStep withhold(CallMachine &machine, RetryReason reason);
    void letGo();
    void send(SimulatedCall &call, const CallStep &step);
    ModelledReply replyTo(const SimulatedCall &call, int number);
    bool occupy(SimulatedCall &call, bool second);
    SimulatedCopy &copyOf(SimulatedCall &call, bool second) { return second ? m_copies[call.second] : call.copy; }
    void beginWork(SimulatedCall &call, Duration in, bool second);
    bool planWhole(SimulatedCall &call);
    void planReply(const SimulatedCall &call);
    void planEnd(const SimulatedCall &call);
    void watchLimits(SimulatedCall &call);
    void onLimit(SimulatedCall &call);
    void endAttempt(SimulatedCall &call, AttemptFacts facts, double generated);
    void bill(const SimulatedCall &call, double generated, RetryReason reason);
    AttemptFacts factsOf(const SimulatedCall &call, const SimulatedCopy &copy) const;
    Classification judged(FailureFacts facts, int target) const;
    void onFirstToken(SimulatedCall &call);
    void onReplyEnd(SimulatedCall &call);
    void planHedge(const SimulatedCall &call);
    void onHedge(SimulatedCall &call);
    void planSecondTurn(const SimulatedCall &call);
    void onSecondTurn(SimulatedCall &call);
    void giveUpFirst(SimulatedCall &call);
    void keepSecond(SimulatedCall &call);
    void dropSecond(SimulatedCall &call);
    SimulatedCopy takeSecond(SimulatedCall &call);
    void failed(const SimulatedCall &call, const SimulatedCopy &copy);
    void cancel(const SimulatedCall &call, SimulatedCopy &copy);
    int placeFor(const CallStep &step);
    void finish(SimulatedCall &call, const CallStep &step);
    void leave(SimulatedCall &call);
    void tellTraffic();
    quint32 newJob(const SimulatedJob &job);
    void startJob(quint32 job);
    void leaveJob(quint32 job, bool started);
    void onMachineFree(quint32 job);
    void freeMachine(int place);
    void watchCircuits();
    void onProbe(int place);

    const Scenario &m_scenario;
    const SimulatedPolicy &m_policy;
    quint64 m_seed;
    CallRandom m_random;
    Arrivals m_arrivals;
    const DrawnCalls *m_drawn;   ///< in place of drawing them; may be null
    std::size_t m_drawnNext = 0; ///< of its arrivals
    ProviderFailoverHandler m_providers;
    RetryBudget m_budget;
    Traffic m_traffic;
    std::optional<ClientThrottle> m_throttle;
    std::deque<HeldCall> m_held; ///< by it, in their order
    SteadyTime m_letGoAt{};      ///< when the first of them is looked at next
    std::optional<HedgeDelay> m_hedge;
    std::vector<SimulatedCopy> m_copies{{}}; ///< copies of calls that have a second one; the first is nobody's
    std::vector<quint32> m_freeCopies;
    Targets m_chain; ///< of each call's machine
    AccountQuotas m_quotas; ///< outlives the places
    std::vector<SimulatedProvider> m_places;
    std::vector<int> m_placeOf; ///< by target of the chain
    std::deque<SimulatedCall> m_calls;
    std::vector<quint32> m_free;
    std::vector<quint32> m_index{0}; ///< by a call's id
    std::vector<SimulatedJob> m_jobs{{}};
    std::vector<quint32> m_freeJobs;
    std::vector<SimulatedTask> m_tasks{{}}; ///< the first is of the calls that have none
    std::vector<quint32> m_freeTasks;
    EventQueue m_queue;
    SteadyTime m_now = playStart;
    SteadyTime m_arrival =
        SteadyTime::max(); ///< the next, which lies in no queue; max: there are no more, or each agent plans its own
    SteadyTime m_secondEnds{}; ///< that of second()
    std::size_t m_second = 0;
    SteadyTime m_watchAt{}; ///< when circuits are looked at next, for free probes
    bool m_telling = false;
    std::function<void(const SimulatedDecision &)> m_decided;
    SimulationResult m_result;
};

/// Asks the call's machine, with the call's own luck.
template <typename Ask> void SimulationRun::ask(SimulatedCall &call, Ask &&what)
{
    m_random.turnTo(call.name(), call.draws);
    const CallStep step = what(*call.machine);
    call.draws = m_random.made();
    carryOut(call, step);
}

} // namespace retryscope
