// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/readablepage.h"

#include <QVector>

class QLabel;
class QLineEdit;
class QPushButton;
class QSpinBox;
class QVBoxLayout;

namespace retryscope {

/// How the local gateway is, as the window shows it.
struct GatewayView
{
    enum class State : quint8 { Off, Starting, On, Failed };
    State state = State::Off;
    QString url;       ///< On: http://127.0.0.1:4180; Failed: a gateway that runs there already and can be followed
    QString tokenFile; ///< where its token stands
    QString problem;   ///< Failed: a sentence
};

/// Gateway: a switch for the local address that other programs may be pointed at, the lines that point them there, and a way
/// to follow a gateway that runs elsewhere. Where the window follows one itself there is no switch.
class GatewayPage : public ReadablePage
{
    Q_OBJECT
public:
    enum class Engine : quint8 { Here, Elsewhere };
    explicit GatewayPage(Engine engine = Engine::Here, QWidget *parent = nullptr);
    void showGateway(const GatewayView &view);
    /// What the programs that use it should do better; empty: nothing.
    void showAdvice(const QString &sentence);

signals:
    void startRequested(quint16 port);
    void stopRequested();
    /// The token is to be put on the clipboard; it is not shown.
    void tokenRequested();
    /// A window that follows the gateway at `url` is to be opened; without a token with the user's own.
    void followRequested(const QString &url, const QString &token);

private:
    void buildFollow();
    void follow();
    struct Line { const char *name, *text; QLabel *label; };
    void buildSwitch();
    void showSwitch();
    void buildLines();
    void addLine(QVBoxLayout *column, const Line &line);
    QString filled(const char *text) const;

    QPushButton *m_switch = nullptr, *m_copyToken = nullptr, *m_followIt = nullptr;
    QSpinBox *m_port = nullptr;
    QLabel *m_state = nullptr, *m_token = nullptr, *m_advice, *m_followState = nullptr;
    QLineEdit *m_followUrl = nullptr, *m_followToken = nullptr;
    QVector<Line> m_lines;
    GatewayView m_view;
};

} // namespace retryscope
