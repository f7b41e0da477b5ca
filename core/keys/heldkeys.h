// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "keys/keystore.h"

namespace retryscope {

/// What was read of the keychain, for every thread of the program: as its environment variables, it belongs to the process
/// (docs/adr/0019-held-keys.md). In memory alone.

/// None: it was not read yet.
std::optional<KeyResult> heldKey(const QString &name);
void holdKey(const QString &name, const KeyResult &result);
void dropHeldKeys();

} // namespace retryscope
