// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "policy/traffic.h"

#include <algorithm>
#include <utility>

namespace retryscope {

void Traffic::configure(const RetryConfig &config)
{
    m_maximum = config.maxConcurrent;
    m_ramp = config.recoveryRamp;
    for (auto &[id, lane] : m_lanes)
        lane.limit.setMaximum(m_maximum);
    m_wake |= !m_awaiting.isEmpty(); // the new configuration may ask sooner
    m_due = true;
}

bool Traffic::enter(Lane &l, CallId call)
{
    if (l.queue.isEmpty() && l.limit.tryAcquire())
        return true;
    l.queue.append(call);
    ++m_queued;
    return false;
}

void Traffic::leave(Lane &l, CallId call)
{
    if (l.queue.remove(call)) {
        --m_queued;
        return;
    }
    l.limit.release();
    m_due |= !l.queue.isEmpty();
}

void Traffic::onHealth(Lane &l, HealthSignal signal, const HealthChanges &changes)
{
    if (signal == HealthSignal::Success)
        l.limit.onSuccess();
    else if (signal == HealthSignal::Failure)
        l.limit.onFailure();
    for (const HealthChange &change : changes) {
        if (!change.circuit)
            continue;
        if (change.circuit->to == CircuitState::Open || change.circuit->to == CircuitState::Isolated) {
            if (m_ramp && change.scope != Scope::Account)
                lane(change.provider).limit.restartRamp();
            m_moved.insert(change.provider);
        }
    }
    m_wake |= !changes.empty() && !m_awaiting.isEmpty();
    m_due |= m_wake || !m_moved.empty() || !l.queue.isEmpty();
}

/// Those that may not ask this provider any more go elsewhere at once instead of waiting for a slot.
std::optional<Traffic::Word> Traffic::nextRecheck()
{
    for (const std::string &id : m_moved) {
        Lane &l = lane(id);
        l.queue.forEach([&](CallId call) { m_rechecks.emplace_back(&l, call); });
    }
    m_moved.clear();
    while (!m_rechecks.empty()) {
        const auto [l, call] = m_rechecks.front();
        m_rechecks.pop_front();
        if (l->queue.contains(call))
            return Word{Word::Kind::Recheck, call};
    }
    return std::nullopt;
}

std::optional<Traffic::Word> Traffic::nextGrant()
{
    if (m_queued == 0)
        return std::nullopt;
    for (auto &[id, l] : m_lanes) {
        if (l.queue.isEmpty() || !l.limit.tryAcquire())
            continue;
        const CallId call = l.queue.first();
        l.queue.remove(call);
        --m_queued;
        return Word{Word::Kind::Granted, call};
    }
    return std::nullopt;
}

std::optional<Traffic::Word> Traffic::nextWake()
{
    if (std::exchange(m_wake, false)) {
        const auto woken = std::ptrdiff_t(m_wakes.size());
        for (; !m_awaiting.isEmpty(); m_awaiting.remove(m_wakes.back()))
            m_wakes.push_back(m_awaiting.first());
        std::sort(m_wakes.begin() + woken, m_wakes.end());
    }
    if (m_woken < m_wakes.size())
        return Word{Word::Kind::Wake, m_wakes[m_woken++]};
    m_wakes.clear();
    m_woken = 0;
    return std::nullopt;
}

std::optional<Traffic::Word> Traffic::next()
{
    std::optional<Word> word = nextRecheck();
    if (!word)
        word = nextGrant();
    if (!word)
        word = nextWake();
    m_due = word.has_value();
    return word;
}

int Traffic::slotsTaken() const
{
    int taken = 0;
    for (const auto &[id, l] : m_lanes)
        taken += l.limit.inUse();
    return taken;
}

} // namespace retryscope
