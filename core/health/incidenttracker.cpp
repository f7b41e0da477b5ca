// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "health/incidenttracker.h"

#include "telemetry/against.h"

#include <algorithm>
#include <utility>

namespace retryscope {
namespace {

constexpr std::size_t mostCircuits = 32;

} // namespace

IncidentRules IncidentRules::clamped() const
{
    return {std::clamp(openFailures, 1, 1000),          std::clamp<Duration>(openAfter, 1s, 1h),
            std::clamp(closeSuccesses, 1, 1000),        std::clamp<Duration>(quiet, 0s, 1h),
            std::clamp<Duration>(mergeWithin, 0s, 24h), std::clamp<Duration>(forgetAfter, 1s, 24h)};
}

bool IncidentTracker::Track::isIsolated() const
{
    return std::any_of(circuits.begin(), circuits.end(),
                       [](const auto &c) { return c.second == CircuitState::Isolated; });
}

bool IncidentTracker::Track::hasOpenCircuit() const
{
    return std::any_of(circuits.begin(), circuits.end(), [](const auto &c) {
        return c.second == CircuitState::Open || c.second == CircuitState::HalfOpen;
    });
}

void IncidentTracker::onEvents(const Events &events)
{
    for (const Event &event : events)
        onEvent(event);
}

void IncidentTracker::onEvent(const Event &event)
{
    move(event.at, event.wall);
    switch (event.kind) {
    case EventKind::AttemptStarted: return onStarted(event);
    case EventKind::ProviderSkipped: return onSkipped(event);
    case EventKind::ProbeFinished: return onProbe(event);
    case EventKind::AttemptFinished: return onAttempt(event);
    case EventKind::RetryScheduled: return onRetry(event);
    case EventKind::FailedOver: return onFailover(event);
    case EventKind::CircuitChanged: return onCircuit(event);
    case EventKind::DegradedChanged: return onDegraded(event);
    case EventKind::CallFinished: return onCallFinished(event);
    default: return;
    }
}

void IncidentTracker::advance(SteadyTime now, WallTime wall) { move(now, wall); }

void IncidentTracker::move(SteadyTime now, WallTime wall)
{
    m_now = std::max(m_now, now);
    m_wall = wall;
    for (auto &[provider, track] : m_tracks)
        evaluate(track);
}

void IncidentTracker::evaluate(Track &track)
{
    if (track.phase == Phase::Suspect) {
        const bool longUnwell = track.unhealthySince && m_now - *track.unhealthySince >= m_rules.openAfter;
        const bool calm =
            !track.unhealthySince
            && (track.successes >= m_rules.closeSuccesses || m_now - track.lastBad >= m_rules.forgetAfter);
        if (track.failures >= m_rules.openFailures)
            open(track, IncidentTrigger::Failures);
        else if (longUnwell)
            open(track, track.degraded && !track.hasOpenCircuit() ? IncidentTrigger::Slow : IncidentTrigger::Unhealthy);
        else if (calm)
            track.phase = Phase::Calm;
    }
    if (track.phase == Phase::Open) {
        Incident &incident = *findMutable(track.id);
        const Duration lasted = track.before + (m_now - track.started);
        if (lasted / 1s != incident.lasted / 1s)
            updated(track);
        incident.lasted = lasted;
        incident.lastSeen = m_wall;
        if (track.degraded)
            incident.addCause(RetryReason::None, 0, m_wall, m_wall);
        if (!track.unhealthySince && track.successes >= m_rules.closeSuccesses
            && m_now - track.lastBad >= m_rules.quiet)
            end(track, IncidentEnding::Recovered);
    }
    if (!track.settled && track.endedAt && m_now - *track.endedAt > m_rules.mergeWithin
        && (track.phase == Phase::Calm || !continues(track)))
        settle(track);
}

void IncidentTracker::settle(Track &track)
{
    track.settled = true;
    changed(track.id, IncidentChange::Kind::Settled);
}

void IncidentTracker::suspect(const ProviderId &provider, Track &track)
{
    track.phase = Phase::Suspect;
    track.episode = ++m_lastEpisode;
    track.suspect = {};
    track.suspect.provider = provider;
    track.suspect.started = m_wall;
    track.started = track.lastBad = m_now;
    track.failures = track.successes = 0;
}

bool IncidentTracker::continues(const Track &track) const
{
    const Incident *last = find(track.id);
    if (!last || last->isOpen())
        return false;
    if (track.endedAt)
        return track.started - *track.endedAt <= m_rules.mergeWithin;
    const Duration since = between(last->ended, track.suspect.started); // an earlier run: only wall time is left
    return since >= 0s && since <= m_rules.mergeWithin;
}

void IncidentTracker::open(Track &track, IncidentTrigger trigger)
{
    Incident *incident = nullptr;
    const bool again = continues(track);
    if (again) {
        incident = findMutable(track.id);
        goOn(track, *incident);
    } else {
        if (track.endedAt && !track.settled)
            settle(track);
        incident = begin(track, trigger);
    }
    track.phase = Phase::Open;
    track.openedEpisode = track.episode;
    track.endedAt.reset();
    incident->lastSeen = m_wall;
    incident->addFact(
        {m_wall, again ? IncidentFactKind::Reopened : IncidentFactKind::Opened, RetryReason::None, toKey(trigger)});
    changed(track.id, again ? IncidentChange::Kind::Reopened : IncidentChange::Kind::Opened);
}

Incident *IncidentTracker::begin(Track &track, IncidentTrigger trigger)
{
    if (m_incidents.size() >= mostIncidents) {
        const auto oldest =
            std::find_if(m_incidents.begin(), m_incidents.end(), [](const Incident &i) { return !i.isOpen(); });
        if (oldest != m_incidents.end())
            m_incidents.erase(oldest);
    }
    m_incidents.push_back(std::move(track.suspect));
    Incident &incident = m_incidents.back();
    incident.id = track.id = ++m_lastId;
    incident.trigger = trigger;
    incident.opened = m_wall;
    track.before = {};
    return &incident;
}

void IncidentTracker::goOn(Track &track, Incident &last)
{
    const Incident &more = track.suspect;
    track.before = last.lasted;
    last.ending = IncidentEnding::Open;
    last.ended = {};
    ++last.reopened;
    for (const IncidentCause &cause : more.causes)
        last.addCause(cause.reason, cause.attempts, cause.first, cause.last);
    for (const auto member :
         {&Incident::failedAttempts, &Incident::retries, &Incident::failovers, &Incident::failedCalls,
          &Incident::reroutedCalls, &Incident::delayedCalls, &Incident::unpricedElsewhere})
        last.*member += more.*member;
    for (const auto &[provider, calls] : more.carriedBy)
        last.carriedBy[provider] += calls;
    for (qsizetype b = 0; b < more.curve.bins.size(); ++b)
        last.curve.add(between(last.started, more.started) + more.curve.width * b, more.curve.bins[b]);
    last.added.merge(more.added);
    last.addedTotal += more.addedTotal;
    last.failedCostUsd += more.failedCostUsd;
    last.elsewhereCostUsd += more.elsewhereCostUsd;
    last.simulated = last.simulated || more.simulated;
    for (const IncidentFact &f : more.facts) {
        if (f.kind != IncidentFactKind::FirstFailure && f.kind != IncidentFactKind::FirstFailover
            && f.kind != IncidentFactKind::FirstFailedCall)
            last.addFact(f);
    }
}

void IncidentTracker::end(Track &track, IncidentEnding ending)
{
    Incident &incident = *findMutable(track.id);
    const bool recovered = ending == IncidentEnding::Recovered;
    const SteadyTime at = recovered ? track.lastGood : m_now;
    incident.ending = ending;
    incident.ended = recovered ? track.lastGoodWall : m_wall;
    incident.lasted = track.before + std::max<Duration>(0s, at - track.started);
    incident.addFact({incident.ended, IncidentFactKind::Ended, RetryReason::None, toKey(ending)});
    track.phase = Phase::Calm;
    track.endedAt = at;
    track.settled = false;
    changed(track.id, IncidentChange::Kind::Ended);
}

void IncidentTracker::onAttempt(const Event &event)
{
    if (const auto trace = m_calls.find(event.call); trace != m_calls.end() && event.reason == RetryReason::None)
        trace->second.answerCost = event.costUsd;
    const HealthSignal signal = speaksAgainst(event) ? HealthSignal::Failure : event.health;
    if (signal == HealthSignal::Ignored || event.provider.isEmpty())
        return;
    Track &track = m_tracks[event.provider];
    if (track.isIsolated())
        return;
    if (signal == HealthSignal::Success) {
        if (track.phase == Phase::Calm)
            return;
        if (track.successes++ == 0) {
            track.lastGood = m_now;
            track.lastGoodWall = m_wall;
        }
    } else {
        const bool first = track.phase == Phase::Calm;
        if (first)
            suspect(event.provider, track);
        Incident &incident = *record(track);
        if (incident.failedAttempts++ == 0)
            incident.addFact({m_wall, IncidentFactKind::FirstFailure, event.reason, {}});
        incident.addCause(event.reason, 1, m_wall, m_wall);
        incident.simulated = incident.simulated || event.simulated;
        ++track.failures;
        track.successes = 0;
        track.lastBad = m_now;
        if (event.call) {
            Share &share = shareOf(event.call, event.provider, track);
            share.added += event.duration;
            share.failedCost += event.costUsd.value_or(0.0);
        }
    }
    updated(track);
    evaluate(track);
}

void IncidentTracker::onCircuit(const Event &event)
{
    Track &track = m_tracks[event.provider];
    const QString key = QString::number(int(event.scope)) + (event.scope == Scope::Model ? event.model : QString());
    const bool known = track.circuits.contains(key);
    if (!known && event.scope == Scope::Model
        && (event.reason == RetryReason::ModelUnavailable || event.circuitTo == CircuitState::HalfOpen))
        return; // a model that is not there says nothing of the provider
    const bool isolates = event.circuitTo == CircuitState::Isolated;
    const bool elsewhere = isByHandElsewhere(event);
    if (isolates || elsewhere || isByHand(event))
        noteHand(track, {m_wall, isolates ? IncidentFactKind::IsolatedByHand : IncidentFactKind::ReleasedByHand,
                         RetryReason::None, elsewhere ? event.detail : QString()});
    if (event.circuitTo == CircuitState::Closed)
        track.circuits.erase(key);
    else if (track.circuits.size() < mostCircuits || track.circuits.contains(key))
        track.circuits[key] = event.circuitTo;
    const bool wasUnhealthy = track.unhealthySince.has_value();
    if (event.circuitTo == CircuitState::Isolated) {
        track.unhealthySince.reset();
        if (track.phase == Phase::Open)
            end(track, IncidentEnding::Isolated);
        track.phase = Phase::Calm;
        return;
    }
    healthChanged(event.provider, track, wasUnhealthy);
    if (event.circuitTo == CircuitState::Open)
        fact(track, IncidentFactKind::CircuitOpened, event.reason, event.detail);
    else
        fact(track,
             event.circuitTo == CircuitState::HalfOpen ? IncidentFactKind::Probing : IncidentFactKind::CircuitClosed);
    if (Incident *incident = record(track)) {
        incident->simulated = incident->simulated || event.simulated;
        if (event.circuitTo == CircuitState::Open && event.reason != RetryReason::None)
            incident->addCause(event.reason, 0, m_wall, m_wall);
    }
    evaluate(track);
}

void IncidentTracker::onProbe(const Event &event)
{
    const auto it = m_tracks.find(event.provider);
    if (it != m_tracks.end() && isByHand(event))
        noteHand(it->second, {m_wall, IncidentFactKind::ProbedByHand, event.reason, {}});
}

/// What a person does belongs to the incident that is under way, or to the last one, which it may have ended.
void IncidentTracker::noteHand(Track &track, const IncidentFact &what)
{
    Incident *incident = record(track);
    if (!incident && (track.isIsolated() || (track.endedAt && !track.settled)))
        incident = findMutable(track.id);
    if (!incident)
        return;
    incident->addFact(what);
    if (incident->id)
        changed(incident->id, IncidentChange::Kind::Updated);
}

void IncidentTracker::onDegraded(const Event &event)
{
    Track &track = m_tracks[event.provider];
    const bool wasUnhealthy = track.unhealthySince.has_value();
    track.degraded = event.degraded;
    healthChanged(event.provider, track, wasUnhealthy);
    fact(track, event.degraded ? IncidentFactKind::Slow : IncidentFactKind::NotSlow);
    if (Incident *incident = record(track)) {
        if (event.degraded || incident->slow())
            incident->addCause(RetryReason::None, 0, m_wall, m_wall);
        incident->simulated = incident->simulated || event.simulated;
    }
    evaluate(track);
}

void IncidentTracker::healthChanged(const ProviderId &provider, Track &track, bool wasUnhealthy)
{
    const bool isolated = track.isIsolated();
    const bool unhealthy = !isolated && (track.degraded || track.hasOpenCircuit());
    if (unhealthy && track.phase == Phase::Calm)
        suspect(provider, track);
    if (unhealthy && !wasUnhealthy)
        track.unhealthySince = m_now;
    if (!unhealthy && wasUnhealthy) {
        track.unhealthySince.reset();
        track.lastBad = track.lastGood = m_now;
        track.lastGoodWall = m_wall;
    }
    updated(track);
}

Incident *IncidentTracker::record(Track &track)
{
    if (track.phase == Phase::Calm)
        return nullptr;
    return track.phase == Phase::Open ? findMutable(track.id) : &track.suspect;
}

void IncidentTracker::fact(Track &track, IncidentFactKind kind, RetryReason reason, const QString &what)
{
    if (Incident *incident = record(track))
        incident->addFact({m_wall, kind, reason, what});
}

void IncidentTracker::keepProviders(const QSet<ProviderId> &providers)
{
    for (auto it = m_tracks.begin(); it != m_tracks.end();) {
        if (providers.contains(it->first)) {
            ++it;
            continue;
        }
        if (it->second.phase == Phase::Open)
            end(it->second, IncidentEnding::Removed);
        if (it->second.endedAt && !it->second.settled)
            settle(it->second);
        it = m_tracks.erase(it);
    }
}

void IncidentTracker::restore(const Incidents &incidents)
{
    m_tracks.clear();
    m_calls.clear();
    m_changes.clear();
    m_updated.clear();
    m_incidents.assign(incidents.begin(), incidents.end());
    const auto id = [](const Incident &a, const Incident &b) { return a.id < b.id; };
    std::stable_sort(m_incidents.begin(), m_incidents.end(), id);
    m_incidents.erase(std::unique(m_incidents.begin(), m_incidents.end(),
                                  [](const Incident &a, const Incident &b) { return a.id == b.id; }),
                      m_incidents.end());
    while (m_incidents.size() > mostIncidents)
        m_incidents.pop_front();
    for (Incident &incident : m_incidents) {
        m_lastId = incident.id;
        m_tracks[incident.provider].id = incident.id;
        changed(incident.id, IncidentChange::Kind::Updated);
        if (!incident.isOpen())
            continue;
        incident.ending = IncidentEnding::NotWatched;
        incident.ended = incident.lastSeen;
        incident.addFact({incident.ended, IncidentFactKind::Ended, RetryReason::None, toKey(incident.ending)});
    }
}

bool IncidentTracker::annotate(quint64 id, const QString &note)
{
    Incident *incident = findMutable(id);
    if (!incident)
        return false;
    incident->note = note;
    changed(id, IncidentChange::Kind::Updated);
    return true;
}

Incident *IncidentTracker::findMutable(quint64 id)
{
    const auto it = std::lower_bound(m_incidents.begin(), m_incidents.end(), id,
                                     [](const Incident &i, quint64 wanted) { return i.id < wanted; });
    return it != m_incidents.end() && it->id == id ? &*it : nullptr;
}

const Incident *IncidentTracker::find(quint64 id) const { return const_cast<IncidentTracker *>(this)->findMutable(id); }

int IncidentTracker::openCount() const
{
    return int(std::count_if(m_incidents.begin(), m_incidents.end(), [](const Incident &i) { return i.isOpen(); }));
}

void IncidentTracker::updated(const Track &track)
{
    if (track.phase == Phase::Open)
        changed(track.id, IncidentChange::Kind::Updated);
}

void IncidentTracker::changed(quint64 id, IncidentChange::Kind kind)
{
    if (kind == IncidentChange::Kind::Updated) {
        if (m_updated.contains(id))
            return;
        m_updated.insert(id);
    }
    m_changes.push_back({id, kind});
}

std::vector<IncidentChange> IncidentTracker::takeChanges()
{
    m_updated.clear();
    return std::exchange(m_changes, {});
}

} // namespace retryscope
