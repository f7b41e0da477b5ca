// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "charts/forecasttable.h"

#include "words/forecastwords.h"
#include "words/simulationwords.h"

#include <QHelpEvent>
#include <QPainter>
#include <QToolTip>

#include <algorithm>

namespace retryscope {
namespace {

constexpr std::array shown{Measure::Success,    Measure::P50,      Measure::P95,    Measure::P99,
                           Measure::SlotWait,   Measure::Attempts, Measure::Wasted, Measure::Cost,
                           Measure::WastedCost, Measure::Whole,    Measure::TaskP50};
constexpr int cellPad = 6, leastStrip = 90, mostStrip = 220, leastCell = 84;

} // namespace

ForecastTable::ForecastTable(const Theme &theme, QWidget *parent) : QWidget(parent), m_theme(theme)
{
    setObjectName(QStringLiteral("forecastTable"));
    setAccessibleName(tr("Measures of the draft and what it is compared with"));
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    connect(&theme, &Theme::changed, this, [this] { update(); });
}

void ForecastTable::setResult(const StudyResult &result, const QStringList &names, std::span<const Measure> measures)
{
    m_names = names;
    m_rows.clear();
    for (const Measure measure : measures.empty() ? std::span<const Measure>(shown) : measures) {
        if (!result.tells(measure))
            continue;
        Row row{label(measure), {}};
        for (int p = 0; p < int(names.size()); ++p) {
            const auto value = result.of(p, measure);
            Cell cell{meanText(measure, value), halfWidthText(measure, value), {}, Verdict::None, value};
            cell.said = QStringLiteral("%1: %2 %3").arg(names[p], cell.value, cell.note).trimmed();
            if (const auto against = p > 0 ? result.difference(0, p, measure) : std::nullopt) {
                cell.note = shortDifferenceText(measure, *against);
                cell.said += tr(" (%1 has against it: %2)").arg(names.first(), differenceText(measure, *against));
                if (!isNone(*against))
                    cell.verdict = (against->mean > 0) == isMoreBetter(measure) ? Verdict::Better : Verdict::Worse;
            } else if (p > 0) {
                cell.note.clear();
            }
            row.cells.append(cell);
        }
        m_rows.append(row);
    }
    setAccessibleDescription(lines().join(QStringLiteral("; ")));
    updateGeometry();
    update();
}

void ForecastTable::setOlder(bool older)
{
    if (std::exchange(m_older, older) != older)
        update();
}

QStringList ForecastTable::lines() const
{
    QStringList lines;
    for (const Row &row : m_rows) {
        QStringList said;
        for (const Cell &cell : row.cells)
            said << cell.said;
        lines << QStringLiteral("%1: %2").arg(row.label, said.join(QStringLiteral(", ")));
    }
    return lines;
}

int ForecastTable::rowHeight() const
{
    return QFontMetrics(Theme::font(TextRole::Body)).height() + QFontMetrics(Theme::font(TextRole::Secondary)).height()
           + 10;
}
int ForecastTable::headHeight() const { return QFontMetrics(Theme::font(TextRole::Secondary)).height() + 10; }
QSize ForecastTable::sizeHint() const { return {440, headHeight() + int(m_rows.size()) * rowHeight() + 2}; }
QSize ForecastTable::minimumSizeHint() const { return {260, sizeHint().height()}; }

ForecastTable::Columns ForecastTable::columns() const
{
    const int policies = std::max<int>(1, int(m_names.size()));
    const int least = policies * leastCell;
    Columns c{std::clamp(width() * 26 / 100, 80, 190), 0, 0};
    if (const int rest = width() - c.label - least; rest >= leastStrip)
        c.strip = std::min(mostStrip, rest * 6 / 10);
    c.cell = (width() - c.label - c.strip) / policies;
    return c;
}

/// The draft stands out; what it is compared with is quiet.
QColor ForecastTable::inkOf(int policy) const
{
    return policy == 0 ? m_theme.accent() : policy + 1 == m_names.size() ? m_theme.strongBorder() : m_theme.text();
}

QColor ForecastTable::pale(const QColor &colour) const
{
    QColor c = colour;
    if (m_older)
        c.setAlphaF(0.45f);
    return c;
}

void ForecastTable::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const Columns c = columns();
    paintHead(painter, c);
    int y = headHeight();
    for (const Row &row : std::as_const(m_rows)) {
        painter.setPen(QPen(m_theme.border(), 1));
        painter.drawLine(QPointF(0, y + 0.5), QPointF(width(), y + 0.5));
        paintRow(painter, c, row, y);
        y += rowHeight();
    }
}

