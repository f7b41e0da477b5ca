// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/sweepjob.h"

#include <thread>

namespace retryscope {

SweepJob::SweepJob(QObject *parent) : QObject(parent) { m_pool.setMaxThreadCount(1); }

SweepJob::~SweepJob()
{
    stop();
    m_pool.waitForDone(); // a run looks every few milliseconds whether it is over
}

void SweepJob::stop()
{
    if (m_stop)
        *m_stop = true;
    m_stop.reset();
}

void SweepJob::start(const Sweep &sweep)
{
    stop();
    m_sweep = sweep;
    if (m_sweep.threads == 0) // one core is left for the window
        m_sweep.threads = int(std::max(2u, std::thread::hardware_concurrency())) - 1;
    m_result.reset();
    m_stop = std::make_shared<std::atomic_bool>(false);
    m_pool.start([this, played = m_sweep, stop = m_stop] {
        const auto tell = [this, stop](auto what) {
            const auto told = [this, stop, what = std::move(what)] {
                if (stop == m_stop)
                    what();
            };
            QMetaObject::invokeMethod(this, told, Qt::QueuedConnection);
        };
        int percent = 0;
        const auto progress = [&](double share) {
            if (const int now = int(100.0 * share); now != std::exchange(percent, now))
                tell([this, share] { emit progressed(share); });
        };
        auto found =
            std::make_shared<const SweepResult>(retryscope::run(played, progress, [&stop] { return stop->load(); }));
        if (!found->complete)
            return;
        tell([this, found] {
            m_result = found;
            m_stop.reset();
            emit finished();
        });
    });
}

} // namespace retryscope
