// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "charts/bandchart.h"
#include "models/comparisonmodel.h"
#include "simulator/scenario.h"

#include <QWidget>

class QGridLayout;
class QLabel;
class QTableView;

namespace retryscope {

class ComparisonDelegate;

/// Widgets beside each other where there is room for them, in a grid that fills itself anew.
class CardGrid : public QWidget
{
    Q_OBJECT
public:
    /// `least`: of a card's width, in pixels.
    explicit CardGrid(int least, QWidget *parent = nullptr);
    void add(QWidget *card);

protected:
    void resizeEvent(QResizeEvent *event) override;

private:
    int m_least, m_columns = 0;
    QVector<QWidget *> m_cards;
    QGridLayout *m_grid;
};

/// What a study found: the table, and success, latency, amplification and recovery over virtual time with one cursor.
class WhatIfResults : public QWidget
{
    Q_OBJECT
public:
    explicit WhatIfResults(const Theme &theme, QWidget *parent = nullptr);
    void show(const QVector<ComparedPolicy> &policies, const StudyResult &result, const Scenario &scenario);
    /// What is to be said below the table; empty: nothing.
    void setAdvice(const QString &sentence);
    /// There is nothing, or it is of another question.
    void setStale(bool stale);
    bool isStale() const { return m_stale; }
    const ComparisonModel &table() const { return *m_table; }
    const QVector<BandChart *> &charts() const { return m_charts; }
    /// Goes above the table.
    void setHead(QWidget *head);

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    void refresh();
    void fitTable();
    BandData frame() const;

    const Theme &m_theme;
    ComparisonModel *m_table;
    QTableView *m_view;
    ComparisonDelegate *m_delegate;
    QVector<BandChart *> m_charts;
    QWidget *m_card;
    QLabel *m_advice;
    StudyResult m_result;
    Scenario m_scenario;
    bool m_stale = true;
};

} // namespace retryscope
