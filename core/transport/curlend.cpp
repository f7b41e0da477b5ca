// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "transport/curlend.h"

#include "transport/curllibrary.h"


#include <cerrno>

namespace retryscope {
namespace {

constexpr int tooLarge = 100; ///< CURLE_TOO_LARGE, which libcurl knows since 8.6

ConnectFailure broken(const char *sentence) { return {TransportFailure::Reset, QString::fromLatin1(sentence)}; }

/// Bytes came, or should have come, and did not: a break, a proxy's refusal, or framing that makes no sense.
ConnectFailure whileReading(const CurlFailure &f, const ProxyRoute &route)
{
    if (f.connectStatus == 407)
        return proxyAsksWho(route);
    if (f.connectStatus >= 300)
        return proxyDoesNotHelp(route, QStringLiteral("it answered %1 to CONNECT").arg(f.connectStatus));
    if (f.text.contains(QLatin1String("chunk"), Qt::CaseInsensitive))
        return {TransportFailure::NotHttp, QStringLiteral("The answer's chunks cannot be read.")};
    return {TransportFailure::Reset, QStringLiteral("The connection broke: %1.").arg(f.text.left(200))};
}

ConnectFailure whileConnecting(const CurlFailure &f, const QUrl &url, const ProxyRoute &route)
{
    const bool viaProxy = route.kind != ProxyRoute::Kind::Direct;
    if (f.code == CURLE_COULDNT_RESOLVE_HOST && !viaProxy)
        return unknownHost(url);
    if (f.code == CURLE_COULDNT_CONNECT && !viaProxy)
        return f.osError == ECONNREFUSED ? refusedConnection(url) : noConnection(url, f.text);
    return viaProxy ? proxyDoesNotHelp(route, f.text) : noConnection(url, f.text);
}

} // namespace

ConnectFailure meaningOf(const CurlFailure &f, const QUrl &url, const ProxyRoute &route)
{
    switch (f.code) {
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_PROXY:
    case CURLE_OPERATION_TIMEDOUT: return whileConnecting(f, url, route);
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR: {
        QString why = f.text; // "SSL certificate problem: self-signed certificate"
        if (why.endsWith(QLatin1Char('.')))
            why.chop(1);
        return untrustedCertificate(url, why);
    }
    case CURLE_SSL_CONNECT_ERROR:
        if (f.text.contains(QLatin1String("SYSCALL")) || f.text.contains(QLatin1String("reset by peer"))
            || f.text.contains(QLatin1String("unexpected eof")))
            return closedWithinTls(url);
        return tlsFailure(url, f.text);
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE: return tlsFailure(url, f.text);
    case CURLE_GOT_NOTHING: return broken("The connection was closed without an answer.");
    case CURLE_PARTIAL_FILE: return broken("The connection was closed before the answer was whole.");
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM: return broken("The server broke the stream off (HTTP/2).");
    case CURLE_URL_MALFORMAT:
    case CURLE_BAD_FUNCTION_ARGUMENT:
        return {TransportFailure::BadUrl, QStringLiteral("The address cannot be asked: %1").arg(f.text.left(200))};
    case CURLE_BAD_CONTENT_ENCODING:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL: return {TransportFailure::NotHttp, QStringLiteral("The answer is not HTTP.")};
    case CURLE_OUT_OF_MEMORY: // libcurl's own bound of a head's line
    case tooLarge:
        if (!f.headRead)
            return {TransportFailure::HeadTooLarge,
                    QStringLiteral("The head of the answer is larger than any provider's: reading it was given up.")};
        [[fallthrough]];
    default: return whileReading(f, route);
    }
}

} // namespace retryscope
