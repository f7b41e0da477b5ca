// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/ids.h"
#include "base/configissue.h"
#include "policy/retryconfig.h"

#include <QJsonObject>
#include <QJsonValue>
#include <QMap>
#include <QSet>
#include <QVector>

namespace retryscope {

/// Chains of providers by name, asked in this order: what a program may name in place of a model.
using Routes = QMap<QString, QVector<ProviderId>>;

/// Reads the object "routes" of the configuration file; what is wrong is reported under its place, such as routes.fast[1].
Routes routesFromJson(const QJsonValue &value, ConfigIssues *issues);
QJsonObject toJson(const Routes &routes);
/// Names that nobody can be asked by: none, a slash in it, or a provider's; and ids that are no provider's, or there twice.
ConfigIssues validate(const Routes &routes, const QSet<ProviderId> &providers);

} // namespace retryscope
