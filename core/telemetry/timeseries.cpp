// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "telemetry/timeseries.h"

#include <algorithm>
#include <cmath>

namespace retryscope {
namespace {

constexpr Duration drift = 2s;
constexpr std::size_t mostWaiting = 10'000;
const double step = std::log(1'800'000.0) / double(LatencySketch::buckets);

Duration sinceEpoch(WallTime t) { return t.time_since_epoch(); }
WallTime toWall(Duration d) { return WallTime(std::chrono::floor<std::chrono::milliseconds>(d)); }

} // namespace

void LatencySketch::record(Duration d, quint32 times)
{
    const double ms = std::max(1.0, toSeconds(d) * 1000.0);
    m_buckets[std::min(buckets - 1, std::size_t(std::log(ms) / step))] += times;
    m_count += times;
}

void LatencySketch::add(const LatencySketch &other)
{
    if (other.m_count == 0)
        return;
    for (std::size_t i = 0; i < buckets; ++i)
        m_buckets[i] += other.m_buckets[i];
    m_count += other.m_count;
}

LatencySketch LatencySketch::ofQuantiles(quint32 samples, Duration p50, Duration p95)
{
    LatencySketch sketch;
    if (samples == 0)
        return sketch;
    const quint32 below = quint32(std::ceil(0.95 * samples)) - 1; // the next one is the p95
    sketch.record(p95, samples - below);
    if (below > 0)
        sketch.record(p50, below);
    return sketch;
}

std::optional<Duration> LatencySketch::quantile(double q) const
{
    if (m_count == 0)
        return std::nullopt;
    const auto rank = std::max<quint64>(1, quint64(std::ceil(std::clamp(q, 0.0, 1.0) * double(m_count))));
    quint64 seen = 0;
    for (std::size_t i = 0; i < buckets; ++i) {
        seen += m_buckets[i];
        if (seen >= rank)
            return fromSeconds(std::exp((double(i) + 0.5) * step) / 1000.0);
    }
    return std::nullopt;
}

void SeriesBin::add(const SeriesBin &other)
{
    for (std::size_t i = 0; i < retries.size(); ++i)
        retries[i] += other.retries[i];
    for (std::size_t i = 0; i < outcomes.size(); ++i)
        outcomes[i] += other.outcomes[i];
    attempts += other.attempts;
    failures += other.failures;
    callAttempts += other.callAttempts;
    simulated |= other.simulated;
    duration.add(other.duration);
    firstToken.add(other.firstToken);
}

quint32 SeriesBin::calls() const
{
    return outcomes[std::size_t(CallOutcome::FirstTry)] + outcomes[std::size_t(CallOutcome::RecoveredByRetry)]
        + outcomes[std::size_t(CallOutcome::RecoveredByFailover)] + outcomes[std::size_t(CallOutcome::Failed)];
}

TimeSeries::Lane::Lane()
{
    for (std::size_t i = 0; i < rings.size(); ++i)
        rings[i].resize(std::size_t(seriesSpans[i].bins) + 1);
}

void TimeSeries::sync(SteadyTime at, WallTime wall)
{
    const Duration offset = sinceEpoch(wall) - at.time_since_epoch();
    if (m_offset && std::chrono::abs(offset - *m_offset) < drift)
        return;
    const bool back = m_offset && offset < *m_offset;
    m_offset = offset;
    if (back)
        forgetAfter(wall);
    ++m_version;
}

WallTime TimeSeries::wallOf(SteadyTime at) const { return toWall(at.time_since_epoch() + m_offset.value_or(0s)); }

void TimeSeries::forgetAfter(WallTime wall)
{
    for (auto &[id, lane] : m_lanes) {
        for (std::size_t s = 0; s < seriesSpans.size(); ++s) {
            for (Slot &slot : lane.rings[s]) {
                if (slot.key > keyOf(s, wall))
                    slot = Slot{};
            }
        }
        while (!lane.changes.empty() && lane.changes.back().at > wall)
            lane.changes.pop_back();
    }
    m_newest = std::min(m_newest, wall);
}

qint64 TimeSeries::keyOf(std::size_t span, WallTime at) { return sinceEpoch(at) / seriesSpans[span].bin; }
WallTime TimeSeries::startOf(std::size_t span, qint64 key) { return toWall(key * seriesSpans[span].bin); }

TimeSeries::Lane *TimeSeries::lane(const ProviderId &provider)
{
    if (const auto it = m_lanes.find(provider); it != m_lanes.end())
        return &it->second;
    return provider.isEmpty() || m_lanes.size() >= mostProviders ? nullptr : &m_lanes[provider];
}

const TimeSeries::Lane *TimeSeries::findLane(const ProviderId &provider) const
{
    const auto it = m_lanes.find(provider);
    return it == m_lanes.end() ? nullptr : &it->second;
}

TimeSeries::Slot *TimeSeries::slot(Lane &lane, std::size_t span, qint64 key)
{
    auto &ring = lane.rings[span];
    Slot &slot = ring[std::size_t(key) % ring.size()];
    if (slot.key > key)
        return nullptr; // the ring has moved on
    if (slot.key < key) {
        slot = Slot{};
        slot.key = key;
    }
    return &slot;
}

/// A call that first waits and then goes elsewhere makes one next attempt, not two.
bool TimeSeries::isNextAttempt(const Event &e)
{
    if (e.kind == EventKind::RetryScheduled) {
        if (m_waiting.size() >= mostWaiting)
            m_waiting.clear(); // their ends were lost
        if (e.call)
            m_waiting[e.call] = true;
        return true;
    }
    if (e.kind == EventKind::FailedOver)
        return m_waiting.erase(e.call) == 0;
    if (e.kind == EventKind::AttemptStarted || e.kind == EventKind::CallFinished)
        m_waiting.erase(e.call);
    return false;
}

void TimeSeries::onEvent(const Event &e)
{
    sync(e.at, e.wall);
    const bool next = isNextAttempt(e);
    const bool finished = e.kind == EventKind::AttemptFinished && e.reason != RetryReason::Cancelled;
    const bool state = e.kind == EventKind::CircuitChanged || e.kind == EventKind::DegradedChanged;
    if (!next && !finished && !state && e.kind != EventKind::CallFinished)
        return;
    Lane *to = lane(e.provider);
    if (!to)
        return;
    const WallTime at = wallOf(e.at);
    m_newest = std::max(m_newest, at);
    ++m_version;
    if (state)
        return note(e, at);
    for (std::size_t s = 0; s < seriesSpans.size(); ++s) {
        Slot *in = slot(*to, s, keyOf(s, at));
        if (!in)
            continue;
        SeriesBin &bin = in->bin;
        bin.simulated |= e.simulated;
        if (next) {
            ++bin.retries[std::size_t(e.reason)];
        } else if (e.kind == EventKind::CallFinished) {
            ++bin.outcomes[std::size_t(e.outcome)];
            if (e.outcome != CallOutcome::Cancelled)
                bin.callAttempts += quint32(std::max(0, e.attempt));
        } else {
            ++bin.attempts;
            bin.failures += traits(e.reason).health == HealthSignal::Failure;
            if (e.reason == RetryReason::None) {
                bin.duration.record(e.duration);
                if (e.firstToken)
                    bin.firstToken.record(*e.firstToken);
            }
        }
    }
}

void TimeSeries::note(const Event &e, WallTime at)
{
    Lane &own = m_lanes[e.provider];
    auto &changes = own.changes;
    StateChange next = changes.empty() ? StateChange{} : changes.back();
    next.at = at;
    next.reason = e.reason;
    if (e.kind == EventKind::CircuitChanged) {
        own.circuits.apply(e);
        next.circuit = own.circuits.worst().state;
    } else
        next.slow = e.degraded;
    changes.push_back(next);
    while (changes.size() > mostChanges || (changes.size() > 1 && changes[1].at < at - std::chrono::duration_cast<std::chrono::milliseconds>(seriesSpans.back().window)))
        changes.pop_front();
}

void TimeSeries::merge(std::size_t span, const ProviderId &provider, WallTime at, const SeriesBin &bin)
{
    Lane *to = lane(provider);
    const qint64 key = keyOf(span, at);
    if (!to || key <= keyOf(span, m_newest) - qint64(to->rings[span].size()))
        return;
    if (Slot *in = slot(*to, span, key)) {
        in->bin.add(bin);
        ++m_version;
    }
}

void TimeSeries::mergeChanges(const ProviderId &provider, std::vector<StateChange> earlier)
{
    Lane *to = lane(provider);
    if (!to)
        return;
    const WallTime first = to->changes.empty() ? WallTime::max() : to->changes.front().at;
    std::erase_if(earlier, [&](const StateChange &c) { return c.at >= first; });
    std::sort(earlier.begin(), earlier.end(), [](const auto &a, const auto &b) { return a.at < b.at; });
    to->changes.insert(to->changes.begin(), earlier.begin(), earlier.end());
    while (to->changes.size() > mostChanges)
        to->changes.pop_front();
    ++m_version;
}

const SeriesBin *TimeSeries::bin(const ProviderId &provider, std::size_t span, qint64 key) const
{
    const Lane *from = findLane(provider);
    if (!from || key < 0)
        return nullptr;
    const auto &ring = from->rings[span];
    const Slot &slot = ring[std::size_t(key) % ring.size()];
    return slot.key == key ? &slot.bin : nullptr;
}

const std::deque<StateChange> &TimeSeries::changes(const ProviderId &provider) const
{
    static const std::deque<StateChange> none;
    const Lane *from = findLane(provider);
    return from ? from->changes : none;
}

} // namespace retryscope
