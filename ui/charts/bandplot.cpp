// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "charts/bandplot.h"

#include "charts/chartfill.h"
#include "widgets/textwidth.h"

#include <QGraphicsLayout>
#include <QKeyEvent>
#include <QPainter>
#include <QtCharts/QAreaSeries>
#include <QtCharts/QChart>
#include <QtCharts/QLegend>
#include <QtCharts/QLineSeries>
#include <QtCharts/QValueAxis>

#include <algorithm>
#include <cmath>

namespace retryscope {
namespace {

constexpr double bandOpacity = 0.18, shadeOpacity = 0.055, fewPlaces = 40;

} // namespace

BandPlot::BandPlot(BandChart &chart)
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
    setMouseTracking(true);
    setFocusPolicy(Qt::StrongFocus);
    setObjectName(QStringLiteral("bandPlot"));
}

BandPlot::~BandPlot() = default;

void BandPlot::takeData()
{
    m_qchart->removeAllSeries();
    m_x->setRange(m_chart.m_data.from, std::max(m_chart.m_data.to, m_chart.m_data.from + 1e-9));
    m_y->setRange(m_chart.m_low, m_chart.m_high);
    for (int l = 0; l < int(m_chart.m_data.lines.size()); ++l) {
        if (m_chart.legend()->isShown(l))
            addLine(m_chart.m_data.lines[l]);
    }
    m_kept = {};
    update();
}

void BandPlot::addLine(const BandLine &line)
{
    for (int i = 0; i < int(line.values.size());) {
        if (!line.values[i]) {
            ++i;
            continue;
        }
        int last = i;
        while (last + 1 < int(line.values.size()) && line.values[last + 1])
            ++last;
        addRun(line, i, last);
        i = last + 1;
    }
}

double BandPlot::spacing(int place) const
{
    const QVector<double> &places = m_chart.m_data.places;
    if (places.size() < 2)
        return m_chart.m_data.to - m_chart.m_data.from;
    return place > 0 ? places[place] - places[place - 1] : places[1] - places[0];
}

/// From one gap to the next; a single value is as wide as its place.
void BandPlot::addRun(const BandLine &line, int first, int last)
{
    QList<QPointF> means, lows, highs;
    const auto add = [&](double x, const Band &band) {
        means.append({x, m_chart.toAxis(band.mean)});
        lows.append({x, std::max(m_chart.toAxis(band.low), m_chart.m_low)});
        highs.append({x, m_chart.toAxis(band.high)});
    };
    const auto x = [&](int place) { return m_chart.m_data.places[place]; };
    if (first == last)
        add(x(first) - spacing(first) * 0.4, *line.values[first]);
    for (int i = first; i <= last; ++i)
        add(x(i), *line.values[i]);
    if (first == last)
        add(x(first) + spacing(first) * 0.4, *line.values[first]);
    auto *low = new QLineSeries, *high = new QLineSeries;
    low->replace(lows);
    high->replace(highs);
    auto *band = new QAreaSeries(high, low);
    low->setParent(band);
    high->setParent(band);
    QColor fill = line.colour;
    fill.setAlphaF(float(bandOpacity));
    band->setBrush(fill);
    band->setPen(Qt::NoPen);
    auto *mean = new QLineSeries;
    mean->replace(means);
    mean->setPen(QPen(line.colour, 2, line.style, Qt::FlatCap, Qt::RoundJoin));
    mean->setColor(line.colour);
    mean->setPointsVisible(m_chart.m_data.places.size() <= fewPlaces);
    for (QAbstractSeries *series : {static_cast<QAbstractSeries *>(band), static_cast<QAbstractSeries *>(mean)}) {
        m_qchart->addSeries(series);
        series->attachAxis(m_x);
        series->attachAxis(m_y);
    }
}

QRectF BandPlot::area() const
{
    const QFont axis = Theme::font(TextRole::Axis);
    double left = 20;
    for (const auto &[value, text] : m_chart.m_yTicks)
        left = std::max(left, double(textWidth(axis, text)) + 10);
    return QRectF(left, 8, std::max(10.0, width() - left - 14),
                  std::max(10.0, height() - 8.0 - fontMetrics().height() - 8));
}

double BandPlot::xOf(double place) const
{
    const QRectF plot = area();
    return plot.left()
           + plot.width() * (place - m_chart.m_data.from) / std::max(1e-9, m_chart.m_data.to - m_chart.m_data.from);
}

