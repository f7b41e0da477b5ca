// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/configissue.h"
#include "base/expected.h"
#include "config/reporting.h"
#include "config/routes.h"
#include "policy/ownrules.h"
#include "policy/retryconfig.h"
#include "protocols/provider.h"

#include <QJsonObject>

namespace retryscope {

/// The whole of the one configuration file: providers in order of priority, the retry policy, own rules about what
/// failures mean, named routes, and whom a gateway tells of itself.
struct Configuration
{
    ProviderConfigs providers;
    RetryConfig retry;
    QString history;       ///< where it is kept, see config/historylocation.h; empty: a file in the user's data folder
    /// Keys that we do not know, at every level, kept on saving. Shaped like the file, but "providers" holds them by id.
    QJsonObject unknown;
    OwnRules rules;        ///< asked before ours, in this order
    Routes routes;         ///< chains that other programs name
    Reporting reporting;   ///< what a gateway tells other systems
    QString fleet;         ///< the Redis that gateways share, see config/fleetlocation.h; empty: none
    bool operator==(const Configuration &) const = default;
};

struct LoadedConfiguration
{
    Configuration configuration;
    ConfigIssues issues;   ///< any error means: do not apply
};

/// Reads the text of a configuration file; all issues at once, each with its place, such as providers[0].model. Missing
/// keys keep their defaults. A key that is not a reference is an error, and its value is not repeated.
LoadedConfiguration configurationFromJson(const QByteArray &json);
/// Indented; ends with a newline. Read again, it gives the same configuration.
QByteArray toJson(const Configuration &configuration);
/// What is wrong with a configuration that was not read from a file.
ConfigIssues validate(const Configuration &configuration);

/// Larger is no configuration.
inline constexpr qint64 maxConfigurationSize = 4 << 20;

/// Reads the file; what cannot be read (see readSmallFile) is an error issue that names it. Never waits.
LoadedConfiguration loadConfiguration(const QString &path);
/// Atomic: the old file or the new one, never half. The error is a sentence. Programs that watch the file use ConfigurationFile.
Expected<bool, QString> saveConfiguration(const Configuration &configuration, const QString &path);

/// The four simulated providers, as served at `sandboxRoot` (http://127.0.0.1:PORT).
ProviderConfigs simulatedProviders(const QUrl &sandboxRoot);
/// What the sandbox calls a simulated provider, whatever its id: the first part of its base URL's path.
QString simulatedName(const ProviderConfig &provider);
/// Points simulated providers at the running sandbox; in the file their port is 0.
void bindToSandbox(ProviderConfigs *providers, const QUrl &root);
/// The four real endpoints with their key variables, disabled.
ProviderConfigs builtInProviders();

} // namespace retryscope
Q_DECLARE_METATYPE(retryscope::Configuration)
