// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "config/modelissues.h"

#include "pricing/catalogue.h"

namespace retryscope {

QString modelWarning(const ProviderConfig &provider, QDate today)
{
    if (provider.simulated)
        return {};
    const auto model = Catalogue::builtIn().ending({toKey(provider.protocol), provider.baseUrl, provider.model});
    if (!model)
        return {};
    const QString what = QStringLiteral("%1's %2").arg(model->vendor, provider.model),
                  instead = QStringLiteral("Choose another model.");
    const qint64 left = model->shutdown ? today.daysTo(*model->shutdown) : 0;
    if (model->gone || (model->shutdown && left <= 0))
        return model->shutdown
                   ? QStringLiteral("%1 was shut down on %2; calls may fail, or be served by another model. %3")
                         .arg(what, model->shutdown->toString(Qt::ISODate), instead)
                   : QStringLiteral("%1 has been shut down. %2").arg(what, instead);
    if (model->shutdown && left <= shutdownNoticeDays)
        return QStringLiteral("%1 will be shut down on %2, %3. %4")
            .arg(what, model->shutdown->toString(Qt::ISODate),
                 left == 1 ? QStringLiteral("tomorrow") : QStringLiteral("in %1 days").arg(left), instead);
    return model->deprecated
               ? QStringLiteral("%1 is deprecated by its vendor and may be shut down. %2").arg(what, instead)
               : QString();
}

ConfigIssues modelIssues(const Configuration &configuration, QDate today)
{
    ConfigIssues issues;
    for (qsizetype i = 0; i < configuration.providers.size(); ++i) {
        const ProviderConfig &provider = configuration.providers[i];
        if (const QString warning = provider.enabled ? modelWarning(provider, today) : QString(); !warning.isEmpty())
            issues.append({QStringLiteral("providers[%1].model").arg(i), warning, ConfigIssue::Severity::Warning});
    }
    return issues;
}

} // namespace retryscope
