// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/expected.h"
#include "transport/transport.h"

namespace retryscope {

/// | kind | key word | what                                                                                     |
/// | Qt   | "qt"     | NetworkTransport: a connection of its own for each exchange, HTTP/1.1                     |
/// | Curl | "curl"   | CurlTransport: kept connections, HTTP/2; for many exchanges at once                       |
enum class TransportKind : quint8 { Qt, Curl };

/// Of a key word; the error is a sentence about `--transport`: no such word, or what it needs is not on this machine.
Expected<TransportKind, QString> transportFromKey(const QString &key);
/// Of the thread that calls; with the proxies of the environment.
std::unique_ptr<Transport> makeTransport(TransportKind kind);

} // namespace retryscope
