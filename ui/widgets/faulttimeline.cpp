// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/faulttimeline.h"

#include "charts/chartfill.h"
#include "theme/theme.h"
#include "widgets/clocktext.h"
#include "widgets/textwidth.h"
#include "widgets/valueedit.h"
#include "words/simulationwords.h"

#include <QAccessible>
#include <QPainter>

#include <cmath>
#include <numeric>

namespace retryscope {
namespace {

constexpr double lineHeight = 26, rowGap = 8, right = 14;

} // namespace

FaultTimeline::FaultTimeline(ScenarioEditor &editor, const Theme &theme, QWidget *parent)
    : QWidget(parent), m_editor(editor), m_theme(theme)
{
    setObjectName(QStringLiteral("faultTimeline"));
    setAccessibleName(tr("Faults over time"));
    setFocusPolicy(Qt::StrongFocus);
    setProperty("drawnOn", true); // no notice stands over it
    setMouseTracking(true);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    connect(&editor, &ScenarioEditor::changed, this, &FaultTimeline::arrange);
    connect(&editor, &ScenarioEditor::selectionChanged, this, [this] {
        describe();
        update();
    });
    connect(&theme, &Theme::changed, this, [this] { update(); });
    arrange();
}

void FaultTimeline::setRows(const QVector<Row> &rows)
{
    if (rows == m_rows)
        return;
    m_rows = rows;
    arrange();
}

/// Faults that overlap stand on lines of their own.
void FaultTimeline::arrange()
{
    m_tracks.clear();
    m_lines.clear();
    for (int row = 0; row < m_editor.rows(); ++row) {
        QVector<int> tracks;
        QVector<Duration> ends; // of each line, so far
        const QVector<FaultSpan> &faults = m_editor.faults(row);
        QVector<int> order(faults.size());
        std::iota(order.begin(), order.end(), 0);
        std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return faults[a].from < faults[b].from; });
        tracks.resize(faults.size());
        for (const int i : std::as_const(order)) {
            int line = 0;
            while (line < ends.size() && ends[line] > faults[i].from)
                ++line;
            if (line == ends.size())
                ends.append(Duration{});
            ends[line] = faults[i].from + faults[i].length;
            tracks[i] = line;
        }
        m_tracks.append(tracks);
        m_lines.append(std::max(1, int(ends.size())));
    }
    if (m_drag && m_drag->grip != Grip::New && !m_editor.fault(m_drag->ref))
        m_drag.reset();
    m_hover = {};
    describe();
    updateGeometry();
    update();
}

QString FaultTimeline::faultText(const FaultSpan &fault) const
{
    QString text = label(fault.mode);
    if (fault.mode == FaultMode::Slow)
        text = tr("%1 times as slow").arg(fault.factor);
    if (fault.share < 1.0)
        text += tr(", %1 % of attempts").arg(fault.share * 100.0, 0, 'g', 3);
    return text;
}

void FaultTimeline::describe()
{
    QStringList said;
    for (int row = 0; row < m_editor.rows(); ++row) {
        for (const FaultSpan &fault : m_editor.faults(row))
            said << tr("%1: %2 from %3 to %4")
                        .arg(m_rows.value(row).name, faultText(fault), clockText(fault.from),
                             clockText(fault.from + fault.length));
    }
    QString text = said.isEmpty() ? tr("No faults.") : said.join(QStringLiteral("; "));
    if (const FaultSpan *fault = m_editor.fault(m_editor.selected()))
        text = tr("Selected: %1 of %2, from %3 to %4. %5")
                   .arg(faultText(*fault), m_rows.value(m_editor.selected().row).name, clockText(fault->from),
                        clockText(fault->from + fault->length), text);
    if (text == accessibleDescription())
        return;
    setAccessibleDescription(text);
    QAccessibleEvent changed(this, QAccessible::DescriptionChanged);
    QAccessible::updateAccessibility(&changed);
}

QSize FaultTimeline::sizeHint() const
{
    double height = fontMetrics().height() + 10;
    for (const int lines : m_lines)
        height += lines * lineHeight + rowGap;
    return {720, int(height)};
}

QSize FaultTimeline::minimumSizeHint() const { return {360, sizeHint().height()}; }

QRectF FaultTimeline::plot() const
{
    double label = 90;
    for (const Row &row : m_rows)
        label = std::max(label, double(textWidth(font(), QStringLiteral("00  ") + row.name)) + 36);
    for (int row = 0; row < m_editor.rows(); ++row)
        label =
            std::max(label, textWidth(Theme::font(TextRole::Axis), habitText(m_editor.scenario().model(row))) + 30.0);
    label = std::min(label, width() * 0.3);
    return QRectF(label, 0, std::max(10.0, width() - label - right), height() - fontMetrics().height() - 10.0);
}

