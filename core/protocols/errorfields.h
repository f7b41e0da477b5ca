// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/protocol.h"

#include <QJsonArray>

namespace retryscope::errors {

// What the wires read their errors with. A relay sends any wire's fields, so all of them are looked for in every error.

/// Printable and bounded: what a server sends is shown.
QString clean(const QString &text, int limit);
/// A word or number that tells a kind: at most 32 of at most 120 characters.
void addCode(const QJsonValue &value, FailureFacts *facts, QLatin1String prefix = {});
/// Where there is none yet.
void setHint(std::optional<Duration> hint, FailureFacts *facts);
/// A number of seconds, or any text that a Retry-After header may hold.
std::optional<Duration> durationOf(const QJsonValue &value);
std::optional<WallTime> timeOf(const QJsonValue &value);
/// Waits and ends, by whatever name a server gives them.
void readWaits(const QJsonObject &object, FailureFacts *facts);

} // namespace retryscope::errors
