// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "charts/timechart.h"

#include <QGraphicsScene>

QT_BEGIN_NAMESPACE
class QAbstractSeries;
class QChart;
class QValueAxis;
QT_END_NAMESPACE

namespace retryscope {

/// A TimeChart whose series are drawn by Qt Charts: it owns axes and values; ground, labels and cursor are the frame's, so
/// that all charts stand on the same margins. The scene has no view: it is painted as a part of the plot.
class SeriesChart : public TimeChart
{
public:
    SeriesChart(const QString &title, ChartModel &model, const Theme &theme, QWidget *parent);
    ~SeriesChart() override;

protected:
    /// Takes it, on both axes.
    void attach(QAbstractSeries *series);
    void detach(QAbstractSeries *series);
    /// The values at the bottom and at the top of the plot.
    void setScale(double low, double high);
    /// Horizontally group g stands at the value g, and reaches from g - 0.5 to g + 0.5.
    void fitTime();
    void paintSeries(QPainter &painter, const PlotArea &area) const override;

private:
    mutable QGraphicsScene m_scene;
    QChart *m_chart;
    QValueAxis *m_x, *m_y;
};

} // namespace retryscope
