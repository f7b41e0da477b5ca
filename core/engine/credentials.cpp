// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "engine/credentials.h"

#include <algorithm>

namespace retryscope {

Expected<QByteArray, KeyProblem> resolveKey(const ProviderConfig &provider)
{
    const QString variable = provider.keyReference.startsWith(QLatin1String("env:")) ? provider.keyReference.mid(4) : QString();
    if (variable.isEmpty())
        return QByteArray();
    const QByteArray key = qgetenv(variable.toLatin1().constData()).trimmed();
    if (key.isEmpty())
        return Unexpected{KeyProblem{KeyProblem::Kind::NotSet,
            QStringLiteral("The environment variable %1, which should hold the key, is not set. Set it and start the program again.").arg(variable)}};
    if (std::any_of(key.begin(), key.end(), [](char c) { return uchar(c) < 0x20 || c == 0x7f; }))
        return Unexpected{KeyProblem{KeyProblem::Kind::ControlCharacter,
            QStringLiteral("The key in the environment variable %1 holds a line break or another control character. Set it to the key alone.").arg(variable)}};
    return key;
}

ConfigIssues keyIssues(const Configuration &configuration)
{
    ConfigIssues issues;
    for (qsizetype i = 0; i < configuration.providers.size(); ++i) {
        const ProviderConfig &provider = configuration.providers[i];
        if (!provider.enabled || provider.simulated)
            continue;
        if (const auto key = resolveKey(provider); !key)
            issues.append({QStringLiteral("providers[%1].key").arg(i), key.error().sentence + QStringLiteral(" Until then %1 is not asked.").arg(provider.id), ConfigIssue::Severity::Warning});
    }
    return issues;
}

} // namespace retryscope
