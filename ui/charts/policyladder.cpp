// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "charts/policyladder.h"

#include "widgets/valueedit.h"
#include "words/labels.h"

#include <QHelpEvent>
#include <QPainter>
#include <QToolTip>

#include <array>
#include <cmath>

namespace retryscope {
namespace {

constexpr int gap = 10;

/// Distances between marks of the axis, in seconds.
constexpr std::array marks{0.01, 0.02, 0.05,  0.1,   0.2,   0.5,    1.0,    2.0,    5.0,     10.0,    15.0,
                           30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0, 7200.0, 21600.0, 86400.0, 864000.0};

/// At most `most` of them in `span`.
double markEvery(double span, int most)
{
    for (const double mark : marks) {
        if (span / mark <= most)
            return mark;
    }
    return span / most;
}

} // namespace

QString ruleText(QLatin1String rule)
{
    return rule == QLatin1String("answered")
               ? PolicyLadder::tr("Answered")
               : QString(rule).replace(0, 1, QChar(rule.isEmpty() ? u' ' : QChar(rule[0]).toUpper()));
}

PolicyLadder::PolicyLadder(const Theme &theme, QWidget *parent) : QWidget(parent), m_theme(theme)
{
    setObjectName(QStringLiteral("policyLadder"));
    setAccessibleName(tr("What one call does"));
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    connect(&theme, &Theme::changed, this, [this] { update(); });
}

int PolicyLadder::rowHeight() const { return fontMetrics().height() + 8; }
int PolicyLadder::axisHeight() const { return fontMetrics().height() + 8; }
QSize PolicyLadder::sizeHint() const { return {440, axisHeight() + (int(m_rows.size()) + 1) * rowHeight() + 4}; }
QSize PolicyLadder::minimumSizeHint() const { return {260, sizeHint().height()}; }

void PolicyLadder::setPlay(const PolicyPlay &play, Duration deadline,
                           const QVector<std::pair<ProviderId, QString>> &providers)
{
    m_play = play;
    m_deadline = deadline;
    m_providers = providers;
    makeRows();
    QStringList said;
    for (const Row &row : std::as_const(m_rows))
        said << QStringLiteral("%1 %2: %3").arg(readableDuration(row.step.at - row.step.at % 1ms), row.name, row.text);
    said << tr("%1 after %2").arg(ruleText(play.steps.last().rule), formatDuration(play.total));
    setAccessibleDescription(said.join(QStringLiteral("; ")));
    updateGeometry();
    update();
}

QString PolicyLadder::nameOf(const ProviderId &provider) const
{
    for (const auto &[id, name] : m_providers) {
        if (id == provider)
            return name;
    }
    return provider;
}

QString PolicyLadder::attemptText(const PlayStep &step, const PlayStep *over) const
{
    QString text = step.reason == RetryReason::None ? tr("answered in %1").arg(formatDuration(step.length))
                   : step.limited ? tr("%1 after %2").arg(toLabel(step.reason).toLower(), formatDuration(step.length))
                                  : toLabel(step.reason).toLower();
    if (over)
        text +=
            tr(" → %1 (%2)")
                .arg(nameOf(over->provider), over->rule.isEmpty() ? tr("next that may be asked") : QString(over->rule));
    return text;
}

QString PolicyLadder::waitText(const PlayStep &step) const
{
    static const std::array why{QT_TR_NOOP(""), QT_TR_NOOP("backoff"), QT_TR_NOOP("the server's word"),
                                QT_TR_NOOP("until a circuit may be probed"),
                                QT_TR_NOOP("the limit is known to be empty")};
    const QString range =
        step.shortest == step.longest
            ? formatDuration(step.length)
            : QStringLiteral("%1 – %2").arg(step.shortest == 0s ? QStringLiteral("0") : formatDuration(step.shortest),
                                            formatDuration(step.longest));
    return tr("waits %1: %2").arg(range, tr(why[std::size_t(step.source)]));
}

void PolicyLadder::makeRows()
{
    m_rows.clear();
    ProviderId last;
    for (qsizetype i = 0; i < m_play.steps.size(); ++i) {
        const PlayStep &step = m_play.steps[i];
        if (step.kind == PlayStep::Kind::Wait)
            m_rows.append({step, {}, waitText(step)});
        if (step.kind == PlayStep::Kind::Skip)
            m_rows.append({step, nameOf(step.provider), tr("skipped: %1").arg(toLabel(step.skip).toLower())});
        if (step.kind != PlayStep::Kind::Attempt)
            continue;
        qsizetype after = i + 1; // an end follows at least
        while (m_play.steps[after].kind == PlayStep::Kind::Skip)
            ++after;
        const PlayStep *next = &m_play.steps[after];
        m_rows.append({step, nameOf(step.provider),
                       attemptText(step, next->kind == PlayStep::Kind::Failover ? next : nullptr),
                       step.provider != last});
        last = step.provider;
    }
}

/// What the axis shows: the call, the longest wait in it, and the deadline where it is near.
Duration PolicyLadder::span() const
{
    Duration end = std::max<Duration>(m_play.total, 1ms);
    for (const PlayStep &step : m_play.steps) {
        if (step.kind == PlayStep::Kind::Wait)
            end = std::max(end, step.at + step.longest);
    }
    return m_deadline <= 2 * end ? std::max(end, m_deadline) : end;
}

qreal PolicyLadder::xOf(Duration at, const QRectF &plot) const
{
    return plot.left() + plot.width() * std::min(1.0, toSeconds(at) / (1.03 * toSeconds(span())));
}

void PolicyLadder::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    int names = fontMetrics().horizontalAdvance(QStringLiteral("00  OpenAI"));
    for (const Row &row : std::as_const(m_rows))
        names = std::max(names, fontMetrics().horizontalAdvance(QStringLiteral("00  %1").arg(row.name)));
    names = std::min(names + gap, width() / 4);
    const int texts = std::clamp(width() * 42 / 100, 150, 330);
    const QRectF plot(names, axisHeight(), std::max(40, width() - names - texts - gap),
                      height() - axisHeight() - rowHeight());
    paintAxis(painter, plot);
    qreal y = plot.top();
    for (const Row &row : std::as_const(m_rows)) {
        paintRow(painter, row, plot, y);
        y += rowHeight();
    }
    paintEnd(painter, plot, y);
}

