// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/studyjob.h"

#include <algorithm>
#include <thread>

namespace retryscope {

StudyJob::StudyJob(QObject *parent) : QObject(parent) { m_pool.setMaxThreadCount(1); }

StudyJob::~StudyJob()
{
    stop();
    m_pool.waitForDone(); // a run looks every few milliseconds whether it is over
}

void StudyJob::stop()
{
    if (m_stop)
        *m_stop = true;
    m_stop.reset();
}

void StudyJob::start(Study study)
{
    stop();
    if (study.threads == 0)
        study.threads = int(std::max(2u, std::thread::hardware_concurrency())) - 1;
    m_study = std::move(study);
    m_result.reset();
    m_progress = 0;
    m_stop = std::make_shared<std::atomic_bool>(false);
    m_pool.start([this, study = m_study, stop = m_stop] { play(study, stop); });
}

/// On the pool's thread. What it finds counts on the window's thread, and only while it has not been stopped there.
void StudyJob::play(const Study &study, const Stop &stop)
{
    StudyResult found;
    int percent = 0;
    const auto tell = [this, stop](auto what) {
        const auto told = [this, stop, what = std::move(what)] {
            if (stop == m_stop)
                what();
        };
        QMetaObject::invokeMethod(this, told, Qt::QueuedConnection);
    };
    for (int played = 0, upTo = firstReplications; played < study.replications && !*stop; upTo *= 2) {
        Study part = study;
        part.replications = std::min(upTo, study.replications);
        const auto progress = [&](double share) {
            const double done = (played + share * (part.replications - played)) / study.replications;
            if (const int now = int(100.0 * done); now != std::exchange(percent, now))
                tell([this, done] { emit progressed(m_progress = done); });
        };
        found = run(
            part, progress, [&stop] { return stop->load(); }, found);
        if (!found.complete)
            return;
        played = part.replications;
        tell([this, result = std::make_shared<const StudyResult>(found), ends = played == study.replications] {
            m_result = result;
            if (ends)
                m_stop.reset();
            emit improved();
            if (ends)
                emit finished();
        });
    }
}

} // namespace retryscope
