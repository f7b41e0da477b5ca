// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "charts/chartfill.h"
#include "charts/dashboardcharts.h"
#include "charts/flowview.h"
#include "widgets/textwidth.h"
#include "words/healthwords.h"

#include <QHelpEvent>
#include <QKeyEvent>
#include <QLocale>
#include <QPainter>
#include <QToolTip>

#include <cmath>

namespace retryscope {
namespace {

constexpr std::size_t compactFrom = 7; // rows: from here on one line each
constexpr double rowGap = 5, leastRibbon = 1.5, skipRoom = 8, round = 7;
constexpr double calm = 0.5, faded = 0.16, lit = 0.85; // how strong a ribbon stands on the ground

/// From a left edge to a right one, each a centre and a thickness.
QPainterPath ribbon(QPointF from, double thick, QPointF to, double thin)
{
    const double middle = (from.x() + to.x()) / 2;
    QPainterPath path(QPointF(from.x(), from.y() - thick / 2));
    path.cubicTo(QPointF(middle, from.y() - thick / 2), QPointF(middle, to.y() - thin / 2),
                 QPointF(to.x(), to.y() - thin / 2));
    path.lineTo(to.x(), to.y() + thin / 2);
    path.cubicTo(QPointF(middle, to.y() + thin / 2), QPointF(middle, from.y() + thick / 2),
                 QPointF(from.x(), from.y() + thick / 2));
    path.closeSubpath();
    return path;
}

} // namespace

FlowPlot::FlowPlot(FlowView &view) : QWidget(&view), m_view(view)
{
    setObjectName(QStringLiteral("flowPlot"));
    setFocusPolicy(Qt::StrongFocus);
    setAttribute(Qt::WA_OpaquePaintEvent);
    setMouseTracking(true);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

QFont FlowPlot::small() const
{
    QFont f = font();
    f.setPointSizeF(f.pointSizeF() * 0.9);
    return f;
}

double FlowPlot::rowHeight() const
{
    return m_boxes.size() >= compactFrom ? fontMetrics().height() + 9
                                         : fontMetrics().height() + QFontMetrics(small()).height() + 9;
}

QSize FlowPlot::sizeHint() const
{
    const double rows = double(std::max<std::size_t>(m_boxes.size(), 2)) * (rowHeight() + rowGap);
    const double endings = double(std::max<std::size_t>(m_endings.size(), 5)) * (fontMetrics().height() + 9);
    return {600, int(std::max(rows, endings)) + 6};
}

QSize FlowPlot::minimumSizeHint() const { return {420, sizeHint().height()}; }

void FlowPlot::refresh()
{
    const auto before = std::pair(m_boxes.size(), m_endings.size());
    m_shown = m_view.m_flow.shown();
    arrange();
    if (before != std::pair(m_boxes.size(), m_endings.size()))
        updateGeometry();
    update();
}

void FlowPlot::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    arrange();
}

void FlowPlot::arrange()
{
    const FlowPicture &flow = m_view.m_flow;
    m_boxes.assign(m_shown.size() + (m_shown.size() < flow.rows.size() ? 1 : 0), {});
    const double w = width(), callers = std::clamp(w * 0.08, 66.0, 104.0), box = std::clamp(w * 0.38, 250.0, 480.0),
                 end = std::clamp(w * 0.24, 150.0, 270.0);
    const double between = std::max(24.0, (w - callers - box - end) / 2);
    const double all = double(m_boxes.size()) * (rowHeight() + rowGap) - rowGap;
    double y = std::max(1.0, (height() - all) / 2);
    for (QRectF &r : m_boxes) {
        r = QRectF(callers + between, std::round(y), box, rowHeight());
        y += rowHeight() + rowGap;
    }
    m_callers = QRectF(0.5, 1.5, callers, height() - 3);
    arrangeEndings(QRectF(w - end, 1, end - 1, height() - 2));
    arrangeRibbons();
}

/// Every ending has room for its words; what is left is shared out by calls.
void FlowPlot::arrangeEndings(const QRectF &area)
{
    const FlowPicture &flow = m_view.m_flow;
    m_endings.clear();
    for (const CallOutcome o : {CallOutcome::FirstTry, CallOutcome::SecondChoice, CallOutcome::RecoveredByRetry,
                                CallOutcome::RecoveredByFailover, CallOutcome::Failed})
        m_endings.push_back({o, flow.all.count(o), {}, {}});
    if (flow.all.count(CallOutcome::Cancelled) > 0)
        m_endings.push_back({CallOutcome::Cancelled, flow.all.count(CallOutcome::Cancelled), {}, {}});
    if (flow.inFlight > 0)
        m_endings.push_back({CallOutcome::None, flow.inFlight, {}, {}});
    const double least = fontMetrics().height() + 5,
                 rest = std::max(0.0, area.height() - least * double(m_endings.size()));
    quint64 sum = 0;
    for (const Ending &e : m_endings)
        sum += e.outcome == CallOutcome::None ? 0 : e.calls;
    double y = area.top();
    for (Ending &e : m_endings) {
        const double share = e.outcome == CallOutcome::None || sum == 0 ? 0.0 : double(e.calls) / double(sum);
        const double high = sum == 0 ? area.height() / double(m_endings.size()) : least + rest * share;
        e.row = QRectF(area.left(), y, area.width(), high);
        const double bar = e.calls == 0 ? 3.0 : std::max(5.0, high - 10);
        e.bar = QRectF(area.left(), std::round(y + (high - bar) / 2), 5, bar);
        y += high;
    }
}

void FlowPlot::arrangeRibbons()
{
    m_ribbons.clear();
    m_skips.clear();
    const FlowPicture &flow = m_view.m_flow;
    const quint64 ended = flow.all.owed() + flow.all.count(CallOutcome::Cancelled);
    const auto skipped = [&](int i) { return row(i).bin.skipCount() > 0; };
    double skips = 0;
    for (int i = 0; i < int(m_shown.size()); ++i)
        skips += skipped(i) ? skipRoom : 0;
    const double room = std::max(10.0, m_callers.height() - 14 - skips);
    double y = m_callers.top() + 7;
    std::vector<double> used(m_endings.size(), 0.0);
    for (int i = 0; i < int(m_shown.size()); ++i) {
        const FlowRow &r = row(i);
        const QRectF &box = m_boxes[std::size_t(i)];
        if (skipped(i)) {
            m_skips.push_back({QPointF(m_callers.right(), y + skipRoom / 2), QPointF(box.left(), box.top() + 7)});
            y += skipRoom;
        }
        const quint64 calls = r.bin.owed() + r.bin.count(CallOutcome::Cancelled);
        if (calls == 0 || ended == 0)
            continue;
        const double thick = std::max(leastRibbon, room * double(calls) / double(ended)),
                     thin = std::min(thick, box.height() - 10);
        const QColor colour = r.kind == FlowRow::Kind::Provider ? m_view.m_theme.provider(r.id) : m_view.m_theme.calm();
        m_ribbons.push_back({{i, std::nullopt},
                             ribbon({m_callers.right(), y + thick / 2}, thick, {box.left(), box.center().y()}, thin),
                             colour});
        y += thick;
        double at = box.center().y() - thin / 2;
        for (std::size_t e = 0; e < m_endings.size(); ++e) {
            const quint64 n = m_endings[e].outcome == CallOutcome::None ? 0 : r.bin.count(m_endings[e].outcome);
            if (n == 0)
                continue;
            const double from = std::max(1.0, thin * double(n) / double(calls)),
                         to = m_endings[e].bar.height() * double(n) / double(m_endings[e].calls);
            m_ribbons.push_back(
                {{i, m_endings[e].outcome},
                 ribbon({box.right(), at + from / 2}, from,
                        {m_endings[e].bar.left(), m_endings[e].bar.top() + used[e] + to / 2}, std::max(1.0, to)),
                 outcomeColour(m_view.m_theme, m_endings[e].outcome)});
            at += from;
            used[e] += to;
        }
    }
}

bool FlowPlot::isLit(const Part &part) const
{
    if (m_lit.row >= 0 && m_lit.outcome)
        return part.row == m_lit.row && (!part.outcome || part.outcome == m_lit.outcome);
    return m_lit.row >= 0 ? part.row == m_lit.row : part.outcome == m_lit.outcome;
}

void FlowPlot::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const Theme &theme = m_view.m_theme;
    painter.fillRect(rect(), theme.surface());
    for (const bool second : {false, true}) { // the lit ones lie on top
        for (const Ribbon &r : m_ribbons) {
            const bool on = !m_lit.isNone() && isLit(r.part);
            if (on == second)
                painter.fillPath(r.path, mixed(r.colour, theme.surface(), m_lit.isNone() ? calm : on ? lit : faded));
        }
    }
    for (const auto &[from, to] : m_skips) {
        const QColor colour = theme.stateFill(ProviderState::Down);
        painter.setPen(QPen(colour, 1.3, Qt::DashLine));
        QPainterPath path(from);
        path.cubicTo(QPointF((from.x() + to.x()) / 2, from.y()), QPointF((from.x() + to.x()) / 2, to.y()), to);
        painter.setBrush(Qt::NoBrush);
        painter.drawPath(path);
        const QPointF cross = path.pointAtPercent(0.78);
        painter.setPen(QPen(colour, 1.8));
        painter.drawLine(cross + QPointF(-4, -4), cross + QPointF(4, 4));
        painter.drawLine(cross + QPointF(-4, 4), cross + QPointF(4, -4));
    }
    paintCallers(painter);
    for (int i = 0; i < int(m_shown.size()); ++i)
        paintRow(painter, i);
    if (m_boxes.size() > m_shown.size())
        paintFolded(painter);
    for (const Ending &e : m_endings)
        paintEnding(painter, e);
    if (hasFocus() && m_lit.isNone()) {
        painter.setPen(QPen(theme.accent(), 2));
        painter.setBrush(Qt::NoBrush);
        painter.drawRoundedRect(QRectF(rect()).adjusted(1, 1, -1, -1), 4, 4);
    }
}

