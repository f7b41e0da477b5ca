// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/explanation.h"

namespace retryscope {

/// One line of an explanation: "Means", "rate limited: it concerns this model there".
struct ExplanationLine { QString name, text; };

/// What the response means, which rule says so and why, and what would happen next.
QVector<ExplanationLine> tellExplanation(const Explanation &explanation, const OwnRules &rules);

} // namespace retryscope
