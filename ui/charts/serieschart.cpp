// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "charts/serieschart.h"

#include <QGraphicsLayout>
#include <QPainter>
#include <QtCharts/QAbstractSeries>
#include <QtCharts/QChart>
#include <QtCharts/QLegend>
#include <QtCharts/QValueAxis>

namespace retryscope {

SeriesChart::SeriesChart(const QString &title, ChartModel &model, const Theme &theme, QWidget *parent)
    : TimeChart(title, model, theme, parent), m_chart(new QChart), m_x(new QValueAxis(m_chart)),
      m_y(new QValueAxis(m_chart))
{
    m_scene.setItemIndexMethod(QGraphicsScene::NoIndex); // everything is always painted
    m_scene.addItem(m_chart);
    m_chart->setAnimationOptions(QChart::NoAnimation);
    m_chart->legend()->hide();
    m_chart->setBackgroundVisible(false);
    m_chart->setPlotAreaBackgroundVisible(false);
    m_chart->setMargins({});
    m_chart->layout()->setContentsMargins(0, 0, 0, 0);
    m_chart->addAxis(m_x, Qt::AlignBottom);
    m_chart->addAxis(m_y, Qt::AlignLeft);
    for (QValueAxis *axis : {m_x, m_y})
        axis->setVisible(false);
}

SeriesChart::~SeriesChart() = default;

void SeriesChart::attach(QAbstractSeries *series)
{
    m_chart->addSeries(series);
    series->attachAxis(m_x);
    series->attachAxis(m_y);
}

void SeriesChart::detach(QAbstractSeries *series)
{
    m_chart->removeSeries(series);
    delete series;
}

void SeriesChart::setScale(double low, double high)
{
    if (m_y->min() != low || m_y->max() != high)
        m_y->setRange(low, high);
}

void SeriesChart::fitTime()
{
    const double group = grouping(),
                 first = double(frame().lastKey - frame().bins() + 1) / group - double(firstGroup());
    const double low = first - 0.5, high = first + frame().bins() / group - 0.5;
    if (m_x->min() != low || m_x->max() != high)
        m_x->setRange(low, high);
}

void SeriesChart::paintSeries(QPainter &painter, const PlotArea &area) const
{
    const QRectF whole(QPointF(0, 0), QSizeF(area.rect.right() + rightMargin() + 8, area.rect.bottom() + 40));
    if (m_chart->size() != whole.size())
        m_chart->resize(whole.size());
    if (m_chart->plotArea() != area.rect) {
        m_chart->setPlotArea(area.rect);
        m_chart->layout()->activate();
    }
    if (m_scene.sceneRect() != whole)
        m_scene.setSceneRect(whole);
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setClipRect(area.rect.adjusted(-1, -1, 1, 1));
    m_scene.render(&painter, area.rect, area.rect);
    painter.restore();
}

} // namespace retryscope
