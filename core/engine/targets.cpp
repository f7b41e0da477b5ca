// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "engine/targets.h"

#include "engine/credentials.h"

#include <algorithm>

namespace retryscope {

Targets targetsFor(const Configuration &configuration, const QVector<ProviderId> &chain, const QString &model)
{
    Targets targets;
    for (const ProviderId &id : chain.isEmpty() ? enabledProviders(configuration) : chain) {
        const ProviderConfig *config = findProvider(configuration, id);
        const ProviderConfig &c = config ? *config : ProviderConfig{};
        const ProviderTimes times = timesFor(c, model);
        for (const KeyChoice &key : keysOf(c)) // each is asked as if it were a provider of its own
            targets.push_back({toUtf8(id), toUtf8(modelFor(c, model)), toUtf8(key.account),
                               !c.idempotencyHeader.isEmpty(), c.contextWindow, times.attempt, ownTimes(times),
                               toUtf8(c.baseUrl.host())});
    }
    return targets;
}

OwnTimes ownTimes(const ProviderTimes &times) { return {times.connect, times.firstToken, times.idle, times.stream}; }

QVector<ProviderId> enabledProviders(const Configuration &configuration)
{
    QVector<ProviderId> ids;
    for (const ProviderConfig &config : inOrder(configuration.providers)) {
        if (config.enabled)
            ids.append(config.id);
    }
    return ids;
}

QHash<ProviderId, QString> providerNames(const Configuration &configuration)
{
    QHash<QString, int> uses;
    for (const ProviderConfig &p : configuration.providers)
        ++uses[p.name];
    QHash<ProviderId, QString> names;
    for (const ProviderConfig &p : configuration.providers)
        names.insert(p.id, p.name.isEmpty() || uses[p.name] > 1 ? p.id : p.name);
    return names;
}

const ProviderConfig *findProvider(const Configuration &configuration, const ProviderId &id)
{
    const auto it = std::find_if(configuration.providers.begin(), configuration.providers.end(),
                                 [&id](const ProviderConfig &config) { return config.id == id; });
    return it == configuration.providers.end() ? nullptr : &*it;
}

} // namespace retryscope