void PolicyLadder::paintAxis(QPainter &painter, const QRectF &plot) const
{
    const double all = toSeconds(span());
    const double every = markEvery(
        all, std::max(1, int(plot.width()) / (fontMetrics().horizontalAdvance(QStringLiteral("000 ms")) + 14)));
    const QRectF line(0, 0, 90, axisHeight() - 4);
    const bool near = m_deadline <= span();
    const qreal deadline = near ? xOf(m_deadline, plot) : plot.right() + 1000;
    for (double at = 0.0; at <= all * 1.03; at += every) {
        const qreal x = xOf(fromSeconds(at), plot);
        painter.setPen(QPen(m_theme.border(), 1));
        painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()));
        const int half = fontMetrics().horizontalAdvance(readableDuration(fromSeconds(at))) / 2;
        if (at > 0.0 && (x > deadline - 44 || x + half > plot.right() + gap / 2)) // its own words stand there
            continue;
        painter.setPen(m_theme.muted());
        painter.drawText(line.translated(x - (at == 0.0 ? 0.0 : 45.0), 0),
                         int(at == 0.0 ? Qt::AlignLeft : Qt::AlignHCenter) | Qt::AlignVCenter,
                         at == 0.0 ? QStringLiteral("0") : readableDuration(fromSeconds(at)));
    }
    const QString text = near ? tr("deadline %1").arg(readableDuration(m_deadline))
                              : tr("deadline %1 ▸").arg(readableDuration(m_deadline));
    painter.setPen(QPen(m_theme.stateText(ProviderState::Down), 1.5, Qt::DashLine));
    if (near)
        painter.drawLine(QPointF(deadline, plot.top() - 4), QPointF(deadline, plot.bottom()));
    painter.setPen(near ? m_theme.stateText(ProviderState::Down) : m_theme.muted());
    painter.drawText(QRectF(plot.right() + gap, 0, width() - plot.right() - gap, axisHeight() - 4),
                     Qt::AlignLeft | Qt::AlignVCenter, text);
}

