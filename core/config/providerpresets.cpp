// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "config/providerpresets.h"

#include "base/coreresources.h"
#include "config/configuration.h"
#include "config/providerfields.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>

namespace retryscope {
namespace {

ProviderPreset ofWire(ProviderConfig provider)
{
    provider.enabled = true;
    ProviderPreset preset{provider.id, provider.name, {}, {}};
    for (const ProviderField &field : providerFields()) {
        if (const QJsonValue value = field.get(provider);
            !value.isUndefined() && QLatin1String(field.key) != QLatin1String("enabled"))
            preset.json[QLatin1String(field.key)] = value;
    }
    return preset;
}

QVector<ProviderPreset> readPresets()
{
    QVector<ProviderPreset> presets;
    for (const ProviderConfig &provider : builtInProviders())
        presets.append(ofWire(provider));
    loadCoreResources();
    QFile file(QStringLiteral(":/retryscope/providers.json"));
    const QByteArray bytes = file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    for (const QJsonValue &row : QJsonDocument::fromJson(bytes)[QLatin1String("presets")].toArray())
        presets.append({row[QLatin1String("key")].toString(), row[QLatin1String("label")].toString(),
                        row[QLatin1String("note")].toString(), row[QLatin1String("provider")].toObject()});
    return presets;
}

} // namespace

ProviderConfig toProvider(const ProviderPreset &preset)
{
    ProviderConfig provider;
    ConfigIssues ignored; // a test proves that the presets have none
    for (const ProviderField &field : providerFields()) {
        if (const QJsonValue value = preset.json[QLatin1String(field.key)]; !value.isUndefined())
            field.set(provider, value, {QString(), &ignored});
    }
    if (provider.name.isEmpty())
        provider.name = preset.label;
    return provider;
}

const QVector<ProviderPreset> &providerPresets()
{
    static const QVector<ProviderPreset> presets = readPresets();
    return presets;
}

} // namespace retryscope
