// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "charts/frontplot.h"

#include "widgets/textwidth.h"
#include "words/simulationwords.h"

#include <QGraphicsLayout>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QPainter>
#include <QToolTip>
#include <QtCharts/QChart>
#include <QtCharts/QLegend>
#include <QtCharts/QLineSeries>
#include <QtCharts/QScatterSeries>
#include <QtCharts/QValueAxis>

#include <algorithm>
#include <cmath>

namespace retryscope {
namespace {

constexpr double smallest = 9, biggest = 20, near = 18, ringGap = 5;

/// 1, 2 or 5 times a power of ten, so that there are about `count` of them.
double tickStep(double span, int count)
{
    const double power = std::pow(10.0, std::floor(std::log10(span / count)));
    for (const double times : {1.0, 2.0, 5.0, 10.0}) {
        if (span / (power * times) <= count)
            return power * times;
    }
    return power * 10.0;
}

/// As it stands at an axis: as many decimals as the step needs.
QString tickText(Measure measure, double value, double step)
{
    const double scale = measure == Measure::Success ? 100.0 : 1.0;
    const int decimals = std::clamp(int(std::ceil(-std::log10(step * scale) - 1e-9)), 0, 6);
    const QString unit = measure == Measure::Success ? QStringLiteral(" %")
                         : measure == Measure::P99   ? QStringLiteral(" s")
                                                     : QString();
    return QString::number(value * scale, 'f', decimals) + unit;
}

QScatterSeries::MarkerShape shapeOf(FrontPoint::Kind kind)
{
    switch (kind) {
    case FrontPoint::Kind::Yours: return QScatterSeries::MarkerShapeTriangle;
    case FrontPoint::Kind::Chosen: return QScatterSeries::MarkerShapeRotatedRectangle;
    case FrontPoint::Kind::Preset: return QScatterSeries::MarkerShapeRectangle;
    case FrontPoint::Kind::Other: break;
    }
    return QScatterSeries::MarkerShapeCircle;
}

} // namespace

FrontPlot::FrontPlot(FrontChart &chart)
    : m_chart(chart), m_qchart(new QChart), m_x(new QValueAxis(m_qchart)), m_y(new QValueAxis(m_qchart))
{
    m_scene.setItemIndexMethod(QGraphicsScene::NoIndex); // everything is always painted
    m_scene.addItem(m_qchart);
    m_qchart->setAnimationOptions(QChart::NoAnimation);
    m_qchart->legend()->hide();
    m_qchart->setBackgroundVisible(false);
    m_qchart->setPlotAreaBackgroundVisible(false);
    m_qchart->setMargins({});
    m_qchart->layout()->setContentsMargins(0, 0, 0, 0);
    m_qchart->addAxis(m_x, Qt::AlignBottom);
    m_qchart->addAxis(m_y, Qt::AlignLeft);
    for (QValueAxis *axis : {m_x, m_y})
        axis->setVisible(false);
    setFocusPolicy(Qt::StrongFocus);
}

FrontPlot::~FrontPlot() = default;

/// As far as the values and their intervals reach, and a little more.
void FrontPlot::fit(int objective, QValueAxis *axis, Ticks *ticks)
{
    const Measure measure = objectives[objective];
    double least = 1e300, most = -1e300;
    for (const FrontPoint &point : std::as_const(m_chart.m_points)) {
        const auto &value = point.candidate.values[std::size_t(objective)];
        if (!value)
            continue;
        const double half = value->halfWidth.value_or(0.0);
        least = std::min(least, value->mean - half);
        most = std::max(most, value->mean + half);
    }
    ticks->clear();
    if (least > most)
        std::tie(least, most) = std::pair(0.0, 1.0);
    const double air = std::max((most - least) * 0.08, measure == Measure::Success ? 0.0005 : 0.01);
    const double ceiling = measure == Measure::Success ? 1.0 : 1e300;
    least = std::max(0.0, least - air);
    most = std::min(ceiling, most) + air;
    const double step = tickStep(most - least, 5);
    for (double at = std::ceil(least / step) * step; at <= std::min(ceiling + 1e-12, most); at += step)
        ticks->append({at, tickText(measure, at, step)});
    axis->setRange(least, most);
}

void FrontPlot::takeData()
{
    m_qchart->removeAllSeries();
    fit(0, m_y, &m_yTicks);
    fit(m_chart.across(), m_x, &m_xTicks);
    const std::size_t bigger = std::size_t(m_chart.bigger()), across = std::size_t(m_chart.across());
    double least = 1e300, most = -1e300;
    for (const FrontPoint &point : std::as_const(m_chart.m_points)) {
        if (const auto &value = point.candidate.values[bigger]) {
            least = std::min(least, value->mean);
            most = std::max(most, value->mean);
        }
    }
    for (const FrontPoint &point : std::as_const(m_chart.m_points)) { // below all points
        const auto &x = point.candidate.values[across], &y = point.candidate.values[0];
        if (!x || !y)
            continue;
        const double wide = x->halfWidth.value_or(0.0), high = y->halfWidth.value_or(0.0);
        addInterval({std::max(m_x->min(), x->mean - wide), y->mean}, {std::min(m_x->max(), x->mean + wide), y->mean});
        addInterval({x->mean, std::max(m_y->min(), y->mean - high)}, {x->mean, std::min(1.0, y->mean + high)});
    }
    for (int i = int(m_chart.m_points.size()) - 1; i >= 0; --i) { // yours above all others
        const auto &value = m_chart.m_points[i].candidate.values[bigger];
        const double share = value && most > least ? (value->mean - least) / (most - least) : 0.3;
        addPoint(m_chart.m_points[i], smallest + (biggest - smallest) * share);
    }
    update();
}

void FrontPlot::addInterval(QPointF from, QPointF to)
{
    auto *line = new QLineSeries;
    line->append(from);
    line->append(to);
    line->setPen(QPen(m_chart.m_theme.strongBorder(), 1));
    m_qchart->addSeries(line);
    line->attachAxis(m_x);
    line->attachAxis(m_y);
}

void FrontPlot::addPoint(const FrontPoint &point, double size)
{
    const auto &x = point.candidate.values[std::size_t(m_chart.across())], &y = point.candidate.values[0];
    if (!x || !y)
        return;
    auto *series = new QScatterSeries;
    series->append(x->mean, y->mean);
    series->setMarkerShape(shapeOf(point.kind));
    series->setMarkerSize(size);
    for (const FrontChart::Look &look : m_chart.looks()) {
        if (look.kind == point.kind)
            series->setColor(look.colour);
    }
    series->setBorderColor(m_chart.m_theme.surface());
    m_qchart->addSeries(series);
    series->attachAxis(m_x);
    series->attachAxis(m_y);
}

QRectF FrontPlot::area() const
{
    const QFont axis = Theme::font(TextRole::Axis);
    double left = 20;
    for (const auto &[value, text] : m_yTicks)
        left = std::max(left, double(textWidth(axis, text)) + 10);
    const double line = QFontMetricsF(axis).height();
    return QRectF(left, 8, std::max(10.0, width() - left - 14), std::max(10.0, height() - 8.0 - 2 * line - 12));
}

std::optional<QPointF> FrontPlot::valueOf(int point) const
{
    const auto &values = m_chart.m_points[point].candidate.values;
    const auto &x = values[std::size_t(m_chart.across())], &y = values[0];
    return x && y ? std::optional(QPointF(x->mean, y->mean)) : std::nullopt;
}

QPointF FrontPlot::placeOf(int point) const
{
    const QRectF plot = area();
    const QPointF value = valueOf(point).value_or(QPointF(m_x->min(), m_y->min()));
    return {plot.left() + plot.width() * (value.x() - m_x->min()) / (m_x->max() - m_x->min()),
            plot.bottom() - plot.height() * (value.y() - m_y->min()) / (m_y->max() - m_y->min())};
}

void FrontPlot::paintGround(QPainter &painter) const
{
    const QRectF plot = area();
    const Theme &theme = m_chart.m_theme;
    painter.setFont(Theme::counting(Theme::font(TextRole::Axis)));
    const double line = QFontMetricsF(painter.font()).height();
    for (const auto &[value, text] : m_yTicks) {
        const double y =
            std::round(plot.bottom() - plot.height() * (value - m_y->min()) / (m_y->max() - m_y->min())) + 0.5;
        painter.setPen(theme.border());
        painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y));
        painter.setPen(theme.muted());
        painter.drawText(QRectF(0, y - 10, plot.left() - 6, 20), Qt::AlignVCenter | Qt::AlignRight, text);
    }
    double free = -1e9;
    for (const auto &[value, text] : m_xTicks) {
        const double x = plot.left() + plot.width() * (value - m_x->min()) / (m_x->max() - m_x->min());
        const double wide = textWidth(painter.font(), text) + 2;
        const double at = std::clamp(x - wide / 2, 0.0, std::max(0.0, width() - wide));
        painter.setPen(theme.border());
        painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom() + 4));
        if (at < free)
            continue;
        free = at + wide + 12;
        painter.setPen(theme.muted());
        painter.drawText(QRectF(at, plot.bottom() + 5, wide, line + 2), Qt::AlignLeft, text);
    }
    painter.setPen(theme.muted());
    painter.drawText(QRectF(plot.left(), plot.bottom() + line + 8, plot.width(), line + 2), Qt::AlignRight,
                     tr("%1 →").arg(label(objectives[m_chart.across()])));
}

