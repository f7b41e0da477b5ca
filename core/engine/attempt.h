// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "engine/credentials.h"
#include "engine/engineclient.h"
#include "engine/masker.h"
#include "policy/attemptlimits.h"
#include "policy/callmachine.h"
#include "policy/ownrules.h"
#include "protocols/answerreader.h"

namespace retryscope {

/// How one attempt ended, with what the events and the result show of it.
struct AttemptResult
{
    AttemptFacts facts;
    int status = 0;
    QString message;      ///< the provider's or the transport's sentence, bounded
    QString text;         ///< the whole answer
    AnswerContent content;
    AnswerTraits answer;  ///< how it finished and ended, and what it holds beside text
    std::optional<int> tokensIn, tokensOut; ///< of a cut answer only what went in
    QVector<std::pair<QString, QString>> headers; ///< of the response, as far as they were looked at
    bool onPurpose = false; ///< it met a fault that a person plays
    bool elsewhere = false; ///< told by a server that the provider's name means no more: it is this call's matter alone
};

/// Looks on while an attempt is answered, for whoever wants the bytes and not only what they say. Called on the engine's
/// thread; must not drop the attempt.
class AnswerTap
{
public:
    virtual ~AnswerTap() = default;
    virtual void head(const HttpHead &head) = 0; ///< of any final status
    /// These bytes of a good answer (2xx) came, and have been read.
    virtual void data(const QByteArray &bytes, const AnswerReader &reader) = 0;
    /// It ended. `error`: the body of an answer with another status, without keys and prompts; bounded.
    virtual void ended(const AttemptResult &result, const AnswerReader &reader, const QByteArray &error) = 0;
    /// Something of it was given out, so that it cannot be repeated unseen.
    virtual bool shown() const = 0;
};

/// What is sent, and how the answer is to be taken.
struct AttemptRequest
{
    HttpRequest http;
    const Protocol *reads = nullptr;     ///< the wire that the answer is in; none: it is no model's, and only its transfer counts
    bool stream = false;                 ///< the answer is asked for in pieces
    bool everyPiece = false;             ///< a piece that cannot be read fails the answer, whatever the mode
    std::function<QStringList()> asked;  ///< what must not come back in a message; none: nothing
    std::shared_ptr<AnswerTap> tap;      ///< may be none
    qint64 largestBody = AnswerReader::maxBody; ///< of an answer, or of a stream since its last output
};

struct AttemptCallbacks
{
    std::function<void()>
        firstToken; ///< of a streamed answer: its first output, whether text, thought, tool call or image
    std::function<void(const QString &)> text;
    std::function<void(const AttemptResult &)> finished; ///< exactly once, unless dropped before
};

/// A running attempt; dropping it cancels it silently.
class Attempt
{
public:
    virtual ~Attempt() = default;
    virtual Delivery delivery() const = 0;
    /// Something of its answer was given out.
    virtual bool shown() const { return false; }
    /// It meets a fault that a person plays.
    virtual bool isOnPurpose() const { return false; }
    /// Its receiver is slow: nothing more is read until resume(), and no limit of silence runs.
    virtual void pause() {}
    virtual void resume() {}
};

/// How an attempt is to be made.
struct AttemptOrder
{
    int number = 1;
    AttemptTimes times;
    bool cutShort = false; ///< its caller's own deadline leaves it less than its usual time
    std::function<bool()> canMoveOn; ///< another provider could be asked now; none: yes
    StreamMode streamMode = StreamMode::Live;
    QByteArray idempotencyKey; ///< the same for all attempts of a call
    QString account;           ///< of the target: which of the provider's keys is meant
    std::shared_ptr<const OwnRules> rules; ///< asked before ours; none where there are none
};

/// Adds what the provider's credentials and the order want in a request that a wire has built.
void complete(HttpRequest *request, const ProviderConfig &provider, const Credentials &credentials,
              const AttemptOrder &order);
/// A prompt in the words of the provider's wire.
AttemptRequest attemptRequest(const ProviderConfig &provider, const ChatRequest &prompt,
                              const Credentials &credentials, const AttemptOrder &order);

/// One attempt over HTTP: sends the request, reads the answer, and owns its timers.
class HttpAttempt final : public Attempt
{
public:
    HttpAttempt(Clock &clock, Transport &transport, const ProviderConfig &provider, AttemptRequest request,
                const Credentials &credentials, const AttemptOrder &order, AttemptCallbacks callbacks);
    Delivery delivery() const override { return m_exchange ? m_exchange->delivery() : Delivery::Answered; }
    bool isOnPurpose() const override { return m_onPurpose; }
    bool shown() const override { return m_tap ? m_tap->shown() : m_shown; }
    void pause() override;
    void resume() override;

private:
    void onSent();
    void onHead(const HttpHead &head);
    void onData(const QByteArray &bytes);
    void onEnded(const ExchangeEnd &end);
    bool took(const QString &text); ///< false: dropped meanwhile
    bool tookLast(AnswerEnd how);
    void watch();
    void onLimit();
    void timeOut(TransportFailure which);
    void finish(const std::optional<FailureFacts> &failure, Delivery delivery);
    const Masker &mask();
    void describe(AttemptResult *result, const std::optional<FailureFacts> &failure);
    bool answering() const { return m_head.status >= 200 && m_head.status < 300; }

    Clock &m_clock;
    AttemptOrder m_order;
    AttemptCallbacks m_callbacks;
    ProtocolKind m_protocol;
    Vendor m_vendor;
    std::string m_host;
    AnswerReader m_reader;
    std::function<QStringList()> m_asked;
    QByteArrayList m_secrets;
    std::optional<Masker> m_mask; ///< made at the end
    std::shared_ptr<AnswerTap> m_tap;
    bool m_opaque = false;        ///< no model's answer
    bool m_paused = false;
    HttpHead m_head;
    QByteArray m_errorBody;
    std::shared_ptr<bool> m_alive = std::make_shared<bool>(true);
    SteadyTime m_started{}, m_armed{};
    AttemptLimits m_limits;
    std::optional<Duration> m_firstOutput;
    bool m_shown = false; ///< text was given out
    bool m_stream = false;
    bool m_onPurpose = false;
    bool m_cutShort = false; ///< the caller's deadline ended it
    TimerHandle m_timer; ///< one for all limits: it is not started anew for each chunk, it looks when the last one came
    std::unique_ptr<Exchange> m_exchange;
};

/// No key to make an attempt with: as a refused key, but that nobody was asked.
AttemptResult refusedFor(const KeyProblem &problem);
/// A request that this wire has no words for, says the sentence: another provider's may have.
AttemptResult refusedFor(const QString &sentence);

/// An attempt that is not made: ends so, and nothing is sent.
class RefusedAttempt final : public Attempt
{
public:
    RefusedAttempt(Clock &clock, const AttemptResult &result, AttemptCallbacks callbacks);
    Delivery delivery() const override { return Delivery::NotSent; }

private:
    TimerHandle m_timer;
};

} // namespace retryscope
