// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/caller.h"

#include "base/userfiles.h"
#include "gateway/pages.h"
#include "protocols/registry.h"

#include <QFile>
#include <QFileInfo>
#include <QRandomGenerator>

#include <algorithm>
#include <array>
#include <cstring>

namespace retryscope {
namespace {

constexpr qint64 largestToken = 4096;

QByteArray newToken()
{
    std::array<quint32, 8> random{};
    QRandomGenerator::system()->fillRange(random.data(), qsizetype(random.size()));
    return "rs-" + QByteArray(reinterpret_cast<const char *>(random.data()), sizeof random).toHex();
}

/// As long as the given one is, whatever it says.
bool equal(const QByteArray &given, const QByteArray &token)
{
    unsigned difference = given.size() == token.size() ? 0 : 1;
    for (qsizetype i = 0; i < given.size(); ++i)
        difference |= unsigned(uchar(given[i]) ^ uchar(token[i % token.size()]));
    return difference == 0;
}

QByteArrayList keysIn(const ServedRequest &request)
{
    QByteArrayList keys;
    for (const auto &[name, value] : request.headers) {
        const QString lower = QString::fromLatin1(name).toLower();
        if (!keyHeaders().contains(lower) && lower != QLatin1String("x-retryscope-token"))
            continue;
        const qsizetype space = value.indexOf(' ');
        keys << (space < 0 ? value : value.mid(space + 1).trimmed());
    }
    const qsizetype mark = request.target.indexOf('?');
    const QByteArray query = mark < 0 ? QByteArray() : request.target.mid(mark + 1);
    for (const QByteArray &item : query.split('&')) {
        if (item.startsWith("key="))
            keys << QByteArray::fromPercentEncoding(item.mid(4));
    }
    return keys;
}

} // namespace

bool isToken(const QByteArray &text)
{
    return text.size() >= shortestToken
           && std::all_of(text.begin(), text.end(), [](char c) { return uchar(c) > 0x20 && uchar(c) < 0x7f; });
}

QString defaultTokenFile()
{
    const QString folder = userDataFolder();
    return folder.isEmpty() ? QString() : folder + QStringLiteral("/gateway-token");
}

Expected<QByteArray, QString> gatewayToken(const QString &file)
{
    if (!QFileInfo::exists(file)) {
        QFile to(file);
        if (!makePrivateFolder(QFileInfo(file).path()) || !makePrivateFile(file) || !to.open(QIODevice::WriteOnly)
            || to.write(newToken() + '\n') < 0 || !to.flush())
            return Unexpected{QStringLiteral("The gateway's token cannot be written to %1: %2. Name another file, or give a "
                                             "token in the environment variable RETRYSCOPE_TOKEN.")
                                  .arg(file, QString::fromLocal8Bit(std::strerror(errno)))};
    }
    const auto bytes = readRegularFile(file, largestToken);
    if (!bytes)
        return Unexpected{bytes.error()};
    const QByteArray token = bytes->trimmed();
    if (!isToken(token))
        return Unexpected{QStringLiteral("%1 holds no token: one line of at least %2 characters without spaces is one. Delete "
                                         "the file, and a new one is made.")
                              .arg(file)
                              .arg(shortestToken)};
    if (QFileInfo(file).permissions() & (QFile::ReadGroup | QFile::ReadOther | QFile::WriteGroup | QFile::WriteOther))
        return Unexpected{QStringLiteral("%1 can be read by other users of this machine. Run chmod 600 on it, or delete it, and "
                                         "a new one is made.")
                              .arg(file)};
    return token;
}

std::optional<WireError> refusalOf(const ServedRequest &request, const QByteArray &token, const QByteArrayList &pages)
{
    if (isForeignPage(headerValue(request.headers, "origin"), pages))
        return WireError{.reason = RetryReason::Permission,
                         .message =
                             QStringLiteral("Web pages of other machines may not use this gateway, but for those whose "
                                            "origin is given with serve --cors.")};
    const QByteArrayList keys = keysIn(request);
    bool known = false;
    for (const QByteArray &key : keys)
        known |= equal(key, token);
    if (known)
        return std::nullopt;
    return WireError{.reason = RetryReason::Authentication,
                     .message = keys.isEmpty()
                                    ? QStringLiteral("This gateway wants its token where your SDK puts its API key. "
                                                     "retryscope-cli serve prints where the token is kept.")
                                    : QStringLiteral("This is not the gateway's token. Give it as the API key; retryscope-cli "
                                                     "serve prints where it is kept.")};
}

} // namespace retryscope