void FlowPlot::paintCallers(QPainter &painter) const
{
    const Theme &theme = m_view.m_theme;
    painter.setPen(Qt::NoPen);
    painter.setBrush(theme.alternate());
    painter.drawRoundedRect(m_callers, round, round);
    QFont title = font();
    title.setWeight(QFont::DemiBold);
    painter.setFont(title);
    painter.setPen(theme.text());
    const double line = fontMetrics().height();
    const QRectF middle(m_callers.left() + 4, m_callers.center().y() - line, m_callers.width() - 8, line);
    paintLine(painter, middle, Qt::AlignCenter, elidedText(title, tr("Callers"), int(middle.width())));
    painter.setFont(small());
    painter.setPen(theme.muted());
    paintLine(painter, middle.translated(0, line + 2), Qt::AlignCenter,
              rateText(m_view.m_flow.all.submitted, m_view.m_flow.over));
}

void FlowPlot::paintRow(QPainter &painter, int shown) const
{
    const Theme &theme = m_view.m_theme;
    const FlowRow &r = row(shown);
    const QRectF box = m_boxes[std::size_t(shown)];
    const bool provider = r.kind == FlowRow::Kind::Provider, compact = m_boxes.size() >= compactFrom;
    const bool on = !m_lit.isNone() && m_lit.row == shown;
    painter.setPen(
        QPen(on ? theme.accent() : theme.border(), on && hasFocus() ? 2 : 1, provider ? Qt::SolidLine : Qt::DashLine));
    painter.setBrush(theme.surface());
    painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), round, round);
    painter.setPen(Qt::NoPen);
    painter.setBrush(provider ? theme.stateFill(r.state) : theme.calm());
    painter.drawRoundedRect(QRectF(box.left(), box.top() + 3, 4, box.height() - 6), 2, 2);
    QFont title = font();
    title.setWeight(QFont::DemiBold);
    const QString state = provider ? QStringLiteral("%1 %2").arg(stateGlyph(r.state), stateWord(r.state)) : QString();
    const int stateWidth = state.isEmpty() ? 0 : textWidth(font(), state) + 4;
    const QRectF inner = box.adjusted(14, 3, -10, -3);
    const double top = compact ? inner.height() : fontMetrics().height();
    const double nameRoom = compact ? std::max(60.0, inner.width() * 0.36) : inner.width() - stateWidth - 10;
    painter.setFont(title);
    painter.setPen(theme.text());
    paintLine(painter, QRectF(inner.left(), inner.top(), nameRoom, top), Qt::AlignLeft | Qt::AlignVCenter,
              elidedText(title, r.name, int(nameRoom)));
    painter.setFont(font());
    painter.setPen(theme.stateText(r.state));
    if (compact)
        paintLine(painter, QRectF(inner.left() + nameRoom + 8, inner.top(), stateWidth, top),
                  Qt::AlignLeft | Qt::AlignVCenter, state);
    else
        paintLine(painter, QRectF(inner.right() - stateWidth, inner.top(), stateWidth, top),
                  Qt::AlignRight | Qt::AlignVCenter, state);
    painter.setFont(small());
    painter.setPen(theme.muted());
    if (compact) {
        const double left = inner.left() + nameRoom + 8 + stateWidth + 8;
        const QRectF rest(left, inner.top(), std::max(0.0, inner.right() - left), top);
        const auto fits = [&](const QString &text) { return textWidth(small(), text) <= int(rest.width()); };
        const QString fact = fits(r.fact) ? r.fact : fits(r.brief) ? r.brief : QString(); // the tooltip has it whole
        paintLine(painter, rest, Qt::AlignRight | Qt::AlignVCenter, fact);
        return;
    }
    const QRectF below(inner.left(), inner.top() + top, inner.width(), inner.height() - top);
    const int factRoom = std::min(textWidth(small(), r.fact) + 2, int(below.width())); // it comes before the model
    paintLine(painter, below, Qt::AlignRight | Qt::AlignVCenter, elidedText(small(), r.fact, factRoom));
    if (const int rest = int(below.width()) - factRoom - 10; rest > textWidth(small(), QStringLiteral("MMMMM")))
        paintLine(painter, below, Qt::AlignLeft | Qt::AlignVCenter, elidedText(small(), r.model, rest));
}

