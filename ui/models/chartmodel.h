// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/dashboardpast.h"
#include "models/dashboardstate.h"

#include <QObject>

#include <bitset>
#include <memory>

namespace retryscope {

/// "2 min", "30 min", "6 h", "24 h", "7 days".
QString spanName(std::size_t span);

/// A time that a provider spent in one state; without a state nobody watched.
struct StateBand
{
    WallTime from{}, to{};
    std::optional<ProviderState> state;
    RetryReason reason = RetryReason::None;
    Duration length() const { return to - from; }
    bool operator==(const StateBand &) const = default;
};

/// One picture's worth of numbers: the same for every chart. Valid until the next update or advance.
struct ChartFrame
{
    struct Lane { ProviderId id; QString name; };
    const TimeSeries *series = nullptr;
    std::size_t span = 0;
    WallTime end{};              ///< now, or when the pause began
    qint64 lastKey = 0;          ///< bin at the right edge
    quint64 version = 0;         ///< of the series
    std::vector<Lane> lanes;     ///< in order of priority
    ProviderNames names;         ///< also of those without a lane
    bool simulated = false, loading = false;
    QString problem;             ///< why the past is missing; empty when it is not

    int count = 0;               ///< bins of a zoomed span
    bool zoomed = false;         ///< a part of the past, held still
    const std::deque<ChartMarker> *markers = nullptr;

    int bins() const { return zoomed ? count : seriesSpans[span].bins; }
    Duration bin() const { return seriesSpans[span].bin; }
    WallTime startOf(int index) const { return TimeSeries::startOf(span, lastKey - bins() + 1 + index); }
    const TrafficBin *at(const ProviderId &provider, int index) const
    {
        return series->bin(provider, span, lastKey - bins() + 1 + index);
    }
    /// Of all providers, also removed ones, and of calls that found none.
    const TrafficBin *total(int index) const { return series->total(span, lastKey - bins() + 1 + index); }
    /// The times without a watcher, from the width of a bin on.
    std::vector<StateBand> gaps() const;
    /// Some program recorded at some time of the bin.
    bool watched(int index) const
    {
        return startOf(index) <= end && series->watched(startOf(index), std::min(startOf(index + 1), end));
    }
};

/// What one provider did in the whole frame; without the times to the first token. Of calls that found none with an empty id.
TrafficBin windowOf(const ChartFrame &frame, const ProviderId &provider);

/// The states of a provider from the frame's first moment to its end, without gaps; from the exact times of the changes.
std::vector<StateBand> bandsOf(const ChartFrame &frame, const ProviderId &provider);

/// What all charts share: the window, the pause, the one cursor, and the past of the window that is shown, with what
/// other programs do meanwhile. That is asked for every five seconds, and every half a minute where nothing new or nothing
/// at all came; not while the charts stand still.
class ChartModel : public QObject
{
    Q_OBJECT
public:
    explicit ChartModel(DashboardState &state, QObject *parent = nullptr);

    /// Not owned; must outlive this or be taken away with null.
    void setPast(DashboardPast *past);
    std::size_t span() const { return m_span; }
    void setSpan(std::size_t span);
    void shorter();
    void longer();
    bool isPaused() const { return m_frozen != nullptr; }
    /// When the pause began; none when live.
    std::optional<WallTime> pausedAt() const { return m_pausedAt; }
    void setPaused(bool paused);
    std::optional<WallTime> cursor() const { return m_cursor; }
    void setCursor(std::optional<WallTime> at);
    /// Other programs were heard of: there is something new.
    void expectMore();
    /// For the first time; after that the last answer stands until the next.
    bool isLoading() const { return m_asked[m_span] && !m_pasts.contains(m_span); }
    /// The part that is looked at closely, from its first to its last moment; the charts stand still for it.
    std::optional<std::pair<WallTime, WallTime>> zoom() const { return m_zoom; }
    /// Widened to at least ten bins of the finest window that reaches so far back; none goes back to the live window.
    void setZoom(std::optional<std::pair<WallTime, WallTime>> span);
    void addMarker(const ChartMarker &marker) { m_state.addMarker(marker); }

    void advance(SteadyTime now);
    const ChartFrame &frame() const { return m_frame; }
    /// The same window without the pause: a card never shows an old state.
    ChartFrame live() const { return build(m_state.series(), m_now); }

signals:
    void spanChanged();
    void pausedChanged();
    void cursorChanged();
    void zoomChanged();
    void pastArrived();

private:
    void fetch();
    void askAnew();
    void take(std::size_t span, const PastAnswer &answer);
    void layPast();
    void rebuild();
    ChartFrame build(const TimeSeries &series, WallTime end) const;

    DashboardState &m_state;
    DashboardPast *m_past = nullptr;
    std::size_t m_span = 0;
    std::optional<WallTime> m_cursor, m_pausedAt;
    std::optional<std::pair<WallTime, WallTime>> m_zoom;
    bool m_pausedByZoom = false;
    std::unique_ptr<TimeSeries> m_frozen;
    std::bitset<seriesSpans.size()> m_asked; ///< and not yet answered
    std::map<std::size_t, QString> m_problems;
    std::map<std::size_t, PastAnswer> m_pasts; ///< the last good one of each window
    quint64 m_generation = 0;                  ///< of the source: answers of an earlier one count for nothing
    std::array<SteadyTime, seriesSpans.size()> m_notBefore{}; ///< when a window is asked for again
    SteadyTime m_steady{};
    bool m_more = false; ///< while an answer is awaited, or before
    PastTraffic m_traffic;
    WallTime m_now{};
    std::optional<WallTime> m_began; ///< the first that it knew of
    ChartFrame m_frame;
};

} // namespace retryscope
