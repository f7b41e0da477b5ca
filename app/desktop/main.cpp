// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "demo.h"
#include "desktopconfiguration.h"
#include "desktophistory.h"
#include "faultwatch.h"
#include "followplan.h"
#include "gatewayswitch.h"
#include "grab.h"
#include "opening.h"
#include "rehearsal.h"

#include "base/process.h"
#include "base/systemclock.h"
#include "base/userfiles.h"
#include "engine/localengineclient.h"
#include "health/incidentstore.h"
#include "keys/keychainstore.h"
#include "keys/keyring.h"
#include "mainwindow.h"
#include "models/answerkeeper.h"
#include "notices/noticecenter.h"
#include "widgets/rememberedstate.h"
#include "widgets/settingsplace.h"

#include <QApplication>
#include <QCommandLineParser>
#include <QDateTime>
#include <QFileInfo>
#include <QLockFile>
#include <QSettings>
#include <QSslSocket>

#include <dlfcn.h>

#include <clocale>
#include <cstdio>
#include <memory>
#include <thread>

using namespace retryscope;

namespace {

constexpr int descriptorsNeeded =
    64; ///< window system, engine, simulated providers, history, and the connections of a few calls

const QString simulationChosen = QStringLiteral("simulationChosen"), incidentShown = QStringLiteral("incidentShown");

/// Keeps incidents in their file, unless another window does. `locked` after onlyOne.tryLock().
void keepIncidents(MainWindow &window, QLockFile &onlyOne, bool locked)
{
    using Kind = WindowNotice::Kind;
    const auto tell = [&window](Kind kind, const QString &title, const QString &text,
                                std::chrono::milliseconds shown = {}) {
        window.notices().post({QStringLiteral("incidents"), kind, title, text, {}, shown});
    };
    if (!isFileOrMissing(onlyOne.fileName()))
        return tell(Kind::Warning, QObject::tr("Incidents cannot be kept"),
                    QObject::tr("%1 is no regular file. Remove it and start again.").arg(onlyOne.fileName()));
    if (locked) {
        makePrivateFile(onlyOne.fileName());
        return window.keepIncidents(IncidentStore::defaultPath());
    }
    if (onlyOne.error() == QLockFile::LockFailedError)
        return tell(
            Kind::Info, QObject::tr("Retryscope is running already"),
            QObject::tr("This window's incidents live as long as it; the events of both are kept in one history."),
            std::chrono::seconds(20));
    tell(Kind::Warning, QObject::tr("Incidents cannot be kept"),
         QObject::tr("They cannot be written to %1. Check the folder's permissions.")
             .arg(QFileInfo(IncidentStore::defaultPath()).path()));
}

/// On a thread of its own: the lock waits for the disk.
std::jthread lockIncidents(MainWindow &window, QLockFile &onlyOne)
{
    return std::jthread([&window, &onlyOne] {
        makePrivateFolder(userDataFolder());
        const bool locked = isFileOrMissing(onlyOne.fileName()) && onlyOne.tryLock(); // a pipe would be waited for
        QMetaObject::invokeMethod(
            &window, [&window, &onlyOne, locked] { keepIncidents(window, onlyOne, locked); }, Qt::QueuedConnection);
    });
}

/// Quotas and long waits that were found before hold again, and what is found now outlives the window.
void keepBlocks(LocalEngineClient &engine, MainWindow &window)
{
    QObject::connect(&engine, &LocalEngineClient::blocksNotKept, &window, [&window](const QString &problem) {
        if (!problem.isEmpty())
            window.showNotice(problem);
    });
    engine.keepBlocks(defaultBlocksPath());
}

/// Fontconfig, which Qt brings along on X11 and Wayland, reads its files for as long as QApplication takes to be made.
/// What it has read is the process's, and Qt finds it there. Elsewhere there is none of it.
void openFonts()
{
    if (auto *init = reinterpret_cast<int (*)()>(dlsym(RTLD_DEFAULT, "FcInit")))
        init();
}

QString configurationFile(const QCommandLineParser &parser)
{
    return parser.isSet(QStringLiteral("config")) ? parser.value(QStringLiteral("config"))
        : parser.isSet(QStringLiteral("grab")) ? QString() : ConfigurationFile::defaultPath();
}

void describe(QCommandLineParser &parser)
{
    parser.setApplicationDescription(QStringLiteral("Tune, test and watch the retries of LLM calls."));
    parser.addHelpOption();
    parser.addVersionOption();
    parser.addOptions(
        {{QStringLiteral("config"), QStringLiteral("Configuration file."), QStringLiteral("FILE")},
         {QStringLiteral("transport"), QStringLiteral("How the network is reached: qt, or curl (libcurl); default: qt."),
          QStringLiteral("NAME"), QStringLiteral("qt")},
         {QStringLiteral("follow"),
          QStringLiteral("Follow a running gateway, such as http://127.0.0.1:4180, in place of an engine of this window's own."),
          QStringLiteral("URL")},
         {QStringLiteral("token-file"),
          QStringLiteral("With --follow: where the gateway's token stands. Default: RETRYSCOPE_TOKEN, or on this machine "
                         "gateway-token in the user's data folder."),
          QStringLiteral("FILE")},
         {QStringLiteral("ca-file"),
          QStringLiteral("With --follow: PEM file with a certificate to be trusted beside the system's."), QStringLiteral("FILE")},
         {QStringLiteral("demo"), QStringLiteral("Play the scripted incident again.")},
         {QStringLiteral("fresh"),
          QStringLiteral("Start with the window as it comes; what is remembered stays as it is.")},
         {QStringLiteral("grab"), QStringLiteral(
              "Write a picture of every page to FOLDER and end; of the simulated providers, or those of --config."),
          QStringLiteral("FOLDER")},
         {QStringLiteral("grab-sizes"), QStringLiteral("Sizes of the pictures, such as 900x600,1280x800."),
          QStringLiteral("SIZES")},
         {QStringLiteral("grab-scales"), QStringLiteral("Scales of the pictures, such as 1,2."),
          QStringLiteral("SCALES")},
         {QStringLiteral("grab-states"),
          QStringLiteral("What is played before: %1, or all.").arg(grabStates().join(QStringLiteral(", "))),
          QStringLiteral("STATES")},
         {QStringLiteral("grab-themes"), QStringLiteral("light, dark, or both: light,dark."), QStringLiteral("THEMES")},
         {QStringLiteral("grab-pages"), QStringLiteral("Only these pages, such as dashboard,test."),
          QStringLiteral("PAGES")}});
}

} // namespace

