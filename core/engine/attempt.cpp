// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "engine/attempt.h"

#include <utility>

namespace retryscope {
namespace {

constexpr qsizetype maxErrorBody = 256 << 10;
/// After a finish reason: how long the usage and the end mark may take before the answer counts as whole.
constexpr Duration endMarkGrace = 500ms;

HttpRequest requestFor(const ProviderConfig &provider, const Prompt &prompt, const QByteArray &key, const AttemptOrder &order)
{
    HttpRequest request = Protocol::of(provider.protocol).buildRequest(provider, prompt, key);
    if (!provider.idempotencyHeader.isEmpty())
        request.headers.append({provider.idempotencyHeader.toLatin1(), order.idempotencyKey});
    return request;
}

} // namespace

HttpAttempt::HttpAttempt(Clock &clock, Transport &transport, const ProviderConfig &provider, const Prompt &prompt, const QByteArray &key,
                         const AttemptOrder &order, AttemptCallbacks callbacks)
    : m_clock(clock), m_order(order), m_callbacks(std::move(callbacks)), m_protocol(provider.protocol), m_vendor(vendorOf(provider)),
      m_reader(Protocol::of(provider.protocol), order.streamMode == StreamMode::Live ? Undecodable::Skip : Undecodable::Fail),
      m_started(clock.now()), m_stream(prompt.stream)
{
    m_total = clock.startTimer(order.timeout, [this] { timeOut(TransportFailure::AttemptTimeout); });
    if (order.connectTimeout < order.timeout)
        m_phase = clock.startTimer(order.connectTimeout, [this] { timeOut(TransportFailure::ConnectTimeout); });
    ExchangeCallbacks exchange;
    exchange.sent = [this] { onSent(); };
    exchange.head = [this](const HttpHead &head) { onHead(head); };
    exchange.data = [this](const QByteArray &bytes) { onData(bytes); };
    exchange.ended = [this](const ExchangeEnd &end) { onEnded(end); };
    m_mask = Masker(key, {prompt.text, prompt.system});
    m_exchange = transport.start(requestFor(provider, prompt, key, order), std::move(exchange));
}

void HttpAttempt::onSent()
{
    m_phase.reset();
    if (m_stream && !m_firstContent && m_order.firstTokenTimeout < m_order.timeout)
        m_phase = m_clock.startTimer(m_order.firstTokenTimeout, [this] { timeOut(TransportFailure::FirstTokenTimeout); });
}

void HttpAttempt::onHead(const HttpHead &head)
{
    m_head = head;
    if (head.status >= 300 || !m_stream) { // an error body or a whole answer comes in one piece
        m_phase.reset();
        heard();
    }
}

/// One timer for the whole stream: it is not started anew for each chunk, it looks when the last one came.
void HttpAttempt::heard()
{
    m_heard = m_clock.now();
    if (!m_phase)
        onSilence(m_order.idleTimeout, [this] { timeOut(TransportFailure::IdleTimeout); });
}

void HttpAttempt::onSilence(Duration limit, std::function<void()> then)
{
    m_phase = m_clock.startTimer(limit - (m_clock.now() - m_heard), [this, limit, then = std::move(then)]() mutable {
        if (m_clock.now() - m_heard < limit)
            return onSilence(limit, std::move(then));
        then();
    });
}

void HttpAttempt::onData(const QByteArray &bytes)
{
    if (m_head.status >= 300) {
        m_errorBody.append(bytes.left(maxErrorBody - m_errorBody.size()));
        return heard();
    }
    if (m_firstContent || !m_stream)
        heard();
    if (!showText(m_reader.feed(bytes)))
        return;
    if (m_reader.tooLarge() || m_reader.settled()) // an end mark is enough: some servers keep the connection open
        return finish(m_reader.fault(), Delivery::Answered);
    if (m_reader.finishing()) {
        m_heard = m_clock.now();
        onSilence(std::min(endMarkGrace, m_order.idleTimeout), [this] { finish(m_reader.fault(), Delivery::Answered); });
    }
}

bool HttpAttempt::showText(const QString &text)
{
    if (text.isEmpty())
        return true;
    const std::weak_ptr<bool> alive = m_alive; // a callback may cancel the call
    if (!m_firstContent) {
        m_firstContent = m_clock.now() - m_started;
        m_phase.reset();
        heard();
        if (m_stream)
            m_callbacks.firstToken();
    }
    if (!alive.expired())
        m_callbacks.text(text);
    return !alive.expired();
}

void HttpAttempt::onEnded(const ExchangeEnd &end)
{
    if (m_head.status >= 300) {
        FailureFacts facts{.status = m_head.status};
        readErrorBody(m_mask.body(m_errorBody), &facts);
        if (const QString redirect = redirectSentence(m_head); !redirect.isEmpty())
            facts.message = redirect;
        return finish(facts, Delivery::Answered);
    }
    if (m_head.status == 0)
        return finish(FailureFacts{.transport = end.failure, .message = end.message}, end.delivery);
    if (!showText(m_reader.end()))
        return;
    auto fault = m_reader.fault();
    // The transport's word counts only where the protocol's own end is missing.
    if (fault && end.failure != TransportFailure::None && (fault->malformed || fault->streamCut)) {
        fault->malformed = false;
        fault->streamCut = true;
        fault->message = QStringLiteral("The connection broke before the answer was whole.");
    }
    finish(fault, Delivery::Answered);
}

void HttpAttempt::timeOut(TransportFailure which)
{
    static const std::array sentences{"could not connect in time", "took longer than the attempt timeout", "sent no content in time", "fell silent"};
    const auto index = std::size_t(which) - std::size_t(TransportFailure::ConnectTimeout);
    FailureFacts facts{.transport = which, .message = QStringLiteral("The provider %1.").arg(QLatin1String(sentences[index]))};
    if (m_firstContent) { // a stalled stream is a cut one
        facts.transport = TransportFailure::None;
        facts.streamCut = true;
    }
    finish(facts, m_exchange->delivery());
}

void HttpAttempt::finish(const std::optional<FailureFacts> &failure, Delivery delivery)
{
    AttemptResult result;
    const Answer &answer = m_reader.answer();
    result.status = m_head.status;
    result.text = answer.text;
    result.tokensIn = answer.tokensIn;
    result.tokensOut = answer.tokensOut;
    result.undecodable = answer.undecodable;
    result.headers = seenHeaders(m_mask.headers(m_head.headers));
    result.facts.delivery = delivery;
    result.facts.contentShown = m_firstContent.has_value();
    result.facts.limits = readLimits(m_protocol, m_head.headers, m_clock.wallNow());
    if (failure) {
        FailureFacts facts = *failure;
        facts.vendor = m_vendor;
        readErrorHeaders(m_head.headers, m_clock.wallNow(), &facts);
        result.facts.classification = classify(facts);
        result.message = m_mask.text(facts.message, m_reader.answer().text); // some servers repeat what they refuse
        result.message.truncate(500);
    } else {
        result.facts.latency = m_stream && m_firstContent ? *m_firstContent : m_clock.now() - m_started;
    }
    m_total.reset();
    m_phase.reset();
    const bool whole = !failure || (failure->transport == TransportFailure::None && !failure->streamCut && !failure->malformed);
    if (m_exchange && whole)
        m_exchange->letGo(); // the end mark was read, perhaps not the end of the transfer
    m_exchange.reset();
    const auto finished = std::move(m_callbacks.finished);
    finished(result); // this object may be gone now
}

RefusedAttempt::RefusedAttempt(Clock &clock, const KeyProblem &problem, AttemptCallbacks callbacks)
{
    AttemptResult result;
    result.message = problem.sentence;
    Classification &c = result.facts.classification;
    c = classify({.status = 401});
    c.health = HealthSignal::Ignored; // nobody was asked
    c.rule = QLatin1String(problem.kind == KeyProblem::Kind::NotSet ? "key:not_set" : "key:control_character");
    m_timer = clock.startTimer(0s, [result, finished = std::move(callbacks.finished)] {
        const auto report = finished; // this object, and the function with it, may be gone while it runs
        report(result);
    });
}

} // namespace retryscope
