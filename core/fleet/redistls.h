// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/expected.h"
#include "config/fleetlocation.h"

#include <QSslConfiguration>

class QSslSocket;

namespace retryscope {

/// How a connection to that place is encrypted: TLS 1.2 or later, the server's certificate checked against the location's
/// authorities, or the system's. Reads the location's files, so that renewed ones count. The error is half a sentence.
Expected<QSslConfiguration, QString> redisTls(const FleetLocation &location);

/// Why this socket has ended, as half a sentence that says what to do where its certificate or ours was the reason.
QString redisTlsProblem(const QSslSocket &socket);

} // namespace retryscope
