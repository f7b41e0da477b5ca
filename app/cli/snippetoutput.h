// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/chat.h"

#include <QStringList>

namespace retryscope::cli {

/// Prints the request for this prompt as code of the language instead of sending it, and on standard error what it needs.
/// `chain`: the first of it is asked; empty: the first that is enabled. Without a configuration file the vendors' own
/// addresses. An exit code.
int printAs(const QString &language, const QString &configFile, const QStringList &chain, const Prompt &prompt);

} // namespace retryscope::cli
