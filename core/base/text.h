// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QByteArrayView>
#include <QString>

#include <concepts>
#include <string>
#include <string_view>

/// Between Qt's texts and those of policy, which are UTF-8 in the standard library's types.
namespace retryscope {

inline QString toText(std::string_view utf8)
{
    return QString::fromUtf8(utf8.data(), qsizetype(utf8.size()));
}
inline std::string toUtf8(QStringView text)
{
    const QByteArray bytes = text.toUtf8();
    return {bytes.constData(), std::size_t(bytes.size())};
}
/// The same text, which must be ASCII and outlive it.
inline QLatin1String latin1(std::string_view ascii)
{
    return QLatin1String(ascii.data(), qsizetype(ascii.size()));
}
/// The same bytes; `bytes` must outlive it.
inline std::string_view viewOf(QByteArrayView bytes)
{
    return {bytes.data(), std::size_t(bytes.size())};
}

/// What an enumeration of policy calls itself.
template <typename Enum>
    requires requires(Enum e) { { keyOf(e) } -> std::same_as<std::string_view>; }
QString toKey(Enum value)
{
    const std::string_view key = keyOf(value);
    return QString::fromLatin1(key.data(), qsizetype(key.size()));
}

} // namespace retryscope
