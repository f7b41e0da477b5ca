// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "transport/requestrules.h"

#include <algorithm>
#include <array>

namespace retryscope {
namespace {

constexpr std::array ownHeaders{"host", "content-length", "transfer-encoding", "connection", "proxy-connection",
                                "proxy-authorization", "keep-alive", "te", "trailer", "upgrade", "expect"};

} // namespace

bool isOwnHeader(const QByteArray &name)
{
    return std::any_of(ownHeaders.begin(), ownHeaders.end(),
                       [&](const char *own) { return name.compare(own, Qt::CaseInsensitive) == 0; });
}

QString requestRefusal(const QByteArray &method, const QUrl &url, const HttpHeaders &headers)
{
    if (!url.isValid() || url.host().isEmpty()
        || (url.scheme() != QLatin1String("http") && url.scheme() != QLatin1String("https")))
        return QStringLiteral(
            "The address is none that can be asked: it must begin with http:// or https:// and name a host.");
    if (!isHeaderToken(method))
        return QStringLiteral("The method is none.");
    for (const auto &[name, value] : headers) {
        if (!isHeaderToken(name) || hasControls(value))
            return QStringLiteral("The header %1 holds a line break or another control character: check the key.")
                .arg(QString::fromLatin1(isHeaderToken(name) ? name : QByteArray("of the request")));
    }
    return {};
}

QString unreadableCaFile(const QString &file)
{
    return QStringLiteral("The certificates in ca_file (%1) cannot be read. Write the whole path of a PEM file "
                          "that holds at least one.")
        .arg(file);
}

} // namespace retryscope
