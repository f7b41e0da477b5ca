// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
// What the calls lost to an incident, and who answered them.
#include "health/incidenttracker.h"

#include <algorithm>

namespace retryscope {
namespace {
constexpr std::size_t mostSuspectSamples = 1000;
} // namespace

/// A failed attempt of the call, which the engine judged to speak against the provider, stands in the incident.
bool IncidentTracker::isTouched(CallId call, const ProviderId &provider, const Track &track) const
{
    const auto shares = m_calls.find(call);
    return shares != m_calls.end() && std::any_of(shares->second.begin(), shares->second.end(), [&](const Share &share) {
        return share.touched && share.provider == provider && share.episode == track.episode;
    });
}

void IncidentTracker::onRetry(const Event &event)
{
    const auto it = m_tracks.find(event.provider);
    if (it == m_tracks.end() || it->second.phase == Phase::Calm || !isTouched(event.call, event.provider, it->second))
        return;
    ++record(it->second)->retries;
    shareOf(event.call, event.provider, it->second).added += event.delay;
    updated(it->second);
}

void IncidentTracker::onFailover(const Event &event)
{
    const auto it = m_tracks.find(event.provider);
    if (it == m_tracks.end() || it->second.phase == Phase::Calm || !isTouched(event.call, event.provider, it->second))
        return;
    if (record(it->second)->failovers++ == 0)
        fact(it->second, IncidentFactKind::FirstFailover, event.reason, event.toProvider);
    shareOf(event.call, event.provider, it->second);
    updated(it->second);
}

void IncidentTracker::onSubmitted(const Event &event)
{
    for (auto &[provider, track] : m_tracks) {
        if (track.phase != Phase::Calm && track.hasOpenCircuit())
            shareOf(event.call, provider, track).touched = false;
    }
}

IncidentTracker::Share &IncidentTracker::shareOf(CallId call, const ProviderId &provider, const Track &track)
{
    if (m_calls.size() >= mostCalls && !m_calls.contains(call))
        m_calls.erase(m_calls.begin());
    std::vector<Share> &shares = m_calls[call];
    for (Share &share : shares) {
        if (share.provider == provider && share.episode == track.episode) {
            share.touched = true;
            return share;
        }
    }
    return shares.emplace_back(Share{provider, track.episode, {}, true});
}

void IncidentTracker::onCallFinished(const Event &event)
{
    const auto it = m_calls.find(event.call);
    if (it == m_calls.end())
        return;
    if (event.outcome != CallOutcome::Cancelled) {
        for (const Share &share : it->second)
            attribute(share, event);
    }
    m_calls.erase(it);
}

void IncidentTracker::attribute(const Share &share, const Event &finished)
{
    const auto it = m_tracks.find(share.provider);
    Incident *incident = it == m_tracks.end() ? nullptr : recordOf(share, it->second);
    if (!incident)
        return;
    Track &track = it->second;
    if (finished.reason == RetryReason::None && !finished.provider.isEmpty())
        ++incident->carriedBy[finished.provider];
    if (share.touched) {
        ++incident->affectedCalls;
        incident->addedTotal += share.added;
        incident->addedWorst = std::max(incident->addedWorst, share.added);
        if (incident == &track.suspect) {
            if (track.suspectAdded.size() < mostSuspectSamples)
                track.suspectAdded.push_back(share.added);
        } else {
            track.added.record(share.added);
            incident->addedMedian = *track.added.quantile(0.5);
        }
        if (finished.outcome == CallOutcome::Failed && incident->failedCalls++ == 0)
            incident->addFact({m_wall, IncidentFactKind::FirstFailedCall, finished.reason, {}});
    }
    if (incident->id)
        changed(incident->id, IncidentChange::Kind::Updated);
}

Incident *IncidentTracker::recordOf(const Share &share, Track &track)
{
    if (track.phase != Phase::Calm && share.episode == track.episode)
        return record(track);
    return share.episode == track.openedEpisode ? findMutable(track.id) : nullptr;
}

} // namespace retryscope
