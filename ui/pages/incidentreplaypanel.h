// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/configuration.h"
#include "models/incidentreplayjob.h"
#include "pages/playcard.h"
#include "pricing/pricelist.h"
#include "words/incidentreplaywords.h"

#include <QScrollArea>
#include <QTimer>

class QComboBox;
class QLabel;

namespace retryscope {

class ForecastTable;

/// What the draft would have done in the last incident of the history, beside the configuration in force; as
/// `retryscope-cli replay --incident last` gives it. Looks and plays only while it is seen, anew when the draft changes.
class IncidentReplayPanel : public QScrollArea
{
    Q_OBJECT
public:
    /// Incidents to choose from, and how often one is played.
    static constexpr int offered = 5, times = 20;

    explicit IncidentReplayPanel(const Theme &theme, QWidget *parent = nullptr);
    /// What is compared, and why the draft cannot be played; empty: it can.
    void setConfigurations(const Configuration &draft, const Configuration &inForce, const QString &problem);
    /// Id to the name that is shown.
    void setNames(const ProviderNames &names);
    /// For what tokens cost; without it no money is told.
    void setPrices(const PriceList &prices);
    void stop();
    IncidentReplayState state() const { return m_state; }
    const IncidentReplayJob &job() const { return m_job; }

protected:
    void showEvent(QShowEvent *event) override;
    void hideEvent(QHideEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;

private:
    QWidget *makeQuestion();
    QWidget *makeResult();
    QString problem() const;
    bool isInForce() const;
    bool isComparable() const;
    void look();
    void choose(int which);
    void playSoon();
    void play();
    void takeReading();
    void takeResult();
    void tellWhich();
    IncidentRecord named(IncidentRecord record) const;
    void tell();
    void tellDoubts();
    void tellRecord(const IncidentRecord &record);

    Configuration m_draft, m_inForce;
    QString m_problem;
    ProviderNames m_names;
    PriceList m_prices;
    IncidentReplayJob m_job;
    std::optional<PastIncident> m_chosen; ///< none: the last, whichever that is
    std::optional<PastIncident> m_shown;  ///< the one that the numbers are of
    QTimer m_soon; ///< from the last change to the play
    IncidentReplayState m_state = IncidentReplayState::Reading;
    bool m_fresh = false; ///< the numbers are of what stands there now
    bool m_any = false;   ///< there are numbers
    PlayCard *m_card;
    QComboBox *m_which, *m_calls;
    QWidget *m_result;
    QLabel *m_story, *m_was, *m_sentence, *m_doubts;
    ForecastTable *m_table;
};

} // namespace retryscope
