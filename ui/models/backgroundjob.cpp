// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/backgroundjob.h"

#include <algorithm>
#include <thread>

namespace retryscope {

BackgroundJob::BackgroundJob(QObject *parent) : QObject(parent) { m_pool.setMaxThreadCount(1); }

BackgroundJob::~BackgroundJob()
{
    BackgroundJob::stop();
    m_pool.waitForDone(); // a run looks every few milliseconds whether it is over
}

void BackgroundJob::stop()
{
    hurry();
    m_stop.reset();
}

void BackgroundJob::hurry()
{
    if (m_stop)
        *m_stop = true;
}

int BackgroundJob::threadsFor(int threads)
{
    return threads > 0 ? threads : int(std::max(2u, std::thread::hardware_concurrency())) - 1;
}

void BackgroundJob::begin(std::function<void(const Line &)> work)
{
    BackgroundJob::stop();
    m_progress = 0;
    m_stage = 0;
    m_stop = std::make_shared<std::atomic_bool>(false);
    m_pool.start([this, work = std::move(work), stop = m_stop] { work(Line(*this, stop)); });
}

void BackgroundJob::Line::tell(std::function<void()> what) const
{
    const auto told = [job = &m_job, stop = m_stop, what = std::move(what)] {
        if (stop == job->m_stop)
            what();
    };
    QMetaObject::invokeMethod(&m_job, told, Qt::QueuedConnection);
}

void BackgroundJob::Line::progress(double share, int stage) const
{
    const int now = int(1000.0 * share);
    if (m_told.exchange(now) == now)
        return;
    tell([job = &m_job, share, stage] {
        job->m_stage = stage;
        job->m_progress = std::max(job->m_progress, share);
        emit job->progressed(job->m_progress);
    });
}

void BackgroundJob::Line::finish(std::function<void()> what) const
{
    tell([job = &m_job, what = std::move(what)] {
        job->m_stop.reset();
        what();
        emit job->finished();
    });
}

} // namespace retryscope
