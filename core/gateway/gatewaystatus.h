// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "health/healthsnapshot.h"

#include <QJsonObject>

namespace retryscope {

/// What the judgement says of the present, for programs: calls, and of each provider its state, why, until when, its
/// circuits, what is in flight, and its limits. Durations in seconds with the suffix _s, times in UTC.
QJsonObject statusJson(const HealthSnapshot &now, SteadyTime at, int requests);

} // namespace retryscope
