// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "session.h"

#include "base/timeformat.h"
#include "keys.h"
#include "playedfault.h"
#include "sandboxinput.h"
#include "terminal.h"

#include "base/userfiles.h"
#include "engine/credentials.h"
#include "engine/targets.h"
#include "words/faultwords.h"

#include <QDateTime>
#include <QEventLoop>
#include <QJsonDocument>
#include <QRegularExpression>
#include <QTimer>

#include <algorithm>
#include <array>

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
    return out(parser.helpText().replace(QStringLiteral("retryscope-cli [options]"),
                                         QStringLiteral("retryscope-cli %1 [options]").arg(arguments.first())))
               ? Ok
               : OutputClosed;
}

std::optional<int> refuseWords(const QCommandLineParser &parser, const char *command)
{
    const QStringList words = parser.positionalArguments();
    if (words.isEmpty())
        return std::nullopt;
    err(QStringLiteral("\"%1\" is no option. retryscope-cli %2 --help lists them.")
            .arg(words.first(), QLatin1String(command)));
    return Usage;
}

/// Where in the file, for a line that begins with the file's name; empty for all of it.
static QString placeWithin(const QString &file, const QString &where)
{
    if (where == file)
        return {};
    const QString whole = QStringLiteral("(file)"), rest = where.startsWith(whole) ? where.mid(whole.size()) : where;
    return rest.startsWith(QStringLiteral(", ")) ? rest.mid(2) : rest;
}

bool printIssues(const ConfigIssues &issues, const QString &file)
{
    for (const ConfigIssue &issue : issues) {
        const bool error = issue.severity == ConfigIssue::Severity::Error;
        const QString place = placeWithin(file, issue.where);
        const QString where = place.isEmpty() ? QString() : place + QStringLiteral(": ");
        err(QStringLiteral("%1: %2: %3%4")
                .arg(file, error ? QStringLiteral("error") : QStringLiteral("warning"), where, issue.message),
            error ? Priority::Error : Priority::Warning);
    }
    return hasErrors(issues);
}

QString line(const QJsonObject &object)
{
    return QString::fromUtf8(QJsonDocument(object).toJson(QJsonDocument::Compact)) + QLatin1Char('\n');
}

void pollUntil(QEventLoop &loop, QTimer &timer, std::function<bool()> each)
{
    QObject::connect(&timer, &QTimer::timeout, &loop, [&loop, each] { if (each()) loop.quit(); });
    timer.start(50);
}

std::optional<QString> unknownProvider(const Configuration &configuration, const QStringList &ids)
{
    for (const QString &id : ids) {
        const bool known = std::any_of(configuration.providers.begin(), configuration.providers.end(),
                                       [&](const ProviderConfig &p) { return p.id == id && p.enabled; });
        if (!known)
            return id;
    }
    return std::nullopt;
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
                        || std::any_of(configuration.providers.begin(), configuration.providers.end(),
                                       [](const ProviderConfig &p) { return p.simulated && p.enabled; });
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
    readKeys(keychainNames(configuration));
    engine = std::make_unique<LocalEngineClient>(quint64(QDateTime::currentMSecsSinceEpoch()), transport);
    LoadedPrices loaded = loadPrices(configFile.isEmpty() ? QString() : pricesFileBeside(configFile));
    if (printIssues(loaded.issues, pricesFileBeside(configFile)))
        err(QStringLiteral("The built-in prices are used."));
    prices = loaded.prices;
    engine->setPrices(prices);
    Catalogue::readAhead();
    recorder = std::make_unique<HistoryRecorder>(engine->run());
    engine->observe(recorder->observer());
    recorder->open(configuration.history);
    const auto isReal = [](const ProviderConfig &p) { return p.enabled && !p.simulated; };
    if (const QString file = defaultBlocksPath();
        !file.isEmpty() && std::any_of(configuration.providers.begin(), configuration.providers.end(), isReal)) {
        QObject::connect(engine.get(), &LocalEngineClient::blocksNotKept, engine.get(), [](const QString &problem) {
            if (!problem.isEmpty())
                err(problem);
        });
        engine->keepBlocks(file);
    }
    engine->apply(configuration);
    return std::nullopt;
}

QString Session::chooseTransport(const QString &key)
{
    const auto kind = transportFromKey(key);
    if (!kind)
        return kind.error();
    transport = *kind;
    return {};
}

