// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/engineclient.h"

#include <QHash>
#include <QStringList>

namespace retryscope {

/// One call as it goes on, told in present tense: what is waited for, until when, why that provider. Fed with the
/// call's events and its text; time comes as an argument.
class CallProgress
{
public:
    enum class Phase : quint8 { Idle, Sent, Queued, Asking, Streaming, Waiting, Done };

    CallProgress() = default;
    /// `chain`: who may be asked, in order. Names: id to what is shown.
    CallProgress(QVector<ProviderId> chain, QHash<ProviderId, QString> names, int tokenLimit, SteadyTime now);
    void onEvent(const Event &event);
    void onText(const QString &text);
    void onFinished(const CallResult &result);
    /// Of one that ended earlier: what speed() was then.
    void setSpeed(const std::optional<double> &tokensPerSecond) { m_speed = tokensPerSecond; }

    Phase phase() const { return m_phase; }
    bool isRunning() const { return m_phase != Phase::Idle && m_phase != Phase::Done; }
    /// "Asking OpenAI (1st choice), attempt 1 of 4, 3.2 s". Counts while it runs; how it ended when it is done.
    QString status(SteadyTime now) const;
    /// "1.9 s · first token 310 ms · 58 tok/s · 12 in, 94 out · $0.0006 · stop · 1 attempt"; as far as it is known yet.
    QString facts(SteadyTime now) const;
    /// Tokens a second since the first one; while it streams from a count of characters. None before there is enough of
    /// it. Once it is done it is measured, and stays.
    std::optional<double> speed(SteadyTime now) const;
    /// "OpenAI was skipped: circuit open, probe in 6.0 s." One line for each that was not asked or failed; empty when
    /// the first choice is asked.
    QString why(SteadyTime now) const;
    /// Whether there is a wait that a person may shorten.
    bool canTryNow() const { return m_phase == Phase::Waiting; }
    /// Whether the next provider may be asked in place of the one that is waited for: when there is a next one, and a
    /// wait that is worth it.
    bool canFailOver(SteadyTime now) const;
    /// After a failure: what happened, the provider's own words, the rule that matched, and what to do. Empty
    /// otherwise.
    QString error() const;
    const QString &finish() const { return m_finish; }
    const std::optional<CallResult> &result() const { return m_result; }
    /// Tokens that came so far, about.
    qsizetype tokensSoFar() const;

private:
    struct Passed { ProviderId provider; SkipReason skip; RetryReason reason; std::optional<SteadyTime> until; };
    QString nameOf(const ProviderId &provider) const { return m_names.value(provider, provider); }
    QString choice(const ProviderId &provider) const;
    QString waitingStatus(SteadyTime now) const;
    QString doneStatus() const;
    QStringList runningFacts(SteadyTime now) const;
    QStringList answerFacts() const;
    std::optional<double> measured(const CallResult &result) const;

    Phase m_phase = Phase::Idle;
    QVector<ProviderId> m_chain;
    QHash<ProviderId, QString> m_names;
    int m_limit = 0, m_attempt = 0, m_most = 0;
    SteadyTime m_sent{}, m_since{}, m_until{};
    std::optional<SteadyTime> m_submitted; ///< by the engine
    std::optional<SteadyTime> m_firstToken, m_attemptEnd; ///< of the last attempt
    ProviderId m_provider;
    RetryReason m_reason = RetryReason::None;
    DelaySource m_source = DelaySource::None;
    qsizetype m_characters = 0;
    std::vector<Passed> m_passed;
    QString m_finish, m_finishReason, m_rule; ///< m_rule: that classified the last failure
    int m_status = 0;         ///< HTTP's, of the last failure
    std::optional<CallResult> m_result;
    std::optional<double> m_speed; ///< of the whole answer
};

/// "1st", "2nd", "3rd", "4th", "11th"
QString ordinal(int n);

} // namespace retryscope
