// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "simulator/slotrelief.h"

#include <QString>

namespace retryscope {

/// What calls wait for, which knob moves it, and what that was seen to give.
QString sentence(const SlotRelief &relief);

} // namespace retryscope
