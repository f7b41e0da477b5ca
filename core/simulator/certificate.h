// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "simulator/study.h"

namespace retryscope {

/// What a provider carries, as its owner states it.
struct StatedCapacity
{
    int machines = 20; ///< requests that are worked on at once, 1 to 10,000; the others queue, first come first served
    Duration service = 1s; ///< mean time of one, 10 ms to 10 min
    double perSecond() const { return machines / toSeconds(service); }
    bool operator==(const StatedCapacity &) const = default;
};

/// What is to be certified: a policy in front of one provider of stated capacity, which works on for callers that have
/// left and stalls once. The chain's first target is asked alone, as when all others are down; failing over helps more.
/// | field        | what                                                                    | default        |
/// | load         | calls a second for which trigger and recovery are told                  | 0.7 of carried |
/// | stall        | the longest that is looked at, and recovery is told for; 1 s to 10 min. Shorter ones may tip what it |
/// |              | does not, as fewer calls are given up in them, and are looked at, too   | 30 s           |
/// | calls        | that could be served after the stall: a day's length; 100 to 1,000,000  | 10,000         |
/// | replications | from 2                                                                  | 10             |
struct CertificateQuestion
{
    SimulatedPolicy policy;
    StatedCapacity capacity;
    std::optional<double> load;
    Duration stall = 30s;
    int calls = 10'000;
    int replications = 10;
    quint64 seed = 1;
    int threads = 0; ///< 0: as many as there are cores
};

/// What bounds the safe load.
enum class LoadBound : quint8 {
    Machines,   ///< the provider itself
    Slots,      ///< attempts at once
    Attempts,   ///< load x attempts must be served while every attempt is too late
    Budget,     ///< the same, with the retries that the budget lets through
    ShortStall, ///< more would storm, but the stall is too short to begin it
    Herd,       ///< no formula: what waited for the circuit comes back together
};
/// Its word in files: machines, slots, ...
QString toKey(LoadBound bound);

/// What is known without playing.
/// | field     | what                                                                                              |
/// | carried   | calls a second that the slots and the machines carry at best                                      |
/// | patience  | until an attempt without an answer is given up                                                    |
/// | attempts  | of a call whose every attempt is too late; 1: silence is not repeated                             |
/// | stormFree | slots x 1 <= capacity x patience: whatever runs at once is served before anybody gives up          |
/// | safeLoad  | none: LoadBound::Herd                                                                             |
struct CertificateFormulas
{
    double capacity = 0, carried = 0;
    Duration patience{};
    int attempts = 1;
    bool stormFree = false;
    LoadBound bound = LoadBound::Machines;
    std::optional<double> safeLoad;
};
CertificateFormulas formulasFor(const CertificateQuestion &question);
/// What a formula says of a duration at a load.
struct FormulaTime
{
    enum class Kind : quint8 { Known, Never, NoFormula };
    Kind kind = Kind::NoFormula;
    double seconds = 0; ///< Known
};
/// The shortest stall that does not end by itself; Never: none up to the question's; 0: more comes than is carried.
FormulaTime triggerByFormula(const CertificateQuestion &question, double load);
/// After the question's stall, until no call waits any more; Never: it does not end.
FormulaTime recoveryByFormula(const CertificateQuestion &question, double load);

/// A field of the configuration that moves an answer, tried by playing it.
struct CertificateKnob
{
    const char *field = nullptr; ///< its key
    double from = 0, to = 0;
    std::optional<Estimate> then; ///< the answer with it; none: it does not happen any more, or it ends now
};

/// What playing found, over the replications in which it happened.
/// | field    | what                                                                          |
/// | value    | with an interval that holds the step of the search, too; none: it never happened |
/// | happened | in so many replications                                                       |
/// | open     | replications that were cut off before it was known, after `cutAfter` s; there is no value then |
/// | tried    | knobs that were played for it                                                 |
struct PlayedAnswer
{
    std::optional<Estimate> value;
    int happened = 0;
    int open = 0;
    double cutAfter = 0;
    int tried = 0;
};

struct Certificate
{
    CertificateFormulas formulas;
    double load = 0;       ///< that trigger and recovery are told for
    PlayedAnswer safeLoad; ///< calls a second
    FormulaTime triggerFormula, recoveryFormula;
    PlayedAnswer trigger;  ///< s; `happened`: it tipped
    PlayedAnswer recovery; ///< s; `happened`: it ended; `open`: no storm, but calls still waited when the day was over
    std::optional<CertificateKnob> loadKnob, triggerKnob, recoveryKnob;
    int replications = 0;
    quint64 runs = 0;
    bool complete = false; ///< false: it was stopped
    /// More comes than is carried: it needs no trigger, and no end is in sight. Neither is played.
    bool isOverloaded() const { return load >= formulas.carried; }
};
/// The formula's value lies within the played interval. None: one of the two is not there.
std::optional<bool> loadAgrees(const Certificate &certificate);
std::optional<bool> triggerAgrees(const Certificate &certificate);
std::optional<bool> recoveryAgrees(const Certificate &certificate);

/// Computes, plays and tries the knobs. The same question gives the same certificate on any number of threads. From any
/// of them `progress` is told the share that is done, and `stopped` is asked whether to end early.
Certificate certify(const CertificateQuestion &question, const std::function<void(double)> &progress = {},
                    const std::function<bool()> &stopped = {});

} // namespace retryscope
