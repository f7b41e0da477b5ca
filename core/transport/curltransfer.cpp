// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "transport/curltransfer.h"

#include "transport/answerlimits.h"
#include "transport/curlend.h"
#include "transport/curlmulti.h"
#include "transport/requestrules.h"

#include <utility>

namespace retryscope {
namespace {

constexpr qsizetype pendingBytes = 64 << 10; ///< bytes that were read and not delivered yet, before libcurl is held
constexpr int packedPieces = 4;               ///< of a compressed answer a turn

} // namespace

CurlTransfer::CurlTransfer(CurlMulti &multi, const HttpRequest &request, ProxyRoute route, ExchangeCallbacks callbacks)
    : m_multi(&multi), m_request(request), m_route(std::move(route)), m_callbacks(std::move(callbacks)),
      m_host(request.url.scheme().toLatin1() + "://" + request.url.host(QUrl::FullyEncoded).toLatin1() + ':'
             + QByteArray::number(portOf(request.url)) + ' '
             + (m_route.kind == ProxyRoute::Kind::Direct ? QByteArray() : m_route.name().toLatin1()))
{}

CurlTransfer::~CurlTransfer() { release(); }

CurlTransfer *CurlTransfer::of(CURL *easy)
{
    CurlTransfer *transfer = nullptr;
    curl().easyGetinfo(easy, CURLINFO_PRIVATE, &transfer);
    return transfer;
}

void CurlTransfer::start()
{
    if (const QString no = requestRefusal(m_request.method, m_request.url, m_request.headers); !no.isEmpty())
        return refuse(TransportFailure::BadUrl, no);
    if (m_route.kind == ProxyRoute::Kind::Unusable)
        return refuse(TransportFailure::Proxy, unusableProxy(m_route).message);
    m_easy = m_multi->takeEasy();
    if (!setCertificates(m_easy)) {
        m_multi->giveBack(std::exchange(m_easy, nullptr));
        return refuse(TransportFailure::Certificate, unreadableCaFile(m_request.caFile));
    }
    setUp(m_easy);
    m_multi->add(this, m_easy);
}

void CurlTransfer::refuse(TransportFailure failure, const QString &message)
{
    m_end = ExchangeEnd{failure, Delivery::NotSent, message};
    ready();
}

/// Gives libcurl's handle back; what was not finished is broken off.
void CurlTransfer::release()
{
    if (!m_easy)
        return;
    m_multi->remove(this, m_easy);
    curl().easySetopt(m_easy, CURLOPT_ERRORBUFFER, nullptr);
    curl().easySetopt(m_easy, CURLOPT_HTTPHEADER, nullptr);
    m_multi->giveBack(std::exchange(m_easy, nullptr));
    m_lines.reset();
    m_request.body.clear();
}

void CurlTransfer::detach()
{
    m_dropped = true;
    release();
    m_multi = nullptr;
    m_pending.clear();
}

void CurlTransfer::drop()
{
    if (!m_lingering && m_multi)
        detach();
}

void CurlTransfer::letGo()
{
    if (std::exchange(m_dropped, true) || !m_multi)
        return;
    m_pending.clear();
    if (!m_easy)
        return;
    m_lingering = true;
    m_multi->linger(shared_from_this());
    ready(); // libcurl may be held
}

void CurlTransfer::resume()
{
    if (std::exchange(m_paused, false))
        ready();
}

Delivery CurlTransfer::delivery() const
{
    return m_reader.head() ? Delivery::Answered : m_sent ? Delivery::MaybeSent : Delivery::NotSent;
}

void CurlTransfer::ready()
{
    if (m_multi && !std::exchange(m_queued, true))
        m_multi->deliverSoon(this);
}

size_t CurlTransfer::onHeader(char *line, size_t, size_t size, void *self)
{
    auto *t = static_cast<CurlTransfer *>(self);
    if (t->m_reader.head())
        return size; // a trailer
    QByteArray none;
    t->m_reader.feed({line, qsizetype(size)}, &none);
    if (t->m_reader.head())
        t->ready();
    return t->m_reader.failed() ? 0 : size;
}

size_t CurlTransfer::onBody(char *bytes, size_t, size_t size, void *self)
{
    auto *t = static_cast<CurlTransfer *>(self);
    if (t->m_dropped)
        return size;
    if (!t->m_reader.head()) { // what libcurl takes for HTTP/0.9: the reader says what it is instead
        QByteArray none;
        t->m_reader.feed({bytes, qsizetype(size)}, &none);
        return t->m_reader.failed() ? 0 : size;
    }
    t->ready();
    if (t->m_paused || t->m_pending.size() >= pendingBytes) {
        t->m_held = true;
        return CURL_WRITEFUNC_PAUSE;
    }
    t->m_pending.append(bytes, qsizetype(size));
    return size;
}

/// The connection is there, and the request is about to leave. libcurl would send it again by itself when a kept
/// connection turns out to be dead: here it does not.
int CurlTransfer::onRequest(void *self, char *, char *, int, int)
{
    auto *t = static_cast<CurlTransfer *>(self);
    if (std::exchange(t->m_sent, true)) {
        t->m_repeats = true;
        return CURL_PREREQFUNC_ABORT;
    }
    t->ready();
    return CURL_PREREQFUNC_OK;
}

/// While a host has not earned trust: more came than the answer.
int CurlTransfer::onWord(CURL *, curl_infotype type, char *text, size_t size, void *self)
{
    const QByteArrayView word(text, qsizetype(size));
    auto *t = static_cast<CurlTransfer *>(self);
    if (type == CURLINFO_TEXT && t->m_multi && (word.startsWith("Excess found") || word.startsWith("Leftovers after")))
        t->m_multi->reuse().surplus(t->m_host);
    return 0;
}

void CurlTransfer::done(CURLcode code)
{
    if (code != CURLE_OK && !m_reader.failed()) {
        CurlFailure failure{code, QString::fromLocal8Bit(m_text.data()), 0, 0, m_reader.head().has_value()};
        if (failure.text.isEmpty())
            failure.text = QString::fromLatin1(curl().easyStrerror(code));
        curl().easyGetinfo(m_easy, CURLINFO_HTTP_CONNECTCODE, &failure.connectStatus);
        curl().easyGetinfo(m_easy, CURLINFO_OS_ERRNO, &failure.osError);
        const ConnectFailure meaning =
            m_repeats ? ConnectFailure{TransportFailure::Reset,
                                       QStringLiteral("The connection was closed without an answer.")}
                      : meaningOf(failure, m_request.url, m_route);
        m_end = ExchangeEnd{meaning.failure, delivery(), meaning.message};
    } else {
        m_end = ExchangeEnd{};
    }
    release();
    ready();
}

void CurlTransfer::deliver()
{
    m_queued = false;
    if (!isSilent() && m_sent && !std::exchange(m_sentTold, true))
        m_callbacks.sent();
    if (!deliverHead() || !deliverData())
        return;
    if (m_easy && !m_paused && std::exchange(m_held, false))
        curl().easyPause(m_easy, CURLPAUSE_CONT); // hands out what it held, which is delivered next
    if (!isSilent() && m_end && m_pending.isEmpty())
        finish(end());
}

/// False: nothing more is to be told now.
bool CurlTransfer::deliverHead()
{
    if (isSilent())
        return m_lingering;
    if (!m_reader.head() || std::exchange(m_headTold, true))
        return true;
    if (m_reader.head()->status == 407) {
        finish({TransportFailure::Proxy, Delivery::NotSent, proxyAsksWho(m_route).message}); // it stopped at the proxy
        return false;
    }
    m_callbacks.head(*m_reader.head());
    return !isSilent() || m_lingering;
}

/// Every piece is handed out before the next one is unpacked. False: nothing more is to be told now.
bool CurlTransfer::deliverData()
{
    for (int piece = 0; !m_pending.isEmpty() && !m_reader.failed(); ++piece) {
        if (piece == packedPieces) {
            ready(); // others have their turn
            return false;
        }
        const bool packed = m_reader.compressed() && m_pending.size() > answerlimits::packedPiece;
        const QByteArray bytes = packed ? m_pending.first(answerlimits::packedPiece) : std::exchange(m_pending, {});
        if (packed)
            m_pending.remove(0, answerlimits::packedPiece);
        m_taken += bytes.size();
        QByteArray body;
        m_reader.feed(bytes, &body);
        m_read += body.size();
        if (!body.isEmpty())
            m_callbacks.data(body);
        if (isSilent())
            return m_lingering;
        if (m_reader.head()->status >= 300 && (m_read >= answerlimits::errorBody || m_taken >= 2 * answerlimits::errorBody)) {
            finish({TransportFailure::None, Delivery::Answered, {}}); // enough is known
            return false;
        }
    }
    if (m_reader.failed()) {
        finish(end());
        return false;
    }
    return true;
}

/// libcurl takes some answers for whole that are none: those that end within their head, and compressed ones.
ExchangeEnd CurlTransfer::end()
{
    if (m_end && m_end->failure != TransportFailure::None)
        return *m_end;
    if (m_end)
        m_reader.end();
    if (m_reader.failed())
        return {m_reader.failure(), delivery(), m_reader.problem()};
    return {TransportFailure::None, Delivery::Answered, {}};
}

void CurlTransfer::finish(const ExchangeEnd &end)
{
    m_ended = true;
    release();
    m_callbacks.ended(end);
}

} // namespace retryscope
