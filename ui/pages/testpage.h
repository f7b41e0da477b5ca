// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/engineclient.h"
#include "pages/benchcolumn.h"
#include "pages/benchcost.h"
#include "pricing/pricelist.h"

#include <QWidget>

#include <functional>

class QHBoxLayout;
class QLabel;
class QPushButton;
class QTimer;

namespace retryscope {

class BenchComposer;

/// Test: one prompt, one to four answers side by side as they stream in, what each waits for and until when, and where
/// its time went, on one axis for all.
class TestPage : public QWidget
{
    Q_OBJECT
public:
    static constexpr int mostColumns = 4;

    TestPage(EngineClient &engine, const Theme &theme, QWidget *parent = nullptr);
    void setConfiguration(const Configuration &configuration);
    /// For what a send would cost.
    void setPrices(const PriceList &prices);
    void onEvents(const Events &events);
    /// Where the time that counts comes from; the events' own by default. Tests give another.
    void setClock(std::function<SteadyTime()> clock);
    BenchComposer &composer() const { return *m_composer; }
    const QVector<BenchColumn *> &columns() const { return m_columns; }
    /// Null when there are four.
    BenchColumn *addColumn();
    void removeColumn(BenchColumn *column);
    /// What a column sent; before it has sent anything, what it would send now.
    BenchSent sentOf(const BenchColumn &column) const;

signals:
    /// For what else there is to do with an answer: actions can be added to its menu.
    void columnAdded(retryscope::BenchColumn *column);

protected:
    void hideEvent(QHideEvent *event) override;
    void showEvent(QShowEvent *event) override;

private:
    void buildShortcuts();
    QLayout *buildHead();
    QWidget *buildColumns();
    void send();
    void sendOne(BenchColumn *column);
    void stop();
    void tick();
    void refresh();
    void arrange();
    Duration axis() const;
    bool isRunning() const;
    BenchColumn *columnOf(CallId call) const;
    BenchCost::Question costQuestion() const;

    EngineClient &m_engine;
    const Theme &m_theme;
    std::function<SteadyTime()> m_clock;
    Configuration m_configuration;
    PriceList m_prices;
    QString m_jitter;
    BenchComposer *m_composer;
    QVector<BenchColumn *> m_columns;
    QHBoxLayout *m_row;
    QLabel *m_ranking;
    QPushButton *m_add;
    QTimer *m_timer;
    int m_tick = 0; ///< of a round: in each one some columns draw their text, in the first one all is counted
};

} // namespace retryscope
