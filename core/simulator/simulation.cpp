// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "simulator/simulation.h"

#include "policy/attemptlimits.h"
#include "policy/freeprobes.h"
#include "policy/traffic.h"
#include "simulator/arrivals.h"
#include "simulator/endings.h"
#include "simulator/eventqueue.h"
#include "simulator/keyedrandom.h"
#include "simulator/modelledprovider.h"

#include <algorithm>
#include <deque>

namespace retryscope {
namespace {

constexpr Duration probeTime = 300ms; // of a list of models that comes
constexpr quint64 noAgent = ~quint64(0);

enum class What : quint8 { Arrival, Wait, QueueOver, Limit, FirstToken, ReplyEnd, MachineFree, ProbeDue, ProbeEnd };

/// One call on its way.
struct Call
{
    enum class State : quint8 { Free, Idle, Queued, Running, Waiting };
    State state = State::Free;
    std::optional<CallMachine> machine;
    CallId id;
    quint64 agent = noAgent, turn = 0;
    quint32 generation = 0;  ///< of the state: what was planned for an earlier one means nothing
    quint32 draws = 0;
    int place = -1;          ///< in the order of providers: whose slot or queue place is held
    SteadyTime started{}, queuedSince{}, attemptStarted{};
    std::optional<AttemptLimits> limits;
    ModelledReply reply;
    bool working = false;    ///< the reply's times count
    SteadyTime workedFrom{};
    CallLengths lengths;
    quint32 job = 0;         ///< at the provider's machines; 0: none
};

struct Provider
{
    ProviderId id;
    ModelledProvider model;
    FreeProbes probes;
    bool probing = false;
    quint64 probesMade = 0;
    RetryReason probeEnds = RetryReason::None; ///< the running one's: what was so when it was sent
};

/// Work at a provider that has machines: goes on without its call where the provider does not notice.
struct Job { quint32 call = 0, generation = 0; int place = 0; Duration service{}; bool left = false; };

class Simulation
{
public:
    Simulation(const Scenario &scenario, const SimulatedPolicy &policy, quint64 seed);
    SimulationResult run();

private:
    Duration sinceStart() const { return m_now - playStart; }
    SimulatedSecond &second();
    void note(quint64 a, quint64 b);
    void plan(SteadyTime at, What what, quint32 call, quint32 generation) { m_queue.push({at, quint8(what), call, generation}); }
    void plan(SteadyTime at, What what, const Call &call) { plan(at, what, indexOf(call), call.generation); }
    quint32 indexOf(const Call &call) const { return m_index[call.id.value]; }
    void handle(const SimulatedEvent &event);
    void arrive(quint64 agent, quint64 turn);
    void nextArrival();
    template <typename Ask>
    void ask(Call &call, Ask &&what);
    void carryOut(Call &call, const CallStep &step);
    void queue(Call &call, const CallStep &step);
    void send(Call &call, const CallStep &step);
    void beginWork(Call &call, Duration in);
    void watchLimits(Call &call);
    void onLimit(Call &call);
    void endAttempt(Call &call, AttemptFacts facts, double generated);
    AttemptFacts factsOf(const Call &call) const;
    void finish(Call &call, const CallStep &step);
    void leave(Call &call);
    void tellTraffic();
    void startJob(quint32 job);
    void onMachineFree(quint32 job);
    void watchCircuits();
    void onProbe(int place);
    int placeOf(const ProviderId &id) const;

