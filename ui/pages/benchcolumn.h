// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/benchrun.h"
#include "theme/theme.h"

#include <QFrame>

class QHBoxLayout;
class QLabel;
class QMenu;
class QPushButton;
class QToolButton;
class QVBoxLayout;

namespace retryscope {

class AttemptWaterfall;
class BenchAnswer;
class BenchTarget;

/// What a column sent, to whom, and what came: for copying, saving, comparing and keeping.
struct BenchSent
{
    Prompt prompt;
    std::optional<ProviderConfig> provider; ///< that answered or failed last; before that, the first that is asked
    std::optional<CallResult> result;       ///< none: nothing has ended yet
    Events events;                          ///< of the call
    ExchangeRecords exchanges;              ///< of its attempts: what went over the wire, without keys
    QString text;                           ///< of the answer, as far as it came
};

/// One answer column: whom it asks, how that goes, what came, and where the time went.
class BenchColumn : public QFrame
{
    Q_OBJECT
public:
    BenchColumn(EngineClient &engine, const Theme &theme, QWidget *parent = nullptr);
    void setLetter(const QString &letter);
    const QString &letter() const { return m_letter; }
    QString nameOf(const ProviderId &provider) const { return m_names.value(provider, provider); }
    void setProviders(const ProviderConfigs &providers);
    void setJitter(const QString &jitter);
    void setRemovable(bool removable);
    BenchTarget &target() const { return *m_target; }
    const BenchRun &run() const { return m_run; }
    bool isRunning() const { return m_run.isRunning(); }
    BenchSent sent() const;
    /// For what a person may do with the answer; its button is in the head.
    QMenu *menu() const { return m_menu; }
    AttemptWaterfall *waterfall() const { return m_waterfall; }
    BenchAnswer *answer() const { return m_answer; }

    /// Stops what runs and asks anew.
    void send(const Prompt &prompt, SteadyTime now);
    void stop();
    void onEvents(const Events &events);
    void onText(const QString &text) { m_run.onText(text); }
    void onExchange(const ExchangeRecord &piece) { m_run.onExchange(piece); }
    void onFinished(const CallResult &result, SteadyTime now, Duration axis);
    /// A person's wish was carried out, or why not.
    void onSteered(Steering wish, SteeringRefusal refusal);
    /// Everything that counts.
    void refresh(SteadyTime now, Duration axis);
    /// The text that came since the last time.
    void refreshText();

signals:
    void retryRequested();
    void removeRequested();
    void continueRequested(const retryscope::Prompt &asked, const QString &answer);

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    void buildHead(QVBoxLayout *column);
    void buildMenu();
    QWidget *buildSteering();
    void buildFoot(QVBoxLayout *column);
    void showState();
    ProviderState stateColour() const;

    EngineClient &m_engine;
    const Theme &m_theme;
    QString m_letter;
    BenchRun m_run;
    ProviderConfigs m_providers;
    QHash<ProviderId, QString> m_names;
    BenchTarget *m_target;
    BenchAnswer *m_answer;
    AttemptWaterfall *m_waterfall;
    QLabel *m_badge, *m_state, *m_status, *m_why, *m_error, *m_facts, *m_refused;
    QPushButton *m_action, *m_tryNow, *m_failOver;
    QWidget *m_steer;
    QToolButton *m_more, *m_remove;
    QMenu *m_menu;
    QWidget *m_attempts;
};

} // namespace retryscope
