// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/configuration.h"
#include "protocols/answertraits.h"
#include "telemetry/event.h"

#include <QObject>
#include <QStringList>

namespace retryscope {

/// Where a call may go: the chain in order of priority, or the named providers only.
struct Route
{
    QVector<ProviderId> providers; ///< empty: every enabled provider, in order of priority
};

struct CallResult
{
    CallId call;
    CallOutcome outcome = CallOutcome::None;
    RetryReason reason = RetryReason::None;
    ProviderId provider;     ///< the one that answered, or failed last
    QString model;
    QString text;            ///< whole answer, or what was shown before it broke
    AnswerTraits answer;     ///< how it finished and ended, and what it holds beside its text
    QString error;           ///< what happened, what was done, what to do; empty on success
    int status = 0;
    int attempts = 0;
    Duration duration{};
    std::optional<Duration> firstToken;
    std::optional<int> tokensIn, tokensOut;
    std::optional<double> costUsd;     ///< of all attempts; none where any of it is unknown
    std::optional<Duration> retryIn;   ///< on failure: when a provider will be asked again, where that is known
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
    /// Ids are given at once; the first event follows later.
    virtual CallId send(const Prompt &prompt, const Route &route) = 0;
    virtual void cancel(CallId call) = 0;
    virtual void apply(const Configuration &configuration) = 0;
    virtual void isolate(const ProviderId &provider) = 0;
    virtual void release(const ProviderId &provider) = 0;
    /// Asks the provider for its list of models, as the probe of an open circuit. A good answer never lifts a quota block.
    virtual void probe(const ProviderId &provider) = 0;

signals:
    void eventsArrived(const retryscope::Events &events);
    void textArrived(retryscope::CallId call, const QString &text);
    void callFinished(const retryscope::CallResult &result);
};

} // namespace retryscope
Q_DECLARE_METATYPE(retryscope::CallResult)
