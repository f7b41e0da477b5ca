// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "charts/timechart.h"
#include "widgets/textwidth.h"
#include "words/localtime.h"

#include <QHelpEvent>
#include <QKeyEvent>
#include <QPainter>
#include <QToolTip>

#include <cmath>

namespace retryscope {
namespace {

struct TimeStep { Duration step; const char *unit; Duration per; };
/// For each window: the finest first. The first that leaves room for its labels is used.
constexpr std::array<std::array<TimeStep, 3>, seriesSpans.size()> timeSteps{{
    {{{20s, "%1 s", 1s}, {30s, "%1 s", 1s}, {60s, "%1 s", 1s}}},
    {{{5min, "%1 min", 1min}, {10min, "%1 min", 1min}, {15min, "%1 min", 1min}}},
    {{{1h, "%1 h", 1h}, {2h, "%1 h", 1h}, {3h, "%1 h", 1h}}},
    {{{3h, "%1 h", 1h}, {6h, "%1 h", 1h}, {12h, "%1 h", 1h}}},
    {{{24h, "%1 d", 24h}, {48h, "%1 d", 24h}, {72h, "%1 d", 24h}}},
}};

/// For a zoomed span: round steps, told as times of day.
constexpr std::array<Duration, 15> roundSteps{1s,   2s,    5s,    10s, 20s, 30s, 1min, 2min,
                                              5min, 10min, 30min, 1h,  3h,  6h,  24h};

constexpr double markerReach = 5; // pixels to each side that a marker is found within

QString clock(WallTime at, Duration step)
{
    const QDateTime t = localTime(at);
    return t.toString(step < 1min  ? QStringLiteral("HH:mm:ss")
                      : step < 24h ? QStringLiteral("HH:mm")
                                   : QStringLiteral("ddd d"));
}

} // namespace

TimePlot::TimePlot(TimeChart &chart) : QWidget(&chart), m_chart(chart)
{
    setObjectName(QStringLiteral("plot"));
    setFocusPolicy(Qt::StrongFocus);
    setAttribute(Qt::WA_OpaquePaintEvent); // or the rounded card below is painted again with every picture
    setMouseTracking(true);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
}

QSize TimePlot::minimumSizeHint() const { return {200, fontMetrics().height() * m_chart.leastLines()}; }

int TimePlot::leftMargin() const
{
    int widest = 0;
    for (const YTick &tick : m_chart.yTicks())
        widest = std::max(widest, textWidth(font(), tick.label));
    constexpr int least = 46, most = 120; // so that plots above each other stand on one line
    return std::clamp(widest + 12, least, most);
}

PlotArea TimePlot::area() const
{
    const int text = fontMetrics().height();
    const int left = leftMargin();
    QRectF rect(left, text / 2 + 1, width() - left - std::max(m_chart.rightMargin(), 4),
                height() - text / 2 - text - 7);
    return {rect, m_chart.frame().bins()};
}

void TimePlot::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.fillRect(rect(), m_chart.m_theme.surface());
    const PlotArea a = area();
    if (!m_chart.m_collected || a.rect.width() < 10 || a.rect.height() < 10)
        return;
    paintGaps(painter, a);
    paintGrid(painter, a);
    paintTimeAxis(painter, a);
    if (!m_chart.isEmpty()) {
        painter.save();
        m_chart.paintSeries(painter, a);
        painter.restore();
    }
    paintMarkers(painter, a);
    if (const auto bin = m_chart.cursorBin())
        paintCursor(painter, a, *bin);
    if (isDragging()) {
        QColor veil = m_chart.m_theme.accent();
        veil.setAlphaF(0.18f);
        const double from = std::clamp(m_pressed->x(), a.rect.left(), a.rect.right()),
                     to = std::clamp(m_pointer->x(), a.rect.left(), a.rect.right());
        painter.fillRect(
            QRectF(QPointF(std::min(from, to), a.rect.top()), QPointF(std::max(from, to), a.rect.bottom())), veil);
    }
    paintWords(painter, a);
    if (hasFocus()) {
        painter.setPen(QPen(m_chart.m_theme.accent(), 2));
        painter.setBrush(Qt::NoBrush);
        painter.drawRoundedRect(QRectF(rect()).adjusted(1, 1, -1, -1), 3, 3);
    }
}

