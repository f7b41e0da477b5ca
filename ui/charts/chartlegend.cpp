// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "charts/chartlegend.h"
#include "widgets/textwidth.h"

#include <QEvent>
#include <QKeyEvent>
#include <QPainter>

namespace retryscope {
namespace {
constexpr int entryGap = 14, pad = 3;

int swatchOf(const QFontMetrics &fm) { return std::max(10, fm.height() * 6 / 10); }
int gapOf(const QFontMetrics &fm) { return std::max(5, fm.height() / 3); }
}

ChartLegend::ChartLegend(const Theme &theme, QWidget *parent) : QWidget(parent), m_theme(theme)
{
    setAttribute(Qt::WA_OpaquePaintEvent);
    setFocusPolicy(Qt::StrongFocus);
    setAccessibleName(tr("Legend"));
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setToolTip(tr("Click an entry to see it alone, Ctrl+click to add another."));
}

void ChartLegend::setSelectable(bool selectable)
{
    m_selectable = selectable;
    setFocusPolicy(selectable ? Qt::StrongFocus : Qt::NoFocus);
    if (!selectable)
        setToolTip({});
}

void ChartLegend::setEntries(const QVector<LegendEntry> &entries)
{
    const auto same = [](const LegendEntry &a, const LegendEntry &b) {
        return a.label == b.label && a.value == b.value && a.glyph == b.glyph && a.brush == b.brush;
    };
    if (std::equal(entries.begin(), entries.end(), m_entries.begin(), m_entries.end(), same))
        return;
    m_entries = entries;
    QStringList words;
    for (const LegendEntry &e : entries)
        words << QStringLiteral("%1 %2").arg(e.label, e.value);
    setAccessibleDescription(words.join(QStringLiteral(", ")));
    fitHeight();
    update();
}

int ChartLegend::entryWidth(const LegendEntry &e) const
{
    const QFontMetrics fm = fontMetrics();
    const int swatch = swatchOf(fm), gap = gapOf(fm);
    const int value = e.value.isEmpty() && e.widest.isEmpty()
                          ? 0
                          : gap + std::max(textWidth(font(), e.value), textWidth(font(), e.widest));
    return swatch + gap + textWidth(font(), e.label) + value;
}

QVector<QRect> ChartLegend::places(int width) const
{
    QVector<QRect> rects;
    const int line = fontMetrics().height() + 2 * pad;
    const int n = int(m_entries.size());
    QVector<int> widths;
    for (const LegendEntry &e : m_entries)
        widths.append(entryWidth(e) + entryGap);
    for (int rows = 1; rows <= n; ++rows) { // as few lines as hold them, in columns
        const int columns = (n + rows - 1) / rows;
        QVector<int> lefts{pad};
        for (int c = 0; c < columns; ++c) {
            int widest = 0;
            for (int i = c; i < n; i += columns)
                widest = std::max(widest, widths[i]);
            lefts.append(lefts.last() + widest);
        }
        if (lefts.last() - entryGap + pad > width && rows < n)
            continue;
        for (int i = 0; i < n; ++i)
            rects.append({lefts[i % columns], i / columns * line, widths[i] - entryGap, line});
        break;
    }
    return rects;
}

/// Not by height-for-width: that would make the page's least height that of the narrowest legend.
void ChartLegend::fitHeight()
{
    const auto rects = places(width());
    setFixedHeight(rects.isEmpty() ? fontMetrics().height() + 2 * pad : rects.last().bottom() + 1);
}

void ChartLegend::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    fitHeight();
}

QSize ChartLegend::minimumSizeHint() const
{
    int widest = 0;
    for (const LegendEntry &e : m_entries)
        widest = std::max(widest, entryWidth(e));
    return {widest + 2 * pad, fontMetrics().height() + 2 * pad};
}

void ChartLegend::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.fillRect(rect(), m_theme.surface());
    const auto rects = places(width());
    const QFontMetrics fm = fontMetrics();
    const int swatch = swatchOf(fm), gap = gapOf(fm);
    for (int i = 0; i < int(rects.size()); ++i) {
        const LegendEntry &e = m_entries[i];
        const QRect &r = rects[i];
        painter.setOpacity(isShown(i) ? 1.0 : 0.4);
        const QRect box(r.left(), r.top() + (r.height() - swatch) / 2, swatch, swatch);
        if (e.glyph.isEmpty()) {
            if (e.brush.style() != Qt::SolidPattern) {
                QColor faint = e.brush.color();
                faint.setAlphaF(0.35f);
                painter.fillRect(box, faint);
            }
            painter.fillRect(box, e.brush);
        } else {
            painter.setPen(e.brush.color());
            painter.drawText(QRect(r.left() - 2, r.top(), swatch + 4, r.height()), Qt::AlignCenter, e.glyph);
        }
        int x = r.left() + swatch + gap;
        painter.setPen(m_theme.muted());
        painter.drawText(x, r.top() + pad + fm.ascent(), e.label);
        x += textWidth(font(), e.label) + gap;
        painter.setPen(m_theme.text());
        painter.drawText(x, r.top() + pad + fm.ascent(), e.value);
        if (hasFocus() && i == m_current) {
            painter.setPen(m_theme.accent());
            painter.drawRoundedRect(r.adjusted(-3, 1, 3, -2), 3, 3);
        }
    }
}

void ChartLegend::toggle(int entry, bool add)
{
    if (!m_selectable || entry < 0 || entry >= int(m_entries.size()))
        return;
    if (add) {
        if (!m_only.remove(entry))
            m_only.insert(entry);
    } else {
        m_only = m_only == QSet<int>{entry} ? QSet<int>{} : QSet<int>{entry};
    }
    update();
    emit selectionChanged();
}

void ChartLegend::mousePressEvent(QMouseEvent *event)
{
    const auto rects = places(width());
    for (int i = 0; i < int(rects.size()); ++i) {
        if (rects[i].adjusted(-4, 0, 4, 0).contains(event->pos())) {
            m_current = i;
            toggle(i, event->modifiers() & Qt::ControlModifier);
        }
    }
}

void ChartLegend::keyPressEvent(QKeyEvent *event)
{
    const int last = int(m_entries.size()) - 1;
    switch (event->key()) {
    case Qt::Key_Left: m_current = std::max(0, m_current - 1); break;
    case Qt::Key_Right: m_current = std::min(last, m_current + 1); break;
    case Qt::Key_Space:
    case Qt::Key_Return:
    case Qt::Key_Enter: toggle(m_current, event->modifiers() & Qt::ControlModifier); break;
    default: return QWidget::keyPressEvent(event);
    }
    update();
}

void ChartLegend::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::FontChange)
        fitHeight();
    QWidget::changeEvent(event);
}

} // namespace retryscope
