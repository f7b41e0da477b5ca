// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "policy/providerfailoverhandler.h"
#include "telemetry/event.h"

namespace retryscope {

/// What has changed, in an event of which the rest is told.
inline Event withChange(Event event, const HealthChange &change)
{
    event.kind = change.circuit ? EventKind::CircuitChanged : EventKind::DegradedChanged;
    event.provider = toText(change.provider);
    event.model = toText(change.model);
    event.scope = change.scope;
    event.degraded = change.degraded.value_or(false);
    if (change.circuit) {
        event.circuitFrom = change.circuit->from;
        event.circuitTo = change.circuit->to;
        event.detail = toText(change.circuit->why);
        if (change.circuit->to == CircuitState::Open)
            event.openFor = change.circuit->openFor;
    }
    return event;
}

} // namespace retryscope
