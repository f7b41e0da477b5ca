// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/configissue.h"
#include "charts/policyladder.h"
#include "charts/successchart.h"
#include "config/configurationdiff.h"
#include "pricing/pricelist.h"

#include <QScrollArea>
#include <QVariantMap>

#include <atomic>
#include <memory>

class QComboBox;
class QLabel;
class QListWidget;

namespace retryscope {

class ForecastCard;
class LayersCard;
class LintCard;
class ValueEdit;

/// What a draft does: one call played through a failure that can be chosen, the worst case in a sentence, what it would do on a
/// bad day, the chance of an answer, and the order of providers.
class TuneConsequences : public QScrollArea
{
    Q_OBJECT
public:
    explicit TuneConsequences(const Theme &theme, QWidget *parent = nullptr);
    /// Plays it anew, on another thread; what is shown follows when it has been played.
    void show(const Configuration &draft, const Configuration &inForce);
    /// For what tokens cost.
    void setPrices(const PriceList &prices);
    /// What is shown is not of the newest draft and scenario yet.
    bool isPlaying() const { return m_told != *m_asked; }
    /// What is valid and yet likely a mistake.
    void showFindings(const ConfigIssues &findings);
    /// Key of the scenario that is played.
    QString scenarioKey() const;
    void focusPriority();
    /// What a person chose here, to be kept over restarts.
    QVariantMap state() const;
    void restore(const QVariantMap &state);

signals:
    void revealRequested(const retryscope::ConfigurationPath &path);
    /// What is played on a bad day is another one.
    void scenarioChanged();
    /// By a person: state() is another one.
    void chosen();
    /// By a person: the ids in their new order.
    void orderChanged(const QStringList &ids);

protected:
    void showEvent(QShowEvent *event) override;

private:
    QWidget *makeScenario();
    QWidget *makePriority();
    void showProviders();
    void fitPriority();
    void play();
    void tell(const PolicyPlay &play, const PlaySummary &all);
    void movePriority(int by);
    void readPriority();
    PlayScenario scenario() const;

    const Theme &m_theme;
    Configuration m_draft;
    quint64 m_seed = 7;
    QComboBox *m_who, *m_how;
    ValueEdit *m_after;
    QLabel *m_sentence, *m_note;
    PolicyLadder *m_ladder;
    SuccessChart *m_success;
    ForecastCard *m_forecast;
    LintCard *m_lint;
    LayersCard *m_layers;
    QListWidget *m_priority;
    bool m_showing = false;
    std::shared_ptr<std::atomic<int>> m_asked = std::make_shared<std::atomic<int>>(0); ///< plays; the last one counts
    int m_told = 0;
};

} // namespace retryscope
