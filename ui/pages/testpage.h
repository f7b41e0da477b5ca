// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/callprogress.h"

#include <QWidget>

#include <functional>

class QComboBox;
class QLabel;
class QLineEdit;
class QPlainTextEdit;
class QPushButton;
class QSpinBox;
class QSplitter;
class QTableWidget;
class QTimer;

namespace retryscope {

/// Test: one prompt, one answer streaming in, what is waited for and until when, and every attempt with what then.
class TestPage : public QWidget
{
    Q_OBJECT
public:
    explicit TestPage(EngineClient &engine, QWidget *parent = nullptr);
    void setProviders(const ProviderConfigs &providers);
    void onEvents(const Events &events);
    /// Where the time that counts comes from; the events' own by default. Tests give another.
    void setClock(std::function<SteadyTime()> clock);

protected:
    void hideEvent(QHideEvent *event) override;

private:
    QLayout *buildForm();
    QLayout *buildButtons();
    void buildAttempts();
    void send();
    void stop();
    void onFinished(const CallResult &result);
    void addRow(const Event &event);
    void noteWhatThen(const Event &event);
    void refresh();
    void setRunning(bool running);
    QString nameOf(const ProviderId &provider) const { return m_names.value(provider, provider); }

    EngineClient &m_engine;
    std::function<SteadyTime()> m_clock;
    CallId m_call;
    CallProgress m_progress;
    ProviderConfigs m_providers;
    QHash<ProviderId, QString> m_names;
    QComboBox *m_route;
    QLineEdit *m_model, *m_system;
    QSpinBox *m_limit;
    QPlainTextEdit *m_prompt, *m_answer;
    QPushButton *m_send, *m_stop;
    QLabel *m_status, *m_why, *m_error;
    QTableWidget *m_attempts;
    QSplitter *m_split;
    QTimer *m_timer;
};

} // namespace retryscope
