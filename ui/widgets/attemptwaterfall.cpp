// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/attemptwaterfall.h"

#include "base/timeformat.h"
#include "widgets/textwidth.h"

#include <QHelpEvent>
#include <QKeyEvent>
#include <QPainter>
#include <QToolTip>

#include <algorithm>
#include <array>

namespace retryscope {
namespace {

using StretchKind = TimelineStretch::Kind;

constexpr std::array<Duration, 24> axisLengths{200ms, 500ms, 1s,   2s,   3s,   4s,    5s,    8s,
                                               10s,   15s,   20s,  30s,  45s,  60s,   90s,   120s,
                                               180s,  240s,  300s, 600s, 900s, 1800s, 3600s, 7200s};
constexpr std::array<Duration, 18> axisMarks{50ms, 100ms, 200ms, 500ms, 1s,   2s,   5s,    10s,   15s,
                                             30s,  60s,   120s,  300s,  600s, 900s, 1800s, 3600s, 7200s};
constexpr int labelGap = 8, barHeight = 10, leastBar = 2, betweenRows = 6;
constexpr double labelShare = 0.3;

bool holds(const AttemptTimeline &timeline, StretchKind kind)
{
    return std::any_of(timeline.rows().begin(), timeline.rows().end(), [kind](const TimelineRow &row) {
        return std::any_of(row.stretches.begin(), row.stretches.end(), [&](const TimelineStretch &s) {
            return s.kind == kind && (row.kind == TimelineRow::Kind::Attempt || kind == StretchKind::Backoff);
        });
    });
}

QString markText(Duration at)
{
    if (at == 0s)
        return QStringLiteral("0");
    return at >= 1s && at < 60s && at % 1s == 0s ? QStringLiteral("%1 s").arg(at / 1s) : formatDuration(at);
}

} // namespace

Duration axisFor(Duration span)
{
    for (const Duration length : axisLengths) {
        if (length >= span)
            return length;
    }
    return span;
}

AttemptWaterfall::AttemptWaterfall(const Theme &theme, QWidget *parent) : QWidget(parent), m_theme(theme)
{
    setObjectName(QStringLiteral("attemptWaterfall"));
    setAccessibleName(tr("Attempts over time"));
    setFocusPolicy(Qt::StrongFocus);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    connect(&theme, &Theme::changed, this, [this] { update(); });
}

void AttemptWaterfall::setNames(const QHash<ProviderId, QString> &names)
{
    m_names = names;
    update();
}

void AttemptWaterfall::setJitter(const QString &jitter)
{
    m_jitter = jitter;
    update();
}

void AttemptWaterfall::setTimeline(const AttemptTimeline &timeline, SteadyTime now, Duration axis)
{
    const bool grown = timeline.rows().size() != m_timeline.rows().size();
    m_timeline = timeline;
    m_now = now;
    m_axis = std::max<Duration>(axis, 1ms);
    m_current = std::min(m_current, int(timeline.rows().size()) - 1);
    if (grown)
        updateGeometry();
    describe();
    update();
}

/// Told anew when something happened, not with every tick of a countdown.
void AttemptWaterfall::describe()
{
    QString happened;
    for (const TimelineRow &row : m_timeline.rows())
        happened += QStringLiteral("%1/%2/%3 ").arg(row.stretches.size()).arg(row.end.has_value()).arg(row.status);
    if (happened == m_described)
        return;
    m_described = happened;
    setAccessibleDescription(m_timeline.sentences(m_names, m_now, m_jitter).join(QLatin1Char(' ')));
}

QSize AttemptWaterfall::sizeHint() const
{
    const int line = QFontMetrics(Theme::font(TextRole::Axis)).height();
    return {260, 2 * line + 10 + int(m_timeline.rows().size()) * (barHeight + line + betweenRows)};
}

QSize AttemptWaterfall::minimumSizeHint() const { return {200, sizeHint().height()}; }

QRectF AttemptWaterfall::rowRect(int row) const
{
    const int line = QFontMetrics(Theme::font(TextRole::Axis)).height(), height = barHeight + line + betweenRows;
    return {0, qreal(line + 6 + row * height), qreal(width()), qreal(height)};
}

QString AttemptWaterfall::labelOf(const TimelineRow &row) const
{
    const QString name = m_names.value(row.provider, row.provider);
    return row.kind == TimelineRow::Kind::Skipped ? QStringLiteral("– %1").arg(name)
                                                  : QStringLiteral("%1 %2").arg(row.attempt).arg(name);
}

QRectF AttemptWaterfall::plot() const
{
    const QFont font = Theme::font(TextRole::Axis);
    int widest = 0;
    for (const TimelineRow &row : m_timeline.rows())
        widest = std::max(widest, textWidth(font, labelOf(row)));
    const qreal left = std::min<qreal>(widest + labelGap, width() * labelShare) + 3, right = 8;
    return {left, 0, std::max<qreal>(20, width() - left - right), qreal(height())};
}

qreal AttemptWaterfall::xOf(Duration at) const
{
    const QRectF box = plot();
    return box.left() + std::clamp(toSeconds(at) / toSeconds(m_axis), 0.0, 1.0) * box.width();
}

Duration AttemptWaterfall::endOf(const TimelineStretch &stretch) const
{
    if (stretch.until)
        return *stretch.until;
    return stretch.planned ? *stretch.planned : std::max(stretch.from, m_timeline.sinceBegin(m_now));
}

QRectF AttemptWaterfall::stretchRect(int row, int stretch) const
{
    const TimelineStretch &s = m_timeline.rows()[row].stretches[stretch];
    const qreal from = xOf(s.from), until = xOf(endOf(s));
    return {from, rowRect(row).top() + 2, std::max<qreal>(leastBar, until - from), barHeight};
}

void AttemptWaterfall::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setFont(Theme::font(TextRole::Axis));
    if (m_timeline.isEmpty())
        return;
    paintAxis(painter);
    if (!m_timeline.isOver()) { // below the words
        const qreal x = xOf(m_timeline.sinceBegin(m_now));
        painter.setPen(QPen(m_theme.accent(), 1));
        painter.drawLine(QPointF(x, rowRect(0).top() - 3), QPointF(x, rowRect(int(m_timeline.rows().size())).top()));
    }
    for (int row = 1; row < m_timeline.rows().size(); ++row)
        paintStep(painter, row);
    for (int row = 0; row < m_timeline.rows().size(); ++row)
        paintRow(painter, row);
    paintLegend(painter);
}

