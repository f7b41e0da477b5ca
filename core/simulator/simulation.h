// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "policy/callmachine.h"
#include "policy/ownrules.h"
#include "simulator/clientthrottle.h"
#include "simulator/hedging.h"
#include "simulator/scenario.h"

#include <array>
#include <functional>
#include <memory>

namespace retryscope {

struct DrawnCalls;

/// US dollars for one token, at list price.
struct TokenCost
{
    double prompt = 0, answer = 0;
};

/// A policy that is put through a scenario.
struct SimulatedPolicy
{
    std::shared_ptr<const RetryConfig> config; ///< not null
    Targets chain;                             ///< its providers in their order are the scenario's places
    /// A client as the vendors' SDKs are: it has no circuits, no call knows what another one has met, and it repeats silence, too.
    bool plain = false;
    std::vector<TokenCost> costs = {}; ///< of the providers, in their order; empty: a price is not known
    // What others' clients have beside retries; ours has none of it. The last two are of plain clients alone.
    std::optional<ThrottleModel> throttle = {};
    std::optional<HedgeModel> hedge = {};
    /// Each attempt goes where Finagle's Peak EWMA expects it to be answered soonest, whatever the chain's order. Each provider is
    /// one target of the chain then.
    bool asksQuickest = false;
    OwnRules rules = {}; ///< what a person says that failures mean; asked before ours
};

struct SimulatedSecond
{
    quint32 arrived = 0, answered = 0, failed = 0, attempts = 0;
    double waited = 0; ///< s, of the calls that were answered in it
};

/// One run of a policy through a scenario.
/// | field                | what                                                                     |
/// | calls                | that arrived; each is among answered or failedBy                         |
/// | attempts             | that left; retries to the same provider, failovers to another, hedges as |
/// |                      | second copies of one that still ran                                      |
/// | limited              | attempts that met a rate limit                                           |
/// | withheld             | attempts that the client's own throttle did not let go; their calls ended |
/// | promptTokens ...     | that providers worked on and may bill; `wasted`: for nothing             |
/// | cost, wastedCost     | US dollars for those tokens; none: the policy knows no prices            |
/// | slotWait             | s, of all calls together, in the policy's own queue for a slot           |
/// | answeredAfter        | s, of answered calls in the order in which they ended                    |
/// | endedAfter           | s, of all calls                                                          |
/// | tasks, tasksAfter    | of several calls each: that ended, and s of those of which all calls were answered |
/// | seconds              | of the scenario, by when things happened                                 |
/// | recovery             | from the last fault's end until the last call that failed; 0: none did;  |
/// |                      | none: no fault ends within the day                                       |
/// | assumed              | attempts of which a played record knew nothing                           |
/// | lastFailure          | when the last call failed, since the start; 0: none did                  |
/// | tooMany              | it was ended as more calls came than Scenario::mostCalls                 |
/// | digest               | of every decision and when it was made: equal for equal runs             |
struct SimulationResult
{
    qint64 calls = 0, answered = 0;
    std::array<qint64, retryReasonCount> failedBy{};
    qint64 attempts = 0, retries = 0, failovers = 0, hedges = 0, limited = 0, withheld = 0, probes = 0, assumed = 0;
    double promptTokens = 0, answerTokens = 0, wasted = 0;
    std::optional<double> cost, wastedCost;
    double slotWait = 0;
    std::vector<float> answeredAfter, endedAfter;
    qint64 tasks = 0;
    std::vector<float> tasksAfter;
    std::vector<SimulatedSecond> seconds;
    std::optional<Duration> recovery;
    Duration lastFailure{};
    quint64 digest = 0;
    quint64 events = 0;
    bool complete = false; ///< false: it was stopped, and the rest is worth nothing
    bool tooMany = false;
    bool atRest = false;   ///< at the end no permit, slot, place in a queue or token of the budget was out

    qint64 failed() const { return calls - answered; }
};

/// What was decided for a call.
struct SimulatedDecision
{
    Duration at{};    ///< since the scenario's start
    quint64 call = 0; ///< from 1, in order of arrival
    const CallStep &step;
};

/// Plays `scenario` on virtual time: the engine's own machine of a call, circuits, budget, pacing, slots and free probes
/// meet modelled providers. The same arguments give the same result, on any thread. `seed` names the luck: two policies
/// with one seed meet the same calls and, attempt by attempt, the same answers. The scenario and the policy must be valid.
/// `stopped` is asked now and then whether to end early.
/// `decided` is told each step of each call. `drawn`: the scenario's calls on this seed, where they are drawn already.
SimulationResult simulate(const Scenario &scenario, const SimulatedPolicy &policy, quint64 seed,
                          const std::function<bool()> &stopped = {},
                          const std::function<void(const SimulatedDecision &)> &decided = {},
                          const DrawnCalls *drawn = nullptr);

} // namespace retryscope
