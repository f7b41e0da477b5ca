// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "engine/calltraffic.h"

#include "engine/callrunner.h"

namespace retryscope {

void CallTraffic::configure(const RetryConfig &config)
{
    m_traffic.configure(config);
    schedule();
}

void CallTraffic::leave(const std::string &provider, CallId call)
{
    m_traffic.leave(m_traffic.lane(provider), call);
    schedule();
}

void CallTraffic::onHealth(const std::string &provider, HealthSignal signal, const HealthChanges &changes)
{
    m_traffic.onHealth(m_traffic.lane(provider), signal, changes);
    schedule();
}

void CallTraffic::schedule()
{
    if (m_traffic.due() && !m_pump)
        m_pump = m_clock.startTimer(0s, [this] { m_pump.reset(); pump(); });
}

void CallTraffic::pump()
{
    while (const auto word = m_traffic.next()) {
        const auto found = m_runners.find(word->call);
        if (found == m_runners.end())
            continue;
        switch (word->kind) {
        case Traffic::Word::Kind::Recheck: found->second->recheckQueue(); break;
        case Traffic::Word::Kind::Granted: found->second->slotGranted(); break;
        case Traffic::Word::Kind::Wake: found->second->wake(); break;
        }
    }
}

} // namespace retryscope
