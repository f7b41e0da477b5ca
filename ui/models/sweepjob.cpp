// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/sweepjob.h"

namespace retryscope {

template <> SweepResult SweepJob::play(const Sweep &sweep, const Line &line)
{
    return run(
        sweep, [&line](double share) { line.progress(share); }, [&line] { return line.isOver(); });
}

} // namespace retryscope
