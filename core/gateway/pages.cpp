// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/pages.h"

#include <QHostAddress>
#include <QUrl>

#include <utility>

namespace retryscope {
namespace {

/// Asked for by a page; every answer is told to depend on who asks.
class PageResponder final : public Responder
{
public:
    PageResponder(ResponderPtr inner, QByteArray origin) : m_inner(std::move(inner)), m_origin(std::move(origin)) {}
    void send(int status, const HttpHeaders &headers, const QByteArray &body) override
    {
        m_inner->send(status, headers + readable(), body);
    }
    void beginStream(int status, const HttpHeaders &headers, std::optional<qint64> length) override
    {
        m_inner->beginStream(status, headers + readable(), length);
    }
    void writeChunk(const QByteArray &bytes) override { m_inner->writeChunk(bytes); }
    void writeChunkNow(const QByteArray &bytes) override { m_inner->writeChunkNow(bytes); }
    void endStream() override { m_inner->endStream(); }
    void cut(Cut how) override { m_inner->cut(how); }
    bool clientGone() const override { return m_inner->clientGone(); }
    qint64 backlog() const override { return m_inner->backlog(); }
    void watch(ClientWatch watch) override { m_inner->watch(std::move(watch)); }

private:
    HttpHeaders readable() const
    {
        return {{"Access-Control-Allow-Origin", m_origin}, {"Access-Control-Expose-Headers", "*"}, {"Vary", "Origin"}};
    }

    ResponderPtr m_inner;
    QByteArray m_origin;
};

QByteArray originOf(const ServedRequest &request) { return headerValue(request.headers, "origin"); }

} // namespace

Expected<QByteArray, QString> webOrigin(const QString &text)
{
    const QUrl url(text, QUrl::StrictMode);
    const bool web = url.scheme() == QLatin1String("http") || url.scheme() == QLatin1String("https");
    const bool usualPort = url.port() == (url.scheme() == QLatin1String("https") ? 443 : 80); // browsers leave it out
    const QByteArray origin =
        url.adjusted(QUrl::RemoveUserInfo | QUrl::RemovePath | QUrl::RemoveQuery | QUrl::RemoveFragment).toEncoded();
    if (!web || usualPort || url.host().isEmpty() || url.host().contains(QLatin1Char('*')) || origin != text.toLatin1())
        return Unexpected{
            QStringLiteral("\"%1\" is no origin of a web page: scheme and host in lower case and a port that "
                           "is not the usual one, such as https://app.example or http://localhost:3000.")
                .arg(text)};
    return origin;
}

bool isForeignPage(const QByteArray &origin, const QByteArrayList &allowed)
{
    if (allowed.contains(origin))
        return false;
    if (origin == "null") // a page that hides where it comes from
        return true;
    const QUrl url(QString::fromLatin1(origin));
    if (url.scheme() != QLatin1String("http") && url.scheme() != QLatin1String("https"))
        return false;
    return url.host() != QLatin1String("localhost") && !QHostAddress(url.host()).isLoopback();
}

bool isPreflight(const ServedRequest &request, const QByteArrayList &allowed)
{
    return request.method == "OPTIONS" && allowed.contains(originOf(request))
           && !headerValue(request.headers, "access-control-request-method").isEmpty();
}

void answerPreflight(const ServedRequest &request, const ResponderPtr &responder)
{
    HttpHeaders headers{{"Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, PATCH, DELETE"},
                        {"Access-Control-Max-Age", "600"}};
    const auto allow = [&](const char *asked, const char *allowed) {
        if (const QByteArray value = headerValue(request.headers, asked); !value.isEmpty())
            headers.append({QByteArray(allowed), value});
    };
    allow("access-control-request-headers", "Access-Control-Allow-Headers");
    allow("access-control-request-private-network", "Access-Control-Allow-Private-Network"); // from a page of the net
    responder->send(204, headers, {});
}

ResponderPtr readableBy(const QByteArrayList &allowed, const ServedRequest &request, const ResponderPtr &responder)
{
    return allowed.contains(originOf(request)) ? std::make_shared<PageResponder>(responder, originOf(request))
                                               : responder;
}

} // namespace retryscope
