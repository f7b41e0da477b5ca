// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "policy/backoff.h"
#include "policy/failureclassifier.h"
#include "policy/providerfailoverhandler.h"
#include "policy/retrybudget.h"

namespace retryscope {

/// How one attempt ended. reason None is success.
struct AttemptFacts
{
    Classification classification;
    Delivery delivery = Delivery::Answered;
    bool contentShown = false; ///< the user has seen part of it, so it cannot be repeated unseen
};

struct ProviderTransition
{
    ProviderId provider;
    CircuitTransition transition;
};

/// What to do next.
struct CallStep
{
    enum class Kind : quint8 { Send, Wait, Finish };
    Kind kind = Kind::Finish;
    ProviderId provider;              ///< Send, Wait: whom the next attempt asks (empty: not known yet)
    ProviderId failedOverFrom;        ///< set when this step leaves a provider
    Duration delay{};                 ///< Wait
    bool serverAsked = false;         ///< Wait: the server's hint, not our backoff, decided
    bool circuitAsked = false;        ///< Wait: all providers are cooling
    RetryReason reason = RetryReason::None; ///< Finish: how it ended; else why the step is taken
    QString rule;                     ///< Finish: which rule of the machine ended the call
    QVector<ProviderTransition> circuits; ///< changes made on the way
};

/// The state machine of one call, without I/O: facts and `now` in, the next step out. The live engine and the
/// simulator drive the same object. It holds the attempt's permit; references must outlive it.
class CallMachine
{
public:
    struct Parts
    {
        ProviderFailoverHandler &providers;
        RetryBudget &budget;
        RandomSource &random;
    };

    CallMachine(RetryConfig config, QVector<ProviderId> chain, Parts parts)
        : m_config(config), m_chain(std::move(chain)), m_parts(parts) {}

    CallStep start(SteadyTime now);
    CallStep onAttempt(const AttemptFacts &facts, SteadyTime now);
    /// The wait is over.
    CallStep onTimer(SteadyTime now);
    CallStep cancel(SteadyTime now);

    int attempt() const { return m_attempt; }
    /// Attempts on more than one provider were made.
    bool failedOver() const { return m_failedOver; }
    SteadyTime deadline() const { return m_deadline; }
    const RetryConfig &config() const { return m_config; }

private:
    CallStep next(SteadyTime now, RetryReason reason, const ProviderId &preferred);
    CallStep send(const ProviderId &provider, SteadyTime now, RetryReason reason);
    CallStep finish(RetryReason reason, const QString &rule);
    std::optional<CallStep> retryHere(const Classification &c, SteadyTime now);
    std::optional<CallStep> failOver(const Classification &c, SteadyTime now);
    void note(const ProviderId &provider, const std::optional<CircuitTransition> &change);
    void block(const Classification &c, SteadyTime now);

    RetryConfig m_config;
    QVector<ProviderId> m_chain;
    Parts m_parts;
    SteadyTime m_deadline{};
    int m_attempt = 0;
    QHash<ProviderId, int> m_attemptsOn;
    QVector<ProviderId> m_ruledOut;   ///< would fail the same way again
    ProviderId m_current;
    ProviderId m_planned;             ///< whom the running wait is for
    RetryReason m_lastReason = RetryReason::None;
    std::optional<Permit> m_permit;
    Duration m_previousDelay{};
    bool m_charged = false;           ///< the budget was charged for the running wait
    bool m_failedOver = false;
    QVector<ProviderTransition> m_circuits;
};

} // namespace retryscope
