// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
// What the calls lost to an incident, and who answered them.
#include "health/callersown.h"
#include "health/incidenttracker.h"

#include <algorithm>

namespace retryscope {
namespace {

/// A call that failed by the caller's own mistake would have failed anywhere: no incident is to blame.
bool isOwnMistake(const Event &finished) { return finished.attempt > 0 && isCallersOwn(finished.reason); }

} // namespace

bool IncidentTracker::isTouched(CallId call, const ProviderId &provider, const Track &track) const
{
    const auto shares = m_calls.find(call);
    return shares != m_calls.end()
           && std::any_of(shares->second.shares.begin(), shares->second.shares.end(), [&](const Share &share) {
                  return share.touched && share.provider == provider && share.episode == track.episode;
              });
}

void IncidentTracker::onStarted(const Event &event)
{
    const auto it = m_tracks.find(event.provider);
    if (event.reason == RetryReason::None || it == m_tracks.end() || it->second.phase == Phase::Calm
        || !isTouched(event.call, event.provider, it->second))
        return;
    ++record(it->second)->retries;
    updated(it->second);
}

/// A wait: for the provider that failed, or for anybody to ask, which all whom the call skipped are to blame for.
void IncidentTracker::onRetry(const Event &event)
{
    const auto trace = m_calls.find(event.call);
    if (trace == m_calls.end())
        return;
    for (Share &share : trace->second.shares) {
        if (share.touched ? share.provider == event.provider : event.delaySource == DelaySource::Circuit)
            share.added += event.delay;
    }
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

void IncidentTracker::onSkipped(const Event &event)
{
    const auto it = m_tracks.find(event.provider);
    if (it == m_tracks.end() || it->second.phase == Phase::Calm || !event.call || event.skip == SkipReason::LimitEmpty
        || event.skip == SkipReason::NoSlot)
        return;
    const bool touched = isTouched(event.call, event.provider, it->second);
    shareOf(event.call, event.provider, it->second).touched = touched;
    Incident *incident = record(it->second);
    if (std::none_of(incident->facts.begin(), incident->facts.end(),
                     [](const IncidentFact &f) { return f.kind == IncidentFactKind::FirstSkip; }))
        fact(it->second, IncidentFactKind::FirstSkip);
}

IncidentTracker::Share &IncidentTracker::shareOf(CallId call, const ProviderId &provider, const Track &track)
{
    if (m_calls.size() >= mostCalls && !m_calls.contains(call))
        m_calls.erase(m_calls.begin());
    std::vector<Share> &shares = m_calls[call].shares;
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
    if (event.outcome != CallOutcome::Cancelled && !isOwnMistake(event)) {
        for (const Share &share : it->second.shares)
            attribute(share, it->second, event);
    }
    m_calls.erase(it);
}

void IncidentTracker::attribute(const Share &share, const CallTrace &trace, const Event &finished)
{
    const auto it = m_tracks.find(share.provider);
    Incident *incident = it == m_tracks.end() ? nullptr : recordOf(share, it->second);
    if (!incident)
        return;
    const CallFate fate = finished.reason != RetryReason::None  ? CallFate::Failed
                          : finished.provider == share.provider ? CallFate::Delayed
                                                                : CallFate::Rerouted;
    incident->addCall(fate, m_wall);
    if (fate == CallFate::Failed && incident->failedCalls == 1)
        incident->addFact({m_wall, IncidentFactKind::FirstFailedCall, finished.reason, {}});
    if (fate != CallFate::Failed)
        ++incident->carriedBy[finished.provider];
    if (fate == CallFate::Rerouted) {
        incident->elsewhereCostUsd += trace.answerCost.value_or(0.0);
        incident->unpricedElsewhere += !trace.answerCost;
    }
    incident->failedCostUsd += share.failedCost;
    if (share.touched || share.added > 0s) {
        incident->added.record(share.added);
        incident->addedTotal += share.added;
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
