// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "health/incident.h"
#include "telemetry/event.h"

#include <QSet>

#include <deque>
#include <vector>

namespace retryscope {

/// When an incident opens, ends and goes on.
struct IncidentRules
{
    int openFailures = 5;          ///< failed attempts with never `closeSuccesses` successes in a row between; 1..1000
    Duration openAfter = 10s;      ///< circuit open or half open, or slow, for so long without a break; 1 s..1 h
    int closeSuccesses = 3;        ///< successes in a row, with the circuit closed and not slow; 1..1000
    Duration quiet = 10s;          ///< and no failure for so long; 0..1 h
    Duration mergeWithin = 60s;    ///< one that begins so soon after the end continues the same incident; 0..24 h
    Duration forgetAfter =
        10min; ///< fewer failures than `openFailures` are forgotten after so long without another; 1 s..24 h
    bool operator==(const IncidentRules &) const = default;
    /// Each value moved into its range.
    IncidentRules clamped() const;
};

struct IncidentChange
{
    enum class Kind : quint8 {
        Opened, Reopened, Ended, Settled, Updated
    }; ///< Settled: ended, and too long ago to come back
    quint64 id = 0;
    Kind kind = Kind::Updated;
    bool operator==(const IncidentChange &) const = default;
};

/// Finds incidents in the event stream. Computes in steady time (from the events and `advance`), shows wall time, so a
/// clock that is set changes no duration and opens nothing. Knows no clock, starts nothing, bounded memory.
class IncidentTracker
{
public:
    static constexpr std::size_t mostIncidents = 1000;  ///< the oldest ended ones leave first
    static constexpr std::size_t mostCalls = 10'000;      ///< in flight; more are not attributed

    explicit IncidentTracker(const IncidentRules &rules = {}) : m_rules(rules.clamped()) {}
    void setRules(const IncidentRules &rules) { m_rules = rules.clamped(); }
    const IncidentRules &rules() const { return m_rules; }

    void onEvent(const Event &event);
    void onEvents(const Events &events);
    /// Lets time pass where no events come: about once a second.
    void advance(SteadyTime now, WallTime wall);
    /// Ends the incidents of providers that are not among these.
    void keepProviders(const QSet<ProviderId> &providers);
    /// Takes the incidents of an earlier run in place of its own; each of them is a change. Those left open ended unwatched,
    /// when last seen.
    void restore(const Incidents &incidents);
    /// False when there is no such incident.
    bool annotate(quint64 id, const QString &note);

    const std::deque<Incident> &incidents() const { return m_incidents; } ///< oldest first
    const Incident *find(quint64 id) const;
    int openCount() const;
    /// What happened since the last time this was asked; Updated at most once an incident.
    std::vector<IncidentChange> takeChanges();

private:
    enum class Phase : quint8 { Calm, Suspect, Open };
    struct Track
    {
        Phase phase = Phase::Calm;
        Incident suspect;                  ///< what is known before a rule opens it
        quint64 id = 0;                    ///< the open one, or the last that ended
        quint64 episode = 0;               ///< tells the calls of this suspicion from those of an earlier one
        quint64 openedEpisode = 0;         ///< the episode that `id` came from
        SteadyTime started{}, lastBad{}, lastGood{}; ///< lastGood: first success of the run, or when it became healthy
        WallTime lastGoodWall{};
        int failures = 0, successes = 0;   ///< successes in a row
        std::map<QString, CircuitState> circuits;
        bool degraded = false;
        std::optional<SteadyTime> unhealthySince, endedAt;
        bool settled = true;
        Duration before{};                 ///< of spans already over

        bool isIsolated() const;
        bool hasOpenCircuit() const;       ///< or half open
    };
    /// A call's part in one episode of a provider. Touched: a failed attempt on it, which the engine judged to speak against
    /// it; otherwise it was skipped.
    struct Share { ProviderId provider; quint64 episode; Duration added; bool touched; double failedCost = 0.0; };
    struct CallTrace { std::vector<Share> shares; std::optional<double> answerCost; };

    void move(SteadyTime now, WallTime wall);
    void evaluate(Track &track);
    void suspect(const ProviderId &provider, Track &track);
    void open(Track &track, IncidentTrigger trigger);
    Incident *begin(Track &track, IncidentTrigger trigger);
    void goOn(Track &track, Incident &last);
    void settle(Track &track);
    void end(Track &track, IncidentEnding ending);
    void onAttempt(const Event &event);
    void onCircuit(const Event &event);
    void onDegraded(const Event &event);
    void onRetry(const Event &event);
    void onFailover(const Event &event);
    void onStarted(const Event &event);
    void onSkipped(const Event &event);
    void onProbe(const Event &event);
    void onCallFinished(const Event &event);
    void healthChanged(const ProviderId &provider, Track &track, bool wasUnhealthy);
    bool isTouched(CallId call, const ProviderId &provider, const Track &track) const;
    void attribute(const Share &share, const CallTrace &trace, const Event &finished);
    void noteHand(Track &track, const IncidentFact &what);
    void fact(Track &track, IncidentFactKind kind, RetryReason reason = RetryReason::None, const QString &what = {});
    bool continues(const Track &track) const;
    Share &shareOf(CallId call, const ProviderId &provider, const Track &track);
    Incident *record(Track &track);        ///< the incident that the track writes to; none when calm
    Incident *recordOf(const Share &share, Track &track);
    Incident *findMutable(quint64 id);
    void changed(quint64 id, IncidentChange::Kind kind);
    void updated(const Track &track);

    IncidentRules m_rules;
    std::map<ProviderId, Track> m_tracks;
    std::deque<Incident> m_incidents;
    std::map<CallId, CallTrace> m_calls; ///< those that an incident concerns; the oldest leave first
    std::vector<IncidentChange> m_changes;
    QSet<quint64> m_updated;
    quint64 m_lastId = 0, m_lastEpisode = 0;
    SteadyTime m_now{};
    WallTime m_wall{};
};

} // namespace retryscope
