// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QCommandLineParser>

namespace retryscope::cli {

/// The crash test against a running gateway, with the options of the command. An exit code.
int crashTestTarget(const QCommandLineParser &parser, const QStringList &only);

} // namespace retryscope::cli
