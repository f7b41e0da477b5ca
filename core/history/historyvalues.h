// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "telemetry/trafficbin.h"

#include <QVector>

namespace retryscope {

/// How the store is doing. Compares equal as long as there is nothing new to say.
struct HistoryStatus
{
    enum class State : quint8 {
        Opening,  ///< not yet; events wait in the queue
        Ok,
        Degraded, ///< cannot write now and tries again by itself; `sentence` says why
        Off,      ///< by configuration
    };
    State state = State::Opening;
    QString driver;          ///< "sqlite", "postgresql"; empty when off
    QString place;           ///< the file, or user@host:port/database
    QString sentence; ///< Degraded: what happened and what to do. Ok: what was noteworthy, such as a database set aside
    quint64 unwritten = 0;   ///< events lost for good since the start: the queue was full, or the program ended first
    bool operator==(const HistoryStatus &) const = default;
};

using ReasonCounts = TrafficBin::Reasons;
using OutcomeCounts = TrafficBin::Outcomes;
using SkipCounts = TrafficBin::SkipCounts;

/// One bucket of a window.
struct HistoryPoint
{
    WallTime start{};
    TrafficBin counts;
    bool operator==(const HistoryPoint &) const = default;
};
using HistoryPoints = QVector<HistoryPoint>;

/// One provider's line. Real and simulated traffic never share a line.
struct HistorySeries
{
    ProviderId provider;        ///< empty: calls that ended before any provider was asked
    bool simulated = false;
    HistoryPoints points;       ///< as many as, and with the same starts as, HistoryWindow::points
    TrafficBin total;
};

/// A time during which a program ran and recorded. Where there is none, nobody watched.
struct HistoryRun
{
    qint64 run = 0;
    WallTime from{}, to{};      ///< cut to the window
    bool ongoing = false;       ///< this store's own
    bool operator==(const HistoryRun &) const = default;
};

/// A time during which a circuit was not closed, or a provider slow. Where there is no span, it was closed (or nothing was running).
struct CircuitSpan
{
    ProviderId provider;
    QString model;              ///< where the circuit is of one model
    Scope scope = Scope::Provider;
    CircuitState state = CircuitState::Open; ///< Closed where it was only slow
    bool slow = false;          ///< not a circuit: answers were much slower than usual
    WallTime from{}, to{};      ///< exact, and cut to the window
    bool ongoing = false;       ///< this store's own run is still in it; `to` is the window's end
    std::optional<Duration> openFor; ///< Open: until a probe is allowed, from its true start
    QString why;
    bool simulated = false;
    qint64 run = 0;
};

enum class HistoryTraffic : quint8 { Any, Real, Simulated };

/// Asks for a window [from, to). Both ends are moved outwards to whole buckets.
struct HistoryRequest
{
    WallTime from{}, to{};
    int maxPoints =
        400; ///< 1 to 5,000: so many buckets at most, and one more where the ends are moved. The bucket is a multiple of 1 s up to 6 min 40 s, of 10 s up to 66 min, of 1 min up to 6 h 40 min, of 5 min up to 33 h, else of 30 min
    QVector<ProviderId> providers;   ///< empty: all
    HistoryTraffic traffic = HistoryTraffic::Any;
    qint64 exceptRun = 0;            ///< what this run recorded is left out; 0: nothing is
};

/// The answer. Every bucket is there, also the empty ones: points[i].start == from + i * bucket.
struct HistoryWindow
{
    WallTime from{}, to{};
    std::chrono::milliseconds bucket{};
    HistoryPoints points;               ///< of all series together
    QVector<HistorySeries> series;      ///< by provider's name, real before simulated; only those with anything to show
    TrafficBin total;
    QVector<CircuitSpan> circuits;      ///< by start; circuits and slowness
    QVector<HistoryRun> runs;           ///< by start
    QString problem;                    ///< a sentence when it could not be read; then all is empty
};

/// A place in the order of events: newest first means descending (wall, run, seq).
struct HistoryPosition
{
    WallTime wall{};
    qint64 run = 0;
    quint64 seq = 0;
    friend auto operator<=>(const HistoryPosition &, const HistoryPosition &) = default;
};

/// Asks for stored events, newest first. Every list: empty means any.
struct EventQuery
{
    WallTime from{}, to = WallTime::max();  ///< [from, to)
    QVector<ProviderId> providers;          ///< also matches where a failover goes to
    QVector<RetryReason> reasons;
    QVector<EventKind> kinds;
    HistoryTraffic traffic = HistoryTraffic::Any;
    CallId call;                            ///< none: any; ids begin anew with each run, so give `run` too
    qint64 run = 0;                         ///< 0: any
    QVector<std::pair<qint64, quint64>> known; ///< of these runs only what was numbered higher
    std::optional<HistoryPosition> before;  ///< the next page: the position of the last event of the page before
    int limit = 1'000;                      ///< 1 to 100,000
};

/// An event and the run (one opening of a store) that it is from. Call ids and seqs are only unique within a run.
struct StoredEvent
{
    qint64 run = 0;
    Event event;
    HistoryPosition position() const { return {event.wall, run, event.seq}; }
};

struct StoredEvents
{
    QVector<StoredEvent> events; ///< newest first; of a call's story: oldest first
    bool more = false;           ///< there are older ones that match
    QString problem;             ///< a sentence when it could not be read
};

/// Asks for whole calls, newest first by when they were sent.
struct CallQuery
{
    WallTime from{}, to = WallTime::max();  ///< [from, to), of CallSubmitted
    QVector<ProviderId> providers;          ///< took part in any way; empty: any
    bool failedOnly = false;
    HistoryTraffic traffic = HistoryTraffic::Any;
    std::optional<HistoryPosition> before;  ///< the next page: StoredCalls::last
    int limit = 50;                         ///< 1 to 1,000
};

struct StoredCall
{
    qint64 run = 0;
    CallId call;
    Events events;               ///< in order; at most 10,000
};

struct StoredCalls
{
    QVector<StoredCall> calls;
    std::optional<HistoryPosition> last; ///< of the last one; none without calls
    bool more = false;
    QString problem;             ///< a sentence when it could not be read
};

} // namespace retryscope
Q_DECLARE_METATYPE(retryscope::HistoryStatus)
