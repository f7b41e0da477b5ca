// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/expected.h"
#include "http/httpserver.h"
#include "protocols/wireerror.h"

namespace retryscope {

inline constexpr qsizetype shortestToken = 16; ///< characters
/// At least so many, all of ASCII, without spaces.
bool isToken(const QByteArray &text);
/// The token that a program must bring, from a file that only its user can read; made there where there is none. The error is
/// a sentence.
Expected<QByteArray, QString> gatewayToken(const QString &file);
/// gateway-token in the user's data folder; empty where there is none (see userDataFolder()).
QString defaultTokenFile();

/// Whether the caller may come in; the refusal is a sentence with its reason. The token is taken wherever an official SDK
/// puts its key, and compared in a time that says nothing. A web page that is neither of this machine nor of one of the origins
/// `pages` is refused whatever it brings.
std::optional<WireError> refusalOf(const ServedRequest &request, const QByteArray &token, const QByteArrayList &pages);

} // namespace retryscope