    const Scenario &m_scenario;
    const SimulatedPolicy &m_policy;
    quint64 m_seed;
    CallRandom m_random;
    Arrivals m_arrivals;
    ProviderFailoverHandler m_providers;
    RetryBudget m_budget;
    Traffic m_traffic;
    std::vector<Provider> m_places;
    std::deque<Call> m_calls;
    std::vector<quint32> m_free;
    std::vector<quint32> m_index{0}; ///< by a call's id
    std::vector<Job> m_jobs{{}};
    EventQueue m_queue;
    SteadyTime m_now = playStart;
    SteadyTime m_watchAt{}; ///< when circuits are looked at next, for free probes
    bool m_telling = false;
    SimulationResult m_result;
    Duration m_lastFailure{};
};

QVector<ProviderId> orderOf(const Targets &chain)
{
    QVector<ProviderId> order;
    for (const Target &target : chain) {
        if (!order.contains(target.provider))
            order.append(target.provider);
    }
    return order;
}

Simulation::Simulation(const Scenario &scenario, const SimulatedPolicy &policy, quint64 seed)
    : m_scenario(scenario), m_policy(policy), m_seed(seed), m_random(seed), m_arrivals(m_scenario.workload, seed),
      m_providers(*policy.config, orderOf(policy.chain)),
      m_budget(policy.config->retryBudgetRatio, policy.config->retryBudgetFloor)
{
    m_traffic.configure(*policy.config);
    for (const ProviderId &id : m_providers.order())
        m_places.push_back({id, ModelledProvider(scenario.model(qsizetype(m_places.size()))), {}});
    m_result.seconds.resize(std::size_t(toSeconds(scenario.length)) + 1);
}

int Simulation::placeOf(const ProviderId &id) const
{
    for (std::size_t i = 0; i < m_places.size(); ++i) {
        if (m_places[i].id == id)
            return int(i);
    }
    return -1;
}

/// What happens after the scenario's end belongs to its last second.
SimulatedSecond &Simulation::second()
{
    return m_result.seconds[std::min(m_result.seconds.size() - 1, std::size_t(sinceStart() / 1s))];
}

void Simulation::note(quint64 a, quint64 b)
{
    constexpr quint64 prime = 0x100000001b3u;
    for (const quint64 word : {quint64(m_now.time_since_epoch().count()), a, b})
        m_result.digest = (m_result.digest ^ word) * prime + (word >> 29);
}

SimulationResult Simulation::run()
{
    if (m_scenario.workload.kind == Workload::Kind::Agents) {
        for (int i = 0; i < m_scenario.workload.agents; ++i)
            plan(playStart + thinkTime(m_scenario.workload, m_seed, quint64(i), 0), What::Arrival, quint32(i), 0);
    } else {
        nextArrival();
    }
    while (const auto event = m_queue.pop()) {
        m_now = event->at;
        ++m_result.events;
        handle(*event);
        tellTraffic();
    }
    m_result.atRest = m_providers.permitsOut() == 0 && m_budget.held() == 0 && m_traffic.slotsTaken() == 0
                      && m_traffic.queued() == 0;
    if (const auto end = m_scenario.faultsEnd())
        m_result.recovery = std::max<Duration>(0s, m_lastFailure - *end);
    return std::move(m_result);
}

void Simulation::nextArrival()
{
    if (const auto at = m_arrivals.next(); at && *at < m_scenario.length)
        plan(playStart + *at, What::Arrival, 0, 0);
}

void Simulation::handle(const SimulatedEvent &event)
{
    const auto what = What(event.kind);
    switch (what) {
    case What::Arrival:
        if (m_scenario.workload.kind == Workload::Kind::Agents)
            return arrive(event.subject, event.generation);
        arrive(noAgent, 0);
        return nextArrival();
    case What::MachineFree: return onMachineFree(event.subject);
    case What::ProbeDue: return watchCircuits();
    case What::ProbeEnd: return onProbe(int(event.subject));
    default: break;
    }
    Call &call = m_calls[event.subject];
    if (call.generation != event.generation)
        return;
    switch (what) {
    case What::Wait:
        if (call.state == Call::State::Waiting) {
            m_traffic.forget(call.id);
            ask(call, [this](CallMachine &m) { return m.onTimer(m_now); });
        }
        break;
    case What::QueueOver:
        leave(call);
        ask(call, [this](CallMachine &m) { return m.onQueueTimeout(m_now); });
        break;
    case What::Limit: onLimit(call); break;
    case What::FirstToken:
        call.limits->underWay(m_now);
        watchLimits(call);
        break;
    case What::ReplyEnd: endAttempt(call, factsOf(call), call.reply.generated); break;
    default: break;
    }
}

void Simulation::arrive(quint64 agent, quint64 turn)
{
    const CallId id{quint64(m_index.size())};
    quint32 index;
    if (m_free.empty()) {
        index = quint32(m_calls.size());
        m_calls.emplace_back();
    } else {
        index = m_free.back();
        m_free.pop_back();
    }
    m_index.push_back(index);
    Call &call = m_calls[index];
    const quint32 generation = call.generation + 1;
    call.id = id;
    call.agent = agent;
    call.turn = turn;
    call.generation = generation;
    call.draws = 0;
    call.place = -1;
    call.started = m_now;
    // An agent's calls have names of their own, so that a slow answer to one changes no other's.
    const quint64 name = agent == noAgent ? id.value : (agent + 1) << 32 | turn;
    call.lengths = lengthsOf(m_scenario.workload, m_seed, name);
    call.machine.emplace(m_policy.config, m_policy.chain, CallMachine::Parts{m_providers, m_budget, m_random},
                         qint64(call.lengths.prompt));
    call.state = Call::State::Idle;
    ++m_result.calls;
    ++second().arrived;
    note(1, name);
    ask(call, [this](CallMachine &m) { return m.start(m_now); });
}

/// Asks the call's machine, with the call's own luck.
template <typename Ask>
void Simulation::ask(Call &call, Ask &&what)
{
    m_random.turnTo(call.agent == noAgent ? call.id.value : (call.agent + 1) << 32 | call.turn, call.draws);
    const CallStep step = what(*call.machine);
    call.draws = m_random.made();
    carryOut(call, step);
}

void Simulation::carryOut(Call &call, const CallStep &step)
{
    note(2 + quint64(step.kind), quint64(step.delay.count()) ^ quint64(step.reason) << 56);
    if (!step.changes.isEmpty()) {
        m_traffic.onHealth(step.changes.first().provider, HealthSignal::Ignored, step.changes);
        watchCircuits();
    }
    ++call.generation;
    switch (step.kind) {
    case CallStep::Kind::Queue: return queue(call, step);
    case CallStep::Kind::Send: return send(call, step);
    case CallStep::Kind::Wait:
        call.state = Call::State::Waiting;
        if (step.untilProbed)
            m_traffic.awaitProbe(call.id);
        return plan(m_now + step.delay, What::Wait, call);
    case CallStep::Kind::Finish: return finish(call, step);
    }
}

void Simulation::queue(Call &call, const CallStep &step)
{
    call.place = placeOf(step.provider);
    call.queuedSince = m_now;
    call.state = Call::State::Queued;
    if (!m_traffic.enter(step.provider, call.id))
        return plan(m_now + step.delay, What::QueueOver, call);
    call.state = Call::State::Running;
    ask(call, [this, &call](CallMachine &m) {
        CallStep next = m.begin(m_now);
        if (next.kind != CallStep::Kind::Send)
            leave(call);
        return next;
    });
}

/// Frees the slot, or leaves the queue or the wait; whatever of it is held. The provider's work goes on by itself.
void Simulation::leave(Call &call)
{
    if (call.state == Call::State::Queued || call.state == Call::State::Running)
        m_traffic.leave(m_places[std::size_t(call.place)].id, call.id);
    if (call.state == Call::State::Waiting)
        m_traffic.forget(call.id);
    if (const quint32 job = std::exchange(call.job, 0)) {
        m_jobs[job].left = true;
        ModelledProvider &model = m_places[std::size_t(m_jobs[job].place)].model;
        if (!model.capacity().worksOnForNobody) {
            if (call.working)
                onMachineFree(job);
            else
                model.leaveQueue(job);
        }
    }
    call.limits.reset();
    call.state = Call::State::Idle;
    ++call.generation;
}

void Simulation::send(Call &call, const CallStep &step)
{
    const RetryConfig &c = *m_policy.config;
    ++m_result.attempts;
    ++second().attempts;
    if (!step.failedOverFrom.isEmpty())
        ++m_result.failovers;
    else if (call.machine->attempt() > 1)
        ++m_result.retries;
    call.attemptStarted = m_now;
    const Duration firstToken = std::max<Duration>(c.firstTokenTimeout / 2, c.firstTokenTimeout - (m_now - call.queuedSince));
    call.limits.emplace(AttemptTimes{c.connectTimeout, firstToken, c.idleTimeout, step.timeout, c.streamTimeout}, m_now);
    call.limits->sent(m_now, true);
    Provider &provider = m_places[std::size_t(call.place)];
    const quint64 name = call.agent == noAgent ? call.id.value : (call.agent + 1) << 32 | call.turn;
    call.reply = provider.model.reply(
        {m_seed, name, call.machine->attempt(), call.lengths.prompt, call.lengths.answer, step.account}, sinceStart(), m_now);
    call.working = false;
    if (!call.reply.queued) {
        beginWork(call, {});
        return;
    }
    call.job = quint32(m_jobs.size());
    m_jobs.push_back({indexOf(call), call.generation, call.place, call.reply.length, false});
    if (provider.model.occupy(call.job))
        startJob(call.job);
    else
        watchLimits(call);
}

void Simulation::startJob(quint32 job)
{
    const Job &work = m_jobs[job];
    const Duration stalled = m_places[std::size_t(work.place)].model.stallLeft(sinceStart());
    plan(m_now + stalled + work.service, What::MachineFree, job, 0);
    if (!work.left)
        beginWork(m_calls[work.call], stalled);
}

void Simulation::onMachineFree(quint32 job)
{
    Job &done = m_jobs[job];
    if (done.service < Duration::zero())
        return; // freed before, when its caller left
    done.service = Duration(-1);
    ModelledProvider &model = m_places[std::size_t(done.place)].model;
    if (const auto next = model.freeOne())
        startJob(*next);
}

void Simulation::beginWork(Call &call, Duration in)
{
    call.working = true;
    call.workedFrom = m_now + in;
    if (call.reply.firstToken)
        plan(call.workedFrom + *call.reply.firstToken, What::FirstToken, call);
    if (call.reply.reason != RetryReason::NetworkTimeout)
        plan(call.workedFrom + call.reply.length, What::ReplyEnd, call);
    watchLimits(call);
}

/// When the attempt's limits must be looked at, unless the reply is there before.
void Simulation::watchLimits(Call &call)
{
    const SteadyTime at = call.limits->next(m_now);
    const bool under = call.limits->isUnderWay();
    if (call.working && call.reply.reason != RetryReason::NetworkTimeout) {
        const SteadyTime news = under || !call.reply.firstToken ? call.workedFrom + call.reply.length
                                                                : call.workedFrom + *call.reply.firstToken;
        if (news <= at)
            return;
    }
    plan(at, What::Limit, call);
}

void Simulation::onLimit(Call &call)
{
    if (call.state != Call::State::Running || !call.limits)
        return;
    if (call.limits->isUnderWay())
        call.limits->heard(m_now); // its pieces come all the time
    const auto cut = call.limits->over(m_now, call.machine->canMoveOn(m_now));
    if (!cut)
        return watchLimits(call);
    AttemptFacts facts;
    facts.classification = classify(brokenOff(*cut));
    facts.delivery = Delivery::MaybeSent;
    const bool under = call.limits->isUnderWay();
    facts.contentShown = under && m_policy.config->streamMode == StreamMode::Live;
    const double part = toSeconds(m_now - call.workedFrom) / std::max(1e-9, toSeconds(call.reply.length));
    endAttempt(call, facts, under ? call.reply.generated * std::clamp(part, 0.0, 1.0) : 0.0);
}

AttemptFacts Simulation::factsOf(const Call &call) const
{
    const ModelledReply &reply = call.reply;
    AttemptFacts facts;
    facts.limits = reply.windows;
    if (reply.reason == RetryReason::None) {
        facts.accepted = true;
        facts.latency = call.workedFrom + *reply.firstToken - call.attemptStarted;
        return facts;
    }
    Ending ending = endingFor(reply.reason);
    ending.facts.hint = reply.hint;
    facts.classification = classify(ending.facts);
    facts.delivery = ending.delivery;
    facts.accepted = ending.facts.status > 0 && ending.facts.status < 300;
    facts.contentShown = reply.firstToken && reply.generated >= 1 && m_policy.config->streamMode == StreamMode::Live;
    return facts;
}

void Simulation::endAttempt(Call &call, AttemptFacts facts, double generated)
{
    Classification &c = facts.classification;
    m_result.limited += c.reason == RetryReason::RateLimit;
    if (facts.accepted || facts.delivery == Delivery::MaybeSent) {
        m_result.promptTokens += call.lengths.prompt;
        m_result.answerTokens += generated;
        if (c.reason != RetryReason::None)
            m_result.wasted += call.lengths.prompt + generated;
    }
    if (m_policy.plain) {
        c.health = c.health == HealthSignal::Failure ? HealthSignal::Ignored : c.health;
        c.retryHere |= c.reason == RetryReason::NetworkTimeout;
    }
    const ProviderId asked = m_places[std::size_t(call.place)].id;
    const HealthSignal signal = c.health;
    ask(call, [&](CallMachine &m) {
        CallStep step = m.onAttempt(facts, m_now);
        leave(call);
        m_traffic.onHealth(asked, signal, {});
        return step;
    });
}

void Simulation::finish(Call &call, const CallStep &step)
{
    const float after = float(toSeconds(m_now - call.started));
    m_result.endedAfter.push_back(after);
    if (step.reason == RetryReason::None) {
        ++m_result.answered;
        ++second().answered;
        m_result.answeredAfter.push_back(after);
    } else {
        ++m_result.failedBy[std::size_t(step.reason)];
        ++second().failed;
        m_lastFailure = sinceStart();
    }
    const quint64 agent = call.agent, turn = call.turn + 1;
    const quint32 index = indexOf(call);
    call.machine.reset();
    call.state = Call::State::Free;
    m_free.push_back(index);
    if (agent == noAgent)
        return;
    const SteadyTime next = m_now + thinkTime(m_scenario.workload, m_seed, agent, turn);
    if (next - playStart < m_scenario.length)
        plan(next, What::Arrival, quint32(agent), quint32(turn));
}

/// As the engine does it: all words of one moment, one after the other.
void Simulation::tellTraffic()
{
    if (!m_traffic.due() || m_telling)
        return;
    m_telling = true;
    while (const auto word = m_traffic.next()) {
        Call &call = m_calls[m_index[word->call.value]];
        if (call.state == Call::State::Free || call.id != word->call)
            continue;
        switch (word->kind) {
        case Traffic::Word::Kind::Recheck:
            if (call.state == Call::State::Queued && !call.machine->stillQueues(m_now)) {
                leave(call);
                ask(call, [this](CallMachine &m) { return m.begin(m_now); });
            }
            break;
        case Traffic::Word::Kind::Granted:
            call.state = Call::State::Running;
            ask(call, [this, &call](CallMachine &m) {
                CallStep next = m.begin(m_now);
                if (next.kind != CallStep::Kind::Send)
                    leave(call);
                return next;
            });
            break;
        case Traffic::Word::Kind::Wake:
            if (call.state == Call::State::Waiting)
                ask(call, [this](CallMachine &m) { return m.onTimer(m_now); });
            break;
        }
    }
    m_telling = false;
}

void Simulation::watchCircuits()
{
    const Duration interval = m_policy.config->probeInterval;
    if (interval <= Duration::zero())
        return;
    std::optional<SteadyTime> soonest;
    for (std::size_t i = 0; i < m_places.size(); ++i) {
        Provider &provider = m_places[i];
        const CircuitBreaker *circuit = m_providers.circuit(provider.id);
        const auto at = circuit && !provider.probing ? provider.probes.at(*circuit, interval) : std::nullopt;
        if (!at)
            continue;
        if (*at > m_now) {
            soonest = soonest ? std::min(*soonest, *at) : *at;
            continue;
        }
        provider.probing = true;
        ++m_result.probes;
        provider.probeEnds = provider.model.probed(m_seed, ++provider.probesMade << 8 | i, sinceStart());
        const bool silent = provider.probeEnds == RetryReason::NetworkTimeout;
        plan(m_now + (silent ? std::min(FreeProbes::timeout, m_policy.config->connectTimeout) : probeTime), What::ProbeEnd,
             quint32(i), 0);
    }
    if (soonest && (m_watchAt <= m_now || *soonest < m_watchAt)) {
        m_watchAt = *soonest;
        plan(*soonest, What::ProbeDue, 0, 0);
    }
}

void Simulation::onProbe(int place)
{
    Provider &provider = m_places[std::size_t(place)];
    provider.probing = false;
    CircuitBreaker *circuit = m_providers.circuit(provider.id);
    Classification c;
    int status = 200;
    if (provider.probeEnds != RetryReason::None) {
        const Ending ending = endingFor(provider.probeEnds);
        c = classify(ending.facts);
        status = ending.facts.status;
    } else {
        provider.probes.listed();
    }
    const auto change = provider.probes.onEnd(*circuit, c, status, m_policy.config->probeInterval, m_now);
    if (change)
        m_traffic.onHealth(provider.id, HealthSignal::Ignored, {{Scope::Provider, provider.id, {}, change, {}}});
    watchCircuits();
}

} // namespace

SimulationResult simulate(const Scenario &scenario, const SimulatedPolicy &policy, quint64 seed)
{
    return Simulation(scenario, policy, seed).run();
}

} // namespace retryscope
