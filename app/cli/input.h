// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/expected.h"

#include <QByteArray>

namespace retryscope::cli {

enum class InputProblem : quint8 { TooLarge, Stopped, Unreadable };

/// A descriptor's bytes to their end, however they come; at most `most`. Ends early when the program is asked to stop.
Expected<QByteArray, InputProblem> readToEnd(int descriptor, qsizetype most);

} // namespace retryscope::cli
