// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/batchmodel.h"

#include <QWidget>

#include <array>

QT_BEGIN_NAMESPACE
class QBarSet;
class QBoxLayout;
class QCategoryAxis;
class QChart;
class QChartView;
class QLabel;
class QScatterSeries;
class QStackedBarSeries;
class QValueAxis;
QT_END_NAMESPACE

namespace retryscope {

/// A batch in two pictures: how long its calls took, and which call took how long. Times on logarithmic axes.
class BatchCharts : public QWidget
{
    Q_OBJECT
public:
    static constexpr int classes = 3;      ///< first choice, helped, failed
    static constexpr int mostPoints = 600; ///< of a class; more are thinned out evenly

    explicit BatchCharts(const Theme &theme, QWidget *parent = nullptr);

    /// The calls that ended by themselves; not kept.
    void show(const BatchRows &rows);
    /// Of the last rows: how many in each bar, and where it begins, in seconds.
    struct Bar
    {
        double from = 0;
        std::array<int, classes> counts{};
    };
    const QVector<Bar> &bars() const { return m_bars; }
    int points(int kind) const { return int(m_places[std::size_t(kind)].size()); }

signals:
    /// The call's place among the rows.
    void callChosen(int place);

protected:
    void resizeEvent(QResizeEvent *event) override;

private:
    QChartView *makeView(QChart *chart, const QString &name);
    void buildHistogram();
    void buildScatter();
    void fillHistogram(const BatchRows &rows);
    void fillScatter(const BatchRows &rows);
    void restyle();
    void tellPoint(int kind, const QPointF &point, bool in);
    int placeOf(int kind, const QPointF &point) const;

    const Theme &m_theme;
    QChart *m_histogram, *m_scatter;
    QStackedBarSeries *m_columns;
    std::array<QBarSet *, classes> m_sets{};
    std::array<QScatterSeries *, classes> m_series{};
    std::array<QVector<int>, classes> m_places;
    QVector<Bar> m_bars;
    QCategoryAxis *m_histogramTimes, *m_scatterTimes;
    QValueAxis *m_counts, *m_began;
    QChartView *m_histogramView, *m_scatterView;
    QLabel *m_legend;
    QBoxLayout *m_pictures;
    std::array<int, classes> m_totals{};
};

} // namespace retryscope
