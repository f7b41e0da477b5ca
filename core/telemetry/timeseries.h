// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "telemetry/providercircuits.h"

#include <array>
#include <deque>
#include <map>
#include <optional>
#include <vector>

namespace retryscope {

/// Logarithmic buckets from 1 ms to 30 min, 9 % wide: any quantile within 5 %, in 640 bytes. Two of them can be added.
class LatencySketch
{
public:
    static constexpr std::size_t buckets = 160;
    void record(Duration d, quint32 times = 1);
    void add(const LatencySketch &other);
    /// Has exactly these two quantiles, where no more is known than they.
    static LatencySketch ofQuantiles(quint32 samples, Duration p50, Duration p95);
    quint64 count() const { return m_count; }
    /// q in [0, 1]; none without samples.
    std::optional<Duration> quantile(double q) const;

private:
    std::array<quint32, buckets> m_buckets{};
    quint64 m_count = 0;
};

/// What happened at one provider in one span of time. Two of them can be added.
struct SeriesBin
{
    std::array<quint32, retryReasonCount> retries{}; ///< next attempts, here or elsewhere, by the reason that made them needed
    std::array<quint32, callOutcomeCount> outcomes{};             ///< calls that ended here, by CallOutcome
    quint32 attempts = 0;     ///< finished ones, without the cancelled
    quint32 failures = 0;     ///< of them, those that speak against the provider
    quint32 callAttempts = 0; ///< attempts of the calls that ended here, on any provider
    bool simulated = false;   ///< something in it came from the sandbox
    LatencySketch duration, firstToken; ///< of successful attempts

    void add(const SeriesBin &other);
    quint32 calls() const; ///< ended, without the cancelled
};

/// A window of the charts and the width of its bins.
struct SeriesSpan { Duration window, bin; int bins; };
inline constexpr std::array<SeriesSpan, 5> seriesSpans{{
    {2min, 1s, 120}, {30min, 10s, 180}, {6h, 2min, 180}, {24h, 10min, 144}, {168h, 1h, 168},
}};

/// A change of a provider's circuit or of its slowness.
struct StateChange
{
    WallTime at{};
    CircuitState circuit = CircuitState::Closed;
    bool slow = false;
    RetryReason reason = RetryReason::None;
    bool operator==(const StateChange &) const = default;
};

/// The event stream as numbers over time: for every provider five rings, from seconds over two minutes to hours over
/// seven days. Memory is bounded by the number of providers (at most 64). Bins are aligned to the wall clock, but
/// counted on the steady one: a clock that is set, or a machine that slept, moves the later bins, never the order.
/// Not thread-safe; a copy is a frozen picture.
class TimeSeries
{
public:
    static constexpr std::size_t mostProviders = 64;
    static constexpr std::size_t mostChanges = 1'000; ///< for each provider; the oldest leave first

    /// Tells how both times relate. Differences below two seconds are drift and change nothing.
    void sync(SteadyTime at, WallTime wall);
    WallTime wallOf(SteadyTime at) const;
    bool synced() const { return m_offset.has_value(); }

    void onEvent(const Event &event);
    /// Adds what happened before the start, for the bin that holds `at`. What no longer fits the window is dropped.
    void merge(std::size_t span, const ProviderId &provider, WallTime at, const SeriesBin &bin);
    void mergeChanges(const ProviderId &provider, std::vector<StateChange> earlier);

    static qint64 keyOf(std::size_t span, WallTime at);
    static WallTime startOf(std::size_t span, qint64 key);
    /// None where nothing happened or the ring has moved on.
    const SeriesBin *bin(const ProviderId &provider, std::size_t span, qint64 key) const;
    /// In order of time.
    const std::deque<StateChange> &changes(const ProviderId &provider) const;
    /// Grows with every change, so that an unchanged chart need not be painted.
    quint64 version() const { return m_version; }

private:
    struct Slot { qint64 key = -1; SeriesBin bin; };
    struct Lane
    {
        Lane();
        std::array<std::vector<Slot>, seriesSpans.size()> rings;
        std::deque<StateChange> changes;
        ProviderCircuits circuits;
    };
    Lane *lane(const ProviderId &provider);
    const Lane *findLane(const ProviderId &provider) const;
    static Slot *slot(Lane &lane, std::size_t span, qint64 key);
    void forgetAfter(WallTime wall);
    void note(const Event &event, WallTime at);
    bool isNextAttempt(const Event &event);

    std::map<ProviderId, Lane> m_lanes;
    std::map<CallId, bool> m_waiting; ///< calls whose next attempt was counted when its wait began
    std::optional<Duration> m_offset; ///< wall minus steady
    WallTime m_newest{};
    quint64 m_version = 0;
};

} // namespace retryscope
