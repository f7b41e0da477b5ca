// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/localengineclient.h"

namespace retryscope {
class Gateway;
}

namespace retryscope::cli {

/// Has the gateway share what it learns with those that name the same Redis, for as long as it lives. `location` is the
/// configuration's line, checked; empty: nothing is shared. On the engine's thread.
void joinFleet(Gateway &gateway, const EngineHost &host, const QString &location, quint16 port);

} // namespace retryscope::cli
