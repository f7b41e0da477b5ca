// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "desktophistory.h"

#include "base/process.h"
#include "base/userfiles.h"
#include "engine/localengineclient.h"
#include "mainwindow.h"
#include "health/incidentstore.h"

#include <QApplication>
#include <QCommandLineParser>
#include <QDir>
#include <QFileInfo>
#include <QFileSystemWatcher>
#include <QLockFile>
#include <QLoggingCategory>
#include <QSettings>
#include <QStandardPaths>
#include <QTimer>

#include <cstdio>

using namespace retryscope;

namespace {

constexpr int descriptorsNeeded = 64; ///< window system, engine, simulated providers, history, and the connections of a few calls

Q_LOGGING_CATEGORY(startLog, "retryscope.start", QtWarningMsg)

/// Says on the log (QT_LOGGING_RULES=retryscope.start.info=true) that the first page is painted; tests/bench waits for it.
class FirstPaint final : public QObject
{
public:
    explicit FirstPaint(QWidget &window) : QObject(&window), m_window(window) { window.installEventFilter(this); }
    bool eventFilter(QObject *, QEvent *event) override
    {
        if (event->type() == QEvent::Paint) {
            m_window.removeEventFilter(this);
            QMetaObject::invokeMethod(this, [] { qCInfo(startLog, "first page painted"); }, Qt::QueuedConnection);
        }
        return false;
    }

private:
    QWidget &m_window;
};

struct App
{
    QString file;
    Configuration configuration;
    QUrl root;
    LocalEngineClient *engine;
    MainWindow *window;
    DesktopHistory *history;
    QByteArray written; ///< what we saved last: its change on disk is not news

    void load()
    {
        QFile probe(file);
        if (!probe.exists()) {
            configuration.providers = simulatedProviders(root);
        } else {
            LoadedConfiguration loaded = loadConfiguration(file);
            if (hasErrors(loaded.issues)) {
                QStringList lines;
                for (const ConfigIssue &issue : loaded.issues)
                    lines << QStringLiteral("%1: %2").arg(issue.where, issue.message);
                window->showNotice(QObject::tr("%1 has errors and was not applied:\n%2").arg(file, lines.mid(0, 6).join(QLatin1Char('\n'))));
                if (configuration.providers.isEmpty())
                    configuration.providers = simulatedProviders(root);
            } else {
                configuration = loaded.configuration;
                window->showNotice({});
            }
        }
        bindToSandbox(&configuration.providers, root);
        const LoadedPrices prices = loadPrices(pricesFileBeside(file));
        if (!prices.issues.isEmpty())
            window->showNotice(QObject::tr("%1: %2: %3").arg(pricesFileBeside(file), prices.issues.first().where, prices.issues.first().message));
        engine->setPrices(prices.prices);
        if (history) // before the first event
            history->open(configuration.history);
        engine->apply(configuration);
        window->setConfiguration(configuration);
    }
    void save(const Configuration &next)
    {
        configuration = next;
        if (history)
            history->open(next.history);
        written = toJson(next);
        QDir().mkpath(QFileInfo(file).path());
        const auto saved = saveConfiguration(next, file);
        window->showNotice(saved ? QString() : saved.error());
    }
};

void sendSample(EngineClient &engine) { engine.send(Prompt{QStringLiteral("Say in one sentence why retries need jitter."), {}, {}, 128, true}, {}); }

/// Plays an incident and writes a picture of every page, in both themes.
int grab(const QString &folder, MainWindow &window, Theme &theme, const std::function<void(Fault)> &fault)
{
    if (!QDir().mkpath(folder)) {
        std::fprintf(stderr, "The folder %s cannot be made.\n", qPrintable(folder));
        return 4;
    }
    const auto wait = [](int ms) { QEventLoop loop; QTimer::singleShot(ms, &loop, &QEventLoop::quit); loop.exec(); };
    window.show();
    wait(6000);
    fault(Fault::RateLimit);
    wait(6000);
    fault(Fault::None);
    window.findChild<QWidget *>(QStringLiteral("sendButton"))->setFocus();
    QMetaObject::invokeMethod(window.findChild<QWidget *>(QStringLiteral("sendButton")), "click");
    wait(3000);
    static constexpr std::array names{"dashboard", "test", "tune", "events", "incidents"};
    for (const auto mode : {ThemeMode::Dark, ThemeMode::Light}) {
        theme.setMode(mode);
        for (int page = 0; page < MainWindow::PageCount; ++page) {
            window.showPage(page);
            wait(200);
            const QString path = QStringLiteral("%1/%2-%3.png").arg(folder, QLatin1String(names[std::size_t(page)]), mode == ThemeMode::Dark ? QStringLiteral("dark") : QStringLiteral("light"));
            if (!window.grab().save(path)) {
                std::fprintf(stderr, "%s could not be written.\n", qPrintable(path));
                return 4;
            }
        }
    }
    std::printf("Pictures of every page are in %s\n", qPrintable(QDir(folder).absolutePath()));
    return 0;
}

} // namespace

