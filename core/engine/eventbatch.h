// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "telemetry/event.h"

#include <utility>

namespace retryscope {

/// Events that wait for a slower thread, at most 50,000. Beyond it they are left out, which shows as a gap in their
/// numbers; changes of state are rare and always kept. Not thread-safe.
class EventBatch
{
public:
    static constexpr qsizetype most = 50'000;
    /// True for the first of a batch: somebody has to be woken.
    bool add(const Event &event)
    {
        const bool state = event.kind == EventKind::CircuitChanged || event.kind == EventKind::DegradedChanged
                           || event.kind == EventKind::ConfigurationApplied;
        if (m_events.size() >= most && !state)
            return false;
        m_events.append(event);
        return m_events.size() == 1;
    }
    qsizetype size() const { return m_events.size(); }
    Events take() { return std::exchange(m_events, {}); }

private:
    Events m_events;
};

} // namespace retryscope
