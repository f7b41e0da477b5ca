// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/time.h"
#include "policy/retryreason.h"

#include <QString>
#include <QVector>

#include <algorithm>
#include <optional>

namespace retryscope {

/// How long an answer takes.
/// | field           | what                                                        | unit | default |
/// | firstToken      | median until the first token                                | time | 600 ms  |
/// | spread          | of it: sigma of a log-normal                                |      | 0.35    |
/// | tailShare       | of answers whose first token is late, about `tail`          |      | 0.01    |
/// | tail            | median of those                                             | time | 4 s     |
/// | tokensPerSecond | of an answer, once it is under way                          | 1/s  | 60      |
struct LatencyModel
{
    Duration firstToken = 600ms;
    double spread = 0.35;
    double tailShare = 0.01;
    Duration tail = 4s;
    double tokensPerSecond = 60;
    bool operator==(const LatencyModel &) const = default;
};

/// Sigma of the late first tokens.
inline constexpr double tailSpread = 0.3;

/// What a 429 says about when to come back.
enum class HintModel : quint8 { Truthful, Missing, TooShort, Absurd };

/// The account's limits at a provider; 0: no such limit.
struct QuotaModel
{
    double requestsPerMinute = 0;
    double tokensPerMinute = 0; ///< of prompts and answers together
    Duration burst = 1min;      ///< of refill that a full bucket holds
    bool fixedWindow = false;   ///< full again at each burst's end, instead of little by little
    bool failuresCount = true;  ///< a request that failed was one
    bool headers = true;        ///< answers tell what is left
    HintModel hint = HintModel::Truthful;
    double othersPerSecond = 0;  ///< requests of other programs on the same account
    double othersTokens = 1'000; ///< of each of those
    bool isThere() const { return requestsPerMinute > 0.0 || tokensPerMinute > 0.0; }
    bool operator==(const QuotaModel &) const = default;
};

/// Machines of the provider that we can fill ourselves; 0 of them: more than we can.
struct CapacityModel
{
    int machines = 0;             ///< requests that are worked on at once; the others queue, first come first served
    Duration service{};           ///< mean of an exponential time; 0: as long as the answer takes
    int longestQueue = 0;         ///< beyond it a request is refused as overloaded; 0: however long
    bool worksOnForNobody = true; ///< a request whose caller has left is finished nevertheless
    bool operator==(const CapacityModel &) const = default;
};

enum class FaultMode : quint8 {
    Refused,
    Hang,
    ServerError,
    Overloaded,
    RateLimit,
    QuotaExhausted,
    KeyRevoked,
    ModelGone,
    Slow,
    StreamCut,
    Malformed,
    Stall, ///< nothing is worked on until it is over, and nothing is refused
};
inline constexpr int faultModeCount = int(FaultMode::Stall) + 1;
/// Its word in a scenario file: refused, hang, ...
QString toKey(FaultMode mode);

/// What goes wrong, where and for how long.
struct FaultSpan
{
    Duration from{}, length{};
    FaultMode mode = FaultMode::ServerError;
    double share = 1.0;  ///< of attempts that meet it, 0 to 1
    double factor = 5.0; ///< Slow: by which times are longer
    bool operator==(const FaultSpan &) const = default;
};

/// What one attempt met, as a record has it.
struct RecordedReply
{
    Duration at{};                          ///< when it was asked, since the record's start
    RetryReason reason = RetryReason::None; ///< None: it was answered
    std::optional<Duration> hint;           ///< that came with a refusal
    std::optional<Duration> firstToken;     ///< of an answer, also of one that broke off
    Duration length{};                      ///< until its end
    int tokens = 0;                         ///< of the answer; 0: not known
    Delivery delivery = Delivery::Answered; ///< whether the request had arrived
    bool operator==(const RecordedReply &) const = default;
};

/// | failureShare | of attempts that end with a 500, always                                              |
/// | cutPerToken  | chance of a cut stream at each token                                                 |
/// | recorded     | by time. An attempt meets what the nearest one met, where that is within recordReach |
/// | ofRecord     | it is of a record: what `recorded` does not know is an assumption, and counted       |
struct ProviderModel
{
    LatencyModel latency;
    QuotaModel quota;
    CapacityModel capacity;
    double failureShare = 0;
    double cutPerToken = 0;
    QVector<FaultSpan> faults;
    QVector<RecordedReply> recorded;
    bool ofRecord = false;
    bool operator==(const ProviderModel &) const = default;
};
/// So far from an attempt, a record still says what another one would have met.
inline constexpr Duration recordReach = 30s;

/// One call of a recorded hour.
struct TraceRow
{
    Duration at{};
    qint64 promptTokens = 0, answerTokens = 0;
    bool operator==(const TraceRow &) const = default;
};

/// Which calls come, and when.
struct Workload
{
    enum class Kind : quint8 {
        Poisson,
        Renewal, ///< Gamma distributed gaps with this `cv`
        OnOff,   ///< Poisson while on; the same mean rate
        Diurnal, ///< a day's wave around the rate, from 0.2 to 1.8 of it
        Agents,  ///< each makes one call, reads the answer for `think`, and makes the next one
        Trace,
    };
    Kind kind = Kind::Poisson;
    double perSecond = 1;         ///< mean
    double cv = 1;                ///< of the gaps; Renewal
    Duration on = 10s, off = 50s; ///< means; OnOff
    int agents = 8;
    Duration think = 2s;                             ///< mean
    int taskCalls = 1; ///< of one task: they come at once, and all of their answers are needed; not of Trace
    double promptMedian = 760, promptSpread = 0.985; ///< tokens, log-normal (Azure's hour of conversation)
    double answerMedian = 151, answerSpread = 0.859;
    QVector<TraceRow> trace;

    int callsATask() const { return kind == Kind::Trace ? 1 : taskCalls; }
    bool operator==(const Workload &) const = default;
};

/// More calls of one day are not played: each takes microseconds, and a few bytes are kept of it.
inline constexpr qint64 mostPlayedCalls = 20'000'000;

/// A day to put policies through: the calls, and what each place of the chain does. Providers are told by their place, so
/// that a scenario fits any configuration; the last of `models` stands for all further ones.
struct Scenario
{
    QString name;
    QString about;
    Duration length = 10min;
    Workload workload;
    QVector<ProviderModel> models;
    qint64 mostCalls = mostPlayedCalls; ///< a run that makes more is ended

    const ProviderModel &model(qsizetype place) const { return models[std::min<qsizetype>(place, models.size() - 1)]; }
    /// When the last fault of the day is over; none: there is none, or it outlasts the day.
    std::optional<Duration> faultsEnd() const;
    /// Faults that begin after the day's end: they never come.
    int faultsOutside() const;
    /// About how many calls come; of agents, whose calls take as long as they take, a guess.
    double expectedCalls() const;
    bool operator==(const Scenario &) const = default;
};

} // namespace retryscope
