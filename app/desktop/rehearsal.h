// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/configuration.h"
#include "telemetry/event.h"

namespace retryscope {

/// The minutes before the first frame, so that the dashboard of the simulation is not empty: the engine itself, under this
/// configuration, played on virtual time against the simulated providers, one call each half second. Its events end at
/// `now` and have a run of their own; calls are numbered from 1. Empty unless every enabled provider is simulated.
Events rehearse(const Configuration &configuration, Duration length, SteadyTime now, WallTime wall, quint64 seed);

} // namespace retryscope
