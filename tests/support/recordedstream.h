// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/configuration.h"
#include "telemetry/event.h"

namespace retryscope {

/// Writes event streams with exact times, as the engine would have sent them.
class RecordedStream
{
public:
    /// 2026-03-02 13:00:00 UTC; the steady clock shows one hour.
    static constexpr WallTime startWall = WallTime(std::chrono::milliseconds(1'772'456'400'000));
    static constexpr SteadyTime startSteady = SteadyTime(1h);

    SteadyTime now() const { return m_now; }
    WallTime wall() const { return wallAt(m_now); }
    static WallTime wallAt(SteadyTime at)
    {
        return startWall + std::chrono::duration_cast<std::chrono::milliseconds>(at - startSteady);
    }
    void wait(Duration d) { m_now += d; }
    void setNow(SteadyTime now) { m_now = now; }
    /// Numbers that are used up without an event: what a full queue does.
    void lose(quint64 events) { m_seq += events; }

    Event &add(EventKind kind, const ProviderId &provider = {})
    {
        Event e;
        e.seq = ++m_seq;
        e.kind = kind;
        e.at = m_now;
        e.wall = wall();
        e.call = m_call;
        e.provider = provider;
        e.model = provider + QStringLiteral("-sim");
        e.simulated = true;
        m_events.append(e);
        return m_events.last();
    }
    void beginCall()
    {
        m_call = CallId{m_call.value + 1};
        m_attempts = 0;
        m_retry = {};
        Event &e = add(EventKind::CallSubmitted);
        e.model.clear();
    }
    /// The call passes the provider over.
    Event &skip(const ProviderId &provider, SkipReason why, RetryReason reason = RetryReason::None, Duration until = {})
    {
        Event &e = add(EventKind::ProviderSkipped, provider);
        e.skip = why;
        e.reason = reason;
        e.delay = until;
        return e;
    }
    Event &attempt(const ProviderId &provider, RetryReason reason, Duration took)
    {
        ++m_attempts;
        Event &started = add(EventKind::AttemptStarted, provider);
        started.attempt = m_attempts;
        if (m_retry.first == provider)
            started.reason = m_retry.second;
        m_retry = {};
        if (reason == RetryReason::None) {
            Event &first = add(EventKind::FirstToken, provider);
            first.attempt = m_attempts;
            first.firstToken = took / 4;
        }
        Event &e = add(EventKind::AttemptFinished, provider);
        e.health = traits(reason).health;
        e.attempt = m_attempts;
        e.reason = reason;
        e.duration = took;
        if (reason == RetryReason::None)
            e.firstToken = took / 4;
        return e;
    }
    void endCall(const ProviderId &provider, CallOutcome outcome, Duration took, RetryReason reason = RetryReason::None)
    {
        Event &e = add(EventKind::CallFinished, provider);
        e.outcome = outcome;
        e.attempt = m_attempts;
        e.duration = took;
        e.reason = reason;
    }
    void retry(const ProviderId &provider, RetryReason reason, Duration delay,
               DelaySource source = DelaySource::Backoff)
    {
        Event &e = add(EventKind::RetryScheduled, provider);
        e.reason = reason;
        e.delay = delay;
        e.delaySource = source;
        m_retry = {provider, reason};
    }
    void failOver(const ProviderId &from, const ProviderId &to, RetryReason reason)
    {
        Event &e = add(EventKind::FailedOver, from);
        e.toProvider = to;
        e.reason = reason;
        m_retry = {};
    }
    void circuit(const ProviderId &provider, CircuitState from, CircuitState to, std::optional<Duration> openFor = {},
                 RetryReason reason = RetryReason::None)
    {
        Event &e = add(EventKind::CircuitChanged, provider);
        e.circuitFrom = from;
        e.circuitTo = to;
        e.openFor = openFor;
        e.reason = reason;
    }
    /// One call that one provider answers at once.
    void answered(const ProviderId &provider, Duration took)
    {
        beginCall();
        attempt(provider, RetryReason::None, took);
        endCall(provider, CallOutcome::FirstTry, took);
    }
    Events take() { return std::exchange(m_events, {}); }

    static ProviderConfigs fourProviders()
    {
        const std::array rows{std::pair{"openai", "OpenAI"}, std::pair{"anthropic", "Anthropic"},
                              std::pair{"google_ai", "Google AI"}, std::pair{"mistral", "Mistral"}};
        ProviderConfigs configs;
        for (const auto &[id, name] : rows) {
            ProviderConfig c;
            c.id = QLatin1String(id);
            c.name = QLatin1String(name);
            c.model = c.id + QStringLiteral("-sim");
            c.simulated = true;
            configs.append(c);
        }
        return configs;
    }

private:
    SteadyTime m_now = startSteady;
    quint64 m_seq = 0;
    CallId m_call;
    int m_attempts = 0;
    std::pair<ProviderId, RetryReason> m_retry; ///< the next attempt on it is a retry
    Events m_events;
};

} // namespace retryscope
