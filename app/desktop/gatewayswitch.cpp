// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "gatewayswitch.h"

#include "base/userfiles.h"
#include "engine/localengineclient.h"
#include "gateway/caller.h"
#include "gateway/gateway.h"
#include "gateway/portholder.h"
#include "mainwindow.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QPointer>

namespace retryscope {

GatewaySwitch::GatewaySwitch(LocalEngineClient &engine, MainWindow &window) : m_engine(engine), m_window(window)
{
    connect(&window, &MainWindow::gatewayStartRequested, this, &GatewaySwitch::start);
    connect(&window, &MainWindow::gatewayStopRequested, this, &GatewaySwitch::stop);
    connect(&window, &MainWindow::gatewayTokenRequested, this, &GatewaySwitch::copyToken);
    show({.tokenFile = defaultTokenFile()});
}

void GatewaySwitch::show(const GatewayView &view)
{
    m_view = view;
    m_window.showGateway(view);
}

void GatewaySwitch::start(quint16 port)
{
    const QString file = defaultTokenFile();
    if (file.isEmpty())
        return show({GatewayView::State::Failed, {}, {}, noDataFolder(tr("The gateway's token"))});
    show({GatewayView::State::Starting, {}, file, {}});
    const auto tell = [self = QPointer<GatewaySwitch>(this), file](const Expected<quint16, QString> &bound,
                                                                   const QByteArray &token,
                                                                   const QString &running) {
        QMetaObject::invokeMethod(qApp, [self, file, bound, token, running] {
            if (!self)
                return;
            self->m_token = token;
            self->show(bound ? GatewayView{GatewayView::State::On, QStringLiteral("http://127.0.0.1:%1").arg(*bound), file, {}}
                             : GatewayView{GatewayView::State::Failed, running, file, bound.error()});
        });
    };
    m_engine.host([port, file, tell](const EngineHost &host) -> std::unique_ptr<QObject> {
        const auto token = gatewayToken(file);
        if (!token) {
            tell(Unexpected{token.error()}, {}, {});
            return nullptr;
        }
        GatewayOptions options;
        options.port = port;
        options.token = *token;
        options.tell = [](const QString &sentence) { qWarning("%s", qUtf8Printable(sentence)); };
        auto gateway =
            std::make_unique<Gateway>(Gateway::Parts{host.clock, host.engine, host.health, host.nextCall}, options);
        const auto bound = gateway->start();
        tell(bound, *token,
             !bound && portHolder(port).contains(QLatin1String("retryscope")) ? QStringLiteral("http://127.0.0.1:%1").arg(port)
                                                                              : QString());
        if (!bound)
            return nullptr;
        return gateway;
    });
}

void GatewaySwitch::stop()
{
    m_engine.dismiss();
    m_token.clear();
    show({GatewayView::State::Off, {}, m_view.tokenFile, {}});
}

void GatewaySwitch::copyToken()
{
    if (!m_token.isEmpty())
        QGuiApplication::clipboard()->setText(QString::fromLatin1(m_token));
}

} // namespace retryscope
