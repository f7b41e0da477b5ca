// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QJsonObject>
#include <QString>
#include <QVector>

namespace retryscope {

struct ProviderConfig;

/// A provider as it is usually set up, ready to be put into a configuration file. What only its owner knows is called
/// "your-...".
struct ProviderPreset
{
    QString key;
    QString label;
    QString note;     ///< what is special about it; may be empty
    QJsonObject json; ///< as it stands in the file
};
/// The provider that it makes, named as it is called where it has no name.
ProviderConfig toProvider(const ProviderPreset &preset);
/// Those of vendors with a wire of their own first, then resources/providers.json.
const QVector<ProviderPreset> &providerPresets();

} // namespace retryscope