void TimePlot::paintGrid(QPainter &painter, const PlotArea &a) const
{
    const QFontMetrics fm = fontMetrics();
    for (const YTick &tick : m_chart.yTicks()) {
        const double y = std::round(a.y(tick.share));
        if (tick.line) {
            painter.setPen(QPen(tick.share == 0.0 ? m_chart.m_theme.strongBorder() : m_chart.m_theme.border(), 1));
            painter.drawLine(QPointF(a.rect.left(), y), QPointF(a.rect.right(), y));
        }
        painter.setPen(m_chart.m_theme.muted());
        const QString label = elidedText(font(), tick.label, int(a.rect.left()) - 8);
        painter.drawText(QPointF(a.rect.left() - 6 - textWidth(font(), label), y + fm.ascent() / 2.0 - 1), label);
    }
}

double TimePlot::xOf(WallTime at, const PlotArea &a) const
{
    return a.rect.left() + toSeconds(at - m_chart.frame().startOf(0)) / toSeconds(m_chart.frame().bin()) * a.binWidth();
}

void TimePlot::paintTimeAxis(QPainter &painter, const PlotArea &a) const
{
    const QFontMetrics fm = fontMetrics();
    const ChartFrame &f = m_chart.frame();
    const Duration length = f.bin() * f.bins();
    const double y = a.rect.bottom() + fm.ascent() + 5;
    const auto put = [&](double x, const QString &label) {
        const int w = textWidth(font(), label);
        painter.setPen(QPen(m_chart.m_theme.strongBorder(), 1));
        painter.drawLine(QPointF(std::round(x), a.rect.bottom()), QPointF(std::round(x), a.rect.bottom() + 3));
        painter.setPen(m_chart.m_theme.muted());
        painter.drawText(QPointF(std::clamp(x - w / 2.0, 0.0, double(width() - w - 1)), y), label);
    };
    const double perSecond = a.rect.width() / toSeconds(length);
    if (f.zoomed) {
        auto step = std::find_if(roundSteps.begin(), roundSteps.end(), [&](Duration s) {
            return toSeconds(s) * perSecond > textWidth(font(), clock({}, s)) * 1.5;
        });
        const Duration use = step == roundSteps.end() ? roundSteps.back() : *step;
        for (auto at = WallTime(std::chrono::ceil<std::chrono::milliseconds>(
                 ((f.startOf(0).time_since_epoch() + use - 1ms) / use) * use));
             at <= f.startOf(f.bins()); at += std::chrono::duration_cast<std::chrono::milliseconds>(use))
            put(xOf(at, a), clock(at, use));
        return;
    }
    const TimeStep *use = &timeSteps[f.span].back();
    for (const TimeStep &step : timeSteps[f.span]) {
        if (toSeconds(step.step) * perSecond > textWidth(font(), QStringLiteral("−") + tr(step.unit).arg(188)) * 1.3) {
            use = &step;
            break;
        }
    }
    for (Duration ago{}; ago <= length; ago += use->step)
        put(a.rect.right() - toSeconds(ago) * perSecond,
            ago == 0s ? tr("now") : QStringLiteral("−") + tr(use->unit).arg(ago / use->per));
}

/// Where nobody watched, the ground is hatched: a gap is a gap.
void TimePlot::paintGaps(QPainter &painter, const PlotArea &a) const
{
    const ChartFrame &f = m_chart.frame();
    double until = -1;
    for (const StateBand &gap : f.gaps()) {
        const double from = xOf(gap.from, a), to = xOf(gap.to, a);
        painter.fillRect(QRectF(from, a.rect.top(), to - from, a.rect.height()), m_chart.m_theme.alternate());
        const QString words = tr("not running");
        if (to - from > textWidth(font(), words) + 12 && from > until && !m_chart.isEmpty()) {
            painter.setPen(m_chart.m_theme.muted());
            painter.drawText(QRectF(from, a.rect.top() + 2, to - from, fontMetrics().height()), Qt::AlignCenter, words);
        }
        until = to;
    }
}

/// A thin dotted line with a small head; what it means stands in its tooltip.
void TimePlot::paintMarkers(QPainter &painter, const PlotArea &a) const
{
    const ChartFrame &f = m_chart.frame();
    if (!f.markers)
        return;
    for (const ChartMarker &marker : *f.markers) {
        if (marker.at < f.startOf(0) || marker.at >= f.startOf(f.bins()))
            continue;
        const double x = std::round(xOf(marker.at, a));
        const QColor colour =
            marker.kind == ChartMarker::Kind::IncidentOpened ? m_chart.m_theme.stateFill(ProviderState::Down)
            : marker.kind == ChartMarker::Kind::Isolated || marker.kind == ChartMarker::Kind::Released
                ? m_chart.m_theme.stateFill(ProviderState::Isolated)
            : marker.kind == ChartMarker::Kind::Probed ? m_chart.m_theme.stateFill(ProviderState::Probing)
                                                       : m_chart.m_theme.accent();
        painter.setPen(QPen(colour, 1, Qt::DotLine));
        painter.drawLine(QPointF(x, a.rect.top() + 6), QPointF(x, a.rect.bottom()));
        painter.setPen(Qt::NoPen);
        painter.setBrush(colour);
        painter.drawRect(QRectF(x - 2.5, a.rect.top() - 1, 6, 6));
    }
    painter.setBrush(Qt::NoBrush);
}

