// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/gatewaycall.h"

#include "protocols/losses.h"
#include "words/callwords.h"
#include "words/faultwords.h"

#include <utility>

namespace retryscope {

GatewayCall::GatewayCall(ApiRetryHandler &engine, CallerRequest request, ResponderPtr responder, qint64 backlog,
                         std::function<void()> ended)
    : m_engine(&engine), m_request(std::move(request)), m_responder(std::move(responder)), m_backlog(backlog),
      m_ended(std::move(ended))
{
}

void GatewayCall::start()
{
    const auto self = shared_from_this();
    const CallId id = m_request.id;
    ClientWatch watch;
    watch.drained = [weak = weak_from_this()] {
        const auto call = weak.lock();
        if (call && call->m_engine && std::exchange(call->m_paused, false))
            call->m_engine->resume(call->m_request.id);
    };
    watch.gone = [weak = weak_from_this()] {
        const auto call = weak.lock();
        if (!call || call->m_done)
            return;
        call->m_gone = true;
        if (call->m_engine)
            call->m_engine->cancel(call->m_request.id);
    };
    m_responder->watch(std::move(watch));
    ForwardCallbacks callbacks;
    callbacks.metFault = [self] { self->m_onPurpose = true; };
    callbacks.begin = [self](const ForwardedHead &head) { self->begin(head); };
    callbacks.data = [self](const QByteArray &bytes) { self->data(bytes); };
    callbacks.finished = [self](const CallResult &result, const auto &error) { self->finished(result, error); };
    m_engine->forward(id, m_request.forward, m_request.route, callbacks);
}

/// What we did, in headers of our own.
HttpHeaders GatewayCall::ours(const ForwardedHead &head) const
{
    HttpHeaders headers{{"x-retryscope-call", QByteArray::number(m_request.id.value)},
                        {"x-retryscope-attempts", QByteArray::number(head.attempts)}};
    if (!head.provider.isEmpty())
        headers.append({QByteArrayLiteral("x-retryscope-provider"), head.provider.toUtf8()});
    if (!head.model.isEmpty())
        headers.append({QByteArrayLiteral("x-retryscope-model"), head.model.toUtf8()});
    if (head.translated)
        headers.append({QByteArrayLiteral("x-retryscope-translated"), "yes"});
    if (!head.dropped.isEmpty())
        headers.append({QByteArrayLiteral("x-retryscope-dropped"), lossesLine(head.dropped).toUtf8()});
    if (m_onPurpose)
        headers.append({QByteArrayLiteral("x-retryscope-on-purpose"), "yes"});
    return headers;
}

void GatewayCall::begin(const ForwardedHead &head)
{
    m_head = head;
    for (auto &[name, value] : m_head->headers) {
        if (!m_engine || name.compare("x-goog-upload-url", Qt::CaseInsensitive) != 0)
            continue;
        if (const ProviderConfig *provider = findProvider(m_engine->configuration(), head.provider))
            value = uploadHere(value, *provider, m_request.origin);
    }
    if (comesInPieces())
        m_responder->beginStream(head.status, m_head->headers + ours(head));
}

void GatewayCall::data(const QByteArray &bytes)
{
    if (!comesInPieces()) {
        m_body += bytes;
        return;
    }
    if (m_request.forward.passed.array)
        m_array.passed(bytes);
    m_responder->writeChunkNow(bytes);
    if (!m_paused && m_engine && m_responder->backlog() > m_backlog) {
        m_paused = true;
        m_engine->pause(m_request.id);
    }
}

WireError GatewayCall::wireError(const CallResult &result) const
{
    WireError error{.reason = result.reason, .message = errorText(result).replace(QLatin1Char('\n'), QLatin1Char(' '))};
    if (error.message.isEmpty())
        error.message = result.message;
    if (m_onPurpose)
        error.message += QLatin1Char(' ') + playedText();
    error.requestId = QByteArray::number(m_request.id.value);
    error.retryAfter = result.retryIn ? result.retryIn : result.hint;
    return error;
}

void GatewayCall::finished(const CallResult &result, const std::optional<std::pair<ForwardedHead, QByteArray>> &error)
{
    m_done = true;
    note(result);
    if (m_gone) {
        // nobody listens
    } else if (m_head && (result.succeeded() || result.reason == RetryReason::ContentFilter)) {
        HttpHeaders headers = m_head->headers + ours(*m_head);
        if (!result.succeeded())
            headers.append({QByteArrayLiteral("x-retryscope-reason"), toKey(result.reason).toLatin1()});
        comesInPieces() ? m_responder->endStream() : m_responder->send(m_head->status, headers, m_body);
    } else if (error) {
        auto [head, body] = *error;
        head.attempts = result.attempts;
        HttpHeaders headers = head.headers + ours(head);
        headers.append({QByteArrayLiteral("x-retryscope-reason"), toKey(result.reason).toLatin1()});
        m_responder->send(head.status, headers, body);
    } else {
        fail(result);
    }
    m_responder.reset();
    m_ended();
}

void GatewayCall::note(const CallResult &result) const
{
    if (!m_request.record)
        return;
    AccessRecord &record = *m_request.record;
    record.call = m_request.id;
    record.provider = result.provider;
    record.modelAsked = m_request.forward.passed.model;
    record.model = result.model;
    record.attempts = result.attempts;
    record.reason = result.reason;
    record.tokensIn = result.tokensIn;
    record.tokensOut = result.tokensOut;
    record.callerRepeat = m_request.forward.callerRepeat;
    record.left |= m_gone;
    record.simulated = result.simulated;
}

/// In the program's words: as an answer of its own, or within the one that has begun, which then must not look whole.
void GatewayCall::fail(const CallResult &result)
{
    const ProtocolKind words = m_request.forward.passed.words;
    const bool array = m_request.forward.passed.array;
    const WireError error = wireError(result);
    WrittenError written = writeError(words, error);
    if (m_head && comesInPieces()) {
        const bool json = headerValue(m_head->headers, "content-type").startsWith("application/json");
        if (m_request.forward.isPrompt && m_request.forward.stream && !json)
            m_responder->writeChunk(writeErrorEvent(words, error));
        else if (m_request.forward.isPrompt && array)
            m_responder->writeChunk(m_array.put(written.body) + ']');
        return m_responder->cut(Responder::Cut::Close);
    }
    if (array)
        written.body = errorInArray(written.body);
    ForwardedHead head{.provider = result.provider, .attempts = result.attempts};
    written.headers += ours(head);
    written.headers.append({QByteArrayLiteral("x-retryscope-reason"), toKey(result.reason).toLatin1()});
    m_responder->send(written.status, written.headers, written.body);
}

} // namespace retryscope
