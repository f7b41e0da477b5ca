// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/ids.h"
#include "base/time.h"
#include "policy/circuitbreaker.h"
#include "policy/ratelimits.h"
#include "policy/retryreason.h"

#include <QJsonObject>
#include <QVector>

#include <optional>

namespace retryscope {

enum class EventKind : quint8 {
    CallSubmitted, AttemptQueued, AttemptStarted, FirstToken, AttemptFinished,
    RetryScheduled, FailedOver, CircuitChanged, CallFinished, ConfigurationApplied, DegradedChanged,
    ProbeFinished,
    ProviderSkipped, ///< a call passed a provider over without asking it
};
/// How a call ended, in the words of the metrics.
/// SecondChoice: answered at the first attempt, but somebody before it in the chain was skipped.
enum class CallOutcome : quint8 {
    None, FirstTry, RecoveredByRetry, RecoveredByFailover, Failed, Cancelled, SecondChoice
};
inline constexpr int callOutcomeCount = int(CallOutcome::SecondChoice) + 1;
inline bool isServed(CallOutcome outcome)
{
    return outcome != CallOutcome::None && outcome != CallOutcome::Failed && outcome != CallOutcome::Cancelled;
}

QString toKey(EventKind kind);
QString toKey(CallOutcome outcome);
QString toKey(DelaySource source);

/// One fact about one call or one circuit. Holds no prompt, no answer and no credential. Its name is (run, call, seq):
/// no two events share it, whichever programs wrote them.
struct Event
{
    qint64 run = 0;             ///< of its bus: random, positive, below 2^53; 0: written before runs were
    quint64 seq = 0;            ///< grows by one on its bus
    EventKind kind = EventKind::CallSubmitted;
    SteadyTime at{};
    WallTime wall{};
    CallId call;                ///< none for CircuitChanged by hand and ConfigurationApplied
    int attempt = 0;            ///< from 1; 0 where none is meant
    int maxAttempts = 0;
    ProviderId provider;        ///< on FailedOver: the one left
    ProviderId toProvider;      ///< FailedOver only
    QString model;
    RetryReason reason =
        RetryReason::None; ///< None on AttemptFinished and CallFinished means success. AttemptStarted: why it is a
                           ///< retry on the same provider; None on a first attempt and after a failover
    HealthSignal health = HealthSignal::
        Ignored; ///< AttemptFinished, ProbeFinished: what it says of the provider; judged by the engine alone
    SkipReason skip = SkipReason::None;      ///< ProviderSkipped: why; `reason` is its circuit's
    CallOutcome outcome = CallOutcome::None; ///< CallFinished only
    Delivery delivery = Delivery::NotSent;   ///< AttemptFinished only
    int status = 0;             ///< HTTP status; 0 where none came
    Duration
        delay{}; ///< RetryScheduled: the wait; CallFinished: when it would have worked, ProviderSkipped: until it may be
                 ///< asked; 0 where not known
    DelaySource delaySource = DelaySource::None;
    Duration duration{};        ///< AttemptFinished: of the attempt; CallFinished: of the call
    std::optional<Duration> firstToken; ///< since the start of the attempt
    std::optional<int> tokensIn, tokensOut;
    std::optional<int> tokensCached; ///< of tokensIn: read from the provider's cache
    QString
        finish; ///< AttemptFinished, CallFinished: why the model stopped (stop, length, tool_calls, content_filter, refusal, other); empty: not known
    QString finishReason;       ///< where finish is other: the provider's own word, at most 64 characters; else empty
    int unreadable = 0;         ///< AttemptFinished, CallFinished: pieces of the answer that could not be read
    CircuitState circuitFrom = CircuitState::Closed, circuitTo = CircuitState::Closed; ///< CircuitChanged only
    std::optional<Duration> openFor; ///< CircuitChanged to Open: until a probe is allowed
    Scope scope =
        Scope::Request; ///< CircuitChanged: what the circuit is of; AttemptFinished: what the failure concerns
    int callerRepeat = 0;           ///< CallSubmitted: the program behind it sends it again by itself, for the so many-th time
    bool degraded = false;          ///< DegradedChanged: answers, but slowly
    bool maybeTwice = false;        ///< AttemptStarted: an earlier attempt of this call may have been delivered
    std::optional<double>
        costUsd; ///< AttemptFinished, CallFinished: from the price list; none where the price or the usage is unknown
    LimitWindows limits;            ///< AttemptFinished: what the response's headers told
    QVector<std::pair<QString, QString>>
        headers;                ///< AttemptFinished: the headers that were looked at, never a credential
    QString rule;               ///< which rule classified or decided
    QString detail;             ///< a plain sentence, redacted and bounded
    bool simulated = false;
    bool onPurpose = false; ///< a fault that a person plays made it so: of an attempt or a probe that met one, and of what
                            ///< its call did from then on
};
using Events = QVector<Event>;

/// The one encoding of an event: JSON Lines, `--json`, exports. Durations in seconds with the suffix _s.
QJsonObject toJson(const Event &event);
/// The same as one line of compact text, made without the object: a history writes very many.
QByteArray toJsonLine(const Event &event);
/// The reverse; none for an object that is no event. Keys it does not know are ignored.
std::optional<Event> eventFromJson(const QJsonObject &object);

} // namespace retryscope
Q_DECLARE_METATYPE(retryscope::Event)
Q_DECLARE_METATYPE(retryscope::Events)
