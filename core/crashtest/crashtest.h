// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "crashtest/crashrun.h"

#include <QObject>
#include <QThreadPool>

namespace retryscope {

/// Runs cases of the crash test against a configuration, several at a time, each by itself: none can disturb another.
/// Lives on the thread that makes it, which needs an event loop; the cases run on threads of its own.
class CrashTest : public QObject
{
    Q_OBJECT
public:
    /// `together`: cases that run at once, at least 1.
    explicit CrashTest(CrashLimits limits = {}, int together = 8, QObject *parent = nullptr);
    /// Stops, and waits for what is being played.
    ~CrashTest() override;

    /// Every case, or those with these keys; those that take long first. Does nothing while a run is under way.
    void start(const Configuration &configuration, const QStringList &only = {});
    /// What is being played is given up; finished() follows. What came is kept.
    void stop();
    bool isRunning() const { return m_open > 0; }
    /// Cases of the run, and those of them that are over.
    int planned() const { return m_planned; }
    int done() const { return m_planned - m_open; }

signals:
    void caseStarted(const QString &key);
    void caseFinished(const retryscope::CrashResult &result);
    /// The last signal of a run. `complete`: every case was played.
    void finished(bool complete);

private:
    void over(const std::optional<CrashResult> &result);

    CrashLimits m_limits;
    QThreadPool m_pool;
    std::atomic<bool> m_stop = false;
    int m_planned = 0, m_open = 0;
};

} // namespace retryscope
Q_DECLARE_METATYPE(retryscope::CrashResult)