void FlowPlot::paintFolded(QPainter &painter) const
{
    const Theme &theme = m_view.m_theme;
    const QRectF box = m_boxes.back();
    painter.setPen(QPen(m_lit.row == int(m_shown.size()) ? theme.accent() : theme.border(), 1, Qt::DashLine));
    painter.setBrush(Qt::NoBrush);
    painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), round, round);
    painter.setFont(small());
    painter.setPen(theme.muted());
    paintLine(painter, box.adjusted(14, 0, -10, 0), Qt::AlignLeft | Qt::AlignVCenter,
              elidedText(small(), words(Part{int(m_shown.size()), {}}).section(QLatin1Char('\n'), 0, 0),
                         int(box.width()) - 24));
}

void FlowPlot::paintEnding(QPainter &painter, const Ending &e) const
{
    const Theme &theme = m_view.m_theme;
    const bool on = m_lit.outcome == e.outcome && m_lit.row < 0;
    painter.setPen(Qt::NoPen);
    painter.setBrush(e.calls == 0                     ? theme.border()
                     : e.outcome == CallOutcome::None ? theme.accent()
                                                      : outcomeColour(theme, e.outcome));
    painter.drawRoundedRect(e.bar, 2, 2);
    const quint64 all = m_view.m_flow.all.owed();
    const QString value = e.outcome == CallOutcome::None || e.outcome == CallOutcome::Cancelled
                              ? QLocale().toString(e.calls)
                              : percentText(e.calls, all);
    QFont title = font();
    title.setWeight(QFont::DemiBold);
    const int room = textWidth(title, value) + 2;
    const QRectF text = e.row.adjusted(14, 0, 0, 0);
    painter.setFont(font());
    painter.setPen(e.calls == 0 ? theme.muted() : theme.text());
    QString label = toLabel(e.outcome);
    if (e.outcome == CallOutcome::SecondChoice && e.calls > 0) { // whom the first choice was, where it is one
        QStringList skipped;
        for (const FlowRow &r : m_view.m_flow.rows) {
            if (r.bin.skipCount() > 0)
                skipped << r.name;
        }
        const QString longer = tr("%1 (%2 skipped)").arg(label).arg(skipped.size());
        if (!skipped.isEmpty() && textWidth(font(), longer) <= int(text.width()) - room - 8)
            label = longer;
    }
    paintLine(painter, text, Qt::AlignLeft | Qt::AlignVCenter, elidedText(font(), label, int(text.width()) - room - 8));
    painter.setFont(title);
    paintLine(painter, text, Qt::AlignRight | Qt::AlignVCenter, value);
    if (on) {
        painter.setPen(QPen(theme.accent(), hasFocus() ? 2 : 1));
        painter.setBrush(Qt::NoBrush);
        painter.drawRoundedRect(QRectF(e.row.left() - 4, e.row.center().y() - fontMetrics().height() / 2.0 - 2,
                                       e.row.width() + 4, fontMetrics().height() + 4),
                                4, 4);
    }
}

