// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "http/address.h"

#include "base/httpheaders.h"

#include <cctype>
#include <cstring>

namespace retryscope {
namespace {

/// Means the same whether it is encoded or not (RFC 3986, 2.3), or, as the colon, in the paths that we know.
bool standsAsItself(char c) { return std::isalnum(static_cast<unsigned char>(c)) || (c && std::strchr("-._~:", c)); }

/// May stand in a path as it is (RFC 3986, 3.3).
bool standsUnencoded(char c) { return standsAsItself(c) || (c && std::strchr("/!$&'()*+,;=@", c)); }

/// The byte of the escape at `at`; none: it is no escape.
std::optional<char> escapedAt(const QByteArray &path, qsizetype at)
{
    bool ok = path.size() >= at + 3 && std::isxdigit(static_cast<unsigned char>(path[at + 1]));
    const int byte = ok ? path.mid(at + 1, 2).toInt(&ok, 16) : 0;
    return ok ? std::optional(char(byte)) : std::nullopt;
}

} // namespace

Expected<RequestAddress, QString> addressOf(const QByteArray &target)
{
    const qsizetype mark = target.indexOf('?');
    const QByteArray path = mark < 0 ? target : target.left(mark);
    QByteArray plain;
    plain.reserve(path.size());
    for (qsizetype i = 0; i < path.size(); ++i) {
        if (path[i] != '%') {
            if (standsUnencoded(path[i]))
                plain += path[i];
            else
                plain += '%' + QByteArray(1, path[i]).toHex().toUpper();
            continue;
        }
        const auto byte = escapedAt(path, i);
        if (!byte)
            return Unexpected{QStringLiteral("The address has a % that begins no escape; % itself is written %25.")};
        if (hasControls({&*byte, 1}))
            return Unexpected{QStringLiteral("The address has an encoded control character.")};
        plain += standsAsItself(*byte) ? QByteArray(1, *byte) : path.mid(i, 3);
        i += 2;
    }
    RequestAddress address{{}, mark < 0 ? QByteArray() : target.mid(mark + 1)};
    for (const QByteArray &part : plain.split('/')) {
        if (part == "..")
            return Unexpected{QStringLiteral("The address has a part \"..\", which could lead anywhere.")};
        if (!part.isEmpty() && part != ".")
            address.path += '/' + part;
    }
    if (address.path.isEmpty())
        address.path = "/";
    return address;
}

} // namespace retryscope
