// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "health/incidenttracker.h"
#include "health/timeseries.h"

#include <map>
#include <optional>
#include <vector>

namespace retryscope {

/// What the callers get, from the calls alone.
enum class ServiceState : quint8 {
    Unproven, ///< nothing ended lately that says anything
    Good,     ///< served
    Pain,     ///< served late, by somebody else than the first choice, after retries; or waiting unusually long
    Bad,      ///< more than one call in twenty fails, or none ends any more
};
QString toKey(ServiceState state);

/// The window that the present is judged over.
inline constexpr Duration judgedWindow = 2min;

/// A program's own retries multiply with ours; so long they are told of.
inline constexpr std::chrono::minutes repeatsWindow{60};

/// The calls: what people are owed.
struct CallReport
{
    ServiceState service = ServiceState::Unproven;
    TrafficBin window;                    ///< of two minutes, all providers and calls that found none
    Duration over = judgedWindow; ///< how much of the window was watched: less in the first two minutes; at least 1 s
    quint64 asked = 0, ended = 0;         ///< since the start
    quint64 inFlight = 0;
    std::optional<SteadyTime> oldest;     ///< of those in flight, when it was submitted
    bool stuck = false;                   ///< some are in flight and none has ended for longer than they should wait
    bool waits = false;                   ///< the oldest in flight has waited far longer than answers usually take
    bool nobody = false;                  ///< no provider can be asked: each is down, being probed, or isolated
    RetryReason failing = RetryReason::None; ///< the most frequent reason of failed calls in the window
    quint64 callerRepeats = 0;            ///< calls of the last hour that a program's own SDK sent again
    std::optional<WallTime> failingSince; ///< first failed call since the last two minutes without one
    /// Share of the calls that ended in the window and got an answer, 0..1; none when none ended.
    std::optional<double> servedShare() const;
};

/// One circuit that is not closed.
struct CircuitReport
{
    Scope scope = Scope::Provider;
    QString model;                        ///< of a model's circuit
    CircuitState state = CircuitState::Open;
    RetryReason reason = RetryReason::None;
    WallTime since{};                     ///< when it was last closed no longer
    std::optional<SteadyTime> until;      ///< Open: when a probe is allowed
};

/// One rate limit as the last answer told it.
struct LimitReport
{
    LimitWindow window;
    SteadyTime at{};                      ///< when the answer came
    /// Until the window is full again; none where the server did not say.
    std::optional<Duration> resetIn(SteadyTime now) const;
    /// After the reset nothing is known to be used: the limit itself.
    std::optional<qint64> remaining(SteadyTime now) const;
};

struct ProviderReport
{
    ProviderId id;
    QString name, model;
    bool simulated = false;
    ProviderState state = ProviderState::Unproven;
    RetryReason reason = RetryReason::None; ///< of the state
    WallTime since{};                     ///< when it took this state; Down and Probing: when it was last up
    std::optional<SteadyTime> until;      ///< Down: when a probe is allowed
    std::optional<WallTime> lastAsked;
    TrafficBin window;                    ///< of two minutes
    quint64 inFlight = 0;                 ///< attempts that run
    quint64 carried = 0;                  ///< answers in the last ten seconds
    std::optional<SteadyTime> nextTry;    ///< of the newest retry that still waits for it
    bool serverAsked = false;             ///< who decided that wait
    QString slowWhy;
    Duration silentFor{};                 ///< Slow: its attempts have waited so long and it said nothing; 0: it is slow otherwise
    std::vector<CircuitReport> circuits;  ///< those that are not closed, the gravest first
    std::map<QString, QVector<LimitReport>> limits; ///< by model
    /// Share of the attempts in the window that spoke against it, 0..1; 0 without any.
    double errorShare() const;
};

/// The one judgement of the present. A value: whoever shows health shows this.
struct HealthSnapshot
{
    SteadyTime at{};
    WallTime wall{};
    CallReport calls;
    std::vector<ProviderReport> providers; ///< the enabled ones, in order of priority
    std::optional<WallTime> lostSince; ///< since then nothing can be heard of the program that is watched: nothing is judged

    const ProviderReport *provider(const ProviderId &id) const;
    /// The gravest state of all; Unproven without providers.
    ProviderState worst() const;
    /// The first in order of priority that needs attention; none when all are calm.
    const ProviderReport *firstTrouble() const;
    /// Who answered most lately, other than `without`; none when nobody did.
    const ProviderReport *carrier(const ProviderId &without = {}) const;
    bool simulated() const;
};

/// What is new since the last update, with the present as it is now. Taken in order, the pieces add up to the whole.
struct HealthUpdate
{
    HealthSnapshot now;
    SeriesPieces pieces;                                    ///< bins of one second
    std::vector<std::pair<ProviderId, StateChange>> changes;
    std::vector<IncidentChange> incidentChanges;
    Incidents incidents;                                    ///< those that changed, as they are now
    std::vector<WatchedSpan> missed;                        ///< what happened then will never be known
    bool anew = false;                                      ///< all counts begin with this one
};

} // namespace retryscope
Q_DECLARE_METATYPE(retryscope::HealthSnapshot)
Q_DECLARE_METATYPE(retryscope::HealthUpdate)
