// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/chartmodel.h"

namespace retryscope {

/// One place that calls go to: a provider, those that are configured no longer, or nobody.
struct FlowRow
{
    enum class Kind : quint8 { Provider, Removed, Nobody };
    Kind kind = Kind::Provider;
    ProviderId id;
    QString name, model;
    ProviderState state = ProviderState::Unproven;
    quint64 inFlight = 0;
    TrafficBin bin;   ///< of the window
    QString fact;     ///< its share and speed, or why and until when it is skipped
    QString brief = {}; ///< of it what fits where little does: the number; may be empty
    bool isQuiet() const
    {
        return kind == Kind::Provider && isCalm(state) && bin.owed() == 0 && bin.skipCount() == 0 && inFlight == 0;
    }
    bool operator==(const FlowRow &) const = default;
};

/// Where the calls of a window went and how they ended.
struct FlowPicture
{
    static constexpr std::size_t mostRows = 8; ///< beyond, the quiet ones fold into one line

    std::vector<FlowRow> rows;                 ///< providers in order of priority, then what is none
    TrafficBin all;                            ///< without latencies
    quint64 inFlight = 0;
    Duration over{};                           ///< how much of the window was watched
    /// What is so now: states, what is in flight, the fact of each row. Whether that changed anything.
    bool tell(const HealthSnapshot &health, SteadyTime now);
    /// What a provider that is configured did; null: it is none.
    const TrafficBin *binOf(const ProviderId &provider) const;
    /// The rows that are drawn; the others are told together.
    std::vector<std::size_t> shown() const;
    bool operator==(const FlowPicture &) const = default;
};

FlowPicture flowOf(const ChartFrame &frame, const HealthSnapshot &health, SteadyTime now);
/// "p95 412 ms"; below 20 answers "p95 412 ms of 7 answers"; empty without any.
QString latencyFact(const LatencyHistogram &latency);

} // namespace retryscope
