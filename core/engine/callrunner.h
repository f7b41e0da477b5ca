// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/attempt.h"
#include "engine/calltraffic.h"
#include "telemetry/eventbus.h"

namespace retryscope {

/// Where a runner gets its attempts from; the engine implements it for prompts and for functions.
class AttemptSource
{
public:
    virtual ~AttemptSource() = default;
    virtual std::unique_ptr<Attempt> startAttempt(const ProviderId &provider, const AttemptOrder &order,
                                                  AttemptCallbacks callbacks) = 0;
    virtual bool isSimulated(const ProviderId &provider) const = 0;
    /// In USD; none where the price or the usage is not known.
    virtual std::optional<double> cost(const ProviderId &provider, const QString &model,
                                       const AttemptResult &result) const = 0;
};

/// What the program behind a call does of its own.
struct CallersWishes
{
    int repeat = 0;       ///< it sends the call again by itself, for the so many-th time; 0: it does not
    bool hurries = false; ///< its deadline is shorter than the policy's
};

/// Runs one call: carries out the machine's steps, and publishes each as an event. CallFinished exactly once, and
/// nothing after it. Lives on the engine's thread. Dropping it cancels silently.
class CallRunner
{
public:
    struct Callbacks
    {
        std::function<void(const QString &)> text;
        std::function<void(const CallResult &)> finished; ///< last act; may delete this runner later, not inside
    };
    struct Parts
    {
        Clock &clock;
        EventBus &bus;
        CallTraffic &traffic;
    };
    CallRunner(CallId id, CallMachine machine, Parts parts, std::shared_ptr<AttemptSource> source, Callbacks callbacks);
    ~CallRunner();

    void start(CallersWishes caller = {});
    void cancel();
    /// What a person asks for; None when it was done. See CallMachine.
    SteeringRefusal tryNow();
    SteeringRefusal failOverNow();
    /// The receiver of the answer is slow, or has caught up. Does nothing while no attempt runs.
    void pause();
    void resume();
    /// From CallTraffic: the slot that was queued for is taken.
    void slotGranted();
    /// From CallTraffic: the provider that is queued for has changed.
    void recheckQueue();
    /// From CallTraffic: a probe has ended, so the wait for it may be over.
    void wake();

private:
    enum class State : quint8 { Idle, Queued, Running, Waiting, Finished };

    void carryOut(const CallStep &step);
    void queue(const CallStep &step);
    void send(const CallStep &step);
    void wait(const CallStep &step);
    void onFinished(const AttemptResult &result);
    void publishFinished(const AttemptResult &result, SteadyTime now);
    void finish(const CallStep &step);
    void leave();
    void dropAttempt(std::string_view rule);
    void addCost(const AttemptResult &result);
    AttemptOrder orderFor(const CallStep &step) const;
    Event event(EventKind kind) const;
    void publishChanges(const CallStep &step);
    void publishSkips(const CallStep &step);
    CallOutcome outcome(RetryReason reason) const;

    /// Whom the machine's targets are in events and for the source.
    struct Asked
    {
        ProviderId provider;
        QString model;
    };
    const Asked &asked(int target) const { return m_asked[std::size_t(target)]; }

    CallMachine m_machine;
    std::vector<Asked> m_asked; ///< by index in the chain
    Parts m_parts;
    std::shared_ptr<AttemptSource> m_source;
    Callbacks m_callbacks;
    CallResult m_result;
    QString m_lastMessage;
    QByteArray m_idempotencyKey;
    SteadyTime m_started{}, m_queuedSince{}, m_attemptStarted{};
    bool m_callerHurries = false;
    State m_state = State::Idle;
    bool m_saidWaiting = false; ///< the running wait for a circuit has been published
    bool m_costKnown = true;
    bool m_onPurpose = false;   ///< an attempt has met a fault that a person plays
    bool m_attemptOnPurpose = false; ///< the one that runs or ran last has
    double m_cost = 0.0;
    std::optional<double> m_attemptCost;
    std::string m_lane;         ///< whose queue or slot is held
    QString m_queuedModel;
    TimerHandle m_wait;
    std::unique_ptr<Attempt> m_attempt;
};

} // namespace retryscope
