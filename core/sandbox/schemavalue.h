// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/random.h"

#include <QJsonValue>

namespace retryscope {

/// A value that fits a JSON schema (or Google's, with its types in capitals), with words and numbers of the prompt where
/// they fit. Every property of an object is given, one item of a list or as many as it must have. Understands type, properties,
/// required, items, prefixItems, enum, const, anyOf, oneOf, allOf, $ref, default, examples, bounds, lengths and formats; not
/// pattern. Ends at a depth of 16 and at 2000 values.
QJsonValue valueFor(const QJsonValue &schema, const QString &prompt, RandomSource &random);

} // namespace retryscope
