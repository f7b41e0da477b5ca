// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "charts/schedulechart.h"

#include <QPainter>

namespace retryscope {

ScheduleChart::ScheduleChart(const Theme &theme, QWidget *parent) : QWidget(parent), m_theme(theme)
{
    setMinimumHeight(120);
    connect(&theme, &Theme::changed, this, [this] { update(); });
}

void ScheduleChart::setSchedule(const QVector<BackoffDelay> &schedule)
{
    m_schedule = schedule;
    QStringList words;
    for (const BackoffDelay &d : schedule)
        words << tr("%1 to %2").arg(formatDuration(d.low), formatDuration(d.high));
    setAccessibleDescription(words.join(QStringLiteral(", ")));
    update();
}

void ScheduleChart::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const int row = std::min(30, std::max(14, height() / std::max<int>(1, int(m_schedule.size()))));
    const int left = fontMetrics().horizontalAdvance(tr("retry 20")) + 12;
    const int right = fontMetrics().horizontalAdvance(QStringLiteral("888.8 s – 888.8 s")) + 12;
    if (m_schedule.isEmpty()) {
        painter.setPen(m_theme.muted());
        painter.drawText(rect(), Qt::AlignCenter, tr("One attempt, no retry."));
        return;
    }
    Duration longest = 1ms;
    for (const BackoffDelay &d : m_schedule)
        longest = std::max(longest, d.high);
    const auto x = [&](Duration d) { return left + (width() - left - right) * toSeconds(d) / toSeconds(longest); };
    for (int i = 0; i < int(m_schedule.size()); ++i) {
        const BackoffDelay &d = m_schedule[i];
        const int y = i * row;
        painter.setPen(m_theme.muted());
        painter.drawText(QRect(0, y, left - 12, row), Qt::AlignVCenter | Qt::AlignRight, tr("retry %1").arg(i + 1));
        QColor range = m_theme.accent();
        range.setAlphaF(0.35f);
        painter.fillRect(QRectF(x({}), y + row * 0.45, x(d.low) - x({}), row * 0.1), m_theme.strongBorder());
        painter.fillRect(QRectF(x(d.low), y + row * 0.22, std::max(2.0, x(d.high) - x(d.low)), row * 0.56), range);
        painter.fillRect(QRectF(x(d.drawn) - 1, y + row * 0.1, 3, row * 0.8), m_theme.accent());
        painter.setPen(m_theme.text());
        const QString label = d.low == d.high ? formatDuration(d.high) : QStringLiteral("%1 – %2").arg(formatDuration(d.low), formatDuration(d.high));
        painter.drawText(QRect(width() - right + 8, y, right - 8, row), Qt::AlignVCenter | Qt::AlignLeft, label);
    }
}

} // namespace retryscope
