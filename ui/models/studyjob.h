// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/backgroundjob.h"
#include "simulator/slotrelief.h"

namespace retryscope {

/// Plays a study beside the window, a few replications first and then more up to the wanted number, so that there is soon
/// something to show and its intervals narrow.
class StudyJob : public BackgroundJob
{
    Q_OBJECT
public:
    /// Replications of the first result; each further result has twice as many as the one before.
    static constexpr int firstReplications = 4;

    explicit StudyJob(QObject *parent = nullptr) : BackgroundJob(parent) {}

    /// The scenario and the policies must be valid, and there must be one policy at least.
    void start(Study study);
    /// The one that was asked for last.
    const Study &study() const { return m_study; }
    /// Of study(), complete for the replications that it has, which are `study().replications` at the end; null until there is
    /// one.
    std::shared_ptr<const StudyResult> result() const { return m_result; }
    /// What more slots would give the first policy, where its calls wait mainly for them; once it has finished.
    const std::optional<SlotRelief> &relief() const { return m_relief; }
    /// It was ended, as a day makes more calls than are played.
    bool madeTooMany() const { return m_tooMany; }

signals:
    /// result() is of more replications than before.
    void improved();

private:
    void play(const Study &study, const Line &line);

    Study m_study;
    std::shared_ptr<const StudyResult> m_result;
    std::optional<SlotRelief> m_relief;
    bool m_tooMany = false;
};

} // namespace retryscope