void AttemptWaterfall::paintAxis(QPainter &painter) const
{
    const QRectF box = plot();
    const QFontMetrics metrics(painter.font());
    const int room =
        std::max(2, int(box.width()) / std::max(1, metrics.horizontalAdvance(QStringLiteral("000 ms 0000"))));
    Duration every = m_axis;
    for (const Duration mark : axisMarks) {
        if (m_axis / mark <= room) {
            every = mark;
            break;
        }
    }
    const qreal bottom = rowRect(int(m_timeline.rows().size())).top();
    for (Duration at{}; at <= m_axis; at += every) {
        const qreal x = xOf(at);
        painter.setPen(QPen(m_theme.border(), 1, Qt::DotLine));
        painter.drawLine(QPointF(x, metrics.height() + 2), QPointF(x, bottom));
        painter.setPen(m_theme.muted());
        const QString text = markText(at);
        const qreal wide = textWidth(painter.font(), text),
                    left = std::min(x - (at == 0s ? 0 : wide / 2), width() - wide);
        painter.drawText(QPointF(left, metrics.ascent()), text);
    }
}

void AttemptWaterfall::paintRow(QPainter &painter, int index) const
{
    const TimelineRow &row = m_timeline.rows()[index];
    const QRectF rect = rowRect(index);
    if (index == m_current && hasFocus()) {
        painter.setPen(QPen(m_theme.accent(), 1));
        painter.setBrush(Qt::NoBrush);
        painter.drawRoundedRect(rect.adjusted(0.5, -1.5, -0.5, -2.5), 4, 4);
    }
    const bool skipped = row.kind == TimelineRow::Kind::Skipped;
    painter.setPen(skipped ? m_theme.muted() : m_theme.text());
    const QRectF label(3, rect.top(), plot().left() - labelGap, QFontMetrics(painter.font()).height());
    painter.drawText(label, Qt::AlignLeft | Qt::AlignVCenter,
                     elidedText(painter.font(), labelOf(row), int(label.width())));
    for (int s = 0; s < row.stretches.size(); ++s) {
        if (!skipped || row.stretches[s].kind != StretchKind::Wait) // being passed over takes no time
            paintStretch(painter, stretchRect(index, s), row, row.stretches[s]);
    }
    if (row.end && row.reason != RetryReason::None && !skipped) { // how it ended
        const qreal x = xOf(*row.end);
        painter.fillRect(QRectF(x - 1.5, rect.top(), 3, barHeight + 4), m_theme.reason(row.reason));
    }
    paintCaption(painter, index);
}

