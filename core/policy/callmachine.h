// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/expected.h"
#include "policy/backoff.h"
#include "policy/failureclassifier.h"
#include "policy/providerfailoverhandler.h"
#include "policy/retrybudget.h"
#include "policy/steering.h"

#include <memory>
#include <vector>

namespace retryscope {

/// How one attempt ended. reason None is success.
struct AttemptFacts
{
    Classification classification;
    Delivery delivery = Delivery::Answered;
    bool accepted = false;           ///< answered with a status below 300: the model has had the prompt
    bool contentShown = false;       ///< the user has seen part of it, so it cannot be repeated unseen
    std::optional<Duration> latency; ///< of a success: first token, or the whole answer where it was not streamed
    LimitWindows limits;             ///< what the response's headers told
};

/// A provider that was passed over. Told once a call, and again when the reason is another.
struct Skip
{
    std::string provider;
    std::string model;
    SkipReason why = SkipReason::None;
    RetryReason reason = RetryReason::None; ///< of its circuit
    Duration until{};                       ///< when it may be asked, from now; 0: not known
};
using Skips = std::vector<Skip>;

/// What to do next.
struct CallStep
{
    enum class Kind : std::uint8_t {
        Queue,  ///< get a slot of `provider`, then call begin(); at most `delay` long, then call onQueueTimeout()
        Send,   ///< the slot is there and the permits are taken: start the attempt, it may last `timeout`
        Wait,   ///< call onTimer() after `delay`, or once a probe has ended where `untilProbed` is set
        Finish,
    };
    Kind kind = Kind::Finish;
    int target = -1; ///< by its place in the chain. Queue, Send: whom; Wait: whom it is for (-1: not known yet); Finish: asked last
    int leaves = -1; ///< Send: the target of another provider that this attempt leaves; -1: none
    Duration delay{};                 ///< Wait, Queue
    Duration timeout{};               ///< Send
    DelaySource source = DelaySource::None; ///< Wait: what decided its length
    bool untilProbed = false;         ///< Wait
    bool maybeTwice = false;          ///< Send: an earlier attempt has, or may have, reached the model
    bool takesIdempotencyKey = false; ///< Send
    RetryReason reason = RetryReason::None; ///< Finish: how it ended; else why the step is taken
    std::string_view rule; ///< Finish: which rule of the machine ended the call; Queue after a failure: why not here again;
                        ///< Send: of steering.h, where a person chose it
    std::optional<Duration> retryIn;  ///< Finish: when it would have worked, where that is known
    HealthChanges changes;            ///< made on the way
    Skips skips;                      ///< who was passed over on the way
};

/// The running attempt that a person gives up for another provider. It says nothing of the provider that is left.
struct GivenUp
{
    Delivery delivery = Delivery::NotSent;
    bool contentShown = false;
};

/// How far a call has come: all of a CallMachine that is another call's in the next one. Nothing in it owns anything.
struct CallMachineState
{
    /// Whom a person chose, until it is asked or somebody else is.
    struct Hand
    {
        int target = -1;
        std::string_view rule;
        bool insists = false; ///< whatever keeps others out
    };

    Amount m_promptTokens = 0;
    SteadyTime m_deadline{};
    std::uint32_t m_lives = 0; ///< of all servers, when the call began
    int m_attempt = 0;
    int m_current = -1;               ///< asked last
    int m_planned = -1;               ///< whom the running wait or queue is for
    std::optional<CallStep::Kind> m_doing; ///< the last step
    Hand m_hand;
    RetryReason m_lastReason = RetryReason::None;
    std::optional<Admission> m_admission;
    Duration m_previousDelay{};
    Duration m_missed{};              ///< the wait that did not fit
    bool m_charged = false;           ///< the budget was charged for the running wait
    bool m_budgetEmpty = false;
    bool m_delivered = false;         ///< an earlier attempt has, or may have, reached the model
    bool m_failedOver = false;
    int m_maybeTwice = 0;
};
static_assert(std::is_trivially_copyable_v<CallMachineState>);

/// The state machine of one call, without I/O: facts and `now` in, the next step out. The live engine and the
/// simulator drive the same object. It holds the running attempt's permits; references must outlive it.
/// Every call ends with exactly one Finish. A decision allocates nothing unless a circuit changes.
class CallMachine : private CallMachineState
{
public:
    struct Parts
    {
        ProviderFailoverHandler &providers;
        RetryBudget &budget;
        RandomSource &random;
    };
    /// `chain` in order of priority; `promptTokens` about how long the prompt is, for limits on tokens.
    CallMachine(const RetryConfig &config, Targets chain, Parts parts, Amount promptTokens = 0);
    /// One configuration for many calls. Not null.
    CallMachine(SharedRetryConfig config, Targets chain, Parts parts, Amount promptTokens = 0);

    /// For another call of the same configuration and chain, once this one has finished or was never started; as if newly
    /// made, but nothing is allocated.
    void renew(Amount promptTokens);

    CallStep start(SteadyTime now);
    /// The slot is there. Send, unless things have changed while it was waited for.
    CallStep begin(SteadyTime now);
    /// No slot came in time.
    CallStep onQueueTimeout(SteadyTime now);
    /// False when the provider that is queued for may not be asked any more: leave the queue and call begin().
    bool stillQueues(SteadyTime now) const
    {
        return m_planned >= 0 && (mayAsk(m_planned, now) || insists(m_planned, now));
    }
    /// Another provider could be asked in place of the running attempt's.
    bool canMoveOn(SteadyTime now) const;
    CallStep onAttempt(const AttemptFacts &facts, SteadyTime now);
    /// The wait is over.
    CallStep onTimer(SteadyTime now);
    CallStep cancel(SteadyTime now);

