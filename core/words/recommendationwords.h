// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "simulator/recommendation.h"

namespace retryscope {

/// The choice in sentences, a line each: what it changes, how much better it is and how sure that is, where it is
/// worse, and what was not played.
QStringList tellRecommendation(const Recommendation &recommendation);
/// "Screening", ...
QString toLabel(RecommendationProgress::Stage stage);
/// "Screening: 42 %, about 0:30 left".
QString progressText(const RecommendationProgress &progress, Duration elapsed);
/// "yours", "preset seed", "drawn", "chosen and simplified".
QString originText(const Candidate &candidate);

} // namespace retryscope
