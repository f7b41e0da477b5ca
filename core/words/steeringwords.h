// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "policy/steering.h"

#include <QString>

namespace retryscope {

/// Why a person's wish was not carried out, and what can be done; empty where it was.
QString steeringText(Steering wish, SteeringRefusal refusal);

} // namespace retryscope
