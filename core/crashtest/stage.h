// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/configuration.h"

namespace retryscope {

/// A configuration on the stage of the crash test: the user's own, but for its addresses.
struct Stage
{
    Configuration configuration;
    QVector<ProviderId> chain; ///< the enabled providers, in order
    QVector<int> inFile;       ///< the place of each in the list that it came from
    QStringList names;         ///< what the sandbox calls each of the chain
    QVector<int> keys;         ///< how many accounts each has
};

/// Points every enabled provider at the sandbox at `root` (http://127.0.0.1:PORT), under a name of its own. No key goes
/// along: each reference becomes one to a variable that holds none of the user's secrets, the same for the same key at
/// the same host; so does each header and query value that is a reference or could hold a key. Proxies and authorities
/// are left out, for the sandbox is on this machine; so are history, fleet and reports, which are none of a call's.
Stage stageFor(const Configuration &configuration, const QUrl &root);

/// The shortest limit on time that its attempts have.
Duration shortestLimit(const Configuration &configuration);

} // namespace retryscope
