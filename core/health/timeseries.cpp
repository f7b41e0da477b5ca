// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "health/timeseries.h"

#include <algorithm>

namespace retryscope {
namespace {

constexpr Duration drift = 2s;

Duration sinceEpoch(WallTime t) { return t.time_since_epoch(); }
WallTime toWall(Duration d) { return WallTime(std::chrono::floor<std::chrono::milliseconds>(d)); }

/// The end of the bin that a moment is drawn in, seen from `now`: of the finest window that still shows any of it.
WallTime endOfBin(WallTime at, WallTime now)
{
    const auto endIn = [at](std::size_t span) { return TimeSeries::startOf(span, TimeSeries::keyOf(span, at) + 1); };
    std::size_t span = 0;
    while (span + 1 < seriesSpans.size() && now - endIn(span + 1) >= seriesSpans[span].window)
        ++span;
    return endIn(span);
}

/// Changes of one bin become one stretch for each state, the last one last: how long each stood stays as it was, only the
/// order within the bin is lost, which no picture of that age shows. Many short changes become few.
template <typename Changes> void thin(Changes *changes, WallTime now)
{
    struct Stretch
    {
        StateChange change;
        WallTime::duration length{};
    };
    Changes thinned;
    std::vector<Stretch> stretches;
    for (std::size_t i = 0; i < changes->size();) {
        const WallTime first = (*changes)[i].at, end = endOfBin(first, now);
        stretches.clear();
        for (; i < changes->size() && (*changes)[i].at < end; ++i) {
            const StateChange &change = (*changes)[i];
            const WallTime until = i + 1 < changes->size() ? std::min((*changes)[i + 1].at, end) : end;
            auto it = std::find_if(stretches.begin(), stretches.end(), [&](const Stretch &s) {
                return s.change.state == change.state && s.change.reason == change.reason;
            });
            if (it == stretches.end())
                it = stretches.insert(it, {change, {}});
            it->length += until - change.at;
            std::rotate(it, it + 1, stretches.end());
        }
        WallTime at = first;
        for (Stretch &stretch : stretches) {
            stretch.change.at = at;
            at += stretch.length;
            thinned.push_back(stretch.change);
        }
    }
    *changes = std::move(thinned);
}

} // namespace

std::chrono::milliseconds TimeSeries::sync(SteadyTime at, WallTime wall)
{
    const Duration offset = sinceEpoch(wall) - at.time_since_epoch();
    if (m_offset && std::chrono::abs(offset - *m_offset) < drift)
        return {};
    const Duration step = offset - m_offset.value_or(offset);
    m_offset = offset;
    if (step < 0s)
        forgetAfter(wall);
    ++m_version;
    return std::chrono::round<std::chrono::milliseconds>(step);
}

WallTime TimeSeries::wallOf(SteadyTime at) const { return toWall(at.time_since_epoch() + m_offset.value_or(0s)); }

void TimeSeries::forget(const ProviderId &provider)
{
    m_lanes.erase(provider);
    m_joined.erase(provider);
    ++m_version;
}

void TimeSeries::forgetAfter(WallTime wall)
{
    const auto forget = [&](Lane &lane) {
        for (std::size_t s = 0; s < m_spans; ++s) {
            for (Slot &slot : lane.rings[s]) {
                if (slot.key > keyOf(s, wall))
                    slot = Slot{};
            }
            lane.border[s].clear();
        }
        while (!lane.changes.empty() && lane.changes.back().at > wall)
            lane.changes.pop_back();
    };
    for (auto &[id, lane] : m_lanes)
        forget(lane);
    forget(m_total);
    m_joined.clear();
    m_newest = std::min(m_newest, wall);
    if (m_watchedFrom)
        m_watchedFrom = std::min(*m_watchedFrom, wall); // it watches now
    std::erase_if(m_missed, [wall](const WatchedSpan &span) { return span.from >= wall; });
}

qint64 TimeSeries::keyOf(std::size_t span, WallTime at) { return sinceEpoch(at) / seriesSpans[span].bin; }
WallTime TimeSeries::startOf(std::size_t span, qint64 key) { return toWall(key * seriesSpans[span].bin); }

TimeSeries::Lane *TimeSeries::lane(const ProviderId &provider)
{
    if (const auto it = m_lanes.find(provider); it != m_lanes.end())
        return &it->second;
    return !provider.isEmpty() && m_lanes.size() - m_lanes.count({}) >= mostProviders ? nullptr : &m_lanes[provider];
}

const TimeSeries::Lane *TimeSeries::findLane(const ProviderId &provider) const
{
    const auto it = m_lanes.find(provider);
    return it == m_lanes.end() ? nullptr : &it->second;
}

TrafficBin *TimeSeries::slot(Lane &lane, std::size_t span, qint64 key)
{
    Ring &ring = lane.rings[span];
    if (ring.empty())
        ring.resize(std::size_t(seriesSpans[span].bins) + 1);
    Slot &slot = ring[std::size_t(key) % ring.size()];
    if (key < 0 || slot.key > key)
        return nullptr; // the ring has moved on
    if (slot.key < key)
        slot = {key, std::make_shared<TrafficBin>()};
    else if (slot.bin.use_count() > 1)
        slot.bin = std::make_shared<TrafficBin>(*slot.bin); // a frozen picture holds the old one
    lane.border[span].erase(key);
    return slot.bin.get();
}

template <typename Count> void TimeSeries::count(Lane &lane, WallTime at, Count count)
{
    for (std::size_t s = 0; s < m_spans; ++s) {
        if (TrafficBin *bin = slot(lane, s, keyOf(s, at)))
            count(*bin);
    }
}

void TimeSeries::onEvent(const Event &e)
{
    sync(e.at, e.wall);
    if (!TrafficBin::concerns(e))
        return;
    const WallTime at = wallOf(e.at);
    m_newest = std::max(m_newest, at);
    ++m_version;
    const auto add = [&e](TrafficBin &bin) { bin.add(e); };
    count(m_total, at, add);
    if (Lane *to = lane(e.provider))
        count(*to, at, add);
}

void TimeSeries::add(const SeriesPiece &piece)
{
    m_newest = std::max(m_newest, piece.start);
    ++m_version;
    const auto merge = [&piece](TrafficBin &bin) { bin.merge(piece.bin); };
    count(m_total, piece.start, merge);
    if (Lane *to = lane(piece.provider))
        count(*to, piece.start, merge);
}

void TimeSeries::addChange(const ProviderId &provider, const StateChange &change)
{
    Lane *to = lane(provider);
    if (!to)
        return;
    to->changes.push_back(change);
    const WallTime oldest =
        change.at - std::chrono::duration_cast<std::chrono::milliseconds>(seriesSpans.back().window);
    while (to->changes.size() > 1 && to->changes[1].at < oldest)
        to->changes.pop_front();
    if (to->changes.size() > to->thinAt) {
        thin(&to->changes, change.at);
        to->thinAt = std::max(mostChanges, 2 * to->changes.size());
    }
    m_joined.erase(provider);
    ++m_version;
}

void TimeSeries::setPast(std::size_t span, const SeriesPieces &pieces)
{
    if (span >= m_spans)
        return;
    const auto clear = [span](Lane &lane) {
        lane.past[span].clear();
        lane.border[span].clear();
    };
    for (auto &[id, lane] : m_lanes)
        clear(lane);
    clear(m_total);
    ++m_version;
    for (const SeriesPiece &piece : pieces) {
        const qint64 key = keyOf(span, piece.start);
        if (key < 0 || key <= keyOf(span, m_newest) - seriesSpans[span].bins - 1)
            continue;
        m_total.past[span][key].merge(piece.bin);
        if (Lane *to = lane(piece.provider))
            to->past[span][key].merge(piece.bin);
    }
}

void TimeSeries::setPastChanges(std::map<ProviderId, std::vector<StateChange>> changes)
{
    for (auto &[id, lane] : m_lanes)
        lane.pastChanges.clear();
    for (auto &[provider, list] : changes) {
        Lane *to = lane(provider);
        if (!to)
            continue;
        std::stable_sort(list.begin(), list.end(), [](const auto &a, const auto &b) { return a.at < b.at; });
        if (list.size() > mostChanges)
            thin(&list, std::max(m_newest, list.back().at));
        to->pastChanges.assign(list.begin(), list.end());
    }
    m_joined.clear();
    ++m_version;
}

void TimeSeries::watchedFrom(WallTime start)
{
    m_watchedFrom = m_watchedFrom ? std::min(*m_watchedFrom, start) : start;
    ++m_version;
}

void TimeSeries::missed(const WatchedSpan &span)
{
    if (span.from >= span.to)
        return;
    m_missed.push_back(span);
    if (m_missed.size() > mostMissed)
        m_missed.pop_front();
    ++m_version;
}

bool TimeSeries::watched(WallTime from, WallTime to) const
{
    if (m_lostSince && from >= *m_lostSince)
        return false;
    if (std::any_of(m_missed.begin(), m_missed.end(),
                    [&](const WatchedSpan &s) { return s.from <= from && to <= s.to; }))
        return false;
    if (!m_watchedFrom || to > *m_watchedFrom || m_watched.empty())
        return !m_watchedFrom || to > *m_watchedFrom;
    return std::any_of(m_watched.begin(), m_watched.end(),
                       [&](const WatchedSpan &s) { return s.from < to && s.to >= from; });
}

const TrafficBin *TimeSeries::find(const Lane &lane, std::size_t span, qint64 key)
{
    const Ring &ring = lane.rings[span];
    const TrafficBin *own = nullptr;
    if (key >= 0 && !ring.empty() && ring[std::size_t(key) % ring.size()].key == key)
        own = ring[std::size_t(key) % ring.size()].bin.get();
    const auto past = lane.past[span].find(key);
    if (past == lane.past[span].end())
        return own;
    if (!own)
        return &past->second;
    const auto [border, isNew] = lane.border[span].try_emplace(key, past->second);
    if (isNew)
        border->second.merge(*own);
    return &border->second;
}

const TrafficBin *TimeSeries::bin(const ProviderId &provider, std::size_t span, qint64 key) const
{
    const Lane *from = findLane(provider);
    return from ? find(*from, span, key) : nullptr;
}

const std::deque<StateChange> &TimeSeries::changes(const ProviderId &provider) const
{
    static const std::deque<StateChange> none;
    const Lane *from = findLane(provider);
    if (!from || from->pastChanges.empty())
        return from ? from->changes : none;
    const auto [joined, isNew] = m_joined.try_emplace(provider);
    if (isNew) {
        const WallTime first = from->changes.empty() ? WallTime::max() : from->changes.front().at;
        for (const StateChange &change : from->pastChanges) {
            if (change.at < first)
                joined->second.push_back(change);
        }
        joined->second.insert(joined->second.end(), from->changes.begin(), from->changes.end());
    }
    return joined->second;
}

std::vector<ProviderId> TimeSeries::providers() const
{
    std::vector<ProviderId> ids;
    for (const auto &[id, lane] : m_lanes)
        ids.push_back(id);
    return ids;
}

} // namespace retryscope
