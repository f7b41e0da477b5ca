// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/configuration.h"
#include "policy/providerfailoverhandler.h"

#include <QHash>

namespace retryscope {

/// Whom a call down this chain may ask; an empty chain: every provider that is enabled, in order of priority. `model`
/// empty: each provider's own. An id that is not configured stays in the chain and is never asked.
Targets targetsFor(const Configuration &configuration, const QVector<ProviderId> &chain, const QString &model = {});
/// The limits of an attempt that the provider's or its model's own replace, but for the attempt's whole.
OwnTimes ownTimes(const ProviderTimes &times);
/// The ids of those that are enabled, in order of priority.
QVector<ProviderId> enabledProviders(const Configuration &configuration);
/// How people call each: its name, or its id where it has none or shares it with another.
QHash<ProviderId, QString> providerNames(const Configuration &configuration);
/// None: not configured.
const ProviderConfig *findProvider(const Configuration &configuration, const ProviderId &id);

} // namespace retryscope
