// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "telemetry/event.h"

namespace retryscope {

/// Whether the end of an attempt speaks against the provider: as the engine judged for its circuits, or because the key, its
/// rights or its quota were refused. The latter moves no circuit, as waiting heals nothing there, but no caller can help it.
inline bool speaksAgainst(const Event &attemptFinished)
{
    if (attemptFinished.health == HealthSignal::Failure)
        return true;
    switch (attemptFinished.reason) {
    case RetryReason::Authentication:
    case RetryReason::Permission:
    case RetryReason::QuotaExhausted: return attemptFinished.scope == Scope::Account;
    default: return false;
    }
}

} // namespace retryscope
