// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "charts/frontchart.h"

#include <QGraphicsScene>

QT_BEGIN_NAMESPACE
class QChart;
class QValueAxis;
QT_END_NAMESPACE

namespace retryscope {

/// The picture of a FrontChart. Ground and labels are its own, points and intervals are Qt Charts'. Left, Right, Home and
/// End choose a point, T shows the table.
class FrontPlot final : public QWidget
{
    Q_OBJECT
public:
    explicit FrontPlot(FrontChart &chart);
    ~FrontPlot() override;
    /// Makes the series anew.
    void takeData();
    QPointF placeOf(int point) const;
    QSize sizeHint() const override { return {420, 240}; }
    QSize minimumSizeHint() const override { return {240, 180}; }

protected:
    void paintEvent(QPaintEvent *event) override;
    bool event(QEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;

private:
    using Ticks = QVector<std::pair<double, QString>>;
    QRectF area() const;
    void fit(int objective, QValueAxis *axis, Ticks *ticks);
    void addPoint(const FrontPoint &point, double size);
    void addInterval(QPointF from, QPointF to);
    void paintGround(QPainter &painter) const;
    void paintSeries(QPainter &painter) const;
    void paintSelected(QPainter &painter) const;
    int pointAt(QPointF at) const;
    void step(int by);
    QVector<int> byPlace() const;
    std::optional<QPointF> valueOf(int point) const;

    FrontChart &m_chart;
    mutable QGraphicsScene m_scene;
    QChart *m_qchart;
    QValueAxis *m_x, *m_y;
    Ticks m_xTicks, m_yTicks;
};

} // namespace retryscope
