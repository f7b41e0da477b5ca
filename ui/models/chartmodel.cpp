// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/chartmodel.h"

#include <QPointer>

#include <algorithm>

namespace retryscope {
namespace {
constexpr std::chrono::seconds lookAgain{5}, lookWhenQuiet{30}, tryAgain{30};
}

QString spanName(std::size_t span)
{
    static const std::array names{QT_TRANSLATE_NOOP("QObject", "2 min"), QT_TRANSLATE_NOOP("QObject", "30 min"),
                                  QT_TRANSLATE_NOOP("QObject", "6 h"), QT_TRANSLATE_NOOP("QObject", "24 h"),
                                  QT_TRANSLATE_NOOP("QObject", "7 days")};
    return QObject::tr(names[span]);
}

ChartModel::ChartModel(DashboardState &state, QObject *parent) : QObject(parent), m_state(state) { rebuild(); }

std::vector<StateBand> ChartFrame::gaps() const
{
    std::vector<StateBand> gaps;
    for (int b = 0; b < bins() && startOf(b) < end; ++b) {
        if (watched(b))
            continue;
        if (!gaps.empty() && gaps.back().to == startOf(b))
            gaps.back().to = std::min(end, startOf(b + 1));
        else
            gaps.push_back({startOf(b), std::min(end, startOf(b + 1)), std::nullopt, RetryReason::None});
    }
    return gaps;
}

TrafficBin windowOf(const ChartFrame &f, const ProviderId &provider)
{
    TrafficBin all;
    for (int b = 0; b < f.bins(); ++b) {
        if (const TrafficBin *bin = f.at(provider, b)) {
            all.mergeCounts(*bin);
            all.latency.merge(bin->latency);
        }
    }
    return all;
}

std::vector<StateBand> bandsOf(const ChartFrame &f, const ProviderId &provider)
{
    std::vector<StateBand> bands;
    const WallTime begin = f.startOf(0), end = std::clamp(f.end, begin, f.startOf(f.bins()));
    StateBand now{begin, begin, ProviderState::Unproven, RetryReason::None};
    const auto put = [&bands](const StateBand &band) {
        if (band.to <= band.from)
            return;
        if (!bands.empty() && bands.back().state == band.state && bands.back().reason == band.reason)
            bands.back().to = band.to;
        else
            bands.push_back(band);
    };
    const std::vector<StateBand> gaps = f.gaps(); // cut through every state
    auto gap = gaps.begin();
    const auto until = [&](WallTime to) {
        for (; gap != gaps.end() && gap->from < to; ++gap) {
            put({now.from, std::max(now.from, gap->from), now.state, now.reason});
            put({std::max(now.from, gap->from), std::min(to, gap->to), std::nullopt, RetryReason::None});
            now.from = std::max(now.from, std::min(to, gap->to));
            if (gap->to > to)
                break;
        }
        put({now.from, to, now.state, now.reason});
        now.from = std::max(now.from, to);
    };
    for (const StateChange &change : f.series->changes(provider)) {
        if (change.at > begin)
            until(std::min(change.at, end));
        now.state = change.state;
        now.reason = change.reason;
        if (change.at >= end)
            break;
    }
    until(end);
    return bands;
}

void ChartModel::setPast(DashboardPast *past)
{
    m_past = past;
    askAnew();
}

void ChartModel::askAnew()
{
    ++m_generation;
    m_notBefore = {};
    m_problems.clear();
    m_asked.reset();
    fetch();
}

void ChartModel::setSpan(std::size_t span)
{
    span = std::min(span, seriesSpans.size() - 1);
    if (span == m_span)
        return;
    m_span = span;
    m_cursor.reset();
    setZoom(std::nullopt);
    fetch();
    layPast();
    rebuild();
    emit spanChanged();
    emit cursorChanged();
}

void ChartModel::shorter()
{
    if (m_span > 0)
        setSpan(m_span - 1);
}

void ChartModel::longer() { setSpan(m_span + 1); }

void ChartModel::setPaused(bool paused)
{
    if (paused == isPaused())
        return;
    if (!paused && m_zoom) {
        m_pausedByZoom = true; // going on ends the close look too
        return setZoom(std::nullopt);
    }
    m_frozen = paused ? std::make_unique<TimeSeries>(m_state.series()) : nullptr;
    m_pausedAt = paused ? std::optional(m_now) : std::nullopt;
    rebuild();
    emit pausedChanged();
}

void ChartModel::setZoom(std::optional<std::pair<WallTime, WallTime>> span)
{
    if (span == m_zoom)
        return;
    m_zoom = span;
    m_cursor.reset();
    if (span && !isPaused()) {
        m_pausedByZoom = true;
        setPaused(true);
    } else if (!span && std::exchange(m_pausedByZoom, false)) {
        setPaused(false);
    }
    rebuild();
    emit zoomChanged();
    emit cursorChanged();
}

void ChartModel::rebuild()
{
    m_frame = build(m_frozen ? *m_frozen : m_state.series(), m_pausedAt.value_or(m_now));
    if (!m_zoom)
        return;
    constexpr int leastBins = 10;
    std::size_t span = 0; // the finest that still holds the beginning
    while (span < m_span && m_frame.end - m_zoom->first > seriesSpans[span].window)
        ++span;
    m_frame.span = span;
    m_frame.zoomed = true;
    const qint64 first = TimeSeries::keyOf(span, m_zoom->first);
    m_frame.lastKey = std::max(first + leastBins - 1, TimeSeries::keyOf(span, m_zoom->second - WallTime::duration(1)));
    m_frame.count = int(m_frame.lastKey - first + 1);
}

void ChartModel::setCursor(std::optional<WallTime> at)
{
    if (at == m_cursor)
        return;
    m_cursor = at;
    emit cursorChanged();
}

void ChartModel::fetch()
{
    if (!m_past || m_asked[m_span] || m_now == WallTime{} || m_steady < m_notBefore[m_span]
        || (isPaused() && m_pasts.contains(m_span)))
        return;
    m_asked[m_span] = true;
    const SeriesSpan &s = seriesSpans[m_span];
    const WallTime until = m_state.firstPiece().value_or(m_now);
    const PastRequest request{m_span, m_now - std::chrono::duration_cast<std::chrono::milliseconds>(s.window + s.bin),
                              until, m_began.value_or(m_now), m_now, m_traffic};
    m_past->request(request,
                    [self = QPointer(this), span = m_span, generation = m_generation](const PastAnswer &answer) {
                        if (self && generation == self->m_generation)
                            self->take(span, answer);
                    });
}

void ChartModel::take(std::size_t span, const PastAnswer &answer)
{
    if (!m_asked[span])
        return;
    m_asked[span] = false;
    const bool known = std::exchange(m_problems[span], answer.problem) == answer.problem && m_pasts.contains(span)
                       && m_pasts[span] == answer;
    m_notBefore[span] = m_steady + (!answer.problem.isEmpty() ? tryAgain : known && !m_more ? lookWhenQuiet : lookAgain);
    m_more = false;
    if (known)
        return;
    if (answer.problem.isEmpty()) {
        m_pasts[span] = answer;
        for (TimeSeries *series : {&m_state.series(), m_frozen.get()}) {
            if (series)
                series->setPast(span, answer.pieces);
        }
        layPast();
    }
    rebuild();
    emit pastArrived();
}

void ChartModel::expectMore()
{
    m_more = true;
    for (std::size_t span = 0; span < seriesSpans.size(); ++span) {
        if (m_problems[span].isEmpty())
            m_notBefore[span] = std::min(m_notBefore[span], m_steady);
    }
}

/// Changes and watched times of the window that is shown: each window has been asked for its own.
void ChartModel::layPast()
{
    const auto past = m_pasts.find(m_span);
    if (past == m_pasts.end())
        return;
    auto changes = past->second.changes;
    if (const auto start = m_state.watchedFrom()) {
        for (auto &[provider, list] : changes) { // what an earlier program knew proves nothing in this one
            std::erase_if(list, [&](const StateChange &c) { return c.at >= *start; });
            list.push_back({*start, ProviderState::Unproven, RetryReason::None});
        }
    }
    for (TimeSeries *series : {&m_state.series(), m_frozen.get()}) {
        if (!series)
            continue;
        series->setPastChanges(changes);
        series->setPastWatched(past->second.watched);
    }
}

void ChartModel::advance(SteadyTime now)
{
    m_steady = now;
    m_now = m_state.series().wallOf(now);
    m_began = std::min(m_began.value_or(m_now), m_now); // a clock may be set back
    if (m_traffic != m_state.traffic()) {
        m_traffic = m_state.traffic();
        m_pasts.clear(); // of others
        askAnew();
    }
    fetch();
    rebuild();
    if (m_cursor && *m_cursor < m_frame.startOf(0))
        setCursor(std::nullopt);
}

ChartFrame ChartModel::build(const TimeSeries &series, WallTime end) const
{
    ChartFrame f;
    f.series = &series;
    f.span = m_span;
    f.end = end;
    f.lastKey = TimeSeries::keyOf(m_span, end);
    f.version = series.version();
    for (const auto &p : m_state.providers())
        f.lanes.push_back({p.id, p.name});
    f.names = m_state.names();
    f.simulated = m_state.simulated();
    f.markers = &m_state.markers();
    f.loading = isLoading();
    const auto problem = m_problems.find(m_span);
    f.problem = problem == m_problems.end() ? QString() : problem->second;
    return f;
}

} // namespace retryscope
