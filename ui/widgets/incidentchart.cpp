// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/incidentchart.h"

#include "base/timeformat.h"
#include "widgets/valueedit.h"
#include "words/labels.h"

#include <QDateTime>
#include <QHelpEvent>
#include <QPainter>
#include <QPainterPath>
#include <QToolTip>

#include <algorithm>
#include <cmath>

namespace retryscope {
namespace {

constexpr int marksHeight = 13;

QString clockText(WallTime t)
{
    return QDateTime::fromMSecsSinceEpoch(t.time_since_epoch().count()).toString(QStringLiteral("HH:mm:ss"));
}

/// The glyph of a mark; none for facts that are not marked.
QString markOf(IncidentFactKind kind)
{
    switch (kind) {
    case IncidentFactKind::Opened:
    case IncidentFactKind::Reopened: return QStringLiteral("▼");
    case IncidentFactKind::IsolatedByHand: return QStringLiteral("◆");
    case IncidentFactKind::ReleasedByHand: return QStringLiteral("◇");
    case IncidentFactKind::ProbedByHand: return QStringLiteral("○");
    case IncidentFactKind::Ended: return QStringLiteral("✓");
    default: return {};
    }
}

} // namespace

IncidentChart::IncidentChart(const Theme &theme, QWidget *parent) : QWidget(parent), m_theme(theme)
{
    setObjectName(QStringLiteral("incidentChart"));
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    connect(&theme, &Theme::changed, this, qOverload<>(&QWidget::update));
}

QSize IncidentChart::sizeHint() const { return {400, fontMetrics().height() * 2 + marksHeight + 52}; }

void IncidentChart::show(const Incident &incident)
{
    m_incident = incident;
    setAccessibleName(tr("Concerned calls over the incident"));
    setAccessibleDescription(tr("%1 failed, %2 rerouted, %3 delayed, from %4 on.")
                                 .arg(incident.failedCalls)
                                 .arg(incident.reroutedCalls)
                                 .arg(incident.delayedCalls)
                                 .arg(clockText(incident.started)));
    update();
}

QColor IncidentChart::fateColor(CallFate fate) const
{
    return fate == CallFate::Failed     ? m_theme.stateFill(ProviderState::Down)
           : fate == CallFate::Rerouted ? m_theme.accent()
                                        : m_theme.stateFill(ProviderState::Slow);
}

QRectF IncidentChart::plot() const
{
    return QRectF(rect()).adjusted(0, fontMetrics().height() + 4 + marksHeight, -1, -fontMetrics().height() - 4);
}

/// Whole bins, so that the last bar is as wide as the others.
Duration IncidentChart::shownSpan() const
{
    const IncidentCurve &curve = m_incident.curve;
    const Duration width = curve.width;
    return std::max<Duration>({curve.width * std::max<qsizetype>(1, curve.bins.size()),
                               (m_incident.span() + width - Duration(1)) / width * width, 5s});
}

double IncidentChart::xOf(Duration since) const
{
    return plot().left() + plot().width() * std::clamp(toSeconds(since) / toSeconds(shownSpan()), 0.0, 1.0);
}

void IncidentChart::paintBars(QPainter &p) const
{
    const IncidentCurve &curve = m_incident.curve;
    quint32 most = 1;
    for (const auto &bin : curve.bins)
        most = std::max(most, bin.failed + bin.rerouted + bin.delayed);
    const QRectF area = plot();
    for (qsizetype b = 0; b < curve.bins.size(); ++b) {
        const double left = xOf(curve.width * b), right = xOf(curve.width * (b + 1));
        double bottom = area.bottom();
        const auto &bin = curve.bins[b];
        for (const auto &[fate, n] :
             {std::pair(CallFate::Failed, bin.failed), std::pair(CallFate::Rerouted, bin.rerouted),
              std::pair(CallFate::Delayed, bin.delayed)}) {
            const double height = area.height() * double(n) / double(most);
            if (n > 0)
                p.fillRect(QRectF(left, bottom - height, std::max(1.0, right - left - 1.0), height), fateColor(fate));
            bottom -= height;
        }
    }
    p.setPen(m_theme.border());
    p.drawLine(area.bottomLeft(), area.bottomRight());
    p.setPen(m_theme.muted());
    p.drawText(QRectF(0, 0, area.width(), fontMetrics().height()), Qt::AlignRight | Qt::AlignTop, // beside the legend
               tr("most: %1 in %2").arg(callsText(most), readableDuration(curve.width)));
}

void IncidentChart::paintMarks(QPainter &p) const
{
    const QRectF area = plot();
    for (const IncidentFact &fact : m_incident.facts) {
        const QString mark = markOf(fact.kind);
        if (mark.isEmpty())
            continue;
        const double x = xOf(between(m_incident.started, fact.at));
        const bool hand = isByHand(fact.kind);
        p.setPen(QPen(hand ? m_theme.accent() : m_theme.strongBorder(), 1.0, hand ? Qt::SolidLine : Qt::DotLine));
        p.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()));
        p.setPen(hand ? m_theme.accent() : m_theme.muted());
        p.drawText(QRectF(std::clamp(x - 8.0, 0.0, area.right() - 16.0), area.top() - marksHeight - 1, 16, marksHeight),
                   Qt::AlignCenter, mark);
    }
}

