// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "keys/keyring.h"

namespace retryscope::cli {

/// The program's keychain; made when it is first named.
KeyRing &keyRing();
/// Reads these from the keychain and waits for them, at most KeyRing::patience; gives up when the program is asked to stop.
/// What cannot be had is told by whoever uses it.
void readKeys(const QStringList &names);

} // namespace retryscope::cli
