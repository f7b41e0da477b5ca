// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/backgroundjob.h"
#include "simulator/sweep.h"

namespace retryscope {

/// Plays a sweep beside the window. It must have no problem.
using SweepJob = QuestionJob<Sweep, SweepResult>;
template <> SweepResult SweepJob::play(const Sweep &sweep, const Line &line);

} // namespace retryscope
