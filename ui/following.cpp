// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "following.h"

#include "engine/remoteengineclient.h"
#include "mainwindow.h"
#include "notices/noticecenter.h"

namespace retryscope {

void showFollowed(RemoteEngineClient &engine, MainWindow &window, const QString &tokenFile)
{
    const QString url = engine.url().toString(QUrl::RemoveUserInfo | QUrl::StripTrailingSlash);
    QObject::connect(&engine, &RemoteEngineClient::configurationTold, &window, &MainWindow::setConfiguration);
    QObject::connect(&engine, &RemoteEngineClient::statusChanged, &window, [&window, url](const FollowStatus &status) {
        window.showFollowing({url, status.state == FollowStatus::State::Connected, status.since, status.problem});
    });
    QObject::connect(&engine, &RemoteEngineClient::refused, &window, [&window](const QString &sentence) {
        window.notices().post(
            {QStringLiteral("refused"), WindowNotice::Kind::Warning, MainWindow::tr("Not done"), sentence});
    });
    window.showGateway({GatewayView::State::Off, url, tokenFile, {}});
    window.showHistory(
        {.state = HistoryStatus::State::Off,
         .sentence = MainWindow::tr("The calls of a gateway that is followed are not written to this machine's "
                                    "history; the gateway keeps its own.")});
}

} // namespace retryscope
