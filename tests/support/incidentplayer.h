// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "health/incidenttracker.h"

namespace retryscope {

/// Plays a recorded stream into a tracker: one timeline, wall time beside it with an offset that can be stepped.
struct IncidentPlayer
{
    explicit IncidentPlayer(const IncidentRules &rules = {}) : tracker(rules) {}
    Event event(EventKind kind, const char *provider)
    {
        Event e;
        e.seq = ++seq;
        e.kind = kind;
        e.at = now;
        e.wall = wall();
        e.provider = QLatin1String(provider);
        return e;
    }
    WallTime wall() const
    {
        return WallTime(
            std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch() + 1'700'000'000s + step));
    }
    void play(const Event &e) { tracker.onEvent(e); }
    void wait(Duration d)
    {
        for (; d > 1s; d -= 1s) {
            now += 1s;
            tracker.advance(now, wall());
        }
        now += d;
        tracker.advance(now, wall());
    }
    void attempt(const char *provider, RetryReason reason, quint64 call = 0, Duration took = 100ms)
    {
        Event e = event(EventKind::AttemptFinished, provider);
        e.health = traits(reason).health;
        e.reason = reason;
        e.call = CallId{call};
        e.duration = took;
        play(e);
    }
    void attempts(const char *provider, RetryReason reason, int n, Duration apart = 100ms)
    {
        for (int i = 0; i < n; ++i) {
            attempt(provider, reason);
            wait(apart);
        }
    }
    void circuit(const char *provider, CircuitState to, const char *why = "")
    {
        Event e = event(EventKind::CircuitChanged, provider);
        e.circuitTo = to;
        e.detail = QLatin1String(why);
        play(e);
    }
    void slow(const char *provider, bool on)
    {
        Event e = event(EventKind::DegradedChanged, provider);
        e.degraded = on;
        play(e);
    }
    void retry(const char *provider, quint64 call, Duration delay, RetryReason reason = RetryReason::RateLimit)
    {
        Event e = event(EventKind::RetryScheduled, provider);
        e.call = CallId{call};
        e.reason = reason;
        e.delay = delay;
        e.delaySource = DelaySource::Backoff;
        play(e);
    }
    void failover(const char *from, const char *to, quint64 call, RetryReason reason = RetryReason::RateLimit)
    {
        Event e = event(EventKind::FailedOver, from);
        e.toProvider = QLatin1String(to);
        e.call = CallId{call};
        e.reason = reason;
        play(e);
    }
    void start(const char *provider, quint64 call, RetryReason retryOf = RetryReason::None)
    {
        Event e = event(EventKind::AttemptStarted, provider);
        e.call = CallId{call};
        e.reason = retryOf;
        play(e);
    }
    void skip(const char *provider, quint64 call, SkipReason why = SkipReason::CircuitOpen)
    {
        Event e = event(EventKind::ProviderSkipped, provider);
        e.call = CallId{call};
        e.skip = why;
        play(e);
    }
    void byHand(EventKind kind, const char *provider, CircuitState from = CircuitState::Closed,
                CircuitState to = CircuitState::Closed)
    {
        Event e = event(kind, provider);
        e.rule = QStringLiteral("by hand");
        e.circuitFrom = from;
        e.circuitTo = to;
        play(e);
    }
    void answer(const char *provider, quint64 call, std::optional<double> cost)
    {
        Event e = event(EventKind::AttemptFinished, provider);
        e.health = HealthSignal::Success;
        e.call = CallId{call};
        e.costUsd = cost;
        play(e);
    }
    void submit(quint64 call)
    {
        Event e = event(EventKind::CallSubmitted, "");
        e.call = CallId{call};
        play(e);
    }
    void finish(quint64 call, const char *provider, CallOutcome outcome, RetryReason reason = RetryReason::None)
    {
        Event e = event(EventKind::CallFinished, provider);
        e.call = CallId{call};
        e.outcome = outcome;
        e.reason = reason;
        e.attempt = provider[0] ? 1 : 0;
        play(e);
    }
    /// Opens an incident by five failures.
    void breakDown(const char *provider) { attempts(provider, RetryReason::ServerError, 5); }
    void recover(const char *provider)
    {
        attempts(provider, RetryReason::None, 3);
        wait(tracker.rules().quiet + 1s);
    }
    QVector<IncidentChange::Kind> kinds(bool updatedToo = false)
    {
        QVector<IncidentChange::Kind> kinds;
        for (const IncidentChange &change : tracker.takeChanges()) {
            if (updatedToo || change.kind != IncidentChange::Kind::Updated)
                kinds << change.kind;
        }
        return kinds;
    }
    const Incident &last() const { return tracker.incidents().back(); }

    IncidentTracker tracker;
    SteadyTime now{100s};
    Duration step{};
    quint64 seq = 0;
};

/// One of every kind of thing that can be in it.
inline Incident sampleIncident()
{
    Incident i;
    i.id = 12;
    i.provider = QStringLiteral("openai");
    i.trigger = IncidentTrigger::Unhealthy;
    i.ending = IncidentEnding::Recovered;
    i.started = WallTime(1'700'000'000'123ms);
    i.opened = i.started + 10s;
    i.ended = i.started + 24s;
    i.lastSeen = i.ended + 10s;
    i.lasted = 21s;
    i.reopened = 2;
    i.addCause(RetryReason::RateLimit, 18, i.started, i.started + 15s);
    i.addCause(RetryReason::NetworkTimeout, 2, i.started + 4s, i.ended);
    i.addCause(RetryReason::None, 0, i.started + 5s, i.started + 7s);
    i.failedAttempts = 20;
    i.retries = 11;
    i.failovers = 9;
    i.addCall(CallFate::Failed, i.started + 2s);
    for (int n = 0; n < 11; ++n)
        i.addCall(CallFate::Rerouted, i.started + std::chrono::seconds(n));
    i.addCall(CallFate::Delayed, i.started + 20s);
    i.added.record(1'900ms, 8);
    i.added.record(4'200ms, 2);
    i.addedTotal = 23'600ms;
    i.failedCostUsd = 0.0002;
    i.elsewhereCostUsd = 0.0031;
    i.unpricedElsewhere = 3;
    i.carriedBy = {{QStringLiteral("anthropic"), 11}, {QStringLiteral("mistral"), 1}};
    i.addFact({i.started, IncidentFactKind::FirstFailure, RetryReason::RateLimit, {}});
    i.addFact({i.ended, IncidentFactKind::Ended, RetryReason::None, QStringLiteral("recovered")});
    i.simulated = true;
    i.note = QStringLiteral("=cmd|' /C calc'!A0, \"quoted\"\nsecond line");
    return i;
}

} // namespace retryscope