void FrontPlot::paintSeries(QPainter &painter) const
{
    const QRectF plot = area();
    const QRectF whole(QPointF(0, 0), QSizeF(plot.right() + 30, plot.bottom() + 40));
    if (m_qchart->size() != whole.size())
        m_qchart->resize(whole.size());
    if (m_qchart->plotArea() != plot) {
        m_qchart->setPlotArea(plot);
        m_qchart->layout()->activate();
    }
    if (m_scene.sceneRect() != whole)
        m_scene.setSceneRect(whole);
    painter.save();
    painter.setClipRect(plot.adjusted(-8, -8, 8, 8));
    m_scene.render(&painter, plot, plot);
    painter.restore();
}

void FrontPlot::paintSelected(QPainter &painter) const
{
    const FrontPoint &point = m_chart.m_points[m_chart.m_selected];
    if (!valueOf(m_chart.m_selected))
        return;
    const QPointF at = placeOf(m_chart.m_selected);
    const Theme &theme = m_chart.m_theme;
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(theme.text(), 1.5));
    painter.drawEllipse(at, biggest / 2 + ringGap, biggest / 2 + ringGap);
    const QFont font = Theme::font(TextRole::Secondary);
    const double wide = textWidth(font, point.name) + 12, high = QFontMetricsF(font).height() + 6;
    const double beside = biggest / 2 + ringGap + 6;
    const double x = at.x() + beside + wide < width() ? at.x() + beside : at.x() - beside - wide;
    const QRectF flag(x, std::clamp(at.y() - high / 2, 0.0, height() - high), wide, high);
    painter.setPen(theme.border());
    painter.setBrush(theme.surface());
    painter.drawRoundedRect(flag, 4, 4);
    painter.setFont(font);
    painter.setPen(theme.text());
    painter.drawText(flag, Qt::AlignCenter, point.name);
}

