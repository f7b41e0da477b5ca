// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/configurationdiff.h"
#include "config/retryfields.h"

namespace retryscope {

/// The field of the Tune page at a path; none for what has no field there.
const RetryConfigField *fieldAt(const ConfigurationPath &path);
/// "Base delay", "OpenAI: model", "Provider priority"; `names` are shown for ids.
QString changeLabel(const ConfigurationPath &path, const QHash<ProviderId, QString> &names);
/// Those that say something by themselves: where providers only come behind the others, or go, their order is no change.
ConfigurationChanges toldOf(const ConfigurationChanges &changes);
/// "500 ms", "complete answer", "on", "OpenAI → Mistral", "–" for nothing.
QString changeValue(const ConfigurationPath &path, const QJsonValue &value, const QHash<ProviderId, QString> &names);
/// A value of a field as the page shows it.
QString fieldValue(const RetryConfigField &field, double value);
QHash<ProviderId, QString> namesOf(const Configuration &configuration);

} // namespace retryscope
