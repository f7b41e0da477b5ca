// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "charts/batchcharts.h"

#include "base/timeformat.h"
#include "words/batchwords.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QToolTip>
#include <QtCharts/QBarSet>
#include <QtCharts/QCategoryAxis>
#include <QtCharts/QChart>
#include <QtCharts/QChartView>
#include <QtCharts/QLegend>
#include <QtCharts/QScatterSeries>
#include <QtCharts/QStackedBarSeries>
#include <QtCharts/QValueAxis>

#include <algorithm>
#include <cmath>

namespace retryscope {
namespace {

constexpr int binsPerDecade = 10;  ///< each a quarter wider than the one before
constexpr double shortest = 0.001; ///< seconds
constexpr double barShare = 0.86, markerSize = 8;
constexpr int sideRoom = 18;
constexpr int besideFrom = 520;  ///< pixels; below it one picture stands under the other
constexpr int pictureSide = 160; ///< pixels, at least
constexpr const char *shapes[] = {"●", "■", "▲"};

double logOf(Duration d) { return std::log10(std::max(shortest, toSeconds(d))); }

/// 1-2-5 labels between two powers of ten, at most some six.
QVector<double> niceTimes(double lowLog, double highLog)
{
    QVector<double> all;
    for (int decade = int(std::floor(lowLog)); decade <= int(std::ceil(highLog)); ++decade) {
        for (const double step : {1.0, 2.0, 5.0}) {
            const double at = decade + std::log10(step);
            if (at >= lowLog - 1e-9 && at <= highLog + 1e-9)
                all.append(at);
        }
    }
    if (all.size() > 6) // only the powers of ten
        all.removeIf([](double at) { return std::abs(at - std::round(at)) > 1e-9; });
    return all;
}

/// Of whole numbers, at most five steps.
double niceStep(double highest)
{
    for (double power = 1;; power *= 10) {
        for (const double step : {1.0, 2.0, 5.0}) {
            if (highest / (power * step) <= 5)
                return power * step;
        }
    }
}

void setTimes(QCategoryAxis *axis, double low, double high, const QVector<double> &logs, double scale, double zero)
{
    for (const QString &label : axis->categoriesLabels())
        axis->remove(label);
    axis->setRange(low, high);
    axis->setStartValue(low - 1);
    for (const double log : logs)
        axis->append(formatDuration(fromSeconds(std::pow(10.0, log))), log * scale - zero);
}

} // namespace

BatchCharts::BatchCharts(const Theme &theme, QWidget *parent)
    : QWidget(parent), m_theme(theme), m_histogram(new QChart), m_scatter(new QChart), m_columns(new QStackedBarSeries),
      m_histogramTimes(new QCategoryAxis), m_scatterTimes(new QCategoryAxis), m_counts(new QValueAxis),
      m_began(new QValueAxis), m_legend(new QLabel), m_pictures(new QBoxLayout(QBoxLayout::LeftToRight))
{
    setObjectName(QStringLiteral("card"));
    setAttribute(Qt::WA_StyledBackground);
    buildHistogram();
    buildScatter();
    m_histogramView = makeView(m_histogram, tr("Total time of the calls"));
    m_scatterView = makeView(m_scatter, tr("Start and total time of each call"));
    m_histogramView->setObjectName(QStringLiteral("batchHistogram"));
    m_scatterView->setObjectName(QStringLiteral("batchScatter"));
    m_legend->setObjectName(QStringLiteral("batchLegend"));
    m_legend->setFont(Theme::font(TextRole::Axis));
    m_legend->setTextFormat(Qt::RichText);
    m_pictures->setSpacing(Theme::gap);
    m_pictures->addWidget(m_histogramView, 1);
    m_pictures->addWidget(m_scatterView, 1);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(Theme::gap, 8, 0, 4);
    column->setSpacing(2);
    column->addWidget(m_legend);
    column->addLayout(m_pictures, 1);
    connect(&theme, &Theme::changed, this, &BatchCharts::restyle);
    restyle();
    show({});
}

void BatchCharts::resizeEvent(QResizeEvent *event)
{
    m_pictures->setDirection(width() < besideFrom ? QBoxLayout::TopToBottom : QBoxLayout::LeftToRight);
    QWidget::resizeEvent(event);
}

QChartView *BatchCharts::makeView(QChart *chart, const QString &name)
{
    chart->setTitle(name);
    chart->legend()->hide();
    chart->setAnimationOptions(QChart::NoAnimation);
    chart->setBackgroundVisible(false);
    chart->setMargins({0, 0, sideRoom, 0}); // for half of the last label
    auto *view = new QChartView(chart);
    view->setFrameShape(QFrame::NoFrame);
    view->setBackgroundBrush(Qt::NoBrush);
    view->viewport()->setAutoFillBackground(false);
    view->setStyleSheet(QStringLiteral("background:transparent"));
    view->setRenderHint(QPainter::Antialiasing);
    view->setFocusPolicy(Qt::NoFocus); // the table says the same, by keys
    view->setAccessibleName(name);
    view->setMinimumSize(pictureSide, pictureSide);
    return view;
}

void BatchCharts::buildHistogram()
{
    m_columns->setBarWidth(barShare);
    for (QBarSet *&set : m_sets) {
        set = new QBarSet(QString());
        set->setPen(Qt::NoPen);
        m_columns->append(set);
    }
    m_histogram->addSeries(m_columns);
    m_histogram->addAxis(m_histogramTimes, Qt::AlignBottom);
    m_histogram->addAxis(m_counts, Qt::AlignLeft);
    m_columns->attachAxis(m_histogramTimes);
    m_columns->attachAxis(m_counts);
    m_histogramTimes->setLabelsPosition(QCategoryAxis::AxisLabelsPositionOnValue);
    m_histogramTimes->setGridLineVisible(false);
    m_counts->setLabelFormat(QStringLiteral("%d"));
    connect(m_columns, &QStackedBarSeries::hovered, this, [this](bool in, int bar, QBarSet *) {
        if (!in || bar < 0 || bar >= m_bars.size())
            return QToolTip::hideText();
        const Bar &b = m_bars[bar];
        const double until = b.from * std::pow(10.0, 1.0 / binsPerDecade);
        QToolTip::showText(QCursor::pos(),
                           tr("%1 to %2: %3 first choice, %4 with help, %5 failed")
                               .arg(formatDuration(fromSeconds(b.from)), formatDuration(fromSeconds(until)))
                               .arg(b.counts[0])
                               .arg(b.counts[1])
                               .arg(b.counts[2]));
    });
}

void BatchCharts::buildScatter()
{
    m_scatter->addAxis(m_began, Qt::AlignBottom);
    m_scatter->addAxis(m_scatterTimes, Qt::AlignLeft);
    m_scatterTimes->setLabelsPosition(QCategoryAxis::AxisLabelsPositionOnValue);
    m_began->setLabelFormat(QStringLiteral("%g s"));
    constexpr QScatterSeries::MarkerShape markers[] = {
        QScatterSeries::MarkerShapeCircle, QScatterSeries::MarkerShapeRectangle, QScatterSeries::MarkerShapeTriangle};
    for (int kind = 0; kind < classes; ++kind) {
        auto *series = new QScatterSeries;
        m_series[std::size_t(kind)] = series;
        series->setMarkerShape(markers[kind]);
        series->setMarkerSize(markerSize);
        m_scatter->addSeries(series);
        series->attachAxis(m_began);
        series->attachAxis(m_scatterTimes);
        connect(series, &QScatterSeries::hovered, this,
                [this, kind](const QPointF &point, bool in) { tellPoint(kind, point, in); });
        connect(series, &QScatterSeries::clicked, this, [this, kind](const QPointF &point) {
            if (const int place = placeOf(kind, point); place >= 0)
                emit callChosen(place);
        });
    }
}

int BatchCharts::placeOf(int kind, const QPointF &point) const
{
    const auto points = m_series[std::size_t(kind)]->points();
    const qsizetype at = points.indexOf(point);
    return at < 0 ? -1 : m_places[std::size_t(kind)][at];
}

void BatchCharts::tellPoint(int kind, const QPointF &point, bool in)
{
    const int place = in ? placeOf(kind, point) : -1;
    if (place < 0)
        return QToolTip::hideText();
    QToolTip::showText(QCursor::pos(), tr("Call %1: began after %2, took %3")
                                           .arg(place + 1)
                                           .arg(formatDuration(fromSeconds(point.x())),
                                                formatDuration(fromSeconds(std::pow(10.0, point.y())))));
}

void BatchCharts::show(const BatchRows &rows)
{
    m_totals = {};
    for (const BatchRow &row : rows) {
        if (const auto kind = int(outcomeClassOf(row)); kind < classes)
            ++m_totals[std::size_t(kind)];
    }
    fillHistogram(rows);
    fillScatter(rows);
    const QString names[] = {tr("first choice"), tr("with help"), tr("failed")};
    QStringList parts, said;
    for (int kind = 0; kind < classes; ++kind) {
        const QString count = QLocale().toString(m_totals[std::size_t(kind)]);
        parts << QStringLiteral("<span style='color:%1'>%2</span> %3 %4")
                     .arg(outcomeClassColor(m_theme, OutcomeClass(kind)).name(), QString::fromUtf8(shapes[kind]),
                          names[kind], count);
        said << QStringLiteral("%1 %2").arg(count, names[kind]);
    }
    m_legend->setText(parts.join(QStringLiteral("&nbsp;&nbsp;&nbsp;")));
    for (QChartView *view : {m_histogramView, m_scatterView})
        view->setAccessibleDescription(said.join(QStringLiteral(", ")));
}

void BatchCharts::fillHistogram(const BatchRows &rows)
{
    int first = 0, last = -1;
    const auto binOf = [](const BatchRow &row) { return int(std::floor(logOf(row.duration) * binsPerDecade + 1e-9)); };
    for (const BatchRow &row : rows) {
        if (int(outcomeClassOf(row)) >= classes)
            continue;
        const int bin = binOf(row);
        first = last < first ? bin : std::min(first, bin);
        last = last < first ? bin : std::max(last, bin);
    }
    if (last < first) { // nothing yet: an axis all the same
        first = -binsPerDecade;
        last = binsPerDecade - 1;
    }
    while (last - first < binsPerDecade / 2) { // a few alike calls are no wall
        --first;
        ++last;
    }
    m_bars.clear();
    for (int bin = first; bin <= last; ++bin)
        m_bars.append(Bar{std::pow(10.0, double(bin) / binsPerDecade), {}});
    int highest = 0;
    for (const BatchRow &row : rows) {
        if (const auto kind = std::size_t(outcomeClassOf(row)); kind < classes) {
            Bar &bar = m_bars[binOf(row) - first];
            ++bar.counts[kind];
            highest = std::max(highest, bar.counts[0] + bar.counts[1] + bar.counts[2]);
        }
    }
    for (std::size_t kind = 0; kind < classes; ++kind) {
        m_sets[kind]->remove(0, m_sets[kind]->count());
        QList<qreal> heights;
        for (const Bar &bar : std::as_const(m_bars))
            heights.append(bar.counts[kind]);
        m_sets[kind]->append(heights);
    }
    const double step = niceStep(highest), top = std::max(1.0, std::ceil(highest / step) * step);
    m_counts->setTickType(QValueAxis::TicksDynamic);
    m_counts->setTickInterval(step);
    m_counts->setRange(0, top);
    setTimes(m_histogramTimes, -0.5, double(m_bars.size()) - 0.5,
             niceTimes(double(first) / binsPerDecade, double(last + 1) / binsPerDecade), binsPerDecade, first + 0.5);
}

void BatchCharts::fillScatter(const BatchRows &rows)
{
    std::array<QList<QPointF>, classes> points;
    std::array<int, classes> seen{};
    for (auto &places : m_places)
        places.clear();
    double low = 0, high = 0, end = 1;
    bool any = false;
    for (int place = 0; place < int(rows.size()); ++place) {
        const auto kind = std::size_t(outcomeClassOf(rows[place]));
        if (kind >= classes)
            continue;
        const double y = logOf(rows[place].duration), x = toSeconds(rows[place].began);
        low = any ? std::min(low, y) : y;
        high = any ? std::max(high, y) : y;
        any = true;
        end = std::max(end, x);
        const int every = (m_totals[kind] + mostPoints - 1) / mostPoints;
        if (seen[kind]++ % std::max(1, every) == 0) {
            points[kind].append({x, y});
            m_places[kind].append(place);
        }
    }
    for (std::size_t kind = 0; kind < classes; ++kind)
        m_series[kind]->replace(points[kind]);
    low = any ? std::floor((low - 0.05) * 3) / 3 : -1;
    high = any ? std::max(low + 0.5, std::ceil((high + 0.05) * 3) / 3) : 1;
    setTimes(m_scatterTimes, low, high, niceTimes(low, high), 1, 0);
    const double step = end <= 1 ? 0.25 : niceStep(end);
    m_began->setTickType(QValueAxis::TicksDynamic);
    m_began->setTickInterval(step);
    m_began->setRange(-end * 0.02, std::ceil(end / step) * step);
}

/// Qt Charts knows nothing of the palette.
void BatchCharts::restyle()
{
    const QFont axisFont = Theme::font(TextRole::Axis);
    for (QChart *chart : {m_histogram, m_scatter}) {
        chart->setTitleFont(Theme::font(TextRole::Secondary));
        chart->setTitleBrush(m_theme.text());
        const auto axes = chart->axes();
        for (QAbstractAxis *axis : axes) {
            axis->setLabelsFont(axisFont);
            axis->setLabelsBrush(m_theme.muted());
            axis->setGridLinePen(QPen(m_theme.border(), 1));
            axis->setLinePen(QPen(m_theme.strongBorder(), 1));
        }
    }
    for (int kind = 0; kind < classes; ++kind) {
        const QColor color = outcomeClassColor(m_theme, OutcomeClass(kind));
        m_sets[std::size_t(kind)]->setBrush(color);
        m_series[std::size_t(kind)]->setBrush(color);
        m_series[std::size_t(kind)]->setPen(QPen(m_theme.surface(), 1));
    }
}

} // namespace retryscope
