// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QtGlobal>

/// What every transport holds to when it reads an answer.
namespace retryscope::answerlimits {

inline constexpr int lingerMs = 1000;             ///< for an answer that was read to its end mark to end by itself
inline constexpr qsizetype errorBody = 256 << 10; ///< bytes of an error are read; nobody reads more
/// Bytes of a compressed answer at a time, as they may unpack to a thousand times as much.
inline constexpr qsizetype packedPiece = 4 << 10;

} // namespace retryscope::answerlimits