QRectF FlowPlot::outcomeRect(CallOutcome outcome) const
{
    const auto it =
        std::find_if(m_endings.begin(), m_endings.end(), [outcome](const Ending &e) { return e.outcome == outcome; });
    return it == m_endings.end() ? QRectF() : it->row;
}

FlowPlot::Part FlowPlot::partAt(QPointF at) const
{
    for (int i = 0; i < int(m_boxes.size()); ++i) {
        if (m_boxes[std::size_t(i)].contains(at))
            return {i, std::nullopt};
    }
    for (const Ending &e : m_endings) {
        if (e.row.contains(at))
            return {-1, e.outcome};
    }
    for (auto it = m_ribbons.rbegin(); it != m_ribbons.rend(); ++it) {
        if (it->path.contains(at))
            return it->part;
    }
    return {};
}

QString FlowPlot::words(const Part &part) const
{
    if (part.row == int(m_shown.size())) {
        QStringList names;
        bool unproven = true;
        for (std::size_t i = 0; i < m_view.m_flow.rows.size(); ++i) {
            if (std::find(m_shown.begin(), m_shown.end(), i) != m_shown.end())
                continue;
            names << m_view.m_flow.rows[i].name;
            unproven = unproven && m_view.m_flow.rows[i].state == ProviderState::Unproven;
        }
        return (unproven ? tr("%1 more, unproven\n%2") : tr("%1 more, without a call\n%2"))
            .arg(names.size())
            .arg(names.join(QLatin1Char('\n')));
    }
    QStringList lines;
    if (part.row >= 0)
        lines << m_view.words(row(part.row));
    if (part.outcome) {
        const TrafficBin &bin = part.row >= 0 ? row(part.row).bin : m_view.m_flow.all;
        const quint64 n = *part.outcome == CallOutcome::None ? m_view.m_flow.inFlight : bin.count(*part.outcome);
        lines << tr("%1: %2").arg(toLabel(*part.outcome),
                                  n == 1 ? tr("1 call") : tr("%1 calls").arg(QLocale().toString(n)));
    }
    return lines.join(QLatin1Char('\n'));
}

