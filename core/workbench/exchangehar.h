// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/exchangerecord.h"

namespace retryscope {

/// What went over the wire as an HTTP archive (HAR 1.2), an entry an attempt, with its own facts in `_retryscope`. Holds prompt and
/// answer. No key: on top of what the record hides, the value of every header and query item that carries one on any wire is
/// "REDACTED", and so is every value that may be a secret by its name or its look.
QByteArray exchangesToHar(const ExchangeRecords &records, const QString &version);

} // namespace retryscope
