// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QStringView>

namespace retryscope {

/// The whole text fits the pattern: * stands for any characters, ? for one. The time is bounded by the product of the
/// lengths; nothing is allocated.
bool fitsWildcard(QStringView pattern, QStringView text, Qt::CaseSensitivity sensitivity = Qt::CaseSensitive);

} // namespace retryscope
