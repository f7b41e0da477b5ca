// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/expected.h"
#include "config/configuration.h"
#include "crashtest/crashcase.h"
#include "crashtest/crashresult.h"

#include <atomic>

namespace retryscope {

/// | field   | what                                                                          | unit  | default |
/// | bound   | real time that a case may take; then it is cut short                          | time  | 45 s    |
/// | fastest | how many times as fast time may pass in cases that are about waiting, 1 or more | –   | 10      |
struct CrashLimits
{
    Duration bound = 45s;
    double fastest = 10.0;
};

/// Plays one case: providers of its own over real sockets, and as many engines as it has programs. Waits for it, with
/// an event loop of the thread that calls. Soon after `stop` is set it gives up, and gives none.
std::optional<CrashResult> playCase(const CrashCase &what, const Configuration &configuration,
                                    const CrashLimits &limits, const std::atomic<bool> &stop);

/// How many times as fast time passes in this case for this configuration: its shortest limit is still half a second.
double speedFor(const CrashCase &what, const Configuration &configuration, const CrashLimits &limits);

} // namespace retryscope
