// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "charts/forecasttable.h"
#include "config/configuration.h"
#include "models/studyjob.h"
#include "pricing/pricelist.h"
#include "widgets/settling.h"
#include "words/forecastwords.h"

#include <QFrame>
#include <QTimer>

class QComboBox;
class QLabel;
class QProgressBar;
class QToolButton;

namespace retryscope {

/// What a draft would do on a bad day: a scenario, played many times away from the window's thread, beside the configuration in
/// force and beside no retry at all. Plays only while it is seen; numbers of an earlier draft are pale and said to be.
class ForecastCard : public QFrame, public Settling
{
    Q_OBJECT
public:
    /// Days that are played in the end.
    static constexpr int days = 20;

    explicit ForecastCard(const Theme &theme, QWidget *parent = nullptr);
    /// Plays `draft` anew where what would be played has changed, a moment after the last change.
    void setConfigurations(const Configuration &draft, const Configuration &inForce);
    /// For what tokens cost; without it no money is told.
    void setPrices(const PriceList &prices);
    ForecastState state() const { return m_state; }
    bool isSettled() const override { return m_state != ForecastState::Playing; }
    /// By its key; an unknown one changes nothing.
    void setScenario(const QString &key);
    QString scenario() const;

signals:
    void scenarioChanged();
    /// By a person.
    void scenarioChosen();

protected:
    void showEvent(QShowEvent *event) override;
    void hideEvent(QHideEvent *event) override;

private:
    /// What a result depends on.
    struct Subject
    {
        RetryConfig draft, inForce;
        ProviderConfigs providers, providersInForce;
        OwnRules rules, rulesInForce;
        QString scenario;
        bool operator==(const Subject &) const = default;
    };
    void makeParts();
    void revise();
    void play();
    void takeResult();
    void tell();
    bool comparesInForce() const;

    const Theme &m_theme;
    Configuration m_draft, m_inForce;
    PriceList m_prices;
    StudyJob m_job;
    QTimer m_soon;           ///< from the last change to the play
    Subject m_wanted;        ///< what is to be played
    bool m_fresh = false;    ///< what is shown is of m_wanted
    bool m_any = false;      ///< something is shown
    bool m_complete = false; ///< all days of m_wanted have been played
    bool m_stopped = false;  ///< by a person
    ForecastState m_state = ForecastState::NobodyToPlay;
    QComboBox *m_scenario;
    QLabel *m_about, *m_sentence, *m_advice, *m_status;
    ForecastTable *m_table;
    QProgressBar *m_progress;
    QToolButton *m_button;
};

} // namespace retryscope
