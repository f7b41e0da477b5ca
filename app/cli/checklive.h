// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/configuration.h"
#include "transport/transportkind.h"

namespace retryscope::cli {

struct LiveCheck
{
    QString file;          ///< where the configuration stands: its prices stand beside it
    QStringList providers; ///< none: all that are enabled
    TransportKind transport = TransportKind::Qt;
    bool json = false; ///< JSON Lines, one a provider
};

/// Asks the providers whether they are set up right and prints what each stage found. An exit code: CallFailed when one failed.
int checkLive(Configuration configuration, const LiveCheck &options);

} // namespace retryscope::cli
