// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/configurationdiff.h"
#include "config/providerfields.h"
#include "config/providerpresets.h"

namespace retryscope {

// What a person does to the list of providers, each as a step from one configuration to the next. Keys that we do not know and
// routes go along.

/// An id that no provider has: `wished`, or the first free of wished-2, wished-3 ….
ProviderId freeId(const Configuration &configuration, const ProviderId &wished);
/// At the end; `id` is what it got.
Configuration withPreset(Configuration configuration, const ProviderPreset &preset, ProviderId *id);
/// Right behind the one it is copied from, disabled so that it is not asked unbidden.
Configuration withDuplicate(const Configuration &configuration, const ProviderId &provider, ProviderId *id);
Configuration withoutProvider(Configuration configuration, const ProviderId &provider);
/// Nothing changes where it cannot go further. `place` counts from 0.
Configuration withProviderAt(Configuration configuration, const ProviderId &provider, qsizetype place);
/// Without those that are simulated.
Configuration withoutSimulated(const Configuration &configuration);
/// The same provider with other fields, also with another id.
Configuration withProvider(Configuration configuration, const ProviderId &provider, const ProviderConfig &changed);

/// Plays changes forward, or back.
Configuration withChanges(Configuration configuration, const ConfigurationChanges &changes, bool forward);

/// How the value of a field is written by a person.
enum class FieldForm : quint8 {
    Line,
    Word,   ///< one of words()
    Switch, ///< "true" or "false"
    Number,
    Lines, ///< one text a line
    Pairs, ///< "name = value", one a line
    Json,
};
FieldForm formOf(const ProviderField &field);
/// Of a Word.
QStringList wordsOf(const ProviderField &field);
/// The value as it is edited; empty where it is as by default.
QString fieldText(const ProviderField &field, const ProviderConfig &provider);
/// The provider with what was written. The error is a sentence: it cannot be read, or the field may not be so. What was
/// written is not repeated in it: it may be a key.
Expected<ProviderConfig, QString> withFieldText(const ProviderField &field, ProviderConfig provider,
                                                const QString &text);
/// None: no field has this key.
const ProviderField *providerField(const QString &key);

/// A variable of the environment that a preset names as its key, and that is set.
struct FoundKey
{
    QString variable;
    const ProviderPreset *preset = nullptr;
};
/// In the order of the presets, one for each variable; its value is not looked at.
QVector<FoundKey> foundKeys();

} // namespace retryscope