bool FlowPlot::event(QEvent *event)
{
    if (event->type() != QEvent::ToolTip)
        return QWidget::event(event);
    auto *help = static_cast<QHelpEvent *>(event);
    const Part part = partAt(help->pos());
    if (part.isNone())
        QToolTip::hideText();
    else
        QToolTip::showText(help->globalPos(), words(part), this);
    return true;
}

void FlowPlot::light(const Part &part)
{
    if (part == m_lit)
        return;
    m_lit = part;
    setCursor(part.isNone() ? Qt::ArrowCursor : Qt::PointingHandCursor);
    setAccessibleDescription(part.isNone() ? m_view.summary() : words(part));
    update();
}

void FlowPlot::ask(const Part &part)
{
    const bool folded = part.row == int(m_shown.size());
    if (part.isNone() || folded || (part.row < 0 && part.outcome == CallOutcome::None))
        return;
    emit m_view.eventsRequested(m_view.query(part.row >= 0 ? row(part.row).id : ProviderId(), part.outcome));
}

void FlowPlot::mouseMoveEvent(QMouseEvent *event) { light(partAt(event->position())); }

void FlowPlot::mouseReleaseEvent(QMouseEvent *event)
{
    if (event->button() == Qt::LeftButton && rect().contains(event->pos()))
        ask(partAt(event->position()));
}

void FlowPlot::leaveEvent(QEvent *) { light({}); }

void FlowPlot::move(int key)
{
    const int rows = int(m_boxes.size()), ends = int(m_endings.size());
    const auto ending = [&] {
        return int(std::find_if(m_endings.begin(), m_endings.end(),
                                [this](const Ending &e) { return e.outcome == m_lit.outcome; })
                   - m_endings.begin());
    };
    if (rows == 0)
        return;
    if (m_lit.isNone())
        return light({0, std::nullopt});
    const bool atEnds = m_lit.row < 0;
    const int step = key == Qt::Key_Down ? 1 : key == Qt::Key_Up ? -1 : 0;
    if (key == Qt::Key_Right && !atEnds)
        return light({-1, m_endings.front().outcome});
    if (key == Qt::Key_Left && atEnds)
        return light({0, std::nullopt});
    if (atEnds)
        light({-1, m_endings[std::size_t(std::clamp(ending() + step, 0, ends - 1))].outcome});
    else
        light({std::clamp(m_lit.row + step, 0, rows - 1), std::nullopt});
}

void FlowPlot::keyPressEvent(QKeyEvent *event)
{
    switch (event->key()) {
    case Qt::Key_Up: case Qt::Key_Down: case Qt::Key_Left: case Qt::Key_Right: return move(event->key());
    case Qt::Key_Return: case Qt::Key_Enter: case Qt::Key_Space: return ask(m_lit);
    case Qt::Key_T: return m_view.setTableVisible(true);
    case Qt::Key_Escape:
        if (m_lit.isNone())
            break;
        return light({});
    default: break;
    }
    QWidget::keyPressEvent(event);
}

void FlowPlot::focusInEvent(QFocusEvent *event)
{
    QWidget::focusInEvent(event);
    update();
}

void FlowPlot::focusOutEvent(QFocusEvent *event)
{
    light({});
    QWidget::focusOutEvent(event);
    update();
}

} // namespace retryscope
