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
/// Atomic; the sentence has been printed where it fails.
bool saveText(const QString &path, const QByteArray &bytes);

} // namespace retryscope::cli