int main(int argc, char **argv)
{
    auto problem = prepareProcess(descriptorsNeeded);
    if (!problem && userDataFolder().isEmpty())
        problem = noDataFolder(QStringLiteral("What the window keeps"));
    if (problem) {
        std::fprintf(stderr, "%s\n", qPrintable(*problem));
        return 4;
    }
    if (qEnvironmentVariableIsEmpty("QT_QPA_PLATFORM") && qEnvironmentVariableIsEmpty("DISPLAY") && qEnvironmentVariableIsEmpty("WAYLAND_DISPLAY")) {
        std::fprintf(stderr, "There is no display. Use retryscope-cli, or set QT_QPA_PLATFORM=offscreen together with --grab FOLDER.\n");
        return 4;
    }
    QApplication app(argc, argv);
    QApplication::setOrganizationName(QStringLiteral("retryscope"));
    QApplication::setApplicationName(QStringLiteral("retryscope"));
    QApplication::setApplicationVersion(QStringLiteral(RETRYSCOPE_VERSION));
    QCommandLineParser parser;
    parser.setApplicationDescription(QStringLiteral("Tune, test and watch the retries of LLM calls."));
    parser.addHelpOption();
    parser.addVersionOption();
    parser.addOptions({{QStringLiteral("config"), QStringLiteral("Configuration file."), QStringLiteral("FILE")},
                       {QStringLiteral("demo"), QStringLiteral("Play the scripted incident again.")},
                       {QStringLiteral("grab"), QStringLiteral("Write a picture of every page to FOLDER and end."), QStringLiteral("FOLDER")}});
    parser.process(app);
    const bool grabbing = parser.isSet(QStringLiteral("grab"));

    Sandbox sandbox;
    const auto port = sandbox.start();
    if (!port) {
        std::fprintf(stderr, "%s\n", qPrintable(port.error()));
        return 4;
    }
    QSettings settings;
    Theme theme(ThemeMode::System);
    LocalEngineClient engine(quint64(QDateTime::currentMSecsSinceEpoch()));
    const auto setFault = [&](const ProviderId &id, Fault fault) { sandbox.setFault(id, {fault, 1.0, {}}); };
    MainWindow window(engine, setFault, theme);
    DesktopHistory history(engine, window);
    const QString defaultFile = QStandardPaths::writableLocation(QStandardPaths::AppConfigLocation) + QStringLiteral("/config.json");
    App state{parser.isSet(QStringLiteral("config")) ? parser.value(QStringLiteral("config")) : defaultFile, {}, QUrl(QStringLiteral("http://127.0.0.1:%1").arg(*port)), &engine, &window, grabbing ? nullptr : &history, {}};
    if (grabbing)
        state.file = QStringLiteral("/nonexistent");
    state.load();
    QLockFile onlyOne(IncidentStore::defaultPath() + QStringLiteral(".lock")); // the file is written whole
    if (!grabbing) {
        window.useDesktopNotices();
        makePrivateFolder(userDataFolder());
        const bool isFile = isFileOrMissing(onlyOne.fileName()); // a pipe would be waited for
        if (isFile && onlyOne.tryLock()) {
            makePrivateFile(onlyOne.fileName());
            window.keepIncidents(IncidentStore::defaultPath());
        } else if (!isFile)
            window.showNotice(QObject::tr("Incidents cannot be kept: %1 is no regular file. Remove it and start again.").arg(onlyOne.fileName()));
        else if (onlyOne.error() == QLockFile::LockFailedError)
            window.showNotice(QObject::tr("Retryscope is running already. This window's incidents live as long as it; the events of both are kept in one history."));
        else
            window.showNotice(QObject::tr("Incidents cannot be kept in %1. Check the folder's permissions.").arg(QFileInfo(IncidentStore::defaultPath()).path()));
    }
    if (parser.isSet(QStringLiteral("config")) && !QFileInfo::exists(state.file))
        window.showNotice(QObject::tr("%1 does not exist yet. The simulated providers are used; Apply on the Tune page writes it.").arg(state.file));
    QObject::connect(&window, &MainWindow::configurationApplied, &window, [&](const Configuration &next) { state.save(next); });

    QFileSystemWatcher watcher;
    const auto watch = [&] {
        if (QFileInfo::exists(state.file) && !watcher.files().contains(state.file))
            watcher.addPath(state.file);
        if (QDir(QFileInfo(state.file).path()).exists() && watcher.directories().isEmpty())
            watcher.addPath(QFileInfo(state.file).path());
    };
    const auto changed = [&] {
        watch();
        QFile file(state.file);
        if (file.open(QIODevice::ReadOnly) && file.readAll() != state.written) {
            state.written.clear();
            state.load();
        }
    };
    QObject::connect(&watcher, &QFileSystemWatcher::fileChanged, &window, changed);
    QObject::connect(&window, &MainWindow::configurationApplied, &window, watch);
    watch();

    // Gentle traffic on the simulated providers, so that the window is never empty. Real ones are never asked unbidden.
    QTimer traffic;
    QObject::connect(&traffic, &QTimer::timeout, &window, [&] {
        const auto &providers = state.configuration.providers;
        if (std::all_of(providers.begin(), providers.end(), [](const ProviderConfig &p) { return p.simulated || !p.enabled; }))
            sendSample(engine);
    });
    traffic.start(500);
    if (grabbing)
        return grab(parser.value(QStringLiteral("grab")), window, theme, [&](Fault fault) { setFault(QStringLiteral("openai"), fault); });
    if (parser.isSet(QStringLiteral("demo")) || !settings.value(QStringLiteral("incidentShown")).toBool()) {
        settings.setValue(QStringLiteral("incidentShown"), true);
        QTimer::singleShot(std::chrono::seconds(8), &window, [&] { sandbox.setFault(QStringLiteral("openai"), {Fault::RateLimit, 1.0, 12s}); });
    }
    window.restoreGeometry(settings.value(QStringLiteral("geometry")).toByteArray());
    QObject::connect(&app, &QApplication::aboutToQuit, &window, [&] { settings.setValue(QStringLiteral("geometry"), window.saveGeometry()); });
    new FirstPaint(window);
    window.show();
    return app.exec();
}
