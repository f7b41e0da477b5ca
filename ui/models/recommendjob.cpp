// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/recommendjob.h"

namespace retryscope {

template <> Recommendation RecommendJob::play(const RecommendationTask &task, const Line &line)
{
    return recommend(
        task, [&line](const RecommendationProgress &p) { line.progress(p.share, int(p.stage)); },
        [&line] { return line.isOver(); });
}

} // namespace retryscope
