// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "transport/curlmulti.h"
#include "transport/curltransfer.h"
#include "transport/requestrules.h"

#include <QFile>
#include <QSslCertificate>

namespace retryscope {
namespace {

void append(curl_slist **lines, const QByteArray &line)
{
    curl_slist *longer = curl().slistAppend(*lines, line.constData());
    if (!longer)
        qFatal("The process has no memory left.");
    *lines = longer;
}

} // namespace

/// Every option that depends on the request, each time: the handle was another request's before.
void CurlTransfer::setUp(CURL *easy)
{
    const auto set = [easy](CURLoption option, auto value) { curl().easySetopt(easy, option, value); };
    set(CURLOPT_PRIVATE, this);
    set(CURLOPT_ERRORBUFFER, m_text.data());
    set(CURLOPT_HEADERFUNCTION, &CurlTransfer::onHeader);
    set(CURLOPT_HEADERDATA, this);
    set(CURLOPT_WRITEFUNCTION, &CurlTransfer::onBody);
    set(CURLOPT_WRITEDATA, this);
    set(CURLOPT_PREREQFUNCTION, &CurlTransfer::onRequest);
    set(CURLOPT_PREREQDATA, this);
    QUrl url = m_request.url.adjusted(QUrl::RemoveUserInfo | QUrl::RemoveFragment);
    set(CURLOPT_URL, url.toEncoded().constData());
    setMethod(easy);
    setProxy(easy);
    setReuse(easy);
}

void CurlTransfer::setMethod(CURL *easy)
{
    const QByteArray &method = m_request.method;
    curl().easySetopt(easy, CURLOPT_NOBODY, method == "HEAD" ? 1L : 0L);
    if (method == "GET") {
        curl().easySetopt(easy, CURLOPT_HTTPGET, 1L);
    } else if (method != "HEAD") {
        curl().easySetopt(easy, CURLOPT_POST, 1L);
        curl().easySetopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(m_request.body.size()));
        curl().easySetopt(easy, CURLOPT_POSTFIELDS, m_request.body.constData()); // not copied
    }
    const bool named = method == "GET" || method == "HEAD" || method == "POST";
    curl().easySetopt(easy, CURLOPT_CUSTOMREQUEST, named ? nullptr : method.constData());
}

void CurlTransfer::setProxy(CURL *easy)
{
    const bool direct = m_route.kind == ProxyRoute::Kind::Direct;
    const QByteArray proxy = direct ? QByteArray() : m_route.name().toLatin1();
    const bool socks = m_route.kind == ProxyRoute::Kind::Socks5;
    curl().easySetopt(easy, CURLOPT_PROXY, proxy.constData()); // empty: none, whatever the environment says
    curl().easySetopt(easy, CURLOPT_PROXYTYPE, long(socks ? CURLPROXY_SOCKS5_HOSTNAME : CURLPROXY_HTTP));
    const QByteArray user = m_route.user.toUtf8(), password = m_route.password.toUtf8();
    curl().easySetopt(easy, CURLOPT_PROXYUSERNAME, direct || user.isEmpty() ? nullptr : user.constData());
    curl().easySetopt(easy, CURLOPT_PROXYPASSWORD, direct || user.isEmpty() ? nullptr : password.constData());
}

void CurlTransfer::setReuse(CURL *easy)
{
    using Reuse = ReuseRules::Reuse;
    const Reuse reuse = m_multi->reuse().of(m_host, m_multi->now());
    curl().easySetopt(easy, CURLOPT_FRESH_CONNECT, reuse == Reuse::Kept ? 0L : 1L);
    curl().easySetopt(easy, CURLOPT_FORBID_REUSE, reuse == Reuse::Never ? 1L : 0L);
    curl().easySetopt(easy, CURLOPT_VERBOSE, reuse == Reuse::Fresh ? 1L : 0L);
    curl().easySetopt(easy, CURLOPT_DEBUGFUNCTION, &CurlTransfer::onWord);
    curl().easySetopt(easy, CURLOPT_DEBUGDATA, this);
    m_lines = headerLines(reuse != Reuse::Never);
    curl().easySetopt(easy, CURLOPT_HTTPHEADER, m_lines.get());
}

/// The request's headers, and what libcurl shall not add of its own: a name and a colon alone.
CurlTransfer::Lines CurlTransfer::headerLines(bool keep) const
{
    curl_slist *lines = nullptr;
    const auto &headers = m_request.headers;
    for (const auto &[name, value] : headers) {
        if (!isOwnHeader(name))
            append(&lines, value.trimmed().isEmpty() ? name + ';' : name + ": " + value);
    }
    for (const char *name : {"Accept", "Content-Type"}) {
        if (headerValue(headers, name).isNull())
            append(&lines, QByteArray(name) + ':');
    }
    append(&lines, "Expect:");
    append(&lines, "Proxy-Connection:");
    if (headerValue(headers, "User-Agent").isNull())
        append(&lines, "User-Agent: Retryscope/" RETRYSCOPE_VERSION);
    if (!keep)
        append(&lines, "Connection: close");
    return Lines(lines);
}

/// Authorities beside the system's: those of SSL_CERT_FILE, and of the provider's own file, which is read for each
/// request so that a changed file counts. False: that holds none.
bool CurlTransfer::setCertificates(CURL *easy)
{
    const curl_version_info_data *built = curl().versionInfo(CURLVERSION_NOW);
    QByteArray extra;
    if (isSecure()) {
        extra = m_multi->extraCertificates();
        if (QFile file(m_request.caFile); !m_request.caFile.isEmpty()) {
            const QByteArray own = file.open(QFile::ReadOnly) ? file.readAll() : QByteArray();
            if (QSslCertificate::fromData(own).isEmpty())
                return false;
            extra += own + '\n';
        }
        if (QFile system(QString::fromLocal8Bit(built->cainfo)); !extra.isEmpty() && !built->capath
            && system.open(QFile::ReadOnly))
            extra += system.readAll();
    }
    curl_blob blob{extra.data(), size_t(extra.size()), CURL_BLOB_COPY};
    curl().easySetopt(easy, CURLOPT_CAINFO_BLOB, extra.isEmpty() ? nullptr : &blob);
    // libcurl reads the system's file once for all connections only where there is no folder beside it.
    curl().easySetopt(easy, CURLOPT_CAPATH, extra.isEmpty() && built->cainfo ? nullptr : built->capath);
    return true;
}

} // namespace retryscope
