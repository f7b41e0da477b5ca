// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "engine/attempt.h"

#include "base/text.h"

#include <utility>

namespace retryscope {
namespace {

constexpr qsizetype maxErrorBody = 256 << 10;

/// What is asked of a path that we do not know may be missing, or there already: that is the caller's own matter.
bool isCallersOwn(int status)
{
    return status / 100 == 4 && status != 401 && status != 402 && status != 403 && status != 408 && status != 429;
}

} // namespace

void complete(HttpRequest *request, const ProviderConfig &provider, const Credentials &credentials,
              const AttemptOrder &order)
{
    credentials.applyTo(request);
    request->provider = provider.id;
    if (!provider.idempotencyHeader.isEmpty())
        request->headers.append({provider.idempotencyHeader.toLatin1(), order.idempotencyKey});
}

AttemptRequest attemptRequest(const ProviderConfig &provider, const ChatRequest &prompt,
                              const Credentials &credentials, const AttemptOrder &order)
{
    const Protocol &protocol = Protocol::of(provider.protocol);
    HttpRequest http = protocol.buildRequest(provider, prompt, credentials.key);
    complete(&http, provider, credentials, order);
    return {std::move(http), &protocol, prompt.stream, false, [prompt] { return prompt.texts(); }};
}

HttpAttempt::HttpAttempt(Clock &clock, Transport &transport, const ProviderConfig &provider, AttemptRequest request,
                         const Credentials &credentials, const AttemptOrder &order, AttemptCallbacks callbacks)
    : m_clock(clock), m_order(order), m_callbacks(std::move(callbacks)), m_protocol(provider.protocol),
      m_vendor(vendorOf(provider)), m_host(toUtf8(provider.baseUrl.host())),
      m_reader(request.reads ? *request.reads : Protocol::of(provider.protocol),
               order.streamMode == StreamMode::Live && !request.everyPiece ? Undecodable::Skip : Undecodable::Fail,
               provider.end, request.largestBody),
      m_asked(std::move(request.asked)), m_secrets(credentials.secrets), m_tap(std::move(request.tap)),
      m_opaque(!request.reads), m_started(clock.now()), m_limits(order.times, m_started), m_stream(request.stream)
{
    watch();
    ExchangeCallbacks exchange;
    exchange.sent = [this] { onSent(); };
    exchange.head = [this](const HttpHead &head) { onHead(head); };
    exchange.data = [this](const QByteArray &bytes) { onData(bytes); };
    exchange.ended = [this](const ExchangeEnd &end) { onEnded(end); };
    m_secrets.prepend(credentials.key);
    m_exchange = transport.start(request.http, std::move(exchange));
    m_onPurpose = m_exchange->isOnPurpose();
}

/// Made when the answer has ended, which need not be waited for.
const Masker &HttpAttempt::mask()
{
    if (!m_mask) {
        m_mask.emplace(m_secrets.first());
        m_mask->hideAsked(m_asked);
        for (const QByteArray &secret : m_secrets.sliced(1))
            m_mask->hide(secret);
    }
    return *m_mask;
}

void HttpAttempt::pause()
{
    m_paused = true;
    m_timer.reset();
    if (m_exchange)
        m_exchange->pause();
}

void HttpAttempt::resume()
{
    if (!std::exchange(m_paused, false) || !m_exchange)
        return;
    m_limits.heard(m_clock.now());
    watch();
    m_exchange->resume();
}

void HttpAttempt::onSent()
{
    m_limits.sent(m_clock.now(), m_stream);
    watch();
}

void HttpAttempt::onHead(const HttpHead &head)
{
    if (head.status < 200) // 102 and 103 announce an answer and are none
        return;
    m_head = head;
    if (m_tap)
        m_tap->head(head);
    if (!answering() || !m_stream) { // an error body or a whole answer comes in one piece
        m_limits.comesWhole(m_clock.now());
        watch();
    }
}

/// Looks again when the next limit may run out.
void HttpAttempt::watch()
{
    const SteadyTime now = m_clock.now(), next = m_limits.next(now);
    if (m_paused || (m_timer && m_armed <= next))
        return;
    m_armed = next;
    m_timer = m_clock.startTimer(std::max<Duration>(next - now, 0s), [this] { onLimit(); });
}

void HttpAttempt::onLimit()
{
    m_timer.reset();
    if (const auto over = m_limits.over(m_clock.now(), !m_order.canMoveOn || m_order.canMoveOn()))
        return timeOut(*over);
    watch();
}

void HttpAttempt::onData(const QByteArray &bytes)
{
    m_limits.heard(m_clock.now());
    if (!answering()) {
        m_errorBody.append(bytes.left(maxErrorBody - m_errorBody.size()));
        return;
    }
    if (m_opaque)
        return m_tap ? m_tap->data(bytes, m_reader) : void();
    if (!took(m_reader.feed(bytes)))
        return;
    if (m_tap)
        m_tap->data(bytes, m_reader);
    if (m_stream && m_reader.isBody() && !m_limits.isUnderWay()) // whatever was asked for
        m_limits.comesWhole(m_clock.now());
    if (m_reader.tooLarge() || m_reader.settled()) // an end mark is enough: some servers keep the connection open
        finish(m_reader.fault(), Delivery::Answered);
}

bool HttpAttempt::took(const QString &text)
{
    const std::weak_ptr<bool> alive = m_alive; // a callback may cancel the call
    if (!m_firstOutput && m_reader.spoke()) {
        m_firstOutput = m_clock.now() - m_started;
        if (m_stream) {
            m_limits.underWay(m_clock.now());
            watch();
            m_callbacks.firstToken();
        }
    }
    if (!alive.expired() && !text.isEmpty()) {
        m_shown = true;
        m_callbacks.text(text);
    }
    return !alive.expired();
}

/// What only the end gives. A whole body that is faulty is not shown, so that it can be asked for again unseen.
bool HttpAttempt::tookLast(AnswerEnd how)
{
    const QString text = m_reader.end(how);
    return took(m_reader.isBody() && m_reader.fault() ? QString() : text);
}

void HttpAttempt::onEnded(const ExchangeEnd &end)
{
    if (m_opaque && m_head.status == 304) // what the caller has is still so
        return finish({}, Delivery::Answered);
    if (m_head.status != 0 && !answering()) {
        FailureFacts facts{.status = m_head.status};
        m_errorBody = mask().body(m_errorBody);
        readErrorBody(m_errorBody, &facts);
        if (const QString redirect = redirectSentence(m_head); !redirect.isEmpty())
            facts.message = toUtf8(redirect);
        return finish(facts, Delivery::Answered);
    }
    if (m_head.status == 0)
        return finish(FailureFacts{.transport = end.failure, .message = toUtf8(end.message)}, end.delivery);
    if (m_opaque) {
        if (end.failure == TransportFailure::None)
            return finish({}, Delivery::Answered);
        return finish(FailureFacts{.status = 200, .message = toUtf8(end.message), .streamCut = true},
                      Delivery::Answered);
    }
    if (!tookLast(end.failure == TransportFailure::None ? AnswerEnd::Closed : AnswerEnd::Reset))
        return;
    auto fault = m_reader.fault();
    // The transport's word counts only where the protocol's own end is missing.
    if (fault && end.failure != TransportFailure::None && (fault->malformed || fault->streamCut)) {
        fault->malformed = false;
        fault->streamCut = true;
        fault->message = "The connection broke before the answer was whole.";
    }
    finish(fault, Delivery::Answered);
}

void HttpAttempt::timeOut(TransportFailure which)
{
    if (answering() && !m_opaque) { // a finish reason, or a whole body, is enough of an end
        if (!tookLast(AnswerEnd::Silence))
            return;
        if (const auto fault = m_reader.fault(); !fault || (!fault->streamCut && !fault->malformed))
            return finish(fault, Delivery::Answered);
    }
    static const std::array sentences{"could not connect in time", "took longer than the attempt timeout",
                                      "sent no content in time", "fell silent",
                                      "streamed for longer than the stream timeout"};
    const auto index = std::size_t(which) - std::size_t(TransportFailure::ConnectTimeout);
    m_cutShort = m_order.cutShort && which == TransportFailure::AttemptTimeout;
    FailureFacts facts{.transport = which,
                       .message = m_cutShort ? "The provider had not answered when the caller's deadline was near."
                                             : std::string("The provider ") + sentences[index] + "."};
    if (which == TransportFailure::IdleTimeout && m_limits.isUnderWay()) { // a stalled stream is a cut one
        facts.transport = TransportFailure::None;
        facts.streamCut = facts.silent = true;
    }
    finish(facts, m_exchange->delivery());
}

/// What is known of the answer. Of one that did not arrive whole, its tokens are not.
void HttpAttempt::describe(AttemptResult *result, const std::optional<FailureFacts> &failure)
{
    const Answer &answer = m_reader.answer();
    const bool read =
        !answer.failure
        && (!failure || (failure->transport == TransportFailure::None && !failure->streamCut && !failure->malformed));
    result->text = answer.text;
    result->content = answer.content;
    result->answer = m_reader.traits();
    result->answer.finishReason = mask().text(result->answer.finishReason, answer.text);
    result->tokensIn = answer.tokensIn;
    if (read)
        result->tokensOut = answer.tokensOut;
    if (failure)
        return;
    if (result->answer.end == AnswerEnd::Reset || result->answer.end == AnswerEnd::Silence) {
        const bool reset = result->answer.end == AnswerEnd::Reset;
        result->facts.classification.rule = reset ? "answer:ended_by_reset" : "answer:ended_by_silence";
        result->message =
            reset ? QStringLiteral("The connection broke after the finish reason; the answer counts as whole.")
                  : QStringLiteral("The provider fell silent after the finish reason; the answer counts as whole.");
    }
}

void HttpAttempt::finish(const std::optional<FailureFacts> &failure, Delivery delivery)
{
    AttemptResult result;
    result.status = m_head.status;
    result.onPurpose = m_onPurpose;
    describe(&result, failure);
    result.headers = seenHeaders(mask().headers(m_head.headers));
    result.facts.delivery = delivery;
    result.facts.accepted = answering();
    result.facts.contentShown = shown();
    result.facts.limits = readLimits(m_protocol, m_head.headers, m_clock.wallNow());
    if (failure) {
        FailureFacts facts = *failure;
        facts.vendor = m_vendor;
        facts.host = m_host;
        readErrorHeaders(m_head.headers, m_clock.wallNow(), &facts);
        result.facts.classification = m_order.rules ? classify(facts, *m_order.rules) : classify(facts);
        if (m_cutShort) // a provider that had less time than usual has not failed
            result.facts.classification.health = HealthSignal::Ignored;
        if (m_opaque && isCallersOwn(m_head.status))
            result.facts.classification = {
                .reason = RetryReason::InvalidRequest, .health = HealthSignal::Ignored, .rule = "status:callers_own"};
        result.message =
            mask().text(toText(facts.message), m_reader.answer().text); // some servers repeat what they refuse
        result.message.truncate(500);
    } else {
        result.facts.latency = m_stream && m_firstOutput ? *m_firstOutput : m_clock.now() - m_started;
    }
    m_timer.reset();
    const bool whole =
        !failure || (failure->transport == TransportFailure::None && !failure->streamCut && !failure->malformed);
    if (m_exchange && whole)
        m_exchange->letGo(); // the end mark was read, perhaps not the end of the transfer
    m_exchange.reset();
    if (m_tap)
        m_tap->ended(result, m_reader, m_errorBody);
    const auto finished = std::move(m_callbacks.finished);
    finished(result); // this object may be gone now
}

static AttemptResult refused(int as, const QString &sentence, std::string_view rule)
{
    AttemptResult result;
    result.message = sentence;
    result.facts.classification = classify({.status = as});
    result.facts.classification.health = HealthSignal::Ignored; // nobody was asked
    result.facts.classification.rule = rule;
    result.facts.delivery = Delivery::NotSent;
    return result;
}

AttemptResult refusedFor(const KeyProblem &problem)
{
    return refused(401, problem.sentence,
                   problem.kind == KeyProblem::Kind::ControlCharacter ? "key:control_character" : "key:not_set");
}

AttemptResult refusedFor(const QString &sentence)
{
    AttemptResult result = refused(400, sentence, "request:no_such_field");
    result.facts.classification.failoverHelps = true;
    return result;
}

RefusedAttempt::RefusedAttempt(Clock &clock, const AttemptResult &result, AttemptCallbacks callbacks)
{
    m_timer = clock.startTimer(0s, [result, finished = std::move(callbacks.finished)] {
        const auto report = finished; // this object, and what it holds, may be gone while it runs
        const AttemptResult told = result;
        report(told);
    });
}

} // namespace retryscope