    /// What a person asks for: the step in place of the wait, the queue or the attempt, or why nothing has changed.
    using Steered = Expected<CallStep, SteeringRefusal>;
    /// The attempt that is waited for is to be made now, whatever limit, hint or open circuit it waits for.
    Steered onTryNow(SteadyTime now);
    /// The next provider that may be asked is to be asked in place of the one that is waited for, queued for or asked.
    Steered onFailOverNow(SteadyTime now, const GivenUp &running = {});

    const Targets &chain() const { return m_chain; }
    /// The provider at a step's place in the chain; empty for -1.
    std::string_view providerAt(int target) const
    {
        return target < 0 ? std::string_view() : m_chain[std::size_t(target)].provider;
    }
    int attempt() const { return m_attempt; }
    /// Somebody earlier in the chain than the provider asked last was passed over without being asked.
    bool skippedBefore() const;
    /// Attempts on more than one provider were made.
    bool failedOver() const { return m_failedOver; }
    /// Attempts that may have been a second delivery.
    int maybeTwice() const { return m_maybeTwice; }
    SteadyTime deadline() const { return m_deadline; }
    const RetryConfig &config() const { return m_config; }

private:
    struct TargetState
    {
        int provider = 0; ///< the first target of the same one; never changes
        int attempts = 0;
        bool ruledOut = false;
        SkipReason told = SkipReason::None;
        SteadyTime
            heldUntil{}; ///< until its limits or a wait that it asks for are over, when the call last waited for all
        RetryReason heldFor = RetryReason::None;
        std::unique_ptr<Pacer> own; ///< what a server that the provider's name means no more has told this call
        mutable ProviderFailoverHandler::Place place; ///< a memory, not a state

        void renew()
        {
            attempts = 0;
            ruledOut = false;
            told = SkipReason::None;
            own.reset();
        }
    };

    Availability available(int target, SteadyTime now) const
    {
        const TargetState &state = m_states[std::size_t(target)];
        if (!isElsewhere(target))
            return m_parts.providers.availability(m_chain[target], now, m_promptTokens, &state.place);
        const Availability there = m_parts.providers.availabilityElsewhere(m_chain[target], now, m_promptTokens,
                                                                           state.own.get(), &state.place);
        return there.now && now < state.heldUntil
                   ? Availability{false,         state.heldUntil,       false, DelaySource::Server,
                                  state.heldFor, SkipReason::LimitEmpty}
                   : there;
    }
    /// Its `now` alone, which is asked for far more often.
    bool mayAsk(int target, SteadyTime now) const
    {
        if (m_parts.providers.mayAsk(m_chain[target], now, m_promptTokens, &m_states[std::size_t(target)].place,
                                     m_lives))
            return true;
        return isElsewhere(target) && available(target, now).now;
    }
    /// The call goes on at the server that its target's name meant when it began: what is known now is another's.
    bool isElsewhere(int target) const
    {
        return m_parts.providers.life(m_chain[target], &m_states[std::size_t(target)].place) > m_lives;
    }
    CallStep next(SteadyTime now, RetryReason reason, int preferred);
    CallStep queue(int target, SteadyTime now, RetryReason reason);
    CallStep cool(SteadyTime now, RetryReason reason);
    std::string_view nobodyLeft() const;
    CallStep finish(RetryReason reason, std::string_view rule, std::optional<Duration> retryIn = {});
    CallStep make(CallStep::Kind kind, RetryReason reason);
    std::optional<CallStep> forbidden(const AttemptFacts &facts);
    std::optional<CallStep> retryHere(const Classification &c, SteadyTime now, bool onlyHere);
    std::optional<CallStep> failOver(const Classification &c, SteadyTime now);
    int firstAvailable(SteadyTime now, int except) const;
    bool sameProvider(int a, int b) const { return m_states[std::size_t(a)].provider == m_states[std::size_t(b)].provider; }
    int anotherKey(const Classification &c, SteadyTime now) const;
    int roomier(SteadyTime now) const;
    void ruleOutNarrower();
    Classification asConfigured(const Classification &c) const;
    CallStep afterFailure(const AttemptFacts &facts, const Classification &c, SteadyTime now);
    int attemptsAllowed(const Classification &c, bool *hard) const;
    Duration timeFor(int target, SteadyTime now) const;
    bool giveBackPermits(const HealthVerdict &verdict, SteadyTime now);
    void settleCharge(bool made);
    void tellSkipped(int before, SteadyTime now);
    void tellSkip(int target, SkipReason why, RetryReason reason, Duration until);
    void block(const Classification &c, SteadyTime now);
    void keepToItself(const Classification &c, const LimitWindows &limits, SteadyTime now);
    SteeringRefusal obstacle(int target, SteadyTime now) const;
    Expected<int, SteeringRefusal> soonestByHand(SteadyTime now) const;
    int nextBehind(int from, SteadyTime now) const;
    bool insists(int target, SteadyTime now) const
    {
        return m_hand.insists && m_hand.target == target && obstacle(target, now) == SteeringRefusal::None;
    }

    SharedRetryConfig m_kept;
    const RetryConfig &m_config; ///< that is kept
    const Targets m_chain; ///< const: an index into it must not copy it
    Parts m_parts;
    std::vector<TargetState> m_states; ///< by index in the chain
    HealthChanges m_changes;           ///< that the next step tells
    Skips m_skips;
};

} // namespace retryscope
