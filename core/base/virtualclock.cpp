// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "base/virtualclock.h"

namespace retryscope {

class VirtualClock::Handle final : public Timer
{
public:
    Handle(std::shared_ptr<Pending> pending, Key key) : m_pending(std::move(pending)), m_key(key) {}
    ~Handle() override { m_pending->erase(m_key); }

private:
    std::shared_ptr<Pending> m_pending;
    Key m_key;
};

VirtualClock::VirtualClock(WallTime wall) : m_now(1h), m_wallStart(wall) {}

WallTime VirtualClock::wallNow() const
{
    return m_wallStart + std::chrono::floor<std::chrono::milliseconds>(m_now - SteadyTime(1h));
}

TimerHandle VirtualClock::startTimer(Duration delay, std::function<void()> callback)
{
    const Key key{m_now + std::max<Duration>(delay, 0s), m_next++};
    m_pending->emplace(key, std::move(callback));
    return std::make_unique<Handle>(m_pending, key);
}

void VirtualClock::advance(Duration by)
{
    const SteadyTime end = m_now + by;
    while (!m_pending->empty() && m_pending->begin()->first.first <= end)
        advanceToNext();
    m_now = end;
}

bool VirtualClock::advanceToNext()
{
    if (m_pending->empty())
        return false;
    auto node = m_pending->extract(m_pending->begin());
    m_now = std::max(m_now, node.key().first);
    node.mapped()();
    return true;
}

} // namespace retryscope
