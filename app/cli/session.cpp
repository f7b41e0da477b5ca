// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "session.h"

#include "terminal.h"

#include <QDateTime>
#include <QEventLoop>
#include <QJsonDocument>
#include <QTimer>

namespace retryscope::cli {

std::optional<int> parse(QCommandLineParser &parser, const QStringList &arguments)
{
    const QCommandLineOption help = parser.addHelpOption();
    if (!parser.parse(QStringList{QStringLiteral("retryscope-cli ") + arguments.first()} + arguments.mid(1))) {
        err(parser.errorText() + QStringLiteral(" retryscope-cli %1 --help lists the options.").arg(arguments.first()));
        return Usage;
    }
    if (!parser.isSet(help))
        return std::nullopt;
    return out(parser.helpText().replace(QStringLiteral("retryscope-cli [options]"), QStringLiteral("retryscope-cli %1 [options]").arg(arguments.first()))) ? Ok : OutputClosed;
}

bool printIssues(const ConfigIssues &issues, const QString &file)
{
    for (const ConfigIssue &issue : issues) {
        const bool error = issue.severity == ConfigIssue::Severity::Error;
        err(QStringLiteral("%1: %2: %3: %4").arg(file, error ? QStringLiteral("error") : QStringLiteral("warning"), issue.where, issue.message));
    }
    return hasErrors(issues);
}

QString line(const QJsonObject &object) { return QString::fromUtf8(QJsonDocument(object).toJson(QJsonDocument::Compact)) + QLatin1Char('\n'); }

void pollUntil(QEventLoop &loop, QTimer &timer, std::function<bool()> each)
{
    QObject::connect(&timer, &QTimer::timeout, &loop, [&loop, each] { if (each()) loop.quit(); });
    timer.start(50);
}

std::optional<int> Session::open(const QString &configFile, bool forceSandbox)
{
    if (!configFile.isEmpty()) {
        LoadedConfiguration loaded = loadConfiguration(configFile);
        if (printIssues(loaded.issues, configFile))
            return BadConfiguration;
        configuration = loaded.configuration;
    }
    const bool needed = configFile.isEmpty() || forceSandbox
        || std::any_of(configuration.providers.begin(), configuration.providers.end(), [](const ProviderConfig &p) { return p.simulated && p.enabled; });
    if (needed) {
        sandbox = std::make_unique<Sandbox>();
        const auto port = sandbox->start();
        if (!port) {
            err(port.error());
            return CannotStart;
        }
        const QUrl root(QStringLiteral("http://127.0.0.1:%1").arg(*port));
        if (configFile.isEmpty() || forceSandbox)
            configuration.providers = simulatedProviders(root);
        bindToSandbox(&configuration.providers, root);
    }
    engine = std::make_unique<LocalEngineClient>(quint64(QDateTime::currentMSecsSinceEpoch()));
    LoadedPrices loaded = loadPrices(configFile.isEmpty() ? QString() : pricesFileBeside(configFile));
    if (printIssues(loaded.issues, pricesFileBeside(configFile)))
        err(QStringLiteral("The built-in prices are used."));
    engine->setPrices(loaded.prices);
    engine->apply(configuration);
    return std::nullopt;
}

} // namespace retryscope::cli