void PolicyLadder::paintRow(QPainter &painter, const Row &row, const QRectF &plot, qreal y) const
{
    const int height = rowHeight();
    const PlayStep &step = row.step;
    const QRectF textBox(plot.right() + gap, y, width() - plot.right() - gap, height);
    if (step.kind == PlayStep::Kind::Wait) {
        const qreal from = xOf(step.at, plot), low = xOf(step.at + step.shortest, plot),
                    high = xOf(step.at + step.longest, plot), taken = xOf(step.at + step.length, plot);
        const qreal middle = y + height / 2.0;
        painter.setPen(QPen(m_theme.strongBorder(), 1, Qt::DotLine));
        painter.drawLine(QPointF(from, middle), QPointF(taken, middle));
        QColor band = m_theme.accent();
        band.setAlphaF(0.22f);
        painter.setPen(Qt::NoPen);
        painter.setBrush(band);
        painter.drawRoundedRect(QRectF(low, middle - 5, std::max(2.0, high - low), 10), 2, 2);
        painter.setBrush(m_theme.accent());
        painter.drawRect(QRectF(taken - 1, middle - 7, 2, 14));
        painter.setPen(m_theme.muted());
    } else if (step.kind == PlayStep::Kind::Skip) {
        painter.setPen(m_theme.muted());
        painter.drawText(QRectF(0, y, plot.left() - gap, height), Qt::AlignLeft | Qt::AlignVCenter,
                         fontMetrics().elidedText(row.name, Qt::ElideRight, int(plot.left()) - gap));
        painter.setPen(QPen(m_theme.strongBorder(), 2, Qt::DotLine));
        painter.drawLine(QPointF(xOf(step.at, plot), y + 4), QPointF(xOf(step.at, plot), y + height - 4));
        painter.setPen(m_theme.muted());
    } else {
        const QColor colour = m_theme.provider(step.provider);
        painter.setPen(row.first ? m_theme.text() : m_theme.muted());
        const QString label = QStringLiteral("%1  %2").arg(step.attempt).arg(row.name);
        painter.drawText(QRectF(0, y, plot.left() - gap, height), Qt::AlignLeft | Qt::AlignVCenter,
                         fontMetrics().elidedText(label, Qt::ElideRight, int(plot.left()) - gap));
        const qreal from = xOf(step.at, plot), to = std::max(from + 4.0, xOf(step.at + step.length, plot));
        painter.setPen(Qt::NoPen);
        painter.setBrush(colour);
        painter.drawRoundedRect(QRectF(from, y + 5, to - from, height - 10), 2, 2);
        painter.setPen(m_theme.text());
    }
    painter.setBrush(Qt::NoBrush);
    painter.drawText(textBox, Qt::AlignLeft | Qt::AlignVCenter,
                     fontMetrics().elidedText(row.text, Qt::ElideRight, int(textBox.width())));
}

void PolicyLadder::paintEnd(QPainter &painter, const QRectF &plot, qreal y) const
{
    const bool answered = m_play.reason == RetryReason::None;
    const ProviderState state = answered ? ProviderState::Well : ProviderState::Down;
    painter.setPen(m_theme.stateText(state));
    const qreal x = xOf(m_play.total, plot);
    painter.drawText(QRectF(x - 10, y, 20, rowHeight()), Qt::AlignCenter,
                     answered ? QStringLiteral("✓") : QStringLiteral("✗"));
    QString text = tr("%1 after %2")
                       .arg(ruleText(m_play.steps.isEmpty() ? QLatin1String() : m_play.steps.last().rule),
                            formatDuration(m_play.total));
    const QRectF box(plot.right() + gap, y, width() - plot.right() - gap, rowHeight());
    painter.drawText(box, Qt::AlignLeft | Qt::AlignVCenter,
                     fontMetrics().elidedText(text, Qt::ElideRight, int(box.width())));
    painter.setPen(m_theme.muted());
    painter.drawText(QRectF(0, y, plot.left() - gap, rowHeight()), Qt::AlignLeft | Qt::AlignVCenter, tr("End"));
}

bool PolicyLadder::event(QEvent *event)
{
    if (event->type() != QEvent::ToolTip)
        return QWidget::event(event);
    const auto *help = static_cast<QHelpEvent *>(event);
    const int index = (help->pos().y() - axisHeight()) / rowHeight();
    if (index < 0 || index >= m_rows.size() || help->pos().y() < axisHeight()) {
        QToolTip::hideText();
        return true;
    }
    const Row &row = m_rows[index];
    QStringList lines{
        row.name.isEmpty() ? row.text : QStringLiteral("%1: %2").arg(row.name, row.text),
        tr("from %1 to %2").arg(formatDuration(row.step.at), formatDuration(row.step.at + row.step.length))};
    if (row.step.kind == PlayStep::Kind::Attempt)
        lines << tr("rule: %1").arg(row.step.rule.isEmpty() ? QStringLiteral("–") : QString(row.step.rule))
              << (row.step.billable ? tr("may be billed") : tr("not billed"));
    QToolTip::showText(help->globalPos(), lines.join(QLatin1Char('\n')), this);
    return true;
}

} // namespace retryscope
