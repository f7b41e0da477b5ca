// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "crashtest/stage.h"

#include "base/text.h"
#include "config/providerfields.h"
#include "engine/targets.h"
#include "policy/casefold.h"
#include "protocols/registry.h"

#include <QMap>
#include <QMutex>
#include <QRegularExpression>

#include <algorithm>

namespace retryscope {
namespace {

constexpr char standIn[] = "crash-test-key"; ///< what is sent in place of every key

/// A reference to a variable that holds the stand-in. They are set once, and stay.
QString standInReference(int number)
{
    static QMutex mutex;
    QMutexLocker lock(&mutex);
    const QByteArray name = "RETRYSCOPE_CRASHTEST_KEY_" + QByteArray::number(number);
    if (!qEnvironmentVariableIsSet(name.constData()))
        qputenv(name.constData(), standIn);
    return QStringLiteral("env:") + QString::fromLatin1(name);
}

/// Stand-ins for keys: one for each key at each host, so that accounts stay as many as they are.
class StandIns
{
public:
    QString of(const QString &reference, const QUrl &host)
    {
        if (reference.isEmpty())
            return {};
        const QString key = reference + QLatin1Char('@') + host.authority();
        if (!m_known.contains(key))
            m_known[key] = standInReference(int(m_known.size()) + 1);
        return m_known[key];
    }

private:
    QMap<QString, QString> m_known;
};

bool mayHoldSecret(const QString &name, const QString &value)
{
    static const QRegularExpression telling(QStringLiteral("key|token|secret|auth|passw|cookie|signature"),
                                            QRegularExpression::CaseInsensitiveOption);
    return isReference(value) || keyHeaders().contains(name.toLower()) || name.contains(telling);
}

QMap<QString, QString> withoutSecrets(QMap<QString, QString> values)
{
    for (auto it = values.begin(); it != values.end(); ++it) {
        if (!it->isEmpty() && mayHoldSecret(it.key(), *it))
            *it = QLatin1String(standIn);
    }
    return values;
}

/// On the stage all have one host. A rule for the first provider's holds for all, one for another's for none.
void moveRules(OwnRules *rules, std::string_view firstHost)
{
    for (OwnRule &rule : *rules) {
        if (!rule.host.empty() && fitsWildcardFolded(rule.host, firstHost))
            rule.host.clear();
    }
}

} // namespace

Stage stageFor(const Configuration &configuration, const QUrl &root)
{
    Stage stage;
    StandIns standIns;
    stage.configuration = configuration;
    stage.configuration.providers.clear();
    stage.configuration.routes.clear();
    stage.configuration.reporting = {};
    stage.configuration.fleet.clear();
    stage.configuration.history.clear();
    stage.chain = enabledProviders(configuration);
    if (!stage.chain.isEmpty())
        moveRules(&stage.configuration.rules, toUtf8(findProvider(configuration, stage.chain.first())->baseUrl.host()));
    for (const ProviderId &id : stage.chain) {
        const ProviderConfig *given = findProvider(configuration, id);
        ProviderConfig p = *given;
        const QUrl host = p.baseUrl;
        const QString name = QStringLiteral("%1-%2").arg(toKey(p.protocol)).arg(stage.names.size() + 1);
        p.baseUrl = root;
        p.baseUrl.setPath(QLatin1Char('/') + name + QLatin1String(wireOf(p.protocol).servedPath));
        p.keyReference = standIns.of(p.keyReference, host);
        for (QString &key : p.keys)
            key = standIns.of(key, host);
        p.headers = withoutSecrets(p.headers);
        p.query = withoutSecrets(p.query);
        p.proxy = QStringLiteral("none");
        p.caFile.clear();
        stage.inFile << int(given - configuration.providers.constData());
        stage.names << name;
        stage.keys << std::max(1, int(p.keys.size()) + (p.keyReference.isEmpty() ? 0 : 1));
        stage.configuration.providers.append(p);
    }
    return stage;
}

Duration shortestLimit(const Configuration &configuration)
{
    const RetryConfig &c = configuration.retry;
    Duration shortest = std::min({c.connectTimeout, c.firstTokenTimeout, c.idleTimeout, c.attemptTimeout, c.deadline});
    const auto look = [&shortest](const ProviderTimes &times) {
        for (const std::optional<Duration> &time : {times.connect, times.firstToken, times.idle, times.attempt})
            shortest = std::min(shortest, time.value_or(shortest));
    };
    for (const ProviderConfig &p : configuration.providers) {
        if (!p.enabled)
            continue;
        look(p.times);
        for (const ProviderTimes &times : p.modelTimes)
            look(times);
    }
    return shortest;
}

} // namespace retryscope
