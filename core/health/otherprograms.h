// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "health/healthmonitor.h"

namespace retryscope {

/// Judges what other programs record into the same history: each run by itself, for each engine has circuits of its own, and
/// by the rules by which one's own calls are judged. Knows them by the wall clock alone. Bounded memory. Not thread-safe.
class OtherPrograms
{
public:
    /// The names of their providers, and how long an answer may take. Those that are not configured here go by their ids.
    void configure(const Configuration &configuration);
    /// What was recorded since the last time, oldest first. With it all is known up to `upTo`, which is now or a little before.
    void add(const Events &events, WallTime upTo);
    /// Nothing is known of them any more, such as of a history that cannot be read.
    void clear();

    /// Those of which calls ended in the last two minutes or still run, the worst served first; as of the last add().
    const std::vector<HealthSnapshot> &judged() const { return m_judged; }

private:
    static constexpr std::size_t mostRuns = 16; ///< the newest
    static constexpr int mostProviders = 64;    ///< of a run; what others say is counted in its calls all the same
    struct Run
    {
        HealthMonitor monitor;
        std::map<ProviderId, bool> met; ///< that are not configured here, and whether they are simulated
        Configuration watched;          ///< with them
        WallTime newest{};
    };
    Run &runOf(qint64 run);
    static bool watch(Run &run, const ProviderId &id, bool simulated);
    void judge(WallTime upTo);

    Configuration m_configuration;
    std::map<qint64, Run> m_runs;
    std::vector<HealthSnapshot> m_judged;
    WallTime m_upTo{};
};

} // namespace retryscope
