// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "engine/providerprobe.h"

#include "base/text.h"
#include "protocols/registry.h"

namespace retryscope {
namespace {

constexpr qsizetype maxBody = 64 << 10;

} // namespace

ProviderProbe::ProviderProbe(Clock &clock, Transport &transport, const ProviderConfig &provider,
                             const Expected<Credentials, KeyProblem> &credentials, Duration timeout,
                             std::function<void(const ProbeResult &)> done)
    : m_clock(clock), m_started(clock.now()), m_done(std::move(done))
{
    if (!credentials) {
        m_timer = clock.startTimer(0s, [this, sentence = credentials.error().sentence] {
            finish({.status = 401, .message = toUtf8(sentence)});
        });
        return;
    }
    for (const QByteArray &secret : credentials->secrets)
        m_mask.hide(secret);
    m_timer = clock.startTimer(timeout, [this] {
        finish({.transport = TransportFailure::AttemptTimeout,
                .message = "The provider did not answer the probe in time."});
    });
    ExchangeCallbacks callbacks;
    callbacks.sent = [] {};
    callbacks.head = [this](const HttpHead &head) {
        m_head = head;
        if (head.status >= 200 && head.status < 300) // what stands in the list is not asked
            m_timer = m_clock.startTimer(0s, [this] { finish({}); });
    };
    callbacks.data = [this](const QByteArray &bytes) { m_body.append(bytes.left(maxBody - m_body.size())); };
    callbacks.ended = [this](const ExchangeEnd &end) {
        FailureFacts facts{.transport = m_head.status ? TransportFailure::None : end.failure,
                           .status = m_head.status,
                           .message = toUtf8(end.message)};
        if (m_head.status >= 300) {
            facts.message.clear();
            readErrorBody(m_mask.body(m_body), &facts);
            if (const QString redirect = redirectSentence(m_head); !redirect.isEmpty())
                facts.message = toUtf8(redirect);
        }
        finish(facts);
    };
    HttpRequest request = modelListRequest(provider, credentials->key);
    credentials->applyTo(&request);
    request.provider = provider.id;
    m_exchange = transport.start(request, std::move(callbacks));
}

void ProviderProbe::finish(const FailureFacts &facts)
{
    ProbeResult result;
    result.status = m_head.status;
    result.onPurpose = m_exchange && m_exchange->isOnPurpose();
    result.duration = m_clock.now() - m_started;
    if (m_head.status < 200 || m_head.status >= 300) {
        result.classification = classify(facts);
        result.message = m_mask.text(toText(facts.message)).left(500);
    }
    m_timer.reset();
    if (m_exchange && m_head.status && facts.transport == TransportFailure::None)
        m_exchange->letGo();
    m_exchange.reset();
    const auto done = std::move(m_done);
    done(result); // this object may be gone now
}

} // namespace retryscope