void BandPlot::paintGround(QPainter &painter) const
{
    const QRectF plot = area();
    const Theme &theme = m_chart.m_theme;
    for (const BandShade &shade : m_chart.m_data.shades)
        painter.fillRect(QRectF(QPointF(xOf(shade.from), plot.top()), QPointF(xOf(shade.to), plot.bottom())),
                         mixed(shade.colour, theme.surface(), shadeOpacity));
    painter.setFont(Theme::counting(Theme::font(TextRole::Axis)));
    for (const auto &[value, text] : m_chart.m_yTicks) {
        const double y =
            std::round(plot.bottom() - plot.height() * (value - m_chart.m_low) / (m_chart.m_high - m_chart.m_low))
            + 0.5;
        painter.setPen(theme.border());
        painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y));
        painter.setPen(theme.muted());
        painter.drawText(QRectF(0, y - 10, plot.left() - 6, 20), Qt::AlignVCenter | Qt::AlignRight, text);
    }
    double free = -1e9;
    for (const auto &[place, text] : m_chart.m_data.ticks) {
        const double wide = textWidth(painter.font(), text), x = xOf(place);
        const double at = std::clamp(x - wide / 2, 0.0, std::max(0.0, width() - wide - 2));
        painter.setPen(theme.border());
        painter.drawLine(QPointF(x, plot.bottom()), QPointF(x, plot.bottom() + 4));
        if (at < free)
            continue;
        free = at + wide + 12;
        painter.setPen(theme.muted());
        painter.drawText(QRectF(at, plot.bottom() + 5, wide + 2, fontMetrics().height() + 2), Qt::AlignLeft, text);
    }
    if (const auto mark = m_chart.m_data.mark) {
        const double x = std::round(xOf(*mark)) + 0.5;
        painter.setPen(QPen(theme.strongBorder(), 1, Qt::DashLine));
        painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()));
        painter.setPen(theme.muted());
        const double wide = textWidth(painter.font(), m_chart.m_data.markName);
        const double at = x + 4 + wide < plot.right() ? x + 4 : x - 4 - wide;
        painter.drawText(QRectF(at, plot.bottom() - 18, wide + 2, 16), Qt::AlignLeft | Qt::AlignVCenter,
                         m_chart.m_data.markName);
    }
}

void BandPlot::paintSeries(QPainter &painter) const
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
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setClipRect(plot.adjusted(-1, -1, 1, 1));
    m_scene.render(&painter, plot, plot);
    painter.restore();
}

void BandPlot::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    const double ratio = painter.device()->devicePixelRatioF();
    if (m_kept.deviceIndependentSize().toSize() != size() || m_kept.devicePixelRatio() != ratio) {
        m_kept = QPixmap(size() * ratio);
        m_kept.setDevicePixelRatio(ratio);
        m_kept.fill(Qt::transparent);
        QPainter once(&m_kept);
        once.setRenderHint(QPainter::Antialiasing);
        paintGround(once);
        paintSeries(once);
    }
    if (m_chart.m_stale)
        painter.setOpacity(0.35);
    painter.drawPixmap(0, 0, m_kept);
    painter.setOpacity(1);
    painter.setRenderHint(QPainter::Antialiasing);
    if (m_chart.m_data.lines.isEmpty()) {
        painter.setPen(m_chart.m_theme.muted());
        painter.drawText(area(), Qt::AlignCenter, tr("Nothing has been played yet."));
    } else if (m_chart.m_cursor) {
        paintCursor(painter, *m_chart.m_cursor);
    }
    if (hasFocus()) {
        painter.setBrush(Qt::NoBrush);
        painter.setPen(QPen(m_chart.m_theme.accent(), 1));
        painter.drawRoundedRect(area().adjusted(-0.5, -4.5, 0.5, 0.5), 3, 3);
    }
}

void BandPlot::paintCursor(QPainter &painter, int place) const
{
    const QRectF plot = area();
    const Theme &theme = m_chart.m_theme;
    const double x = xOf(m_chart.m_data.places[place]);
    painter.setPen(QPen(theme.muted(), 1));
    painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()));
    for (int l = 0; l < int(m_chart.m_data.lines.size()); ++l) {
        const BandLine &line = m_chart.m_data.lines[l];
        if (!line.values.value(place) || !m_chart.legend()->isShown(l))
            continue;
        const double y = plot.bottom()
                         - plot.height() * (m_chart.toAxis(line.values[place]->mean) - m_chart.m_low)
                               / (m_chart.m_high - m_chart.m_low);
        painter.setPen(QPen(theme.surface(), 1.5));
        painter.setBrush(line.colour);
        painter.drawEllipse(QPointF(x, std::clamp(y, plot.top(), plot.bottom())), 4, 4);
    }
    if (hasFocus() || underMouse())
        paintPanel(painter, place, x);
}

