// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "transport/curllibrary.h"
#include "transport/proxyrules.h"
#include "transport/responsereader.h"
#include "transport/transport.h"


#include <array>
#include <memory>

namespace retryscope {

class CurlMulti;

/// One exchange on libcurl. What libcurl brings is kept, at most a buffer of it, until deliver() hands it on.
class CurlTransfer final : public std::enable_shared_from_this<CurlTransfer>
{
public:
    CurlTransfer(CurlMulti &multi, const HttpRequest &request, ProxyRoute route, ExchangeCallbacks callbacks);
    ~CurlTransfer();
    CurlTransfer(const CurlTransfer &) = delete;
    void operator=(const CurlTransfer &) = delete;
    static CurlTransfer *of(CURL *easy);

    void start();
    void drop();
    void letGo();
    void pause() { m_paused = true; }
    void resume();
    Delivery delivery() const;

    /// Hands on what came; not from inside libcurl. Its callbacks may do anything.
    void deliver();
    /// libcurl has done what it can.
    void done(CURLcode code);
    /// Aborts, and calls nothing any more.
    void detach();
    /// What it is told apart by where connections are kept: scheme, host, port and proxy.
    const QByteArray &host() const { return m_host; }
    bool isSecure() const { return m_request.url.scheme() == QLatin1String("https"); }
    int socket() const { return m_socket; }
    void setSocket(int fd) { m_socket = fd; }

private:
    struct Free { void operator()(curl_slist *list) const { curl().slistFreeAll(list); } };
    using Lines = std::unique_ptr<curl_slist, Free>;
    static size_t onHeader(char *line, size_t, size_t size, void *self);
    static size_t onBody(char *bytes, size_t, size_t size, void *self);
    static int onRequest(void *self, char *, char *, int, int);
    static int onWord(CURL *, curl_infotype type, char *text, size_t size, void *self);
    bool setCertificates(CURL *easy);
    void setUp(CURL *easy);
    void setMethod(CURL *easy);
    void setProxy(CURL *easy);
    void setReuse(CURL *easy);
    Lines headerLines(bool keep) const;
    void refuse(TransportFailure failure, const QString &message);
    void release();
    void ready();
    bool deliverHead();
    bool deliverData();
    bool isSilent() const { return m_dropped || m_paused || m_ended; }
    ExchangeEnd end();
    void finish(const ExchangeEnd &end);

    CurlMulti *m_multi; ///< null: gone
    HttpRequest m_request;
    ProxyRoute m_route;
    ExchangeCallbacks m_callbacks;
    QByteArray m_host;
    Lines m_lines;
    ResponseReader m_reader{{}, Framing::TakenOff};
    CURL *m_easy = nullptr; ///< while libcurl works on it
    QByteArray m_pending;   ///< of the body, still compressed
    std::array<char, CURL_ERROR_SIZE> m_text{};
    std::optional<ExchangeEnd> m_end; ///< what libcurl made of it
    qsizetype m_taken = 0, m_read = 0; ///< of the body, before and after it was unpacked
    int m_socket = -1;
    bool m_sent = false, m_sentTold = false, m_headTold = false;
    bool m_repeats = false; ///< libcurl was about to send it again
    bool m_held = false;    ///< libcurl holds a piece back
    bool m_paused = false, m_dropped = false, m_lingering = false, m_ended = false, m_queued = false;
};

} // namespace retryscope
