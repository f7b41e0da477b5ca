// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/configuration.h"

#include <QSet>
#include <QStringList>

namespace retryscope {

/// Where a value stands, without places in lists: {"retry", "max_attempts"}, {"providers", "openai", "model"},
/// {"provider_order"} (the ids in order of priority), {"providers", "x"} (a whole provider that only one side has).
using ConfigurationPath = QStringList;

/// A value that two configurations hold differently; Undefined where one has none.
struct ConfigurationChange
{
    ConfigurationPath path;
    QJsonValue before, after;
    bool operator==(const ConfigurationChange &) const = default;
};
using ConfigurationChanges = QVector<ConfigurationChange>;

/// Every difference of what would be saved, also of keys that we do not know. Sorted by path; none: nothing would be saved.
ConfigurationChanges changesBetween(const Configuration &before, const Configuration &after);

/// A value that two people changed differently.
struct ConfigurationConflict
{
    ConfigurationPath path;
    QJsonValue base, mine, theirs;
    bool operator==(const ConfigurationConflict &) const = default;
};
using ConfigurationConflicts = QVector<ConfigurationConflict>;

struct ConfigurationMerge
{
    Configuration merged;
    ConfigurationConflicts conflicts; ///< in `merged` they stand as ours, unless theirs was chosen
    ConfigurationChanges taken;       ///< what was taken from them, because only they had changed it
};

/// The three-way merge: what only one side changed is taken from it, what both changed alike as well. What they changed
/// differently is a conflict, decided for ours but where `takeTheirs` names it. A provider that one side has taken out and the
/// other has edited is one conflict as a whole, so that half a provider never comes out.
ConfigurationMerge mergeConfigurations(const Configuration &base, const Configuration &mine,
                                       const Configuration &theirs, const QSet<ConfigurationPath> &takeTheirs = {});

/// What stands at a path; Undefined where nothing does.
QJsonValue valueAt(const Configuration &configuration, const ConfigurationPath &path);
/// `configuration` with one value replaced; Undefined takes it out.
Configuration withValue(const Configuration &configuration, const ConfigurationPath &path, const QJsonValue &value);

/// Reads what toJson wrote of a draft: numbers are taken even where they are out of range.
Configuration uncheckedConfiguration(const QJsonObject &file);

} // namespace retryscope
