// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/configuration.h"
#include "health/healthsnapshot.h"
#include "health/providercircuits.h"

#include <unordered_map>

namespace retryscope {

/// Judges, once for everybody, what the events mean: for calls, for providers, for incidents. Fed by the event bus on the
/// engine's thread; gives out values. Knows no clock: time comes with the events and with advance(). Bounded memory. Not
/// thread-safe.
class HealthMonitor
{
public:
    explicit HealthMonitor(const IncidentRules &rules = {});

    /// Who is watched from now on. What is known of providers that stay is kept, but for those behind which another server
    /// stands now; incidents of the others end. Where nobody is simulated any more, or nobody is real, all counts begin anew:
    /// simulated calls prove nothing of real ones.
    void configure(const Configuration &configuration);
    void onEvent(const Event &event);
    /// Lets time pass where no events come; about ten times a second while somebody looks.
    void advance(SteadyTime now, WallTime wall);

    /// For who watches from afar. Nothing can be heard since `since`: until hear() nothing is judged, nobody is well.
    void lose(WallTime since);
    /// It can be heard again. `missed`: what happened then never comes.
    void hear(const std::optional<WatchedSpan> &missed);
    /// What stands now, as events that would bring it about: circuits that are not closed, who is slow, calls and attempts
    /// in flight.
    Events standing() const;
    /// Takes what stands elsewhere, as standing() tells it, in place of what is known here; counts nothing.
    void settle(const Events &standing);

    /// The judgement at the time of the last event or advance().
    HealthSnapshot snapshot() const;
    /// The judgement, and what is new since the last take().
    HealthUpdate take();
    /// There is something new to take, beside the passing of time.
    bool changed() const { return m_changed; }

    /// Takes the incidents of an earlier run in place of its own.
    void restoreIncidents(const Incidents &incidents);
    void annotateIncident(quint64 id, const QString &note);
    void setIncidentRules(const IncidentRules &rules) { m_incidents.setRules(rules); }
    const IncidentTracker &incidents() const { return m_incidents; }

private:
    static constexpr std::size_t mostFlights = 100'000; ///< what is more is not judged
    struct Flight
    {
        SteadyTime since{};
        ProviderId running;    ///< whom its attempt asks
        SteadyTime asked{};    ///< since when
        bool silent = false;   ///< not a word came of it yet
    };
    struct Watched
    {
        ProviderReport report;            ///< window, state and circuits are filled in when asked for
        ProviderConfig config;
        ProviderCircuits circuits;
        std::optional<WallTime> closedUntil; ///< since when some circuit is not closed
        std::map<QString, SteadyTime> answered; ///< by model, the last time
        SteadyTime heard{};               ///< its last answer, or the first word of one
        bool slow = false;
        RetryReason lastFailure = RetryReason::None;
        std::optional<SteadyTime> lastFailureAt;
        ProviderState told = ProviderState::Unproven; ///< the state that was last given out as a change
        RetryReason toldReason = RetryReason::None;
        WallTime since{};
    };
    Watched *watched(const ProviderId &id);
    void beginAnew(Watched *provider);
    void beginAnew(const ProviderConfigs &next);
    void follow(SteadyTime at, WallTime wall);
    void setBack(std::chrono::milliseconds step, WallTime wall);
    void onProviderEvent(Watched &provider, const Event &event);
    void onCallEvent(const Event &event);
    void onCircuit(Watched &provider, const Event &event);
    void settleProvider(Watched &provider, const Events &standing);
    void noteRepeat(const Event &event);
    static void noteAnswer(Watched *provider, const Event &event);
    bool othersAnswer(const Watched &provider) const;
    static void noteLimits(ProviderReport *report, const Event &event);
    void count(const Event &event);
    void judgeStates();
    ProviderState judge(const Watched &provider, const TrafficBin &window, RetryReason *reason) const;
    Duration silence(const Watched &provider) const;
    ProviderReport report(const Watched &provider) const;
    CallReport calls() const;
    bool stuck(const CallReport &report) const;
    TrafficBin windowOf(const ProviderId &provider, int seconds) const;

    std::vector<Watched> m_providers;     ///< enabled, in order of priority
    TrafficKinds m_kinds;
    RetryConfig m_retry;
    TimeSeries m_series{1};
    IncidentTracker m_incidents;
    std::unordered_map<quint64, Flight> m_flights;
    quint64 m_asked = 0, m_ended = 0;
    std::optional<SteadyTime> m_lastEnded, m_lastFailedAt, m_started;
    std::optional<WallTime> m_failingSince, m_lastFailedCall;
    std::map<std::pair<ProviderId, qint64>, TrafficBin> m_pieces; ///< by provider and second, since the last take()
    std::vector<std::pair<ProviderId, StateChange>> m_changes;
    std::vector<WatchedSpan> m_missed;    ///< since the last take()
    bool m_anew = false;                  ///< since the last take()
    std::optional<WallTime> m_lostSince;
    std::map<qint64, quint64> m_repeats;  ///< calls that a program's SDK sent again, by minute of steady time
    SteadyTime m_now{};
    WallTime m_wall{};
    bool m_changed = false;
};

} // namespace retryscope