int main(int argc, char **argv)
{
    if (const auto problem = prepareProcess(descriptorsNeeded)) {
        std::fprintf(stderr, "%s\n", qPrintable(*problem));
        return 4;
    }
    if (qEnvironmentVariableIsEmpty("QT_QPA_PLATFORM") && qEnvironmentVariableIsEmpty("DISPLAY")
        && qEnvironmentVariableIsEmpty("WAYLAND_DISPLAY")) {
        std::fprintf(
            stderr,
            "There is no display. Use retryscope-cli, or set QT_QPA_PLATFORM=offscreen together with --grab FOLDER.\n");
        return 4;
    }
    std::setlocale(LC_ALL, ""); // as QApplication does: not while numbers are read beside it
    std::jthread fonts(openFonts);
    QApplication app(argc, argv);
    fonts.join();
    QApplication::setOrganizationName(QStringLiteral("retryscope"));
    QApplication::setApplicationName(QStringLiteral("retryscope"));
    QApplication::setDesktopFileName(QStringLiteral("org.retryscope.Retryscope"));
    QApplication::setApplicationVersion(QStringLiteral(RETRYSCOPE_VERSION));
    QCommandLineParser parser;
    describe(parser);
    parser.process(app);
    const auto transport = transportFromKey(parser.value(QStringLiteral("transport")));
    if (!transport) {
        std::fprintf(stderr, "%s\n", qPrintable(transport.error()));
        return 2;
    }
    const bool grabbing = parser.isSet(QStringLiteral("grab"));
    GrabPlan plan;
    plan.folder = parser.value(QStringLiteral("grab"));
    const auto grabOption = [&](const char *name) { return parser.value(QLatin1String(name)); };
    if (const QString wrong =
            readGrabPlan(&plan, grabOption("grab-sizes"), grabOption("grab-scales"), grabOption("grab-states"),
                         grabOption("grab-themes"), grabOption("grab-pages"));
        !wrong.isEmpty()) {
        std::fprintf(stderr, "%s\n", qPrintable(wrong));
        return 2;
    }

    if (parser.isSet(QStringLiteral("follow"))) {
        const auto value = [&](const char *name) { return parser.value(QLatin1String(name)); };
        return follow({value("follow"), value("token-file"), value("ca-file"), parser.isSet(QStringLiteral("fresh")), grabbing, plan});
    }
    const bool homeless =
        userDataFolder().isEmpty() || ConfigurationFile::defaultPath().isEmpty(); // nothing may be written to / then
    const bool fresh = parser.isSet(QStringLiteral("fresh")), demoAsked = parser.isSet(QStringLiteral("demo"));
    const bool forgetful = homeless || fresh || grabbing;
    const SettingsPlace settingsPlace(forgetful ? SettingsPlace::Kind::Scratch : SettingsPlace::Kind::Kept);
    QSettings settings;
    const WithoutFile without =
        grabbing || demoAsked || settings.value(simulationChosen).toBool() ? WithoutFile::Simulate : WithoutFile::Ask;
    const QString file = configurationFile(parser);
    const quint64 seed = quint64(QDateTime::currentMSecsSinceEpoch());
    std::unique_ptr<Rehearsal> rehearsal; // beside the making of the window
    if (!grabbing)
        rehearsal = std::make_unique<Rehearsal>(
            [file, without] {
                return RehearsalPlan{DesktopConfiguration::expected(file, without),
                                     DesktopConfiguration::prices(file).prices};
            },
            rehearsalLength, seed);
    Sandbox sandbox;
    const auto port = sandbox.start();
    if (!port) {
        std::fprintf(stderr, "%s\n", qPrintable(port.error()));
        return 4;
    }
    RememberedState remembered(settings);
    Theme theme(ThemeMode::System);
    LocalEngineClient engine(seed, *transport);
    DesktopConfiguration *inForce = nullptr;
    const auto setFault = [&](const ProviderId &id, Fault fault) {
        for (const ProviderConfig &p : inForce->inForce().providers) {
            if (p.id == id && p.simulated)
                sandbox.setFault(simulatedName(p), {fault, 1.0, {}});
        }
        if (fault == Fault::None)
            engine.release(id); // it is well again, and that is known
    };
    SystemClock keyClock;
    KeychainStore keychain;
    KeyRing keys(keychain, keyClock);
    MainWindow window(engine, setFault, theme);
    window.setKeyRing(keys);
    window.keepAnswers(std::make_unique<AnswerKeeper>(homeless ? QString() : AnswerFile::defaultPath(),
                                                      fresh || grabbing ? AnswerKeeper::Start::Fresh
                                                                        : AnswerKeeper::Start::Continue));
    DesktopHistory history(engine, window);
    const QUrl simulation(QStringLiteral("http://127.0.0.1:%1").arg(*port));
    DesktopConfiguration configuration(file, simulation, without, {engine, window, grabbing || homeless ? nullptr : &history});
    inForce = &configuration;
    configuration.start();
    QLockFile onlyOne(IncidentStore::defaultPath() + QStringLiteral(".lock")); // the file is written whole
    if (grabbing || homeless)
        window.showHistory({.state = HistoryStatus::State::Off,
                            .sentence = grabbing ? QObject::tr("Nothing is kept while pictures are made.")
                                                 : QObject::tr("HOME is not set, so there is no place for it.")});
    if (!grabbing && homeless)
        window.showNotice(QObject::tr("HOME is not set, so nothing is kept: no history, no incidents, no draft. Set "
                                      "it, or name the folders with XDG_CONFIG_HOME and XDG_DATA_HOME."));
    if (!grabbing && !homeless) {
        configuration.keepDraft();
        keepBlocks(engine, window);
        QVector<KnownPlace> places{{QObject::tr("Configuration"), QFileInfo(file).absoluteFilePath()},
                                   {QObject::tr("Incidents"), IncidentStore::defaultPath()},
                                   {QObject::tr("What is blocked until when"), defaultBlocksPath()}};
        if (!fresh)
            places += {{QObject::tr("Prompts and answers, where that is switched on"), AnswerFile::defaultPath()},
                       {QObject::tr("This window: theme, place, columns"), settings.fileName()}};
        window.setPlaces(places);
    }
    if (parser.isSet(QStringLiteral("config")) && !QFileInfo::exists(file))
        window.showNotice(
            (without == WithoutFile::Simulate
                 ? QObject::tr("%1 does not exist yet. The simulated providers are used; Apply writes it.")
                 : QObject::tr("%1 does not exist yet. Add a provider; Apply writes it."))
                .arg(file));

    const auto inForceNow = [&configuration]() -> const Configuration & { return configuration.inForce(); };
    Demo demo({engine, window, sandbox, inForceNow});
    const FaultWatch faults(sandbox, window, inForceNow);
    const GatewaySwitch gateway(engine, window);
    QObject::connect(&window, &MainWindow::gatewayFollowRequested, &window,
                     [&window](const QString &url, const QString &token) { followInAnotherWindow(window, url, token); });
    if (grabbing) {
        configuration.open();
        const auto begin = [&] {
            const SystemClock clock;
            const RehearsalPlan played{inForceNow(), DesktopConfiguration::prices(file).prices};
            engine.replay(rehearse(played, rehearsalLength, clock.now(), clock.wallNow(), seed));
            demo.startTraffic();
        };
        return grab(plan, window, theme, {setFault, begin});
    }
    const auto showIncident = [&] {
        if (demoAsked || !settings.value(incidentShown).toBool()) {
            settings.setValue(incidentShown, true);
            demo.playIncident(std::chrono::seconds(8));
        }
    };
    if (without == WithoutFile::Simulate)
        showIncident();
    QObject::connect(&window, &MainWindow::simulationRequested, &window, [&] {
        if (!configuration.playSimulation())
            return;
        settings.setValue(simulationChosen, true);
        window.showPage(MainWindow::Dashboard);
        showIncident();
    });
    window.remember(remembered);
    Opening opening({engine, window, inForceNow}, std::move(rehearsal), seed, simulation);
    std::jthread tls, lock;
    QObject::connect(&opening, &Opening::begun, &window, [&tls] { // opens its library, which the engine would wait for
        tls = std::jthread([] { QSslSocket::supportsSsl(); });
    });
    QObject::connect(&opening, &Opening::begun, &demo, &Demo::startTraffic);
    QObject::connect(&opening, &Opening::opened, &window, [&] {
        configuration.open();
        window.useDesktopNotices();
        if (!homeless)
            lock = lockIncidents(window, onlyOne);
    });
    return app.exec();
}
