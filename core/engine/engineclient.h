// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/configuration.h"
#include "engine/exchangerecord.h"
#include "health/healthsnapshot.h"
#include "policy/steering.h"
#include "protocols/answertraits.h"
#include "telemetry/event.h"
#include "transport/faulttransport.h"

#include <QObject>
#include <QStringList>

namespace retryscope {

/// Where a call may go: the chain in order of priority, or the named providers only.
struct Route
{
    QVector<ProviderId> providers; ///< empty: every enabled provider, in order of priority
};

/// Whether what went over the wire is to be shown: costs a copy of it, and comes as exchangesArrived.
enum class Capture : quint8 { No, Yes };

struct SendOptions
{
    Capture capture = Capture::No;
};

struct CallResult
{
    CallId call;
    CallOutcome outcome = CallOutcome::None;
    RetryReason reason = RetryReason::None;
    ProviderId provider;     ///< the one that answered, or failed last
    QString model;
    QString text;            ///< whole answer, or what was shown before it broke
    QString message; ///< the provider's or the transport's own words of the last attempt, bounded and without secrets
    QString rule;            ///< which rule of the policy ended the call
    AnswerContent content;   ///< thoughts, tool calls and refusal
    AnswerTraits answer;     ///< how it finished and ended, and what it holds beside its text
    int status = 0;
    int attempts = 0;
    Duration duration{};
    std::optional<Duration> firstToken;
    std::optional<int> tokensIn, tokensOut;
    std::optional<double> costUsd;     ///< of all attempts; none where any of it is unknown
    std::optional<Duration> retryIn;   ///< on failure: when a provider will be asked again, where that is known
    std::optional<Duration> hint;      ///< how long the provider asked last has asked to wait
    int maybeTwice = 0;                ///< attempts that may have been a second delivery of the same prompt
    bool simulated = false;
    bool succeeded() const { return reason == RetryReason::None && outcome != CallOutcome::None; }
    /// Succeeded, and nothing needs telling of the answer: it stopped by itself, has text, and arrived whole.
    bool isPlain() const { return succeeded() && answer.isPlain(!text.isEmpty()); }
};

/// The window's only view of the engine: commands in, batches of values out. Lives on the caller's thread.
class EngineClient : public QObject
{
    Q_OBJECT
public:
    using QObject::QObject;
    /// What not every engine can be asked from here.
    enum class Request : quint8 { Send, Apply, Steer, Fault };
    /// Why it cannot be asked for that, as a sentence; empty: it can.
    virtual QString refusal(Request) const { return {}; }
    /// Ids are given at once; the first event follows later.
    virtual CallId send(const Prompt &prompt, const Route &route, const SendOptions &options = {}) = 0;
    virtual void cancel(CallId call) = 0;
    /// Ends the call's wait and makes the attempt that is waited for; steered() tells whether it could be done.
    virtual void tryNow(CallId call) = 0;
    /// Asks the next provider of the call's chain in place of the one that is waited for, queued for or asked, as long as
    /// nothing of the answer was shown. steered() tells whether it could be done.
    virtual void failOverNow(CallId call) = 0;
    virtual void apply(const Configuration &configuration) = 0;
    virtual void isolate(const ProviderId &provider) = 0;
    virtual void release(const ProviderId &provider) = 0;
    /// Asks the provider for its list of models, as the probe of an open circuit. A good answer never lifts a quota block.
    virtual void probe(const ProviderId &provider) = 0;
    /// Has the provider's exchanges answered in its place, for a share of them and for a time; replaces what is on for it.
    /// Nothing of it is kept: no engine starts with a fault on.
    virtual void playFault(const ProviderId &provider, const FaultPlan &plan) = 0;
    /// Ends all of them.
    virtual void stopFaults() = 0;
    /// Writes a person's note to an incident; nothing happens when there is no such incident.
    virtual void annotateIncident(quint64 id, const QString &note) = 0;
    /// Takes the incidents of an earlier run in place of those that are known; they come back with healthUpdated.
    virtual void restoreIncidents(const Incidents &incidents) = 0;

signals:
    void eventsArrived(const retryscope::Events &events);
    /// The judgement, at most ten times a second when it changed and at least once a second; after the events that it is of.
    void healthUpdated(const retryscope::HealthUpdate &update);
    void textArrived(retryscope::CallId call, const QString &text);
    /// Of calls that were sent with Capture::Yes, at most ten times a second, and the last of a call before its
    /// callFinished: what has come of each attempt since it was told last. See ExchangeRecord::append.
    void exchangesArrived(const retryscope::ExchangeRecords &pieces);
    /// A person's wish was carried out (None), or why not; steeringText has the sentence.
    void steered(retryscope::CallId call, retryscope::Steering wish, retryscope::SteeringRefusal refusal);
    /// What is played on purpose has changed, also because its time is over; empty: nothing is any more.
    void faultsChanged(const retryscope::StandingFaults &faults);
    void callFinished(const retryscope::CallResult &result);
};

} // namespace retryscope
Q_DECLARE_METATYPE(retryscope::CallResult)
