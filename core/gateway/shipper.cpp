// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/shipper.h"

#include "base/text.h"
#include "base/timeformat.h"
#include "policy/retryafter.h"

#include <algorithm>
#include <utility>

namespace retryscope {
namespace {

constexpr qsizetype mostAnswer = 64 << 10;
constexpr Duration longestAsked = 1h, tellPace = 10min;

} // namespace

Shipper::Shipper(Clock &clock, Transport &transport, RandomSource &random, ShipperOptions options, ShipperCallbacks callbacks)
    : m_clock(clock), m_transport(transport), m_random(random), m_options(std::move(options)), m_callbacks(std::move(callbacks))
{
}

int Shipper::items() const
{
    int all = 0;
    for (const Shipment &shipment : m_queue)
        all += shipment.items;
    return all;
}

/// Without path and query, which may be secret.
QString Shipper::place() const
{
    const QUrl &url = m_options.request.url;
    const QString port = url.port() < 0 ? QString() : QStringLiteral(":%1").arg(url.port());
    return QStringLiteral("%1 at %2%3").arg(m_options.what, url.host(), port);
}

void Shipper::add(Shipment shipment)
{
    m_queue.push_back(std::move(shipment));
    if (m_queue.size() > m_options.queue) {
        // The first is on its way, unless it waits.
        const auto oldest = m_queue.begin() + (m_exchange && m_queue.size() > 1 ? 1 : 0);
        const int items = oldest->items;
        const bool waited = oldest == m_queue.begin();
        m_queue.erase(oldest);
        if (waited)
            m_attempt = 0;
        if (m_callbacks.dropped)
            m_callbacks.dropped(items);
    }
    if (!m_exchange && !m_waits)
        start();
}

void Shipper::hurry()
{
    if (!m_exchange && !m_queue.empty())
        start();
}

void Shipper::start()
{
    m_waits = false;
    m_head.reset();
    m_answer.clear();
    ++m_attempt;
    HttpRequest request = m_options.request;
    request.headers += m_queue.front().headers;
    request.body = m_queue.front().body;
    ExchangeCallbacks callbacks;
    callbacks.sent = [] {};
    callbacks.head = [this](const HttpHead &head) { m_head = head; };
    callbacks.data = [this](const QByteArray &bytes) { m_answer += bytes.left(mostAnswer - m_answer.size()); };
    callbacks.ended = [this](const ExchangeEnd &end) { onEnd(end); };
    m_exchange = m_transport.start(request, std::move(callbacks));
    m_timer = m_clock.startTimer(m_options.timeout, [this] {
        m_exchange.reset();
        retry(QStringLiteral("it did not answer within %1").arg(formatDuration(m_options.timeout)), {});
    });
}

void Shipper::onEnd(const ExchangeEnd &end)
{
    const auto exchange = std::move(m_exchange); // gone when we return
    m_timer.reset();
    const int status = m_head ? m_head->status : 0;
    if (status >= 200 && status < 300) {
        if (std::exchange(m_troubled, false) && m_told)
            m_callbacks.tell(QStringLiteral("%1 takes what it is sent again.").arg(place()));
        m_told = false;
        if (m_callbacks.taken)
            m_callbacks.taken(m_answer);
        return next();
    }
    if (!m_head)
        return retry(end.message.isEmpty() ? QStringLiteral("the connection failed") : end.message, {});
    const QString why = QStringLiteral("it answered with status %1").arg(status);
    if (!m_options.mayRetry(status))
        return drop(why);
    retry(why, parseRetryAfter(viewOf(headerValue(m_head->headers, "retry-after")), m_clock.wallNow()));
}

void Shipper::retry(const QString &why, std::optional<Duration> asked)
{
    if (m_options.attempts > 0 && m_attempt >= m_options.attempts)
        return drop(QStringLiteral("%1, %2 times").arg(why).arg(m_attempt));
    tellTrouble(QStringLiteral("%1 cannot be told anything now: %2. It is tried again; calls go on.").arg(place(), why));
    const double doubled = toSeconds(m_options.firstWait) * double(1 << std::min(m_attempt - 1, 20));
    const Duration wait = std::min(fromSeconds(doubled), m_options.longestWait);
    const Duration jittered = wait / 2 + fromSeconds(toSeconds(wait) / 2 * m_random.uniform());
    m_waits = true;
    m_timer = m_clock.startTimer(asked ? std::max(jittered, std::min(*asked, longestAsked)) : jittered, [this] { start(); });
}

void Shipper::drop(const QString &why)
{
    tellTrouble(QStringLiteral("%1 does not take what it is sent: %2. It is left out; check the address and the headers that it "
                               "wants. Calls go on.")
                    .arg(place(), why));
    if (m_callbacks.dropped)
        m_callbacks.dropped(m_queue.front().items);
    next();
}

void Shipper::next()
{
    m_queue.pop_front();
    m_attempt = 0;
    m_waits = true; // not from within a callback of the transport
    m_timer = m_clock.startTimer(0s, [this] {
        m_waits = false;
        if (!m_queue.empty())
            start();
    });
}

void Shipper::tellTrouble(const QString &sentence)
{
    const SteadyTime now = m_clock.now();
    if (std::exchange(m_troubled, true) || (m_toldAt && now - *m_toldAt < tellPace))
        return;
    m_toldAt = now;
    m_told = true;
    m_callbacks.tell(sentence);
}

} // namespace retryscope
