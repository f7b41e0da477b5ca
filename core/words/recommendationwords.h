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

/// A row of the table and a point of the picture.
struct FrontPoint
{
    enum class Kind : quint8 { Yours, Chosen, Preset, Other };
    Kind kind = Kind::Other;
    QString name; ///< "yours", "chosen", "preset seed", "drawn 2"
    Candidate candidate;
    QStringList values; ///< by objective, with the interval; ~ marks what does not differ from yours
};
/// The current configuration, then the front, each once; empty when nothing was found.
QVector<FrontPoint> frontPoints(const Recommendation &recommendation);

} // namespace retryscope
