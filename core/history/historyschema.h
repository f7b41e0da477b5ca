// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QStringList>

#include <vector>

namespace retryscope {

/// One step from a version of the schema to the next.
struct Migration
{
    QStringList both;            ///< run first, on either database
    QStringList sqlite, postgres; ///< where the two have no words in common
};

/// In order; the first makes version 1 of an empty database. A published step is never changed, only followed.
const std::vector<Migration> &historyMigrations();
/// The version that this program reads and writes.
int historySchemaVersion();

} // namespace retryscope