QString Session::setFaults(const QStringList &options)
{
    for (const QString &option : options) {
        if (const QString problem = setFault(option); !problem.isEmpty())
            return QStringLiteral("--fault %1: %2").arg(option.left(100), problem); // there may be several
    }
    return {};
}

QString Session::setFault(const QString &option)
{
    const QString name = option.section(QLatin1Char('='), 0, 0);
    const auto &all = configuration.providers;
    const auto named = [&](const auto &isIt) {
        return std::find_if(all.begin(), all.end(), [&](const ProviderConfig &p) { return p.enabled && isIt(p); });
    };
    auto meant = named([&](const ProviderConfig &p) { return p.id == name; });
    if (meant == all.end()) // what the sandbox calls it
        meant = named([&](const ProviderConfig &p) { return p.simulated && simulatedName(p) == name; });
    const bool isWhole = !name.isEmpty() && name.size() < option.size();
    if (meant == all.end() && isWhole) {
        QStringList ids;
        for (const ProviderConfig &p : all) {
            if (p.enabled)
                ids << p.id;
        }
        return QStringLiteral("\"%1\" is no enabled provider of this configuration. There are %2.")
            .arg(name.left(100), ids.join(QStringLiteral(", ")));
    }
    if (!isWhole || meant->simulated) {
        const auto given = faultFromOption(option);
        if (!given)
            return given.error();
        sandbox->setFault(simulatedName(*meant), given->second);
        return {};
    }
    const auto plan = playedFaultFromText(option.section(QLatin1Char('='), 1));
    if (!plan)
        return plan.error();
    engine->playFault(meant->id, *plan);
    err(QStringLiteral("On purpose: %1, for %2. The provider is not to blame.")
            .arg(standingFaultText({meant->id, *plan, {}}, meant->name.isEmpty() ? meant->id : meant->name),
                 formatDuration(plan->lasting)));
    return {};
}

void Session::close()
{
    if (!recorder)
        return;
    const HistoryEnd end = recorder->close(std::chrono::seconds(3));
    if (end.unwritten > 0)
        err(QStringLiteral("%1 event(s) could not be written to the history. The call is not affected. %2")
                .arg(end.unwritten)
                .arg(end.sentence)
                .trimmed());
}

QString noCallsYet() { return QStringLiteral("No calls yet. retryscope-cli send \"Hello\" makes one.\n"); }

Expected<std::unique_ptr<HistoryArchive>, int> openPast(const QString &configFile)
{
    Configuration configuration;
    if (!configFile.isEmpty()) {
        LoadedConfiguration loaded = loadConfiguration(configFile);
        if (printIssues(loaded.issues, configFile))
            return Unexpected{int(BadConfiguration)};
        configuration = loaded.configuration;
    }
    const auto location = historyLocationFromText(configuration.history);
    if (!location || location->kind == HistoryLocation::Kind::Off) {
        err(QStringLiteral("The history is off: the configuration's line \"history\" says so."));
        return Unexpected{int(CannotStart)};
    }
    if (location->kind == HistoryLocation::Kind::Sqlite && location->toText().isEmpty()) {
        err(noDataFolder(QStringLiteral("The history")));
        return Unexpected{int(CannotStart)};
    }
    auto archive = std::make_unique<HistoryArchive>(*location);
    if (!archive->exists())
        return archive;
    if (const QString problem = archive->open(); !problem.isEmpty()) {
        err(problem.section(QStringLiteral(" Calls go on"), 0, 0));
        return Unexpected{int(CannotStart)};
    }
    return archive;
}

std::optional<WallTime> since(const QString &text)
{
    static const QRegularExpression ago(QStringLiteral("^(\\d{1,6})([smhd])$"));
    const auto now = std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
    if (const auto match = ago.match(text); match.hasMatch()) {
        static constexpr std::array<std::pair<char, qint64>, 4> units{
            {{'s', 1}, {'m', 60}, {'h', 3'600}, {'d', 86'400}}};
        for (const auto &[unit, seconds] : units) {
            if (match.captured(2) == QLatin1Char(unit))
                return now - std::chrono::seconds(match.captured(1).toLongLong() * seconds);
        }
    }
    const QDateTime time = QDateTime::fromString(text, Qt::ISODateWithMs);
    return time.isValid() ? std::optional(WallTime(std::chrono::milliseconds(time.toMSecsSinceEpoch()))) : std::nullopt;
}

} // namespace retryscope::cli
