// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/ids.h"
#include "base/time.h"
#include "policy/retryreason.h"

#include <QJsonObject>
#include <QMetaType>
#include <QVector>

#include <array>
#include <map>
#include <optional>

namespace retryscope {

/// Which rule opened an incident.
enum class IncidentTrigger : quint8 { Failures, Unhealthy, Slow };
/// How an incident ended. NotWatched: the program was closed while it was open, so nobody knows.
enum class IncidentEnding : quint8 { Open, Recovered, Isolated, Removed, NotWatched };
/// What a line of the timeline tells.
enum class IncidentFactKind : quint8 {
    FirstFailure, Opened, CircuitOpened, Probing, CircuitClosed, Slow, NotSlow, FirstFailover, FirstFailedCall, Reopened, Ended,
};
QString toKey(IncidentTrigger trigger);
QString toKey(IncidentEnding ending);
QString toKey(IncidentFactKind kind);

/// One line of an incident's timeline.
struct IncidentFact
{
    WallTime at{};
    IncidentFactKind kind = IncidentFactKind::FirstFailure;
    RetryReason reason = RetryReason::None;
    QString what;            ///< FirstFailover: to whom; CircuitOpened: why; Opened, Ended: by which rule
    bool operator==(const IncidentFact &) const = default;
};

/// One provider being unwell, from its first failure to its recovery. A value: what lists, files and notices show.
struct Incident
{
    static constexpr int mostFacts = 100; ///< the first 20 and the newest stay

    quint64 id = 0;          ///< grows by one, also over restarts
    ProviderId provider;
    IncidentTrigger trigger = IncidentTrigger::Failures;
    IncidentEnding ending = IncidentEnding::Open;
    WallTime started{};      ///< the first failure
    WallTime opened{};       ///< when a rule found it to be an incident
    WallTime ended{};        ///< back to normal; meaningless while open
    WallTime lastSeen{};     ///< last time anything was known of it
    Duration lasted{};       ///< of all its spans together, in steady time: right also when the clock was set
    int reopened = 0;        ///< how often it came back soon after its end
    std::array<quint64, retryReasonCount> reasons{}; ///< failed attempts by reason
    bool slow = false;       ///< answered slowly at some time
    quint64 failedAttempts = 0, retries = 0, failovers = 0;
    quint64 affectedCalls = 0; ///< finished calls with a failed attempt on, or a failover from, the provider; not the cancelled ones
    quint64 failedCalls = 0;   ///< of those
    Duration addedTotal{}, addedWorst{}, addedMedian{}; ///< per affected call: waiting plus failed attempts on the provider; the median of this run of the program
    std::map<ProviderId, quint64> carriedBy; ///< who answered the affected calls, and those that began while the circuit was open
    QVector<IncidentFact> facts;
    quint64 factsDropped = 0;
    bool simulated = false;
    QString note;            ///< written by a person

    bool isOpen() const { return ending == IncidentEnding::Open; }
    /// The most frequent reason; None where nothing failed and it was only slow or blocked.
    RetryReason cause() const;
    void addFact(IncidentFact fact);
    bool operator==(const Incident &) const = default;
};
using Incidents = QVector<Incident>;


/// As `formatDuration`, from an hour on "4 h 43 min" and "2 d 3 h".
QString formatSpan(Duration d);
/// "Rate limited", "Slow answers" or "Circuit open".
QString causeText(const Incident &incident);
/// "openai: rate limited for 21.0 s, 18 failed attempts, 9 failovers, 0 failed calls, +1.9 s median."
QString toSentence(const Incident &incident);
QString toSentence(const IncidentFact &fact, const Incident &incident);
/// "anthropic 92 %, mistral 8 %", the largest share first; empty when nobody did.
QString carriedText(const Incident &incident);

QJsonObject toJson(const Incident &incident);
/// None for an object that is no incident. Unknown keys are ignored.
std::optional<Incident> incidentFromJson(const QJsonObject &object);
/// One object a line, oldest first.
QByteArray toJsonLines(const Incidents &incidents);
/// A header and a row an incident; cells are safe to open in a spreadsheet.
QByteArray toCsv(const Incidents &incidents);
/// For a hand-over: headline, numbers, timeline, note.
QString toMarkdown(const Incident &incident);

} // namespace retryscope
Q_DECLARE_METATYPE(retryscope::Incident)
