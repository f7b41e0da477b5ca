// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "interchange/interchange.h"

#include <QCommandLineParser>

namespace retryscope::cli {

// What `export` and `import` have in common.

/// For help and sentences: "litellm, portkey, ...".
QString targetKeys();
/// The target that the option names; none, and the sentence has been printed.
const InterchangeTarget *targetOf(const QCommandLineParser &parser, const QString &option);
/// The file's configuration, without one the defaults and the four vendors; none, and its issues have been printed.
std::optional<Configuration> configurationOf(const QString &file);
/// Whether a file may be written: the option names none, or one that is not there yet, or `overwrite`. Else the sentence has
/// been printed, with `instead` as the option that names another one.
bool mayWrite(const QString &path, const QString &instead, bool overwrite = false);
/// The same of --output, beside which --force is an option of the command.
bool mayWriteOutput(const QCommandLineParser &parser);
QCommandLineOption forceOption();
/// Atomic; the sentence has been printed where it fails.
bool saveText(const QString &path, const QByteArray &bytes);

} // namespace retryscope::cli
