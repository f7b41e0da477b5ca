// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "simulator/study.h"

#include <QObject>
#include <QThreadPool>

#include <atomic>
#include <memory>

namespace retryscope {

/// Plays a study away from the window's thread, a few replications first and then more up to the wanted number, so that there
/// is soon something to show and its intervals narrow. One study at a time: a new one replaces the one that runs, and
/// nothing is heard of that any more. Lives on the window's thread, whose calls return at once; its end stops the study within
/// milliseconds.
class StudyJob : public QObject
{
    Q_OBJECT
public:
    /// Replications of the first result; each further result has twice as many as the one before.
    static constexpr int firstReplications = 4;

    explicit StudyJob(QObject *parent = nullptr);
    ~StudyJob() override;

    /// The scenario and the policies must be valid, and there must be one policy at least. With `threads` 0 one core is left
    /// for the window.
    void start(Study study);
    /// What has been found stays.
    void stop();
    bool isRunning() const { return m_stop != nullptr; }
    /// The one that was asked for last.
    const Study &study() const { return m_study; }
    /// Of study(), complete for the replications that it has, which are `study().replications` at the end; null until there is
    /// one.
    std::shared_ptr<const StudyResult> result() const { return m_result; }
    /// Of the replications that were asked for, 0 to 1.
    double progress() const { return m_progress; }

signals:
    void progressed(double share);
    /// result() is of more replications than before.
    void improved();
    /// All have been played. Not after stop().
    void finished();

private:
    using Stop = std::shared_ptr<std::atomic_bool>;
    void play(const Study &study, const Stop &stop);

    QThreadPool m_pool; ///< of one thread: the next study waits here until the one before has noticed that it is over
    Study m_study;
    Stop m_stop;        ///< of the study that runs; null: none
    std::shared_ptr<const StudyResult> m_result;
    double m_progress = 0;
};

} // namespace retryscope
