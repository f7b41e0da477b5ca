// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "health/providerstate.h"
#include "telemetry/trafficbin.h"

#include <array>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace retryscope {

/// A window of the charts and the width of its bins.
struct SeriesSpan { Duration window, bin; int bins; };
inline constexpr std::array<SeriesSpan, 5> seriesSpans{{
    {2min, 1s, 120}, {30min, 10s, 180}, {6h, 2min, 180}, {24h, 10min, 144}, {168h, 1h, 168},
}};

/// What happened at one provider (empty: to calls without one) in the bin that begins at `start`.
struct SeriesPiece
{
    ProviderId provider;
    WallTime start{};
    TrafficBin bin;
    bool operator==(const SeriesPiece &) const = default;
};
using SeriesPieces = std::vector<SeriesPiece>;

/// A span of time during which somebody watched: some program ran and recorded.
struct WatchedSpan
{
    WallTime from{}, to{};
    bool operator==(const WatchedSpan &) const = default;
};

/// The traffic of every provider over time, in five rings, from seconds over two minutes to hours over seven days, and the
/// states that each went through. Memory is bounded by the number of providers (at most 64 beside "none") and of used bins.
/// Bins are aligned to the wall clock, but counted on the steady one: a clock that is set, or a machine that slept, moves
/// the later bins, never the order. What happened before the start is laid under it, one window at a time, and laying it
/// again replaces it. Not thread-safe; a copy is a frozen picture and shares its bins.
class TimeSeries
{
public:
    static constexpr std::size_t mostProviders = 64;
    static constexpr std::size_t mostMissed = 200;
    static constexpr std::size_t mostChanges = 1'000; ///< for each provider, exactly; beyond, what is old is told by bins

    /// Keeps the first `spans` windows only.
    explicit TimeSeries(std::size_t spans = seriesSpans.size()) : m_spans(std::min(spans, seriesSpans.size())) {}

    /// Tells how both times relate. Differences below two seconds are drift and change nothing. By how much the wall clock
    /// was set, negative: back; a machine that slept sets it forward.
    std::chrono::milliseconds sync(SteadyTime at, WallTime wall);
    WallTime wallOf(SteadyTime at) const;
    bool synced() const { return m_offset.has_value(); }

    /// Counts one event at its time.
    void onEvent(const Event &event);
    /// Adds what was counted elsewhere, in bins of at most one second.
    void add(const SeriesPiece &piece);
    void addChange(const ProviderId &provider, const StateChange &change);
    /// What was counted of it so far; the sums of all keep it.
    void forget(const ProviderId &provider);

    /// Lays what happened before the start under window `span`, in place of what was laid there before. What no longer fits
    /// the window is left out.
    void setPast(std::size_t span, const SeriesPieces &pieces);
    /// The same for changes of state; those not before the first own one are left out.
    void setPastChanges(std::map<ProviderId, std::vector<StateChange>> changes);
    /// When earlier programs ran; own time is added by watchedFrom().
    void setPastWatched(std::vector<WatchedSpan> spans) { m_watched = std::move(spans); ++m_version; }
    /// This program records since then.
    void watchedFrom(WallTime start);
    /// Nothing can be heard since then; none: it can be heard again, and what was missed has been told.
    void lost(std::optional<WallTime> since) { m_lostSince = since; ++m_version; }
    /// Nobody watched in that time, and what happened then never came. The newest `mostMissed` are kept.
    void missed(const WatchedSpan &span);
    /// Whether anybody watched at any time in [from, to); true where nothing is known of earlier programs.
    bool watched(WallTime from, WallTime to) const;

    static qint64 keyOf(std::size_t span, WallTime at);
    static WallTime startOf(std::size_t span, qint64 key);
    /// None where nothing happened or the ring has moved on. Valid until the next change.
    const TrafficBin *bin(const ProviderId &provider, std::size_t span, qint64 key) const;
    /// Of all providers and none.
    const TrafficBin *total(std::size_t span, qint64 key) const { return find(m_total, span, key); }
    /// In order of time.
    const std::deque<StateChange> &changes(const ProviderId &provider) const;
    /// Who has a line here, in order of name; "" is first where calls without a provider were counted.
    std::vector<ProviderId> providers() const;
    /// Grows with every change, so that an unchanged chart need not be painted.
    quint64 version() const { return m_version; }

private:
    struct Slot { qint64 key = -1; std::shared_ptr<TrafficBin> bin; };
    using Ring = std::vector<Slot>;
    struct Lane
    {
        std::array<Ring, seriesSpans.size()> rings;                              ///< empty until used
        std::array<std::map<qint64, TrafficBin>, seriesSpans.size()> past;       ///< by key
        mutable std::array<std::map<qint64, TrafficBin>, seriesSpans.size()>
            border; ///< where past and present share a bin
        std::deque<StateChange> changes, pastChanges;
        std::size_t thinAt = mostChanges; ///< so many changes of its own
    };
    Lane *lane(const ProviderId &provider);
    const Lane *findLane(const ProviderId &provider) const;
    static TrafficBin *slot(Lane &lane, std::size_t span, qint64 key);
    static const TrafficBin *find(const Lane &lane, std::size_t span, qint64 key);
    template <typename Count> void count(Lane &lane, WallTime at, Count count);
    void forgetAfter(WallTime wall);

    std::size_t m_spans;
    std::map<ProviderId, Lane> m_lanes;
    Lane m_total;
    mutable std::map<ProviderId, std::deque<StateChange>> m_joined; ///< past and own changes, made when asked for
    std::vector<WatchedSpan> m_watched;
    std::deque<WatchedSpan> m_missed;
    std::optional<WallTime> m_watchedFrom, m_lostSince;
    std::optional<Duration> m_offset; ///< wall minus steady
    WallTime m_newest{};
    quint64 m_version = 0;
};

} // namespace retryscope