/// All values there, with their bands.
void BandPlot::paintPanel(QPainter &painter, int place, double x) const
{
    const Theme &theme = m_chart.m_theme;
    const QFont font = Theme::counting(Theme::font(TextRole::Axis));
    QVector<std::pair<QColor, QString>> rows;
    double wide = textWidth(font, m_chart.m_data.names.value(place));
    for (const BandLine &line : m_chart.m_data.lines) {
        const QString text = QStringLiteral("%1  %2").arg(
            line.name, line.values.value(place) ? m_chart.bandText(*line.values[place]) : tr("none"));
        rows.append({line.colour, text});
        wide = std::max(wide, textWidth(font, text) + 20.0);
    }
    const double rowHeight = QFontMetricsF(font).height() + 2, high = rowHeight * double(rows.size() + 1) + 10;
    const double at =
        x + 12 + wide + 16 < width() ? x + 12 : std::max(0.0, std::min(x - 12, double(width())) - wide - 16);
    const QRectF panel(at, 4, wide + 16, high);
    painter.setPen(theme.border());
    painter.setBrush(theme.surface());
    painter.drawRoundedRect(panel, 6, 6);
    painter.setFont(font);
    painter.setPen(theme.muted());
    QRectF row(panel.left() + 8, panel.top() + 5, wide, rowHeight);
    painter.drawText(row, Qt::AlignVCenter | Qt::AlignLeft, m_chart.m_data.names.value(place));
    for (const auto &[colour, text] : rows) {
        row.translate(0, rowHeight);
        painter.setPen(Qt::NoPen);
        painter.setBrush(colour);
        painter.drawRoundedRect(QRectF(row.left(), row.center().y() - 4, 8, 8), 2, 2);
        painter.setPen(theme.text());
        painter.drawText(row.adjusted(14, 0, 2, 0), Qt::AlignVCenter | Qt::AlignLeft, text);
    }
}

int BandPlot::placeAt(double x) const
{
    const QVector<double> &places = m_chart.m_data.places;
    int nearest = -1;
    for (int i = 0; i < int(places.size()); ++i) {
        if (nearest < 0 || std::abs(xOf(places[i]) - x) < std::abs(xOf(places[nearest]) - x))
            nearest = i;
    }
    return nearest;
}

void BandPlot::moveCursor(std::optional<int> place)
{
    m_chart.showCursor(place);
    emit m_chart.cursorMoved(m_chart.cursor().value_or(-1));
}

void BandPlot::mouseMoveEvent(QMouseEvent *event)
{
    if (area().adjusted(-6, -6, 6, 6).contains(event->position()))
        moveCursor(placeAt(event->position().x()));
    else
        moveCursor(std::nullopt);
}

void BandPlot::leaveEvent(QEvent *)
{
    if (!hasFocus())
        moveCursor(std::nullopt);
}

void BandPlot::keyPressEvent(QKeyEvent *event)
{
    const int last = int(m_chart.m_data.places.size()) - 1;
    const std::optional<int> at = m_chart.cursor();
    switch (event->key()) {
    case Qt::Key_Left: return moveCursor(std::max(0, at.value_or(last + 1) - 1));
    case Qt::Key_Right: return moveCursor(std::min(last, at.value_or(-1) + 1));
    case Qt::Key_Home: return moveCursor(0);
    case Qt::Key_End: return moveCursor(last);
    case Qt::Key_T: return m_chart.setTableVisible(true);
    case Qt::Key_Escape:
        if (at)
            return moveCursor(std::nullopt);
        break;
    default: break;
    }
    QWidget::keyPressEvent(event);
}

bool BandPlot::event(QEvent *event)
{
    if (event->type() == QEvent::FocusIn || event->type() == QEvent::FocusOut)
        update();
    if (event->type() == QEvent::FontChange)
        m_kept = {};
    return QWidget::event(event);
}

} // namespace retryscope