QString TimePlot::markersAt(QPointF at) const
{
    const ChartFrame &f = m_chart.frame();
    QStringList lines;
    const PlotArea a = area();
    for (std::size_t i = 0; f.markers && i < f.markers->size(); ++i) {
        const ChartMarker &marker = (*f.markers)[i];
        if (marker.at >= f.startOf(0) && std::abs(xOf(marker.at, a) - at.x()) <= markerReach)
            lines << tr("%1 %2").arg(clock(marker.at, 1s), marker.text);
    }
    return lines.join(QLatin1Char('\n'));
}

bool TimePlot::event(QEvent *event)
{
    if (event->type() != QEvent::ToolTip)
        return QWidget::event(event);
    auto *help = static_cast<QHelpEvent *>(event);
    if (const QString text = markersAt(help->pos()); !text.isEmpty())
        QToolTip::showText(help->globalPos(), text, this);
    else
        QToolTip::hideText();
    return true;
}

void TimePlot::paintCursor(QPainter &painter, const PlotArea &a, int bin) const
{
    const QFontMetrics fm = fontMetrics();
    const double x = std::round(a.left(bin) + a.binWidth() / 2.0);
    painter.setPen(QPen(m_chart.m_theme.text(), 1));
    painter.drawLine(QPointF(x, a.rect.top()), QPointF(x, a.rect.bottom() + 3));
    if (m_segment >= 0 && (hasFocus() || m_pointer)) {
        painter.setPen(QPen(m_chart.m_theme.text(), 1.5));
        painter.setBrush(Qt::NoBrush);
        painter.drawRect(m_chart.segmentRect(bin, m_segment, a).adjusted(-1, -1, 1, 1));
    }
    const QString label = m_chart.binTimeShort(std::max(0, m_chart.binOf(m_chart.groupAt(bin))));
    const double w = textWidth(font(), label) + 10;
    const QRectF chip(std::clamp(x - w / 2.0, 0.0, width() - w - 1.0), a.rect.bottom() + 3, w, fm.height() + 2);
    painter.setPen(Qt::NoPen);
    painter.setBrush(m_chart.m_theme.text());
    painter.drawRoundedRect(chip, 3, 3);
    painter.setPen(m_chart.m_theme.surface());
    painter.drawText(chip, Qt::AlignCenter, label);
}

void TimePlot::paintWords(QPainter &painter, const PlotArea &a) const
{
    const ChartFrame &f = m_chart.frame();
    QString words;
    if (f.loading)
        words = tr("Loading the last %1 …").arg(spanName(f.span));
    else if (!f.problem.isEmpty())
        words = tr("The past is missing: %1").arg(f.problem);
    if (m_chart.isEmpty()) {
        QPen dashed(m_chart.m_theme.strongBorder(), 1, Qt::DashLine);
        painter.setPen(dashed);
        const double y = std::round(a.rect.bottom()) - 2;
        painter.drawLine(QPointF(a.rect.left(), y), QPointF(a.rect.right(), y));
        if (words.isEmpty())
            words = tr("Nothing %1.").arg(m_chart.inLast());
    }
    if (words.isEmpty())
        return;
    const QRectF where = m_chart.isEmpty() ? a.rect
                                           : QRectF(a.rect.left() + 8, a.rect.top() + 4, a.rect.width() - 16,
                                                    fontMetrics().height() * 2);
    const int flags = (m_chart.isEmpty() ? int(Qt::AlignCenter) : int(Qt::AlignLeft | Qt::AlignTop)) | Qt::TextWordWrap;
    painter.fillRect(painter.boundingRect(where, flags, words).adjusted(-6, -2, 6, 2), m_chart.m_theme.surface());
    painter.setPen(m_chart.m_theme.muted());
    painter.drawText(where, flags, words);
}

std::optional<int> TimePlot::binAt(QPointF at) const
{
    const PlotArea a = area();
    if (at.x() < a.rect.left() - 2 || at.x() > a.rect.right() + 2)
        return std::nullopt;
    return std::clamp(int((at.x() - a.rect.left()) / a.binWidth()), 0, a.bins - 1);
}

