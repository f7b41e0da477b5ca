// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QString>

#include <algorithm>

namespace retryscope {

inline bool isFromTheRight(QChar c) { return c.direction() == QChar::DirR || c.direction() == QChar::DirAL; }

/// So that a name that is written from the right stands in a row of others without turning them round.
inline QString isolatedName(const QString &name)
{
    return std::any_of(name.begin(), name.end(), isFromTheRight) ? QChar(0x2068) + name + QChar(0x2069) : name;
}

} // namespace retryscope
