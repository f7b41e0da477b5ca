// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "health/incident.h"

#include "telemetry/event.h"
#include "telemetry/hands.h"

#include <algorithm>

namespace retryscope {

bool isByHand(IncidentFactKind kind)
{
    return kind == IncidentFactKind::IsolatedByHand || kind == IncidentFactKind::ReleasedByHand
           || kind == IncidentFactKind::ProbedByHand;
}

bool isByHand(const Event &event)
{
    QStringView rule = event.rule;
    if (event.onPurpose) // "on purpose: by hand"
        rule = rule.sliced(rule.indexOf(u':') + 1).trimmed();
    return !event.call && rule.startsWith(byHandRule);
}

bool isByHandElsewhere(const Event &event)
{
    return event.rule == byFleetRule
           && (event.circuitTo == CircuitState::Isolated || event.circuitFrom == CircuitState::Isolated);
}

void IncidentCurve::add(Duration since, const Bin &calls)
{
    since = std::max<Duration>(since, 0s);
    while (since / width >= mostBins) {
        width *= 2;
        QVector<Bin> wider((bins.size() + 1) / 2);
        for (qsizetype i = 0; i < bins.size(); ++i) {
            wider[i / 2].failed += bins[i].failed;
            wider[i / 2].rerouted += bins[i].rerouted;
            wider[i / 2].delayed += bins[i].delayed;
        }
        bins = wider;
    }
    const auto index = qsizetype(since / width);
    if (bins.size() <= index)
        bins.resize(index + 1);
    bins[index].failed += calls.failed;
    bins[index].rerouted += calls.rerouted;
    bins[index].delayed += calls.delayed;
}

quint64 Incident::count(CallFate fate) const
{
    return fate == CallFate::Failed ? failedCalls : fate == CallFate::Rerouted ? reroutedCalls : delayedCalls;
}

Duration Incident::span() const
{
    const WallTime until = isOpen() ? lastSeen : ended;
    if (until < started)
        return lasted;
    const Duration exact = between(started, until);
    if (exact < 1min)
        return exact;
    return between(std::chrono::floor<std::chrono::seconds>(started), std::chrono::floor<std::chrono::seconds>(until));
}

RetryReason Incident::cause() const
{
    const IncidentCause *most = nullptr;
    for (const IncidentCause &c : causes) {
        if (c.reason != RetryReason::None && (!most || c.attempts > most->attempts))
            most = &c;
    }
    return most ? most->reason : RetryReason::None;
}

bool Incident::slow() const
{
    return std::any_of(causes.begin(), causes.end(),
                       [](const IncidentCause &c) { return c.reason == RetryReason::None; });
}

double Incident::share(const IncidentCause &cause) const
{
    return failedAttempts ? std::min(1.0, double(cause.attempts) / double(failedAttempts)) : 0.0; // a damaged file knows more
}

void Incident::addFact(IncidentFact fact)
{
    if (facts.size() >= mostFacts) {
        facts.removeAt(firstFactsKept);
        ++factsDropped;
    }
    facts.append(std::move(fact));
}

void Incident::addCause(RetryReason reason, quint64 attempts, WallTime first, WallTime last)
{
    const auto known =
        std::find_if(causes.begin(), causes.end(), [&](const IncidentCause &c) { return c.reason == reason; });
    if (known == causes.end()) {
        causes.append({reason, attempts, first, std::max(first, last)});
        return;
    }
    known->attempts += attempts;
    known->first = std::min(known->first, first);
    known->last = std::max(known->last, last);
}

void Incident::addCall(CallFate fate, WallTime at)
{
    IncidentCurve::Bin bin;
    switch (fate) {
    case CallFate::Failed: ++failedCalls; bin.failed = 1; break;
    case CallFate::Rerouted: ++reroutedCalls; bin.rerouted = 1; break;
    case CallFate::Delayed: ++delayedCalls; bin.delayed = 1; break;
    }
    curve.add(between(started, at), bin);
}

} // namespace retryscope
