// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "pages/gatewaypage.h"

#include <QObject>

namespace retryscope {

class LocalEngineClient;
class MainWindow;

/// Runs the local gateway on the engine of the window, as its Gateway page says. The disk and the port are asked for on the
/// engine's thread.
class GatewaySwitch final : public QObject
{
    Q_OBJECT
public:
    /// Both must outlive this.
    GatewaySwitch(LocalEngineClient &engine, MainWindow &window);

private:
    void start(quint16 port);
    void stop();
    void show(const GatewayView &view);
    void copyToken();

    LocalEngineClient &m_engine;
    MainWindow &m_window;
    GatewayView m_view;
    QByteArray m_token;
};

} // namespace retryscope
