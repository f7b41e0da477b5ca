// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/expected.h"

#include <QString>

namespace retryscope {

/// The Redis that several gateways share, as the one line `fleet` of the configuration says it.
///
/// | text                                          | means                                                        |
/// | --------------------------------------------- | ------------------------------------------------------------ |
/// | `redis://host`                                | port 6379, database 0                                        |
/// | `redis://user@host:port/2`                    | a user of Redis 6 or later, and database 2                   |
/// | `redis://…?password=env:NAME`                 | the password stands in that environment variable             |
/// | `redis://…?prefix=team-a`                     | what our keys begin with; default: retryscope                |
/// | `rediss://…`                                  | over TLS; the server's certificate must be for that host     |
/// | `rediss://…?ca=/path/ca.pem`                  | and be signed by these instead of the system's authorities   |
/// | `rediss://…?cert=/path/a.pem&key=/path/a.key` | where the server wants to know who comes                     |
struct FleetLocation
{
    QString host, user;
    int port = 6379;
    int database = 0;
    QString passwordVariable; ///< the variable's name; empty: no password
    QString prefix = QStringLiteral("retryscope");
    bool tls = false;
    QString caFile, certificateFile, keyFile; ///< PEM; absolute; none: the system's authorities, no certificate of our own
    bool operator==(const FleetLocation &) const = default;

    /// For sentences: host:port/database.
    QString toText() const;
};

/// The error is a sentence. A password that stands in the text itself is refused and never repeated.
Expected<FleetLocation, QString> fleetLocationFromText(const QString &text);

} // namespace retryscope