void TimePlot::followPointer()
{
    if (!m_pointer)
        return;
    const auto bin = binAt(*m_pointer);
    const PlotArea a = area();
    m_segment = bin ? m_chart.segmentAt(*bin, (a.rect.bottom() - m_pointer->y()) / a.rect.height()) : -1;
    m_chart.m_model.setCursor(bin ? std::optional(m_chart.frame().startOf(*bin)) : std::nullopt);
}

void TimePlot::mouseMoveEvent(QMouseEvent *event)
{
    const int before = m_segment;
    m_pointer = event->position();
    followPointer();
    setCursor(m_segment >= 0 ? Qt::PointingHandCursor : Qt::ArrowCursor);
    if (before != m_segment || m_pressed)
        update();
}

void TimePlot::mousePressEvent(QMouseEvent *event)
{
    if (event->button() != Qt::LeftButton)
        return QWidget::mousePressEvent(event);
    m_pointer = m_pressed = event->position();
    followPointer();
}

/// A click asks for what is there, a drag for the span.
void TimePlot::mouseReleaseEvent(QMouseEvent *event)
{
    if (event->button() != Qt::LeftButton || !m_pressed)
        return QWidget::mouseReleaseEvent(event);
    m_pointer = event->position();
    const bool dragged = isDragging();
    const QPointF pressed = *m_pressed;
    m_pressed.reset();
    update();
    if (dragged) {
        const PlotArea a = area();
        const auto binOf = [&](double x) { return std::clamp(int((x - a.rect.left()) / a.binWidth()), 0, a.bins - 1); };
        const int from = binOf(std::min(pressed.x(), m_pointer->x())),
                  to = binOf(std::max(pressed.x(), m_pointer->x()));
        m_chart.m_model.setZoom(std::pair(m_chart.frame().startOf(from), m_chart.frame().startOf(to + 1)));
    } else if (const auto bin = binAt(event->position()); bin && (m_segment >= 0 || m_chart.segments() == 0)) {
        emit m_chart.eventsRequested(m_chart.queryAt(*bin, m_segment));
    }
}

void TimePlot::mouseDoubleClickEvent(QMouseEvent *event)
{
    if (!m_chart.m_model.zoom())
        return QWidget::mouseDoubleClickEvent(event);
    m_pressed.reset();
    m_chart.m_model.setZoom(std::nullopt);
}

void TimePlot::leaveEvent(QEvent *)
{
    m_pointer.reset();
    m_segment = -1;
    m_chart.m_model.setCursor(std::nullopt);
}

bool TimePlot::moveCursor(int key, Qt::KeyboardModifiers modifiers)
{
    const int last = m_chart.frame().bins() - 1;
    const int step = m_chart.grouping() * (modifiers & (Qt::ShiftModifier | Qt::ControlModifier) ? 10 : 1);
    const int at = m_chart.cursorBin().value_or(last + 1);
    int to = at;
    switch (key) {
    case Qt::Key_Left: to = at - step; break;
    case Qt::Key_Right: to = at + step; break;
    case Qt::Key_Home: to = 0; break;
    case Qt::Key_End: to = last; break;
    default: return false;
    }
    m_pointer.reset();
    m_chart.m_model.setCursor(m_chart.frame().startOf(std::clamp(to, 0, last)));
    return true;
}

void TimePlot::keyPressEvent(QKeyEvent *event)
{
    if (moveCursor(event->key(), event->modifiers()))
        return;
    ChartModel &model = m_chart.m_model;
    switch (event->key()) {
    case Qt::Key_Up: m_segment = std::min(m_segment + 1, m_chart.segments() - 1); update(); return;
    case Qt::Key_Down: m_segment = std::max(m_segment - 1, -1); update(); return;
    case Qt::Key_Space: model.setPaused(!model.isPaused()); return;
    case Qt::Key_BracketLeft: model.shorter(); return;
    case Qt::Key_BracketRight: model.longer(); return;
    case Qt::Key_T: m_chart.setTableVisible(true); return;
    case Qt::Key_Return:
    case Qt::Key_Enter:
        if (const auto bin = m_chart.cursorBin())
            emit m_chart.eventsRequested(m_chart.queryAt(*bin, m_segment));
        return;
    case Qt::Key_Escape:
        if (!model.cursor() && !model.zoom())
            break;
        m_segment = -1;
        m_pressed.reset();
        if (model.cursor())
            model.setCursor(std::nullopt);
        else
            model.setZoom(std::nullopt);
        return;
    default: break;
    }
    QWidget::keyPressEvent(event);
}

void TimePlot::focusInEvent(QFocusEvent *event)
{
    QWidget::focusInEvent(event);
    update();
}

void TimePlot::focusOutEvent(QFocusEvent *event)
{
    m_segment = -1;
    QWidget::focusOutEvent(event);
    update();
}

} // namespace retryscope
