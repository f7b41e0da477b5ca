// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/studyjob.h"

#include <algorithm>

namespace retryscope {

void StudyJob::start(Study study)
{
    study.threads = threadsFor(study.threads);
    m_study = std::move(study);
    m_result.reset();
    m_relief.reset();
    m_tooMany = false;
    begin([this, asked = m_study](const Line &line) { play(asked, line); });
}

/// On another thread. What it finds counts on the window's, and only while it has not been stopped there.
void StudyJob::play(const Study &study, const Line &line)
{
    StudyResult found;
    for (int played = 0, upTo = firstReplications; played < study.replications && !line.isOver(); upTo *= 2) {
        Study part = study;
        part.replications = std::min(upTo, study.replications);
        const auto progress = [&](double share) {
            line.progress((played + share * (part.replications - played)) / study.replications);
        };
        found = run(
            part, progress, [&line] { return line.isOver(); }, found);
        if (found.tooMany)
            return line.finish([this] { m_tooMany = true; });
        if (!found.complete)
            return;
        played = part.replications;
        const auto improve = [this, result = std::make_shared<const StudyResult>(found)] {
            m_result = result;
            emit improved();
        };
        if (played == study.replications && !found.tells(Measure::SlotWait))
            return line.finish(improve);
        line.tell(improve);
    }
    const auto relief = slotRelief(study.scenario, study.policies.first(), study.seed, study.replications,
                                   [&line] { return line.isOver(); });
    line.finish([this, relief] { m_relief = relief; });
}

} // namespace retryscope
