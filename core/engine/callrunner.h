// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/attempt.h"
#include "telemetry/eventbus.h"

namespace retryscope {

/// Where a runner gets its attempts and slots from; the engine implements it.
class AttemptSource
{
public:
    virtual ~AttemptSource() = default;
    /// Calls `go` when a slot of the provider is free; at once (returns true) or later.
    virtual bool acquireSlot(const ProviderId &provider, CallId call, std::function<void()> go) = 0;
    virtual void releaseSlot(const ProviderId &provider, CallId call) = 0;
    virtual std::unique_ptr<Attempt> startAttempt(const ProviderId &provider, int number, AttemptLimits limits, AttemptCallbacks callbacks) = 0;
    virtual QString modelOf(const ProviderId &provider) const = 0;
    virtual bool isSimulated(const ProviderId &provider) const = 0;
};

/// Runs one call: carries out the machine's steps, and publishes each as an event. CallFinished exactly once.
class CallRunner
{
public:
    struct Callbacks
    {
        std::function<void(const QString &)> text;
        std::function<void(const CallResult &)> finished; ///< last act; may delete this runner later, not inside
    };
    CallRunner(CallId id, CallMachine machine, Clock &clock, EventBus &bus, std::shared_ptr<AttemptSource> source, Callbacks callbacks);
    ~CallRunner();

    void start();
    void cancel();

private:
    void carryOut(const CallStep &step);
    void begin(const CallStep &step);
    void launch();
    void onFinished(const AttemptResult &result);
    void finish(const CallStep &step);
    Event event(EventKind kind) const;
    void publishCircuits(const CallStep &step);
    CallOutcome outcome(RetryReason reason) const;
    QString errorText(const CallStep &step) const;
    void dropAttempt();

    CallMachine m_machine;
    Clock &m_clock;
    EventBus &m_bus;
    std::shared_ptr<AttemptSource> m_source;
    Callbacks m_callbacks;
    CallResult m_result;
    QString m_lastMessage;
    SteadyTime m_started{}, m_attemptStarted{};
    bool m_attemptRunning = false, m_holdsSlot = false, m_finished = false;
    TimerHandle m_wait;
    std::unique_ptr<Attempt> m_attempt;
};

} // namespace retryscope
