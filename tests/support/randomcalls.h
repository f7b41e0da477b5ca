// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/recordedstream.h"

#include <array>
#include <map>
#include <random>

namespace retryscope {

inline const QStringList shownProviders{QStringLiteral("openai"), QStringLiteral("anthropic"),
                                        QStringLiteral("google_ai"), QStringLiteral("mistral")};

/// Counted by hand, event by event, without any type of the product but the event itself.
struct Recount
{
    quint64 submitted = 0, started = 0, answered = 0, failedAttempts = 0, retries = 0, failovers = 0, skips = 0;
    std::map<CallOutcome, quint64> outcomes;
    quint64 owed() const
    {
        quint64 n = 0;
        for (const auto &[outcome, calls] : outcomes)
            n += outcome == CallOutcome::Cancelled ? 0 : calls;
        return n;
    }
    quint64 of(CallOutcome outcome) const { return outcomes.contains(outcome) ? outcomes.at(outcome) : 0; }
    void add(const Event &e)
    {
        submitted += e.kind == EventKind::CallSubmitted;
        started += e.kind == EventKind::AttemptStarted;
        retries += e.kind == EventKind::AttemptStarted && e.reason != RetryReason::None;
        failovers += e.kind == EventKind::FailedOver;
        skips += e.kind == EventKind::ProviderSkipped;
        answered += e.kind == EventKind::AttemptFinished && e.reason == RetryReason::None;
        failedAttempts +=
            e.kind == EventKind::AttemptFinished && e.reason != RetryReason::None && e.reason != RetryReason::Cancelled;
        if (e.kind == EventKind::CallFinished)
            ++outcomes[e.outcome];
    }
};

/// Grammatical, and of everything that may happen to a call.
class RandomCalls
{
public:
    explicit RandomCalls(quint64 seed) : m_random(seed) {}
    RecordedStream stream;

    void call()
    {
        static const std::array reasons{RetryReason::RateLimit, RetryReason::ServerError, RetryReason::Network,
                                        RetryReason::StreamInterrupted, RetryReason::MalformedResponse,
                                        RetryReason::InvalidRequest, RetryReason::Unknown};
        stream.beginCall();
        QStringList chain = shownProviders + QStringList{QStringLiteral("gone")};
        std::shuffle(chain.begin(), chain.end(), m_random);
        bool skipped = false;
        while (chance(30) && !chain.isEmpty()) {
            stream.skip(chain.takeFirst(), SkipReason(1 + pick(skipReasonCount - 1)), RetryReason::Network);
            skipped = true;
        }
        if (chain.isEmpty() || chance(8)) // nobody to ask
            return stream.endCall({}, CallOutcome::Failed, 1ms, RetryReason::Network);
        bool retried = false, failedOver = false;
        for (int attempt = 0;; ++attempt) {
            const QString at = chain.first();
            const RetryReason reason = chance(55) ? RetryReason::None : reasons[pick(reasons.size())];
            const Duration took = std::chrono::milliseconds(1 + qint64(pick(4'000)));
            if (chance(4)) {
                stream.attempt(at, RetryReason::Cancelled, took);
                return stream.endCall(at, CallOutcome::Cancelled, took, RetryReason::Cancelled);
            }
            stream.attempt(at, reason, took);
            if (chance(2))
                return; // still in flight
            if (reason == RetryReason::None)
                return stream.endCall(at,
                                      failedOver ? CallOutcome::RecoveredByFailover
                                      : retried  ? CallOutcome::RecoveredByRetry
                                      : skipped  ? CallOutcome::SecondChoice
                                                 : CallOutcome::FirstTry,
                                      took);
            if (attempt == 4 || chance(15))
                return stream.endCall(at, CallOutcome::Failed, took, reason);
            if (chance(50) && chain.size() > 1) {
                stream.failOver(at, chain[1], reason);
                chain.removeFirst();
                failedOver = true;
            } else {
                stream.retry(at, reason, 100ms);
                retried = true;
            }
        }
    }
    std::size_t pick(std::size_t n) { return std::size_t(m_random() % n); }
    bool chance(int percent) { return int(m_random() % 100) < percent; }

private:
    std::mt19937_64 m_random;
};

} // namespace retryscope
