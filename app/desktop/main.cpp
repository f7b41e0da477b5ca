// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "desktopconfiguration.h"
#include "desktophistory.h"
#include "firstpaint.h"
#include "grab.h"

#include "engine/localengineclient.h"
#include "mainwindow.h"
#include "telemetry/incidentstore.h"

#include <QApplication>
#include <QCommandLineParser>
#include <QDir>
#include <QFileInfo>
#include <QLockFile>
#include <QSettings>
#include <QTemporaryDir>
#include <QTimer>

#include <cstdio>
#include <memory>

using namespace retryscope;

namespace {

void sendSample(EngineClient &engine) { engine.send(Prompt{QStringLiteral("Say in one sentence why retries need jitter."), {}, {}, 128, true}, {}); }

} // namespace

int main(int argc, char **argv)
{
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
    const bool homeless = ConfigurationFile::defaultPath().isEmpty(); // nothing may be written to / then
    const auto settingsFolder = homeless ? std::make_unique<QTemporaryDir>() : nullptr;
    if (homeless)
        QSettings::setPath(QSettings::NativeFormat, QSettings::UserScope, settingsFolder->path());
    QSettings settings;
    Theme theme(ThemeMode::System);
    LocalEngineClient engine(quint64(QDateTime::currentMSecsSinceEpoch()));
    const auto setFault = [&](const ProviderId &id, Fault fault) { sandbox.setFault(id, {fault, 1.0, {}}); };
    MainWindow window(engine, setFault, theme);
    DesktopHistory history(engine, window);
    const QString file = grabbing ? QString() : parser.isSet(QStringLiteral("config")) ? parser.value(QStringLiteral("config")) : ConfigurationFile::defaultPath();
    DesktopConfiguration configuration(file, QUrl(QStringLiteral("http://127.0.0.1:%1").arg(*port)), {engine, window, grabbing || homeless ? nullptr : &history});
    configuration.start();
    QLockFile onlyOne(IncidentStore::defaultPath() + QStringLiteral(".lock")); // the file is written whole
    if (!grabbing)
        window.useDesktopNotices();
    if (!grabbing && homeless)
        window.showNotice(QObject::tr("HOME is not set, so nothing is kept: no history, no incidents, no draft. Set it, or name the folders with XDG_CONFIG_HOME and XDG_DATA_HOME."));
    if (!grabbing && !homeless) {
        configuration.keepDraft();
        QDir().mkpath(QFileInfo(IncidentStore::defaultPath()).path());
        if (onlyOne.tryLock())
            window.keepIncidents(IncidentStore::defaultPath());
        else if (onlyOne.error() == QLockFile::LockFailedError)
            window.showNotice(QObject::tr("Retryscope is running already. This window's incidents live as long as it; the events of both are kept in one history."));
        else
            window.showNotice(QObject::tr("Incidents cannot be kept in %1. Check the folder's permissions.").arg(QFileInfo(IncidentStore::defaultPath()).path()));
    }
    if (parser.isSet(QStringLiteral("config")) && !QFileInfo::exists(file))
        window.showNotice(QObject::tr("%1 does not exist yet. The simulated providers are used; Apply on the Tune page writes it.").arg(file));

    // Gentle traffic on the simulated providers, so that the window is never empty. Real ones are never asked unbidden.
    QTimer traffic;
    QObject::connect(&traffic, &QTimer::timeout, &window, [&] {
        const auto &providers = configuration.inForce().providers;
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
