// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
// The attempts of a run and what providers make of them.
#include "simulator/simulationrun.h"

#include "base/text.h"

#include <algorithm>

namespace retryscope {
namespace {

constexpr Duration probeTime = 300ms; // of a list of models that comes

} // namespace

void SimulationRun::send(SimulatedCall &call, const CallStep &step)
{
    const RetryConfig &c = *m_policy.config;
    ++m_result.attempts;
    ++second().attempts;
    if (step.leaves >= 0 || (m_policy.asksQuickest && call.asked >= 0 && call.asked != call.place))
        ++m_result.failovers;
    else if (call.machine->attempt() > 1)
        ++m_result.retries;
    call.attemptStarted = m_now;
    const Duration firstToken =
        std::max<Duration>(c.firstTokenTimeout / 2, c.firstTokenTimeout - (m_now - call.queuedSince));
    call.target = m_policy.asksQuickest ? call.place : step.target;
    AttemptTimes times{c.connectTimeout, firstToken, c.idleTimeout, step.timeout, c.streamTimeout};
    m_policy.chain[call.target].times.applyTo(&times);
    call.limits.emplace(times, m_now);
    call.limits->sent(m_now, true);
    call.asked = call.place;
    call.copy.reply = replyTo(call, call.machine->attempt());
    call.copy.working = false;
    call.watched = call.outlasted = false;
    if (m_policy.asksQuickest)
        m_places[std::size_t(call.place)].load.sent();
    if (m_hedge)
        planHedge(call);
    if (!occupy(call, false))
        watchLimits(call);
}

/// Of the provider at the call's place. `number` names its luck among the call's.
ModelledReply SimulationRun::replyTo(const SimulatedCall &call, int number)
{
    const Target &target = m_policy.chain[call.target];
    const std::string &account = target.account.empty() ? target.provider : target.account;
    ModelledProvider::Asked asked{m_seed, call.name(), number, call.lengths.prompt, call.lengths.answer, account};
    if (m_drawn && number == 1)
        asked.firstToken = m_drawn->firstTokens[call.id.value - 1];
    ModelledReply reply = m_places[std::size_t(call.place)].model.reply(asked, sinceStart(), m_now);
    m_result.assumed += reply.assumed;
    return reply;
}

/// False: it queues for a machine.
bool SimulationRun::occupy(SimulatedCall &call, bool second)
{
    SimulatedCopy &copy = copyOf(call, second);
    if (!copy.reply.queued) {
        beginWork(call, {}, second);
        return true;
    }
    const quint32 job = copy.job =
        newJob({indexOf(call), call.place, copy.reply.length, false, false, second, copy.reply.stallDraw});
    const bool has = m_places[std::size_t(call.place)].model.occupy(job);
    if (has)
        startJob(job);
    return has;
}

quint32 SimulationRun::newJob(const SimulatedJob &job)
{
    if (m_freeJobs.empty()) {
        m_jobs.push_back(job);
        return quint32(m_jobs.size() - 1);
    }
    const quint32 number = m_freeJobs.back();
    m_freeJobs.pop_back();
    m_jobs[number] = job;
    return number;
}

void SimulationRun::startJob(quint32 job)
{
    const SimulatedJob &work = m_jobs[job];
    const Duration stalled = m_places[std::size_t(work.place)].model.stallLeft(sinceStart(), work.stallDraw);
    plan(m_now + stalled + work.service, SimulatedWhat::MachineFree, job, 0);
    if (!work.left)
        beginWork(m_calls[work.call], stalled, work.second);
}

/// The planned end of a job that was begun, and of its reply. Nothing knows its number any more.
void SimulationRun::onMachineFree(quint32 job)
{
    const SimulatedJob ended = m_jobs[job];
    m_freeJobs.push_back(job);
    if (!ended.left)
        copyOf(m_calls[ended.call], ended.second).job = 0;
    if (!ended.done)
        freeMachine(ended.place);
    if (!ended.left && !ended.second)
        onReplyEnd(m_calls[ended.call]);
}

void SimulationRun::freeMachine(int place)
{
    if (const auto next = m_places[std::size_t(place)].model.freeOne())
        startJob(*next);
}

/// Its caller has gone.
void SimulationRun::leaveJob(quint32 job, bool started)
{
    SimulatedJob &work = m_jobs[job];
    work.left = true;
    ModelledProvider &model = m_places[std::size_t(work.place)].model;
    if (model.capacity().worksOnForNobody)
        return;
    if (started) {
        work.done = true;
        freeMachine(work.place);
    } else {
        model.leaveQueue(job);
        m_freeJobs.push_back(job);
    }
}

void SimulationRun::beginWork(SimulatedCall &call, Duration in, bool second)
{
    SimulatedCopy &copy = copyOf(call, second);
    copy.working = true;
    copy.workedFrom = m_now + in;
    if (second)
        return planSecondTurn(call);
    if (planWhole(call))
        return;
    planReply(call);
    watchLimits(call);
}

/// Only the reply's end, where no limit runs out before it and nothing else looks at its first token. False: it must be
/// played piece by piece.
bool SimulationRun::planWhole(SimulatedCall &call)
{
    const SimulatedCopy &copy = call.copy;
    if (!copy.reply.firstToken || copy.reply.reason == RetryReason::NetworkTimeout || call.watched || m_hedge
        || m_policy.asksQuickest)
        return false;
    const SteadyTime first = copy.workedFrom + *copy.reply.firstToken, end = copy.workedFrom + copy.reply.length;
    AttemptLimits then = *call.limits;
    then.underWay(first);
    if (first > call.limits->next(m_now) || end > then.next(first))
        return false;
    *call.limits = then;
    planEnd(call);
    return true;
}

void SimulationRun::planReply(const SimulatedCall &call)
{
    const SimulatedCopy &copy = call.copy;
    if (copy.reply.firstToken)
        plan(copy.workedFrom + *copy.reply.firstToken, SimulatedWhat::FirstToken, call);
    if (copy.reply.reason != RetryReason::NetworkTimeout)
        planEnd(call);
}

/// A machine that becomes free says so itself.
void SimulationRun::planEnd(const SimulatedCall &call)
{
    if (call.copy.job == 0)
        plan(call.copy.workedFrom + call.copy.reply.length, SimulatedWhat::ReplyEnd, call);
}

void SimulationRun::onFirstToken(SimulatedCall &call)
{
    call.limits->underWay(m_now);
    if (m_hedge && !call.outlasted)
        m_hedge->begun(m_now - call.attemptStarted);
    if (call.second > 0)
        dropSecond(call);
    if (m_policy.asksQuickest)
        m_places[std::size_t(call.place)].load.took(m_now - call.attemptStarted, m_now);
    watchLimits(call);
}

void SimulationRun::onReplyEnd(SimulatedCall &call)
{
    if (call.copy.reply.firstToken && !call.limits->isUnderWay()) // all of it comes at once
        onFirstToken(call);
    if (call.second > 0) // whose answer may still come
        return giveUpFirst(call);
    endAttempt(call, factsOf(call, call.copy), call.copy.reply.generated);
}

/// When the attempt's limits must be looked at, unless the reply is there before.
void SimulationRun::watchLimits(SimulatedCall &call)
{
    const SteadyTime at = call.limits->next(m_now);
    const bool under = call.limits->isUnderWay();
    const ModelledReply &reply = call.copy.reply;
    if (call.copy.working && reply.reason != RetryReason::NetworkTimeout) {
        const SteadyTime news = call.copy.workedFrom + (under || !reply.firstToken ? reply.length : *reply.firstToken);
        if (news <= at)
            return;
    }
    call.watched = true;
    plan(at, SimulatedWhat::Limit, call);
}

void SimulationRun::onLimit(SimulatedCall &call)
{
    if (call.state != SimulatedCall::State::Running || !call.limits)
        return;
    if (call.limits->isUnderWay())
        call.limits->heard(m_now); // its pieces come all the time
    const auto cut = call.limits->over(m_now, call.machine->canMoveOn(m_now));
    if (!cut)
        return watchLimits(call);
    AttemptFacts facts;
    facts.classification = judged(brokenOff(*cut), call.target);
    facts.delivery = Delivery::MaybeSent;
    const bool under = call.limits->isUnderWay();
    facts.contentShown = under && m_policy.config->streamMode == StreamMode::Live;
    const ModelledReply &reply = call.copy.reply;
    const double part = toSeconds(m_now - call.copy.workedFrom) / std::max(1e-9, toSeconds(reply.length));
    endAttempt(call, facts, under ? reply.generated * std::clamp(part, 0.0, 1.0) : 0.0);
}

/// What a failure of this target's means, by a person's own rules first.
Classification SimulationRun::judged(FailureFacts facts, int target) const
{
    if (m_policy.rules.empty())
        return classify(facts);
    facts.host = m_policy.chain[target].host;
    return classify(facts, m_policy.rules);
}

AttemptFacts SimulationRun::factsOf(const SimulatedCall &call, const SimulatedCopy &copy) const
{
    const ModelledReply &reply = copy.reply;
    AttemptFacts facts;
    facts.limits = reply.windows;
    if (reply.reason == RetryReason::None) {
        facts.accepted = true;
        facts.latency = copy.workedFrom + *reply.firstToken - call.attemptStarted;
        return facts;
    }
    Ending ending = endingFor(reply.reason);
    ending.facts.hint = reply.hint;
    facts.accepted = ending.facts.status > 0 && ending.facts.status < 300;
    facts.classification = judged(std::move(ending.facts), call.target);
    facts.delivery = reply.delivery.value_or(ending.delivery);
    facts.contentShown = reply.firstToken && reply.generated >= 1 && m_policy.config->streamMode == StreamMode::Live;
    return facts;
}

void SimulationRun::bill(const SimulatedCall &call, double generated, RetryReason reason)
{
    const bool wasted = reason != RetryReason::None;
    m_result.promptTokens += call.lengths.prompt;
    m_result.answerTokens += generated;
    m_result.wasted += wasted ? call.lengths.prompt + generated : 0.0;
    if (!m_result.cost)
        return;
    const TokenCost &each = m_policy.costs[std::size_t(call.place)];
    const double cost = call.lengths.prompt * each.prompt + generated * each.answer;
    *m_result.cost += cost;
    *m_result.wastedCost += wasted ? cost : 0.0;
}

void SimulationRun::endAttempt(SimulatedCall &call, AttemptFacts facts, double generated)
{
    Classification &c = facts.classification;
    m_result.limited += c.reason == RetryReason::RateLimit;
    if (facts.accepted || facts.delivery == Delivery::MaybeSent)
        bill(call, generated, c.reason);
    if (m_policy.plain) {
        c.health = c.health == HealthSignal::Failure ? HealthSignal::Ignored : c.health;
        c.retryHere |= c.reason == RetryReason::NetworkTimeout;
        c.scope = Scope::Request; // no call knows what another one has met, and nobody is left for one who failed
    }
    if (m_policy.asksQuickest) {
        PeakEwma &load = m_places[std::size_t(call.place)].load;
        load.ended();
        if (!call.limits->isUnderWay())
            load.took(m_now - call.attemptStarted, m_now);
    }
    Traffic::Lane &asked = *m_places[std::size_t(call.place)].lane;
    const HealthSignal signal = c.health;
    const RetryReason reason = c.reason;
    ask(call, [&](CallMachine &m) {
        CallStep step = m.onAttempt(facts, m_now);
        leave(call);
        m_traffic.onHealth(asked, signal, {});
        return m_throttle ? throttled(call, m, std::move(step), reason) : step;
    });
    letGo();
}

void SimulationRun::watchCircuits()
{
    const Duration interval = m_policy.config->probeInterval;
    if (interval <= Duration::zero())
        return;
    std::optional<SteadyTime> soonest;
    for (std::size_t i = 0; i < m_places.size(); ++i) {
        SimulatedProvider &provider = m_places[i];
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
        plan(m_now + (silent ? std::min(FreeProbes::timeout, m_policy.config->connectTimeout) : probeTime),
             SimulatedWhat::ProbeEnd, quint32(i), 0);
    }
    if (soonest && (m_watchAt <= m_now || *soonest < m_watchAt)) {
        m_watchAt = *soonest;
        plan(*soonest, SimulatedWhat::ProbeDue, 0, 0);
    }
}

void SimulationRun::onProbe(int place)
{
    SimulatedProvider &provider = m_places[std::size_t(place)];
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
        m_traffic.onHealth(*provider.lane, HealthSignal::Ignored,
                           {HealthChange{Scope::Provider, provider.id, {}, change, {}}});
    watchCircuits();
}

} // namespace retryscope
