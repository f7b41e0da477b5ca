// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/random.h"

#include <QStringList>

namespace retryscope {

/// What a simulated model says to a prompt: plain sentences on its subject, a list where one is asked for, JSON where JSON
/// is asked for. As words to be streamed one by one; joined with spaces they are the text. Never empty.
QStringList composeAnswer(const QString &prompt, RandomSource &random);

} // namespace retryscope
