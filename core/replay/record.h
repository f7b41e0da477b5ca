// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "simulator/simulation.h"
#include "telemetry/event.h"

#include <map>

namespace retryscope {

/// Which calls a record is of. Real and simulated ones are never in one record: their providers may share names, and have
/// nothing else in common. A call is simulated where every provider was that it could have asked when it came.
enum class CallKind : quint8 {
    RealIfAny, ///< simulated ones where no real call has ended
    Real,
    Simulated,
};

/// A stretch of the past, ready to be played again under any policy.
/// | field      | what                                                                                     |
/// | from       | when its first call came                                                                 |
/// | length     | until its last call came, and a moment more                                              |
/// | calls      | when each came, in order, and its tokens where they are known (else 1)                   |
/// | replies    | what each provider answered when it was asked, by time                                   |
/// | ends       | of each of `calls`: whether it was served, and the rule that ended it                    |
/// | simulated  | they are simulated calls; `otherKind`: calls of the other kind, which are left out          |
/// | tokensKnown | calls whose tokens, of prompt and answer, are on record                                  |
/// | usual      | how long its answers took; only of those that answered                                   |
/// | actual     | what came of the calls; `wasted` is not known                                            |
/// | left out   | calls that were cancelled, and calls whose end is not on record                          |
struct Record
{
    WallTime from{};
    Duration length{};
    struct End
    {
        bool served = false;
        QString rule;
    };
    QVector<TraceRow> calls;
    QVector<End> ends;
    std::map<ProviderId, QVector<RecordedReply>> replies;
    std::map<ProviderId, LatencyModel> usual;
    SimulationResult actual;
    qint64 cancelled = 0, unfinished = 0;
    bool simulated = false;
    qint64 otherKind = 0, tokensKnown = 0;
};

/// Collects a Record from events, in the order in which they happened.
class RecordReader
{
public:
    void add(const Event &event);
    /// Calls that have begun.
    qsizetype calls() const { return qsizetype(m_calls.size()); }
    /// Of what was added. `calls` is empty when no call of that kind has ended.
    Record record(CallKind kind = CallKind::RealIfAny) const;

private:
    struct Call
    {
        WallTime came{}, started{};
        bool simulated = false;
        std::optional<int> tokensIn, tokensOut;
        int attempts = 0;
        std::optional<CallOutcome> outcome;
        RetryReason reason = RetryReason::None;
        QString rule;
        Duration duration{};
        qint64 retries = 0, failovers = 0, limited = 0;
    };
    struct Reply
    {
        WallTime at{};
        bool simulated = false; ///< the call was
        RecordedReply reply;
    };
    bool isSimulated(CallKind kind) const;
    std::map<std::pair<qint64, quint64>, Call> m_calls; ///< by run and call
    std::map<ProviderId, QVector<Reply>> m_replies;
};

/// The record's calls to the providers of `chain`, in its order. A provider without replies is assumed to answer as others do.
/// Tokens that are not on record are taken to be as many as the median of those that are.
Scenario scenarioOf(const Record &record, const Targets &chain);

} // namespace retryscope
