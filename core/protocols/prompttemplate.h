// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QHash>
#include <QStringList>

namespace retryscope {

/// Names between double braces, such as {{language}} or {{ user.name }}: letters, figures, "_", "-" and ".", not
/// beginning with a figure. Anything else in braces is plain text. Each once, in the order in which they are met.
QStringList variablesIn(const QStringList &texts);
/// The text with the values in their places; a variable without a value stays as it is. A value is never looked into
/// again.
QString filledIn(const QString &text, const QHash<QString, QString> &values);

} // namespace retryscope
