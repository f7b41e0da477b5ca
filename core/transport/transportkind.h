// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "transport/transport.h"

#include <optional>

namespace retryscope {

/// | kind | key word | what                                                                                     |
/// | Qt   | "qt"     | NetworkTransport: a connection of its own for each exchange, HTTP/1.1                     |
/// | Curl | "curl"   | CurlTransport: kept connections, HTTP/2; for many exchanges at once                       |
enum class TransportKind : quint8 { Qt, Curl };

std::optional<TransportKind> transportFromKey(const QString &key);
/// Of the thread that calls; with the proxies of the environment.
std::unique_ptr<Transport> makeTransport(TransportKind kind);

} // namespace retryscope