void IncidentChart::paintEvent(QPaintEvent *)
{
    QPainter p(this);
    QFont small = font();
    small.setPointSizeF(std::max(7.0, small.pointSizeF() * 0.88));
    p.setFont(small);
    const QFontMetrics metrics(small);
    const QRectF area = plot();
    double x = 0; // the legend, with its numbers
    const Incident &i = m_incident;
    for (const auto &[fate, text] : {std::pair(CallFate::Failed, tr("%1 failed").arg(i.failedCalls)),
                                     std::pair(CallFate::Rerouted, tr("%1 rerouted").arg(i.reroutedCalls)),
                                     std::pair(CallFate::Delayed, tr("%1 delayed").arg(i.delayedCalls))}) {
        p.fillRect(QRectF(x, 4, 9, 9), fateColor(fate));
        p.setPen(m_theme.text());
        p.drawText(QPointF(x + 13, metrics.ascent() + 1), text);
        x += 13 + metrics.horizontalAdvance(text) + 16;
    }
    if (i.concernedCalls() == 0) {
        p.setPen(m_theme.muted());
        p.drawText(area, Qt::AlignCenter, tr("No call was lost, rerouted or delayed so far."));
    }
    paintBars(p);
    paintMarks(p);
    p.setPen(m_theme.muted());
    const QRectF axis(area.left(), area.bottom() + 2, area.width(), metrics.height());
    p.drawText(axis, Qt::AlignLeft, clockText(i.started));
    p.drawText(axis, Qt::AlignRight,
               i.isOpen() ? tr("now")
                          : clockText(i.started + std::chrono::duration_cast<WallTime::duration>(shownSpan())));
}

QString IncidentChart::binText(qsizetype bin) const
{
    const IncidentCurve &curve = m_incident.curve;
    if (bin < 0 || bin >= curve.bins.size())
        return {};
    const WallTime from = m_incident.started + std::chrono::duration_cast<WallTime::duration>(curve.width * bin);
    const auto &b = curve.bins[bin];
    return tr("%1 for %2: %3 failed, %4 rerouted, %5 delayed")
        .arg(clockText(from), formatDuration(curve.width))
        .arg(b.failed)
        .arg(b.rerouted)
        .arg(b.delayed);
}

bool IncidentChart::event(QEvent *event)
{
    if (event->type() == QEvent::ToolTip) {
        const auto *help = static_cast<QHelpEvent *>(event);
        const double share = (help->pos().x() - plot().left()) / std::max(1.0, plot().width());
        QToolTip::showText(
            help->globalPos(),
            binText(qsizetype(std::floor(share * toSeconds(shownSpan()) / toSeconds(m_incident.curve.width)))), this);
        return true;
    }
    return QWidget::event(event);
}

} // namespace retryscope
