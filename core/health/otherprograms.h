// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "health/healthmonitor.h"

#include <unordered_set>

namespace retryscope {

/// How other programs are served that record into the same history: their calls taken together, by the rules by which one's own
/// are judged. Each has circuits of its own, which say nothing of another's, so that providers are judged by their attempts
/// alone. Knows time by the wall clock of who recorded. Bounded memory. Not thread-safe.
class OtherPrograms
{
public:
    /// The names of their providers, and how long an answer may take. Those that are not configured here go by their ids.
    void configure(const Configuration &configuration);
    /// What was recorded since the last time, oldest first; no two programs have calls of the same id. With it all is known up
    /// to `upTo`, which is now or a little before.
    void add(const Events &events, WallTime upTo);
    /// Nothing is known of them any more, such as of a history that cannot be read.
    void clear();

    /// As of the last add(); none where no call of theirs ended in the last two minutes and none runs.
    const std::optional<HealthSnapshot> &judged() const { return m_judged; }
    /// How many of them recorded anything in the last two minutes.
    int programs() const;

private:
    static constexpr std::size_t mostRuns = 1'000; ///< the newest; further ones are judged, but not counted
    static constexpr int mostProviders = 64;       ///< what others say is counted in the calls all the same
    struct Run
    {
        WallTime newest{};
        std::unordered_set<quint64> open; ///< calls
    };
    bool watch(const ProviderId &id, bool simulated);
    void follow(const Event &event);
    void giveUp(WallTime now);

    Configuration m_configuration;          ///< with the providers that were met besides
    std::map<ProviderId, bool> m_met;       ///< those, and whether they are simulated
    HealthMonitor m_monitor;
    std::map<qint64, Run> m_runs;
    std::optional<HealthSnapshot> m_judged;
    WallTime m_upTo{};
};

} // namespace retryscope