void FrontPlot::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    if (m_chart.m_stale)
        painter.setOpacity(0.4);
    paintGround(painter);
    paintSeries(painter);
    if (m_chart.m_selected >= 0)
        paintSelected(painter);
    painter.setOpacity(1);
    if (hasFocus()) {
        painter.setBrush(Qt::NoBrush);
        painter.setPen(QPen(m_chart.m_theme.accent(), 1));
        painter.drawRoundedRect(area().adjusted(-0.5, -4.5, 0.5, 0.5), 3, 3);
    }
}

int FrontPlot::pointAt(QPointF at) const
{
    int nearest = -1;
    double distance = near;
    for (int i = 0; i < int(m_chart.m_points.size()); ++i) {
        const QPointF away = placeOf(i) - at;
        if (const double d = std::hypot(away.x(), away.y()); valueOf(i) && d < distance) {
            nearest = i;
            distance = d;
        }
    }
    return nearest;
}

void FrontPlot::mousePressEvent(QMouseEvent *event)
{
    const int point = pointAt(event->position());
    if (event->button() == Qt::LeftButton && point >= 0)
        m_chart.choose(point);
    else
        QWidget::mousePressEvent(event);
}

/// From left to right, as they are seen.
QVector<int> FrontPlot::byPlace() const
{
    QVector<int> order;
    for (int i = 0; i < int(m_chart.m_points.size()); ++i) {
        if (valueOf(i))
            order.append(i);
    }
    std::stable_sort(order.begin(), order.end(), [this](int a, int b) { return valueOf(a)->x() < valueOf(b)->x(); });
    return order;
}

void FrontPlot::step(int by)
{
    const QVector<int> order = byPlace();
    if (order.isEmpty())
        return;
    const int at = int(order.indexOf(m_chart.m_selected));
    const int to = at < 0 ? 0 : std::clamp(at + by, 0, int(order.size()) - 1);
    m_chart.choose(order[to]);
}

void FrontPlot::keyPressEvent(QKeyEvent *event)
{
    const int all = int(m_chart.m_points.size());
    switch (event->key()) {
    case Qt::Key_Left: return step(-1);
    case Qt::Key_Right: return step(1);
    case Qt::Key_Home: return step(-all);
    case Qt::Key_End: return step(all);
    case Qt::Key_T: return m_chart.setTableVisible(true);
    default: break;
    }
    QWidget::keyPressEvent(event);
}

bool FrontPlot::event(QEvent *event)
{
    if (event->type() == QEvent::FocusIn || event->type() == QEvent::FocusOut)
        update();
    if (event->type() == QEvent::ToolTip) {
        const auto *help = static_cast<QHelpEvent *>(event);
        if (const int point = pointAt(help->pos()); point >= 0) {
            const FrontPoint &at = m_chart.m_points[point];
            QStringList lines{at.name};
            for (int o = 0; o < objectiveCount; ++o)
                lines << QStringLiteral("%1: %2").arg(label(objectives[o]), at.values.value(o));
            QToolTip::showText(help->globalPos(), lines.join(QLatin1Char('\n')), this);
        } else {
            QToolTip::hideText();
        }
        return true;
    }
    return QWidget::event(event);
}

} // namespace retryscope
