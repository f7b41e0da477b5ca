// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/attemptsources.h"
#include "protocols/answerwriter.h"
#include "protocols/dialect.h"

namespace retryscope {

/// A request of another program, to be sent on under our policy.
///
/// | field      | what                                                        | default                          |
/// | passed     | as it came, in the program's own words                      |                                  |
/// | model      | whom to ask for, whatever the body says                     | empty: each provider's own       |
/// | modelIsExact | the program named the provider with it: no other is asked for in its place | no             |
/// | isPrompt   | a model answers it: its answer is read for its end, its usage and its errors; else only the transfer counts | yes |
/// | stream     | the answer is wanted in pieces                              | no                               |
/// | chat       | the same in the words of no wire; none: only providers that speak its words can be asked | none |
/// | unread     | fields of it that `chat` does not hold                       | none                             |
/// | mayDrop    | these may be left out for a provider with other words, and are then named | no: it is not asked |
/// | mayRepeat  | may be sent again although it may have arrived              | yes                              |
/// | usageWanted | a stream that is written for it ends with its usage         | yes                              |
/// | callerRepeat | the program's own SDK sends it again, for the so many-th time | 0                            |
/// | mode, deadline | in place of the policy's                                | none                             |
struct ForwardRequest
{
    PassedRequest passed;
    QString model;
    bool modelIsExact = false;
    bool isPrompt = true;
    bool stream = false;
    std::optional<ChatRequest> chat;
    QStringList unread;
    bool mayDrop = false;
    bool mayRepeat = true;
    bool usageWanted = true;
    int callerRepeat = 0;
    QByteArray answerId; ///< hex, never twice: ids in written answers are made of it
    std::optional<StreamMode> mode;
    std::optional<Duration> deadline;

    /// About as long as the prompt is.
    qint64 promptTokens() const;
};

/// The head of an answer that is given to the program.
struct ForwardedHead
{
    int status = 200;
    HttpHeaders headers;  ///< the provider's, without those of one connection; a written answer's: only its type
    ProviderId provider;
    QString model;        ///< that it was asked for; empty: none was
    int attempts = 0;     ///< made so far
    QStringList dropped;  ///< fields that this provider could not be told
    bool translated = false;
};

/// In this order: begin, data as often as bytes come, finished. Of a failed call begin may be missing: the program has
/// heard nothing yet. `error` is then the provider's own answer, where one that speaks the program's words gave the last one.
/// An answer that a filter ended is given out like any other, although its call has failed. metFault for each attempt that
/// meets a fault on purpose, before anything of it comes.
struct ForwardCallbacks
{
    std::function<void()> metFault;
    std::function<void(const ForwardedHead &)> begin;
    std::function<void(const QByteArray &)> data;
    std::function<void(const CallResult &, const std::optional<std::pair<ForwardedHead, QByteArray>> &error)> finished;
};

/// What a provider that speaks other words could not be told.
struct Losses
{
    QStringList fields; ///< may be left out where the program allows it
    QString refusal;    ///< why it cannot be told at all; empty: it can
};
Losses lossesAt(const ProviderConfig &provider, const ForwardRequest &request);

/// Whom the request may go to, those first that know its model or speak its words; each in order of priority; without
/// those that could not be told all of it. `providers` empty: every enabled one.
QVector<ProviderId> chainFor(const Configuration &configuration, const ForwardRequest &request,
                             const QVector<ProviderId> &providers);
/// Which model a provider is to be asked for, before its own map of names: the request's where the provider may know it, else
/// empty, for its own.
QString modelAskedOf(const Configuration &configuration, const ProviderId &provider, const ForwardRequest &request);

/// Of a request that names no model and is no prompt, what it is about: the first part of its path, such as /batches; else empty.
QString resourceOf(const ForwardRequest &request);

/// Attempts that send a program's request on: byte for byte to a provider that speaks its words, translated to any other.
class ForwardSource final : public ConfiguredSource
{
public:
    ForwardSource(const SourceParts &parts, const Configuration &configuration, ForwardRequest request, StreamMode mode,
                  ForwardCallbacks callbacks);
    ~ForwardSource() override;
    std::unique_ptr<Attempt> startAttempt(const ProviderId &provider, const AttemptOrder &order,
                                          AttemptCallbacks callbacks) override;
    /// The call has ended: gives out what was held back, and tells so.
    void settle(const CallResult &result);

private:
    class Answer;
    AttemptRequest passedRequest(const ProviderConfig &provider, const Credentials &credentials,
                                 const AttemptOrder &order) const;
    QString asked(const ProviderConfig &provider) const;

    Configuration m_configuration;
    ForwardRequest m_request;
    StreamMode m_mode;
    ForwardCallbacks m_callbacks;
    std::shared_ptr<Answer> m_answer; ///< of the attempt that runs or ran last
};

} // namespace retryscope
