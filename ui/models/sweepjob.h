// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "simulator/sweep.h"

#include <QObject>
#include <QThreadPool>

#include <atomic>
#include <memory>

namespace retryscope {

/// Plays a sweep away from the window's thread, one at a time: a new one replaces the one that runs, and nothing is
/// heard of that any more. Lives on the window's thread; its end stops the sweep within milliseconds.
class SweepJob : public QObject
{
    Q_OBJECT
public:
    explicit SweepJob(QObject *parent = nullptr);
    ~SweepJob() override;

    /// The sweep must have no problem.
    void start(const Sweep &sweep);
    void stop();
    bool isRunning() const { return m_stop != nullptr; }
    const Sweep &sweep() const { return m_sweep; }
    /// Of sweep(); null until it has been played.
    std::shared_ptr<const SweepResult> result() const { return m_result; }

signals:
    void progressed(double share);
    void finished();

private:
    using Stop = std::shared_ptr<std::atomic_bool>;

    QThreadPool m_pool; ///< of one thread: the next sweep waits here until the one before has noticed that it is over
    Sweep m_sweep;
    Stop m_stop; ///< of the sweep that runs; null: none
    std::shared_ptr<const SweepResult> m_result;
};

} // namespace retryscope
