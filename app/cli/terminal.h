// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QString>

namespace retryscope::cli {

/// Documented in --help.
enum ExitCode { Ok = 0, CallFailed = 1, Usage = 2, BadConfiguration = 3, CannotStart = 4, Stopped = 5, OutputClosed = 6 };

/// Writes and flushes; false once standard output is closed or full.
bool out(const QString &text);
void err(const QString &text);
/// SIGINT and SIGTERM set a flag; SIGPIPE is ignored, so that a closed pipe is an error and no death.
void installSignalHandlers();
bool stopRequested();

} // namespace retryscope::cli
