// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/expected.h"
#include "policy/retryconfig.h"
#include "protocols/provider.h"

#include <QJsonObject>

namespace retryscope {

/// The whole of the one configuration file: providers in order of priority, and the retry policy.
struct Configuration
{
    ProviderConfigs providers;
    RetryConfig retry;
    QJsonObject unknown;   ///< keys we do not know, kept on saving
    bool operator==(const Configuration &) const = default;
};

struct LoadedConfiguration
{
    Configuration configuration;
    ConfigIssues issues;   ///< any error means: do not apply
};

LoadedConfiguration configurationFromJson(const QByteArray &json);
QByteArray toJson(const Configuration &configuration);
ConfigIssues validate(const Configuration &configuration);

/// Reads the file; a file that cannot be read is an error issue that names it.
LoadedConfiguration loadConfiguration(const QString &path);
/// Atomic: the old file or the new one, never half. The error is a sentence.
Expected<bool, QString> saveConfiguration(const Configuration &configuration, const QString &path);

/// The four simulated providers, as served at `sandboxRoot` (http://127.0.0.1:PORT).
ProviderConfigs simulatedProviders(const QUrl &sandboxRoot);
/// Points simulated providers at the running sandbox; in the file their port is 0.
void bindToSandbox(ProviderConfigs *providers, const QUrl &root);
/// The four real endpoints with their key variables, disabled.
ProviderConfigs builtInProviders();

} // namespace retryscope
Q_DECLARE_METATYPE(retryscope::Configuration)
