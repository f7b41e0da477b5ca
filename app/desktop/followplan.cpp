// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "followplan.h"

#include "firstpaint.h"

#include "base/userfiles.h"
#include "engine/remoteengineclient.h"
#include "following.h"
#include "gateway/caller.h"
#include "mainwindow.h"
#include "notices/noticecenter.h"
#include "widgets/rememberedstate.h"
#include "widgets/settingsplace.h"

#include <QApplication>
#include <QFileInfo>
#include <QHostAddress>
#include <QProcess>
#include <QSettings>

#include <cstdio>
#include <memory>

namespace retryscope {
namespace {

constexpr const char *tokenVariable = "RETRYSCOPE_TOKEN";

QString tr(const char *text) { return QCoreApplication::translate("retryscope::following", text); }

/// Of the file that is named, the environment, or the user's own file where the gateway is on this machine. The error is a
/// sentence.
Expected<QByteArray, QString> tokenFor(const QUrl &url, const QString &named)
{
    if (named.isEmpty() && qEnvironmentVariableIsSet(tokenVariable)) {
        const QByteArray given = qgetenv(tokenVariable);
        if (isToken(given))
            return given;
        return Unexpected{
            tr("The environment variable RETRYSCOPE_TOKEN holds no token: at least %1 characters without spaces are "
               "one.")
                .arg(shortestToken)};
    }
    const bool here = url.host() == QLatin1String("localhost") || QHostAddress(url.host()).isLoopback();
    const QString file = !named.isEmpty() ? named : here ? defaultTokenFile() : QString();
    if (file.isEmpty())
        return Unexpected{tr("The token of %1 is not known. Name a file that holds it with --token-file, or give it in "
                             "RETRYSCOPE_TOKEN.")
                              .arg(url.host())};
    if (!QFileInfo::exists(file)) // where there is none, none is made: it would be another's
        return Unexpected{
            tr("There is no token in %1. It is made where the gateway is started first; name its file with "
               "--token-file, or give the token in RETRYSCOPE_TOKEN.")
                .arg(file)};
    return gatewayToken(file);
}

/// What the lines of the Gateway page may name.
QString knownTokenFile(const FollowPlan &plan)
{
    return !plan.tokenFile.isEmpty() || qEnvironmentVariableIsSet(tokenVariable) ? plan.tokenFile : defaultTokenFile();
}

} // namespace

int follow(const FollowPlan &plan)
{
    const QUrl url(plan.url, QUrl::StrictMode);
    QString problem = followProblem(url);
    const auto token = problem.isEmpty() ? tokenFor(url, plan.tokenFile) : Unexpected{problem};
    if (!token) {
        std::fprintf(stderr, "%s\n", qPrintable(token.error()));
        return 2;
    }
    const bool homeless = userDataFolder().isEmpty(); // nothing may be written to / then
    const bool forgetful = homeless || plan.fresh || plan.grabbing;
    const SettingsPlace settingsPlace(forgetful ? SettingsPlace::Kind::Scratch : SettingsPlace::Kind::Kept);
    QSettings settings;
    RememberedState remembered(settings);
    Theme theme(ThemeMode::System);
    RemoteEngineClient engine({.url = url, .token = *token, .caFile = plan.caFile});
    MainWindow window(engine, {}, theme); // faults are played where the simulated providers run
    showFollowed(engine, window, knownTokenFile(plan));
    QObject::connect(
        &window, &MainWindow::gatewayFollowRequested, &window,
        [&window](const QString &other, const QString &secret) { followInAnotherWindow(window, other, secret); });
    engine.follow();
    if (plan.grabbing)
        return grab(plan.grab, window, theme, {[](const ProviderId &, Fault) {}, [] {}});
    window.remember(remembered);
    new FirstPaint(window, [&window] { window.useDesktopNotices(); });
    window.show();
    return QApplication::exec();
}

void followInAnotherWindow(MainWindow &window, const QString &url, const QString &token)
{
    QProcess program;
    program.setProgram(QCoreApplication::applicationFilePath());
    program.setArguments({QStringLiteral("--follow"), url});
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    if (!token.isEmpty())
        environment.insert(QLatin1String(tokenVariable), token);
    program.setProcessEnvironment(environment);
    if (!program.startDetached())
        window.notices().post(
            {QStringLiteral("refused"), WindowNotice::Kind::Warning, tr("Not done"),
             tr("The window that follows %1 could not be opened: %2. Start retryscope --follow %1 by hand.")
                 .arg(url, program.errorString())});
}

} // namespace retryscope
