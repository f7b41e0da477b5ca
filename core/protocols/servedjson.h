// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/serving.h"

#include <array>

namespace retryscope::served {

// What the wires write their JSON of: templates in the providers' own shapes, filled with already encoded JSON.

/// The text as a JSON string, with its quotes.
QByteArray json(const QString &text);
/// One server-sent event.
QByteArray event(const QByteArray &data, const QByteArray &name = {});
inline QByteArray num(int n) { return QByteArray::number(n); }
inline QString text(const ServedAnswer &a) { return a.words.join(QLatin1Char(' ')); }
/// A finish reason as JSON, in the words of one wire: stop, filter, length, tool calls.
QByteArray finishWord(const ServedAnswer &a, std::array<const char *, 4> words);
HttpHeaders jsonHeaders(HttpHeaders more = {});
/// Rounded up to whole seconds.
HttpHeaders retryAfter(Duration d);

} // namespace retryscope::served
