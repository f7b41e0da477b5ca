// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "base/systemclock.h"

#include <QTimer>

namespace retryscope {
namespace {

class QtTimer final : public Timer
{
public:
    QtTimer(Duration delay, std::function<void()> callback) : m_callback(std::move(callback))
    {
        m_timer.setSingleShot(true);
        m_timer.setTimerType(Qt::PreciseTimer); // a coarse timer fires early
        QObject::connect(&m_timer, &QTimer::timeout, &m_timer, [this] {
            const auto callback = std::move(m_callback); // the callback may drop this handle
            callback();
        });
        m_timer.start(std::chrono::ceil<std::chrono::milliseconds>(std::clamp<Duration>(delay, 0s, 24h * 20)));
    }

private:
    QTimer m_timer;
    std::function<void()> m_callback;
};

} // namespace

SteadyTime SystemClock::now() const
{
    return SteadyTime(std::chrono::steady_clock::now().time_since_epoch());
}

WallTime SystemClock::wallNow() const
{
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

TimerHandle SystemClock::startTimer(Duration delay, std::function<void()> callback)
{
    return std::make_unique<QtTimer>(delay, std::move(callback));
}

} // namespace retryscope
