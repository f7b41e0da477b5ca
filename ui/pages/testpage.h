// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/engineclient.h"

#include <QWidget>

class QComboBox;
class QLabel;
class QLineEdit;
class QPlainTextEdit;
class QPushButton;
class QTableWidget;

namespace retryscope {

/// Test: one prompt, one answer streaming in, and every attempt with its reason and wait.
class TestPage : public QWidget
{
    Q_OBJECT
public:
    explicit TestPage(EngineClient &engine, QWidget *parent = nullptr);
    void setProviders(const ProviderConfigs &providers);
    void onEvents(const Events &events);

private:
    void send();
    void stop();
    void onFinished(const CallResult &result);
    void addRow(const Event &event);
    void setRunning(bool running);

    EngineClient &m_engine;
    CallId m_call;
    QComboBox *m_route;
    QLineEdit *m_model, *m_system;
    QPlainTextEdit *m_prompt, *m_answer;
    QPushButton *m_send, *m_stop;
    QLabel *m_status;
    QTableWidget *m_attempts;
};

} // namespace retryscope
