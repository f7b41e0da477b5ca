// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/readablepage.h"

#include <QVector>

class QLabel;
class QPushButton;
class QSpinBox;
class QVBoxLayout;

namespace retryscope {

/// How the local gateway is, as the window shows it.
struct GatewayView
{
    enum class State : quint8 { Off, Starting, On, Failed };
    State state = State::Off;
    QString url;       ///< On: http://127.0.0.1:4180
    QString tokenFile; ///< where its token stands
    QString problem;   ///< Failed: a sentence
};

/// Gateway: a switch for the local address that other programs may be pointed at, and the lines that point them there.
class GatewayPage : public ReadablePage
{
    Q_OBJECT
public:
    explicit GatewayPage(QWidget *parent = nullptr);
    void showGateway(const GatewayView &view);

signals:
    void startRequested(quint16 port);
    void stopRequested();
    /// The token is to be put on the clipboard; it is not shown.
    void tokenRequested();

private:
    struct Line { const char *name, *text; QLabel *label; };
    void buildSwitch();
    void buildLines();
    void addLine(QVBoxLayout *column, const Line &line);
    QString filled(const char *text) const;

    QPushButton *m_switch = nullptr, *m_copyToken = nullptr;
    QSpinBox *m_port = nullptr;
    QLabel *m_state = nullptr, *m_token = nullptr;
    QVector<Line> m_lines;
    GatewayView m_view;
};

} // namespace retryscope