QRectF FaultTimeline::rowRect(int row) const
{
    const QRectF all = plot();
    double y = rowGap / 2;
    for (int r = 0; r < row; ++r)
        y += m_lines.value(r, 1) * lineHeight + rowGap;
    return {all.left(), y, all.width(), m_lines.value(row, 1) * lineHeight};
}

double FaultTimeline::xOf(Duration at) const
{
    const QRectF all = plot();
    return all.left() + all.width() * toSeconds(at) / toSeconds(m_editor.scenario().length);
}

Duration FaultTimeline::timeAt(double x) const
{
    const QRectF all = plot();
    return fromSeconds(std::clamp((x - all.left()) / all.width(), 0.0, 1.0) * toSeconds(m_editor.scenario().length));
}

Duration FaultTimeline::snap() const
{
    constexpr double pixels = 4;
    return markFrom(fromSeconds(toSeconds(m_editor.scenario().length) / plot().width() * pixels));
}

QRectF FaultTimeline::blockRect(int row, int track, const FaultSpan &fault) const
{
    const QRectF lane = rowRect(row);
    const double from = std::clamp(xOf(fault.from), lane.left(), lane.right()),
                 to = std::clamp(xOf(fault.from + fault.length), lane.left(), lane.right());
    const QRectF block(from, lane.top() + track * lineHeight + 2, std::max(3.0, to - from), lineHeight - 4);
    return block.right() > lane.right() ? block.translated(lane.right() - block.right(), 0) : block;
}

QRectF FaultTimeline::faultRect(FaultRef ref) const
{
    const FaultSpan *fault = m_editor.fault(ref);
    return fault ? blockRect(ref.row, m_tracks[ref.row][ref.number], *fault) : QRectF();
}

QColor FaultTimeline::colourOf(FaultMode mode) const
{
    switch (mode) {
    case FaultMode::Refused: return m_theme.reason(RetryReason::Network);
    case FaultMode::Hang:
    case FaultMode::Stall: return m_theme.reason(RetryReason::NetworkTimeout);
    case FaultMode::ServerError: return m_theme.reason(RetryReason::ServerError);
    case FaultMode::Overloaded: return m_theme.reason(RetryReason::TemporaryFailure);
    case FaultMode::RateLimit: return m_theme.reason(RetryReason::RateLimit);
    case FaultMode::Slow: return m_theme.stateFill(ProviderState::Slow);
    case FaultMode::StreamCut:
    case FaultMode::Malformed: return m_theme.reason(RetryReason::StreamInterrupted);
    default: return m_theme.reason(RetryReason::Unknown);
    }
}

void FaultTimeline::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    paintAxis(painter);
    for (int row = 0; row < m_editor.rows(); ++row)
        paintRow(painter, row);
    if (m_drag && (m_drag->moved || m_drag->grip != Grip::New))
        paintDrag(painter);
}

void FaultTimeline::paintAxis(QPainter &painter) const
{
    const QRectF all = plot();
    painter.setFont(Theme::counting(Theme::font(TextRole::Axis)));
    const double length = toSeconds(m_editor.scenario().length), room = 76;
    const double step = toSeconds(markFrom(fromSeconds(length * room / all.width())));
    const int last = int(std::floor(length / step + 1e-9));
    for (int i = 0; i <= last; ++i) {
        const double x = std::round(xOf(fromSeconds(i * step))) + 0.5;
        painter.setPen(m_theme.border());
        painter.drawLine(QPointF(x, 0), QPointF(x, all.bottom() + 3));
        painter.setPen(m_theme.muted());
        const QString text = clockText(fromSeconds(i * step));
        const double wide = textWidth(painter.font(), text);
        const double at = std::clamp(x - wide / 2, all.left() - 2, double(width()) - wide - 2);
        painter.drawText(QRectF(at, all.bottom() + 4, wide + 2, fontMetrics().height() + 2),
                         Qt::AlignLeft | Qt::AlignTop, text);
    }
}