void AttemptWaterfall::paintStretch(QPainter &painter, const QRectF &rect, const TimelineRow &row,
                                    const TimelineStretch &stretch) const
{
    switch (stretch.kind) {
    case StretchKind::Queue:
        painter.setPen(QPen(m_theme.strongBorder(), 1));
        painter.setBrush(Qt::NoBrush);
        painter.drawRect(rect.adjusted(0.5, 0.5, -0.5, -0.5));
        return;
    case StretchKind::Connect: painter.fillRect(rect, m_theme.muted()); return;
    case StretchKind::Wait: painter.fillRect(rect, m_theme.calm()); return;
    case StretchKind::Stream: painter.fillRect(rect, m_theme.provider(row.provider)); return;
    case StretchKind::Backoff: break;
    }
    const QColor colour = m_theme.stateFill(ProviderState::Slow);
    painter.setPen(QPen(colour, 1, stretch.until ? Qt::SolidLine : Qt::DashLine));
    painter.setBrush(QBrush(colour, Qt::BDiagPattern));
    painter.drawRect(rect.adjusted(0.5, 0.5, -0.5, -0.5));
}

/// Down to where the next attempt begins; an arrow where that is another provider.
void AttemptWaterfall::paintStep(QPainter &painter, int index) const
{
    const TimelineRow &row = m_timeline.rows()[index];
    if (row.kind == TimelineRow::Kind::Skipped || row.stretches.isEmpty())
        return;
    int above = index - 1;
    while (above > 0 && m_timeline.rows()[above].kind == TimelineRow::Kind::Skipped)
        --above;
    if (m_timeline.rows()[above].kind == TimelineRow::Kind::Skipped)
        return;
    const qreal x = xOf(row.at()), top = rowRect(above).top() + 2 + barHeight, bottom = rowRect(index).top() + 1;
    const QColor colour = row.failedOver ? m_theme.text() : m_theme.strongBorder();
    painter.setPen(QPen(colour, row.failedOver ? 1.5 : 1, row.failedOver ? Qt::SolidLine : Qt::DotLine));
    painter.drawLine(QPointF(x, top), QPointF(x, bottom));
    if (!row.failedOver)
        return;
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setBrush(colour);
    painter.setPen(Qt::NoPen);
    painter.drawPolygon(QPolygonF{{x - 3.5, bottom - 5}, {x + 3.5, bottom - 5}, {x, bottom + 0.5}});
    painter.setRenderHint(QPainter::Antialiasing, false);
}

/// Below its bar, from where it begins, or as far left as it has to.
void AttemptWaterfall::paintCaption(QPainter &painter, int index) const
{
    const TimelineRow &row = m_timeline.rows()[index];
    QString text = m_timeline.rowText(row, m_now, m_jitter);
    if (row.failedOver)
        text = tr("failed over · %1").arg(text);
    const QRectF box = plot();
    const int wide = textWidth(painter.font(), text);
    const qreal wished = row.kind == TimelineRow::Kind::Skipped ? box.left() : xOf(row.at());
    const qreal left = std::max(3.0, std::min(wished, width() - wide - 2.0));
    const QRectF rect(left, rowRect(index).top() + barHeight + 3, width() - left,
                      QFontMetrics(painter.font()).height());
    const QString shown = elidedText(painter.font(), text, int(rect.width()));
    QColor veil = m_theme.surface();
    veil.setAlpha(225); // over the marks of the axis and the step
    painter.fillRect(QRectF(rect.left(), rect.top(), textWidth(painter.font(), shown) + 1, rect.height()), veil);
    painter.setPen(m_theme.muted());
    painter.drawText(rect, Qt::AlignLeft | Qt::AlignVCenter, shown);
}

