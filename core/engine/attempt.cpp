// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "engine/attempt.h"

#include <utility>

namespace retryscope {
namespace {
constexpr qsizetype maxErrorBody = 256 << 10;
}

HttpAttempt::HttpAttempt(Clock &clock, Transport &transport, const ProviderConfig &provider, const Prompt &prompt, const QByteArray &key,
                         AttemptLimits limits, AttemptCallbacks callbacks)
    : m_clock(clock), m_limits(limits), m_callbacks(std::move(callbacks)), m_reader(Protocol::of(provider.protocol)), m_key(key), m_stream(prompt.stream)
{
    m_total = clock.startTimer(limits.total, [this] { timeOut(TransportFailure::AttemptTimeout); });
    m_phase = clock.startTimer(limits.connect, [this] { timeOut(TransportFailure::ConnectTimeout); });
    ExchangeCallbacks exchange;
    exchange.sent = [this] {
        m_phase.reset();
        if (m_stream && !m_contentSeen)
            m_phase = m_clock.startTimer(m_limits.firstToken, [this] { timeOut(TransportFailure::FirstTokenTimeout); });
    };
    exchange.head = [this](const HttpHead &head) { onHead(head); };
    exchange.data = [this](const QByteArray &bytes) { onData(bytes); };
    exchange.ended = [this](const ExchangeEnd &end) { onEnded(end); };
    m_exchange = transport.start(Protocol::of(provider.protocol).buildRequest(provider, prompt, key), std::move(exchange));
}

void HttpAttempt::onHead(const HttpHead &head)
{
    m_head = head;
    if (head.status >= 300 || !m_stream) // an error body or a whole answer comes in one piece
        armIdle();
}

void HttpAttempt::armIdle()
{
    m_phase = m_clock.startTimer(m_limits.idle, [this] { timeOut(TransportFailure::IdleTimeout); });
}

void HttpAttempt::onData(const QByteArray &bytes)
{
    if (m_head.status >= 300) {
        m_errorBody.append(bytes.left(maxErrorBody - m_errorBody.size()));
        return armIdle();
    }
    if (m_contentSeen || !m_stream)
        armIdle();
    if (!showText(m_reader.feed(bytes)))
        return;
    if (m_reader.tooLarge() || m_reader.settled()) // an end mark is enough: some servers keep the connection open
        finish(m_reader.fault(), Delivery::Answered);
}

bool HttpAttempt::showText(const QString &text)
{
    const std::weak_ptr<bool> alive = m_alive; // a callback may cancel the call
    if (!text.isEmpty() && !std::exchange(m_contentSeen, true)) {
        armIdle();
        m_callbacks.firstToken();
    }
    if (!text.isEmpty() && !alive.expired())
        m_callbacks.text(text);
    return !alive.expired();
}

void HttpAttempt::onEnded(const ExchangeEnd &end)
{
    if (m_head.status >= 300) {
        FailureFacts facts{.status = m_head.status};
        readErrorBody(m_errorBody, &facts);
        return finish(facts, Delivery::Answered);
    }
    if (m_head.status == 0) {
        return finish(FailureFacts{.transport = end.failure, .message = end.message}, end.delivery);
    }
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
    if (m_contentSeen) { // a stalled stream is a cut one
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
    result.facts.delivery = delivery;
    result.facts.contentShown = m_contentSeen;
    if (failure) {
        FailureFacts facts = *failure;
        readErrorHeaders(m_head.headers, m_clock.wallNow(), &facts);
        result.facts.classification = classify(facts);
        result.message = facts.message;
        if (!m_key.isEmpty()) // some servers repeat the key that they refuse
            result.message.replace(QString::fromLatin1(m_key), QStringLiteral("[key]"));
        result.message.truncate(500);
    }
    m_total.reset();
    m_phase.reset();
    m_exchange.reset();
    const auto finished = std::move(m_callbacks.finished);
    finished(result); // this object may be gone now
}

} // namespace retryscope