void ForecastTable::paintHead(QPainter &painter, const Columns &columns) const
{
    painter.setFont(Theme::font(TextRole::Secondary));
    const QFontMetrics fm = painter.fontMetrics();
    for (int p = 0; p < int(m_names.size()); ++p) {
        const QRect box(columns.label + p * columns.cell, 0, columns.cell - cellPad, headHeight() - 4);
        painter.setPen(Qt::NoPen);
        painter.setBrush(pale(inkOf(p)));
        painter.drawEllipse(QPointF(box.left() + 4, box.center().y() + 1), 3.5, 3.5);
        painter.setPen(pale(m_theme.muted()));
        painter.drawText(box.adjusted(13, 0, 0, 0), Qt::AlignLeft | Qt::AlignVCenter,
                         fm.elidedText(m_names[p], Qt::ElideRight, box.width() - 13));
    }
    painter.setBrush(Qt::NoBrush);
}

void ForecastTable::paintRow(QPainter &painter, const Columns &columns, const Row &row, int y) const
{
    const QFont body = Theme::counting(Theme::font(TextRole::Body)),
                small = Theme::counting(Theme::font(TextRole::Secondary));
    const int first = QFontMetrics(body).height();
    painter.setFont(Theme::font(TextRole::Secondary));
    painter.setPen(pale(m_theme.muted()));
    painter.drawText(QRect(0, y + 3, columns.label - cellPad, rowHeight() - 6),
                     Qt::AlignLeft | Qt::AlignVCenter | Qt::TextWordWrap, row.label);
    const bool noted = std::any_of(row.cells.begin(), row.cells.end(), [](const Cell &c) { return !c.note.isEmpty(); });
    for (int p = 0; p < int(row.cells.size()); ++p) {
        const Cell &cell = row.cells[p];
        const QRect box(columns.label + p * columns.cell, y + 4, columns.cell - cellPad, rowHeight() - 8);
        painter.setFont(body);
        painter.setPen(pale(m_theme.text()));
        painter.drawText(box, Qt::AlignLeft | (noted ? Qt::AlignTop : Qt::AlignVCenter), cell.value);
        painter.setFont(small);
        const bool better = cell.verdict == Verdict::Better, told = cell.verdict != Verdict::None;
        painter.setPen(
            pale(told ? m_theme.stateText(better ? ProviderState::Well : ProviderState::Down) : m_theme.muted()));
        const QString note =
            told ? QStringLiteral("%1 %2").arg(better ? QStringLiteral("✓") : QStringLiteral("✗"), cell.note)
                 : cell.note;
        painter.drawText(box.adjusted(0, first, 0, 4), Qt::AlignLeft | Qt::AlignTop,
                         painter.fontMetrics().elidedText(note, Qt::ElideRight, box.width()));
    }
    if (columns.strip > 0)
        paintStrip(painter,
                   QRectF(width() - columns.strip + cellPad, y + 6, columns.strip - 2 * cellPad, rowHeight() - 12),
                   row);
}

/// Each policy's mean and interval, one below the other, on one scale.
void ForecastTable::paintStrip(QPainter &painter, const QRectF &box, const Row &row) const
{
    double low = 1e300, high = -1e300;
    for (const Cell &cell : row.cells) {
        if (cell.estimate) {
            low = std::min(low, cell.estimate->mean - cell.estimate->halfWidth.value_or(0.0));
            high = std::max(high, cell.estimate->mean + cell.estimate->halfWidth.value_or(0.0));
        }
    }
    if (low > high)
        return;
    const double span = std::max(high - low, 1e-12);
    const auto xOf = [&](double value) {
        return high - low > 1e-12 ? box.left() + 4 + (box.width() - 8) * (value - low) / span : box.center().x();
    };
    const double step = box.height() / double(row.cells.size());
    for (int p = 0; p < int(row.cells.size()); ++p) {
        const auto &e = row.cells[p].estimate;
        if (!e)
            continue;
        const double y = box.top() + step * (p + 0.5), half = e->halfWidth.value_or(0.0);
        const QColor ink = pale(inkOf(p));
        painter.setPen(QPen(ink, 2, Qt::SolidLine, Qt::FlatCap));
        painter.drawLine(QPointF(xOf(e->mean - half), y), QPointF(xOf(e->mean + half), y));
        painter.setPen(Qt::NoPen);
        painter.setBrush(ink);
        painter.drawEllipse(QPointF(xOf(e->mean), y), 3.2, 3.2);
    }
    painter.setBrush(Qt::NoBrush);
}

bool ForecastTable::event(QEvent *event)
{
    if (event->type() != QEvent::ToolTip)
        return QWidget::event(event);
    const auto *help = static_cast<QHelpEvent *>(event);
    const int index = (help->pos().y() - headHeight()) / rowHeight();
    if (help->pos().y() < headHeight() || index >= m_rows.size()) {
        QToolTip::hideText();
        return true;
    }
    QStringList said{m_rows[index].label};
    for (const Cell &cell : m_rows[index].cells)
        said << cell.said;
    QToolTip::showText(help->globalPos(), said.join(QLatin1Char('\n')), this);
    return true;
}

} // namespace retryscope
