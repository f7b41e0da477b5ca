// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "charts/successchart.h"

#include <QGraphicsLayout>
#include <QtCharts/QChart>
#include <QtCharts/QLegend>
#include <QtCharts/QLineSeries>
#include <QtCharts/QValueAxis>

#include <cmath>

namespace retryscope {

SuccessChart::SuccessChart(const Theme &theme, QWidget *parent)
    : QChartView(new QChart, parent), m_theme(theme), m_x(new QValueAxis), m_y(new QValueAxis)
{
    chart()->setMargins(QMargins(0, 4, 8, 0));
    chart()->layout()->setContentsMargins(0, 0, 0, 0);
    chart()->setBackgroundRoundness(0);
    chart()->legend()->setAlignment(Qt::AlignBottom);
    m_x->setLabelFormat(QStringLiteral("%d"));
    m_x->setTitleText(tr("attempts made"));
    m_y->setLabelFormat(QStringLiteral("%d %%"));
    m_y->setRange(40.0, 100.0);
    m_y->setTickCount(4);
    chart()->addAxis(m_x, Qt::AlignBottom);
    chart()->addAxis(m_y, Qt::AlignLeft);
    for (std::size_t i = 0; i < failing.size(); ++i) {
        m_lines[i] = new QLineSeries;
        m_lines[i]->setName(tr("%1 % fail").arg(qRound(failing[i] * 100.0)));
        m_lines[i]->setPointsVisible(true);
        chart()->addSeries(m_lines[i]);
        m_lines[i]->attachAxis(m_x);
        m_lines[i]->attachAxis(m_y);
    }
    setRenderHint(QPainter::Antialiasing);
    setFocusPolicy(Qt::NoFocus);
    setFrameShape(QFrame::NoFrame);
    setAccessibleName(tr("Chance of an answer by attempts made"));
    connect(&theme, &Theme::changed, this, &SuccessChart::restyle);
    restyle();
}

void SuccessChart::setAttempts(int attempts)
{
    const int last = std::max(2, attempts);
    m_x->setRange(1.0, last);
    m_x->setTickCount(std::min(last, 10));
    QStringList said;
    for (std::size_t i = 0; i < failing.size(); ++i) {
        QList<QPointF> points;
        for (int n = 1; n <= std::max(1, attempts); ++n)
            points.append({double(n), 100.0 * (1.0 - std::pow(failing[i], n))});
        m_lines[i]->replace(points);
        said << tr("%1 % fail: %2 %").arg(qRound(failing[i] * 100.0)).arg(points.last().y(), 0, 'f', 2);
    }
    setAccessibleDescription(tr("After %1 attempts: %2.").arg(attempts).arg(said.join(QStringLiteral(", "))));
    setToolTip(accessibleDescription());
}

/// Qt Charts ignores the palette.
void SuccessChart::restyle()
{
    chart()->setBackgroundBrush(m_theme.surface()); // it stands on a card
    setBackgroundBrush(m_theme.surface());
    for (std::size_t i = 0; i < m_lines.size(); ++i) {
        static constexpr std::array styles{Qt::SolidLine, Qt::DashLine, Qt::DotLine};
        m_lines[i]->setPen(QPen(m_theme.provider(int(i)), 2.0, styles[i]));
        m_lines[i]->setColor(m_theme.provider(int(i)));
    }
    chart()->legend()->setLabelColor(m_theme.text());
    chart()->legend()->setFont(font());
    for (QValueAxis *axis : {m_x, m_y}) {
        axis->setLabelsColor(m_theme.muted());
        axis->setTitleBrush(m_theme.muted());
        axis->setLabelsFont(font());
        axis->setTitleFont(font());
        axis->setLinePenColor(m_theme.border());
        axis->setGridLineColor(m_theme.border());
    }
}

} // namespace retryscope
