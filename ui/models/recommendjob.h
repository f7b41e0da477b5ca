// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/backgroundjob.h"
#include "simulator/recommendation.h"

namespace retryscope {

/// Looks for a better configuration beside the window; stage() is a RecommendationProgress::Stage. Ended early, the answer
/// is what was found until then.
using RecommendJob = QuestionJob<RecommendationTask, Recommendation>;
template <> Recommendation RecommendJob::play(const RecommendationTask &task, const Line &line);

} // namespace retryscope
