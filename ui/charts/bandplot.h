// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "charts/bandchart.h"

#include <QGraphicsScene>
#include <QPixmap>

QT_BEGIN_NAMESPACE
class QChart;
class QValueAxis;
QT_END_NAMESPACE

namespace retryscope {

/// The picture of a BandChart. Ground, labels and cursor are its own, the lines and bands are Qt Charts', painted once
/// and kept until something of them changes. Left, Right, Home and End move the cursor, Esc lets it go, T shows the
/// table.
class BandPlot final : public QWidget
{
    Q_OBJECT
public:
    explicit BandPlot(BandChart &chart);
    ~BandPlot() override;
    /// Makes the series anew.
    void takeData();
    QRectF area() const;
    double xOf(double place) const;
    QSize sizeHint() const override { return {360, 170}; }
    QSize minimumSizeHint() const override { return {220, 140}; }

protected:
    void paintEvent(QPaintEvent *event) override;
    bool event(QEvent *event) override;
    void mouseMoveEvent(QMouseEvent *event) override;
    void leaveEvent(QEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;

private:
    void addLine(const BandLine &line);
    void addRun(const BandLine &line, int first, int last);
    void paintGround(QPainter &painter) const;
    void paintSeries(QPainter &painter) const;
    void paintCursor(QPainter &painter, int place) const;
    void paintPanel(QPainter &painter, int place, double x) const;
    void moveCursor(std::optional<int> place);
    int placeAt(double x) const;
    double spacing(int place) const;

    BandChart &m_chart;
    mutable QGraphicsScene m_scene;
    QChart *m_qchart;
    QValueAxis *m_x, *m_y;
    QPixmap m_kept;
};

} // namespace retryscope
