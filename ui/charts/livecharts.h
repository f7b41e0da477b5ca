// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/dashboardstate.h"

#include <QtCharts/QChartView>

class QLabel;

namespace retryscope {

/// A titled card around one Qt Chart, with a legend of its own because Qt's elides its labels.
class ChartCard : public QWidget
{
    Q_OBJECT
public:
    ChartCard(const QString &title, const Theme &theme, QWidget *parent = nullptr);
    virtual void refresh(const DashboardState &state, SteadyTime now) = 0;

protected:
    void addAxes(QAbstractAxis *x, QAbstractAxis *y);
    void setLegend(const QVector<std::pair<QColor, QString>> &entries);
    virtual void restyle();

    const Theme &m_theme;
    QChart *m_chart;
    QChartView *m_view;

private:
    QLabel *m_title, *m_legend;
};

/// Retries and failovers by reason, stacked, per four seconds.
ChartCard *makeReasonChart(const Theme &theme, QWidget *parent);
/// p95 of successful attempts by provider, logarithmic, per four seconds.
ChartCard *makeLatencyChart(const Theme &theme, QWidget *parent);

} // namespace retryscope
