// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/ids.h"
#include "base/time.h"
#include "policy/retryreason.h"
#include "telemetry/latencyhistogram.h"

#include <QJsonObject>
#include <QMetaType>
#include <QVector>

#include <algorithm>
#include <map>
#include <optional>

namespace retryscope {

struct Event;

/// Which rule opened an incident.
enum class IncidentTrigger : quint8 { Failures, Unhealthy, Slow };
/// How an incident ended. NotWatched: the program was closed while it was open, so nobody knows.
enum class IncidentEnding : quint8 { Open, Recovered, Isolated, Removed, NotWatched };
/// What a line of the timeline tells.
enum class IncidentFactKind : quint8 {
    FirstFailure, Opened, CircuitOpened, Probing, CircuitClosed, Slow, NotSlow, FirstFailover, FirstFailedCall,
    Reopened, Ended, FirstSkip, IsolatedByHand, ReleasedByHand, ProbedByHand,
};
/// What became of a call that an incident concerned: exactly one of these, and not of a cancelled one.
enum class CallFate : quint8 {
    Failed,   ///< for good, and not by the caller's own mistake
    Rerouted, ///< answered elsewhere: it skipped the provider, or failed over from it
    Delayed,  ///< answered by the provider itself, after a failed attempt or a wait for it
};
QString toKey(IncidentTrigger trigger);
QString toKey(IncidentEnding ending);
QString toKey(IncidentFactKind kind);

/// A person did this, and not the program by itself.
bool isByHand(IncidentFactKind kind);
/// A circuit that a person moved, or a probe that a person asked for.
bool isByHand(const Event &event);
/// A provider that a person isolated or released at another gateway.
bool isByHandElsewhere(const Event &event);

/// What lies between two times that may come from a damaged file: at most ten years, either way.
inline Duration between(WallTime from, WallTime to)
{
    constexpr WallTime::duration most = std::chrono::hours(24 * 3653);
    return std::clamp(to - from, -most, most);
}

/// One line of an incident's timeline.
struct IncidentFact
{
    WallTime at{};
    IncidentFactKind kind = IncidentFactKind::FirstFailure;
    RetryReason reason = RetryReason::None;
    /// FirstFailover: to whom; CircuitOpened: why; Opened, Reopened: the trigger's key; Ended: the ending's key;
    /// IsolatedByHand, ReleasedByHand: empty where it was done here, else what another gateway told.
    QString what;
    bool operator==(const IncidentFact &) const = default;
};

/// One of the reasons why a provider was unwell.
struct IncidentCause
{
    RetryReason reason = RetryReason::None; ///< None: answers were slow
    quint64 attempts = 0;    ///< that failed so; 0 where no attempt did: slow, or blocked at once
    WallTime first{}, last{};
    bool operator==(const IncidentCause &) const = default;
};

/// The concerned calls over an incident's span, by when they ended. At most `mostBins` bins, which grow with the span.
struct IncidentCurve
{
    static constexpr int mostBins = 60;
    struct Bin { quint32 failed = 0, rerouted = 0, delayed = 0; bool operator==(const Bin &) const = default; };
    Duration width = 1s;     ///< of a bin; doubles
    QVector<Bin> bins;       ///< the first begins with the incident

    /// `since` the incident's start; what is before it counts as the first bin's.
    void add(Duration since, const Bin &calls);
    bool operator==(const IncidentCurve &) const = default;
};

/// One provider being unwell, from its first failure to its recovery. A value: what lists, files and notices show.
/// Read from a file, every number is within its range: counts below 2^53, times from 1970 to 9999, spans up to ten years.
struct Incident
{
    static constexpr int mostFacts = 100; ///< the first 20 and the newest stay
    static constexpr int firstFactsKept = 20;

    quint64 id = 0;          ///< grows by one, also over restarts
    ProviderId provider;
    IncidentTrigger trigger = IncidentTrigger::Failures;
    IncidentEnding ending = IncidentEnding::Open;
    WallTime started{};      ///< the first failure
    WallTime opened{};       ///< when a rule found it to be an incident
    WallTime ended{};        ///< back to normal; meaningless while open
    WallTime lastSeen{};     ///< last time anything was known of it
    Duration lasted{};       ///< unwell: all its spans together, without the pauses between, in steady time
    int reopened = 0;        ///< how often it came back soon after its end
    QVector<IncidentCause> causes; ///< by when they began
    quint64 failedAttempts = 0, retries = 0, failovers = 0;
    quint64 failedCalls = 0, reroutedCalls = 0, delayedCalls = 0; ///< by CallFate
    LatencyHistogram
        added; ///< per concerned call that lost time: its waits for, and its failed attempts on, the provider
    Duration addedTotal{};
    double failedCostUsd = 0.0;    ///< of failed attempts whose cost is known
    double elsewhereCostUsd = 0.0; ///< of the answers elsewhere whose cost is known
    quint64 unpricedElsewhere = 0; ///< answers elsewhere whose cost is not known
    std::map<ProviderId, quint64> carriedBy; ///< who answered the rerouted and the delayed calls
    IncidentCurve curve;
    QVector<IncidentFact> facts;
    quint64 factsDropped = 0;
    bool simulated = false;
    QString note;            ///< written by a person

    bool isOpen() const { return ending == IncidentEnding::Open; }
    quint64 concernedCalls() const { return failedCalls + reroutedCalls + delayedCalls; }
    quint64 count(CallFate fate) const;
    /// From the start to the end, or until it was last seen: the difference of the two times in whole seconds, as they
    /// are shown, from a minute on. Where the clock was set back meanwhile, what it lasted.
    Duration span() const;
    /// None where no call lost time. Median, p95 and worst never decrease.
    std::optional<Duration> addedMedian() const { return added.quantile(0.5); }
    std::optional<Duration> addedP95() const { return added.quantile(0.95); }
    std::optional<Duration> addedWorst() const { return added.quantile(1.0); }
    /// The most frequent reason; None where nothing failed and it was only slow or blocked.
    RetryReason cause() const;
    /// Was slow at some time.
    bool slow() const;
    /// Of the failed attempts, 0..1.
    double share(const IncidentCause &cause) const;
    void addFact(IncidentFact fact);
    /// Notes a cause that was at work from `first` to `last`.
    void addCause(RetryReason reason, quint64 attempts, WallTime first, WallTime last);
    void addCall(CallFate fate, WallTime at);
    bool operator==(const Incident &) const = default;
};
using Incidents = QVector<Incident>;

/// Schema 2. Schema 1, which knew no causes, fates, costs and curve, is read too.
QJsonObject toJson(const Incident &incident);
/// None for an object that is no incident. Unknown keys are ignored, numbers out of range moved into it.
std::optional<Incident> incidentFromJson(const QJsonObject &object);
/// One object a line, oldest first.
QByteArray toJsonLines(const Incidents &incidents);

} // namespace retryscope
Q_DECLARE_METATYPE(retryscope::Incident)