void AttemptWaterfall::paintLegend(QPainter &painter) const
{
    const struct
    {
        StretchKind kind;
        QString word;
    } entries[] = {{StretchKind::Queue, tr("queue")},
                   {StretchKind::Connect, tr("connect")},
                   {StretchKind::Wait, tr("wait")},
                   {StretchKind::Stream, tr("stream")},
                   {StretchKind::Backoff, tr("backoff")}};
    const QFontMetrics metrics(painter.font());
    TimelineRow like;
    for (const TimelineRow &row : m_timeline.rows()) {
        if (row.kind == TimelineRow::Kind::Attempt)
            like = row; // the colour of a stream is its provider's
    }
    qreal x = 3;
    const qreal y = height() - metrics.height();
    for (const auto &[kind, word] : entries) {
        if (!holds(m_timeline, kind))
            continue;
        paintStretch(painter, QRectF(x, y + (metrics.height() - 8) / 2.0, 10, 8), like, {kind, 0s, 0s, {}});
        painter.setPen(m_theme.muted());
        painter.drawText(QPointF(x + 14, y + metrics.ascent()), word);
        x += 14 + textWidth(painter.font(), word) + 12;
    }
}

int AttemptWaterfall::rowAt(qreal y) const
{
    for (int row = 0; row < m_timeline.rows().size(); ++row) {
        if (y >= rowRect(row).top() && y < rowRect(row).bottom())
            return row;
    }
    return -1;
}

QString AttemptWaterfall::sentenceOf(int row) const
{
    const TimelineRow &r = m_timeline.rows()[row];
    QStringList lines{m_timeline.sentence(r, m_names, m_now, m_jitter)};
    if (!r.detail.isEmpty())
        lines << QStringLiteral("\"%1\"").arg(r.detail);
    if (!r.rule.isEmpty())
        lines << tr("Rule: %1").arg(r.rule);
    return lines.join(QLatin1Char('\n'));
}

void AttemptWaterfall::goTo(int row)
{
    if (m_timeline.isEmpty())
        return;
    m_current = std::clamp(row, 0, int(m_timeline.rows().size()) - 1);
    const QRect rect = rowRect(m_current).toRect();
    QToolTip::showText(mapToGlobal(QPoint(rect.left() + 20, rect.bottom())), sentenceOf(m_current), this);
    setAccessibleDescription(sentenceOf(m_current));
    update();
}

void AttemptWaterfall::keyPressEvent(QKeyEvent *event)
{
    const int last = int(m_timeline.rows().size()) - 1;
    switch (event->key()) {
    case Qt::Key_Down: return goTo(m_current + 1);
    case Qt::Key_Up: return goTo(m_current < 0 ? last : m_current - 1);
    case Qt::Key_Home: return goTo(0);
    case Qt::Key_End: return goTo(last);
    default: QWidget::keyPressEvent(event);
    }
}

void AttemptWaterfall::mousePressEvent(QMouseEvent *event)
{
    if (const int row = rowAt(event->position().y()); row >= 0)
        goTo(row);
}

bool AttemptWaterfall::event(QEvent *event)
{
    if (event->type() != QEvent::ToolTip)
        return QWidget::event(event);
    const auto *help = static_cast<QHelpEvent *>(event);
    const int row = rowAt(help->pos().y());
    if (row < 0)
        QToolTip::hideText();
    else
        QToolTip::showText(help->globalPos(), sentenceOf(row), this);
    return true;
}

} // namespace retryscope