void FaultTimeline::paintRow(QPainter &painter, int row) const
{
    const QRectF lane = rowRect(row);
    const bool current = hasFocus() && m_editor.selected().row == row;
    painter.setPen(Qt::NoPen);
    painter.setBrush(mixed(m_theme.text(), m_theme.surface(), current ? 0.085 : 0.04));
    painter.drawRoundedRect(lane, 5, 5);
    if (current && !m_editor.selected().isFault()) {
        painter.setPen(QPen(m_theme.accent(), 1));
        painter.setBrush(Qt::NoBrush);
        painter.drawRoundedRect(lane.adjusted(0.5, 0.5, -0.5, -0.5), 5, 5);
    }
    const Row named = m_rows.value(row);
    const QString habit = habitText(m_editor.scenario().model(row));
    const double room = lane.left() - 12;
    painter.setPen(Qt::NoPen);
    painter.setBrush(m_theme.provider(named.id));
    const QRectF first(22, lane.top(), room - 22, lineHeight);
    const bool two = !habit.isEmpty();
    const double nameMiddle = two ? lane.top() + lineHeight * 0.28 : first.center().y();
    painter.drawRoundedRect(QRectF(6, nameMiddle - 5, 10, 10), 3, 3);
    painter.setFont(font());
    painter.setPen(m_theme.text());
    painter.drawText(QRectF(first.left(), nameMiddle - 10, first.width(), 20), Qt::AlignVCenter | Qt::AlignLeft,
                     elidedText(font(), QStringLiteral("%1  %2").arg(row + 1).arg(named.name), int(first.width())));
    if (two) {
        painter.setFont(Theme::font(TextRole::Axis));
        painter.setPen(m_theme.muted());
        painter.drawText(QRectF(first.left(), lane.top() + lineHeight * 0.52, first.width(), lineHeight * 0.6),
                         Qt::AlignVCenter | Qt::AlignLeft, elidedText(painter.font(), habit, int(first.width())));
    }
    const QVector<FaultSpan> &faults = m_editor.faults(row);
    for (int i = 0; i < faults.size(); ++i) {
        const FaultRef ref{row, i};
        if (!m_drag || !m_drag->moved || m_drag->ref != ref || m_drag->grip == Grip::New)
            paintFault(painter, faultRect(ref), faults[i], m_editor.selected() == ref);
    }
}

/// The fill is as high as its share of attempts.
void FaultTimeline::paintFault(QPainter &painter, const QRectF &rect, const FaultSpan &fault, bool selected) const
{
    const QColor colour = colourOf(fault.mode);
    painter.save();
    painter.setPen(Qt::NoPen);
    painter.setBrush(mixed(colour, m_theme.surface(), 0.14));
    painter.drawRoundedRect(rect, 4, 4);
    painter.setClipRect(rect.adjusted(0, rect.height() * (1.0 - fault.share), 0, 0));
    painter.setBrush(mixed(colour, m_theme.surface(), m_theme.isDark() ? 0.46 : 0.34));
    painter.drawRoundedRect(rect, 4, 4);
    painter.setClipping(false);
    painter.setPen(QPen(selected ? m_theme.accent() : colour, selected ? 2 : 1));
    painter.setBrush(Qt::NoBrush);
    painter.drawRoundedRect(selected ? rect : rect.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4);
    if (selected && rect.width() > 16) {
        painter.setPen(QPen(m_theme.accent(), 2, Qt::SolidLine, Qt::RoundCap));
        for (const double x : {rect.left() + 4, rect.right() - 4})
            painter.drawLine(QPointF(x, rect.center().y() - 4), QPointF(x, rect.center().y() + 4));
    }
    if (rect.width() > 34) {
        painter.setPen(m_theme.text());
        painter.setFont(Theme::font(TextRole::Axis));
        painter.drawText(rect.adjusted(9, 0, -8, 0), Qt::AlignVCenter | Qt::AlignLeft,
                         elidedText(painter.font(), faultText(fault), int(rect.width()) - 17));
    }
    painter.restore();
}

void FaultTimeline::paintDrag(QPainter &painter) const
{
    const FaultSpan &now = m_drag->now;
    const int track = m_drag->grip == Grip::New || m_drag->row != m_drag->ref.row
                          ? 0
                          : m_tracks[m_drag->ref.row].value(m_drag->ref.number, 0);
    const QRectF rect = blockRect(m_drag->row, track, now);
    paintFault(painter, rect, now, true);
    if (!m_drag->moved)
        return;
    const QFont small = Theme::counting(Theme::font(TextRole::Axis));
    const QString text = QStringLiteral("%1 – %2 (%3)")
                             .arg(clockText(now.from), clockText(now.from + now.length), readableDuration(now.length));
    const double wide = textWidth(small, text) + 14;
    const double y = rect.top() > 26 ? rect.top() - 24 : rect.bottom() + 3;
    const QRectF tip(std::clamp(rect.center().x() - wide / 2, 2.0, std::max(2.0, width() - wide - 2.0)), y, wide, 20);
    painter.setPen(m_theme.border());
    painter.setBrush(m_theme.surface());
    painter.drawRoundedRect(tip, 5, 5);
    painter.setFont(small);
    painter.setPen(m_theme.text());
    painter.drawText(tip, Qt::AlignCenter, text);
}

} // namespace retryscope
