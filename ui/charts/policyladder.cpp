// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "charts/policyladder.h"

#include "base/timeformat.h"
#include "widgets/valueedit.h"
#include "words/labels.h"

#include <QHelpEvent>
#include <QPainter>
#include <QTextLayout>
#include <QToolTip>

#include <array>
#include <cmath>

namespace retryscope {
namespace {

constexpr int gap = 10;
constexpr int stackedBar = 14; ///< height of what stands under words
constexpr int mostLines = 3;

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

/// In as few lines as it takes, and `mostLines`; what is left of it ends in "…".
QStringList wrapped(const QString &text, const QFont &font, int width)
{
    const QFontMetrics metrics(font);
    QStringList lines;
    QTextLayout layout(text, font);
    layout.beginLayout();
    for (QTextLine line = layout.createLine(); line.isValid(); line = layout.createLine()) {
        line.setLineWidth(width);
        if (lines.size() + 1 == mostLines) {
            lines << metrics.elidedText(text.mid(line.textStart()), Qt::ElideRight, width);
            break;
        }
        lines << text.mid(line.textStart(), line.textLength()).trimmed();
    }
    layout.endLayout();
    return lines;
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
    QSizePolicy policy(QSizePolicy::Expanding, QSizePolicy::Preferred);
    policy.setHeightForWidth(true);
    setSizePolicy(policy);
    connect(&theme, &Theme::changed, this, [this] { update(); });
}

int PolicyLadder::rowHeight() const { return fontMetrics().height() + 8; }
int PolicyLadder::axisHeight() const { return fontMetrics().height() + 8; }
QSize PolicyLadder::sizeHint() const { return {440, heightForWidth(440)}; }
QSize PolicyLadder::minimumSizeHint() const { return {260, axisHeight() + 2 * rowHeight()}; }
int PolicyLadder::heightForWidth(int width) const { return planOf(width).height; }

QString PolicyLadder::Row::label() const
{
    return step.kind == PlayStep::Kind::Attempt ? QStringLiteral("%1  %2").arg(step.attempt).arg(name) : name;
}

PolicyLadder::Plan PolicyLadder::planOf(int width) const
{
    int names = fontMetrics().horizontalAdvance(QStringLiteral("00  OpenAI")), widest = 0;
    QVector<QString> all;
    for (const Row &row : m_rows) {
        names = std::max(names, fontMetrics().horizontalAdvance(row.label()));
        all << row.text;
    }
    all << endText();
    for (const QString &text : std::as_const(all))
        widest = std::max(widest, fontMetrics().horizontalAdvance(text));
    names += gap + 2; // parts of pixels
    Plan plan;
    const int beside = std::clamp(width * 42 / 100, 150, 330);
    plan.stacked = widest > beside || names > width / 4;
    plan.names = plan.stacked ? std::min(names, width / 2) : names;
    const int left = plan.stacked ? 0 : names, right = plan.stacked ? 0 : beside + gap;
    plan.plot = QRectF(left, axisHeight(), std::max(40, width - left - right), 0);
    plan.words =
        plan.stacked ? QRectF(plan.names, 0, width - plan.names, 0) : QRectF(plan.plot.right() + gap, 0, beside, 0);
    int y = axisHeight();
    for (const QString &text : std::as_const(all)) {
        Place place{plan.stacked ? wrapped(text, font(), int(plan.words.width())) : QStringList{text}, y, rowHeight(),
                    0};
        if (plan.stacked)
            place.height = int(place.lines.size()) * fontMetrics().lineSpacing() + stackedBar + 4;
        place.bar = plan.stacked ? y + place.height - 4 - stackedBar / 2 : y + place.height / 2;
        y += place.height;
        plan.places << place;
    }
    plan.plot.setBottom(plan.places.last().top + (plan.stacked ? plan.places.last().height : 0));
    plan.height = y + 4;
    return plan;
}

QStringList PolicyLadder::shown() const
{
    const Plan plan = planOf(width());
    QStringList all;
    for (qsizetype i = 0; i < plan.places.size(); ++i) {
        if (i < m_rows.size())
            all << fontMetrics().elidedText(m_rows[i].label(), Qt::ElideRight, plan.names - gap);
        all << plan.places[i].lines;
    }
    return all;
}

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

QString PolicyLadder::endText() const
{
    return tr("%1 after %2")
        .arg(ruleText(m_play.steps.isEmpty() ? QLatin1String() : m_play.steps.last().rule),
             formatDuration(m_play.total));
}

void PolicyLadder::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const Plan plan = planOf(width());
    paintAxis(painter, plan);
    for (qsizetype i = 0; i < m_rows.size(); ++i)
        paintRow(painter, plan, m_rows[i], plan.places[i]);
    paintEnd(painter, plan);
}

void PolicyLadder::paintAxis(QPainter &painter, const Plan &plan) const
{
    const QRectF &plot = plan.plot;
    const auto rule = [&](qreal x) { // not through words
        if (!plan.stacked)
            return painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()));
        for (const Place &place : plan.places)
            painter.drawLine(QPointF(x, place.bar - stackedBar / 2), QPointF(x, place.bar + stackedBar / 2));
    };
    const double all = toSeconds(span());
    const double every = markEvery(
        all, std::max(1, int(plot.width()) / (fontMetrics().horizontalAdvance(QStringLiteral("000 ms")) + 14)));
    const QRectF line(0, 0, 90, axisHeight() - 4);
    const bool near = m_deadline <= span();
    const qreal deadline = near ? xOf(m_deadline, plot) : plot.right() + 1000;
    const QString text = near ? tr("deadline %1").arg(readableDuration(m_deadline))
                              : tr("deadline %1 ▸").arg(readableDuration(m_deadline));
    const bool beside = plot.right() + gap < width();
    const QRectF word = beside ? QRectF(plot.right() + gap, 0, width() - plot.right() - gap, line.height())
                               : QRectF(width() - fontMetrics().horizontalAdvance(text), 0,
                                        fontMetrics().horizontalAdvance(text), line.height());
    for (double at = 0.0; at <= all * 1.03; at += every) {
        const qreal x = xOf(fromSeconds(at), plot);
        painter.setPen(QPen(m_theme.border(), 1));
        rule(x);
        const int half = fontMetrics().horizontalAdvance(readableDuration(fromSeconds(at))) / 2;
        if (at > 0.0 && (x > deadline - 44 || x + half > word.left() - gap / 2)) // its own words stand there
            continue;
        painter.setPen(m_theme.muted());
        painter.drawText(line.translated(x - (at == 0.0 ? 0.0 : 45.0), 0),
                         int(at == 0.0 ? Qt::AlignLeft : Qt::AlignHCenter) | Qt::AlignVCenter,
                         at == 0.0 ? QStringLiteral("0") : readableDuration(fromSeconds(at)));
    }
    painter.setPen(QPen(m_theme.stateText(ProviderState::Down), 1.5, Qt::DashLine));
    if (near)
        rule(deadline);
    painter.setPen(near ? m_theme.stateText(ProviderState::Down) : m_theme.muted());
    painter.drawText(word, Qt::AlignLeft | Qt::AlignVCenter, text);
}

/// The right column's, in the pen's colour.
void PolicyLadder::paintWords(QPainter &painter, const Plan &plan, const Place &place) const
{
    const int line = plan.stacked ? fontMetrics().lineSpacing() : place.height;
    QRectF box(plan.words.left(), place.top, plan.words.width(), line);
    for (const QString &words : place.lines) {
        painter.drawText(box, Qt::AlignLeft | Qt::AlignVCenter, words);
        box.translate(0, line);
    }
}

void PolicyLadder::paintRow(QPainter &painter, const Plan &plan, const Row &row, const Place &place) const
{
    const PlayStep &step = row.step;
    const QRectF &plot = plan.plot;
    const qreal half = plan.stacked ? stackedBar / 2.0 : place.height / 2.0, middle = place.bar;
    const int line = plan.stacked ? fontMetrics().lineSpacing() : place.height;
    painter.setPen(row.first ? m_theme.text() : m_theme.muted());
    painter.drawText(QRectF(0, place.top, plan.names - gap, line), Qt::AlignLeft | Qt::AlignVCenter,
                     fontMetrics().elidedText(row.label(), Qt::ElideRight, plan.names - gap));
    if (step.kind == PlayStep::Kind::Wait) {
        const qreal from = xOf(step.at, plot), low = xOf(step.at + step.shortest, plot),
                    high = xOf(step.at + step.longest, plot), taken = xOf(step.at + step.length, plot);
        painter.setPen(QPen(m_theme.strongBorder(), 1, Qt::DotLine));
        painter.drawLine(QPointF(from, middle), QPointF(taken, middle));
        QColor band = m_theme.accent();
        band.setAlphaF(0.22f);
        painter.setPen(Qt::NoPen);
        painter.setBrush(band);
        painter.drawRoundedRect(QRectF(low, middle - 5, std::max(2.0, high - low), 10), 2, 2);
        painter.setBrush(m_theme.accent());
        painter.drawRect(QRectF(taken - 1, middle - std::min(7.0, half), 2, 2 * std::min(7.0, half)));
        painter.setPen(m_theme.muted());
    } else if (step.kind == PlayStep::Kind::Skip) {
        painter.setPen(QPen(m_theme.strongBorder(), 2, Qt::DotLine));
        painter.drawLine(QPointF(xOf(step.at, plot), middle - half + 2),
                         QPointF(xOf(step.at, plot), middle + half - 2));
        painter.setPen(m_theme.muted());
    } else {
        const qreal from = xOf(step.at, plot), to = std::max(from + 4.0, xOf(step.at + step.length, plot));
        const qreal high = plan.stacked ? stackedBar - 4 : place.height - 10;
        painter.setPen(Qt::NoPen);
        painter.setBrush(m_theme.provider(step.provider));
        painter.drawRoundedRect(QRectF(from, middle - high / 2, to - from, high), 2, 2);
        painter.setPen(m_theme.text());
    }
    painter.setBrush(Qt::NoBrush);
    paintWords(painter, plan, place);
}

void PolicyLadder::paintEnd(QPainter &painter, const Plan &plan) const
{
    const bool answered = m_play.reason == RetryReason::None;
    const ProviderState state = answered ? ProviderState::Well : ProviderState::Down;
    const Place &place = plan.places.last();
    painter.setPen(m_theme.stateText(state));
    painter.drawText(QRectF(xOf(m_play.total, plan.plot) - 10, place.bar - 10, 20, 20), Qt::AlignCenter,
                     answered ? QStringLiteral("✓") : QStringLiteral("✗"));
    paintWords(painter, plan, place);
    painter.setPen(m_theme.muted());
    painter.drawText(QRectF(0, place.top, plan.names - gap, plan.stacked ? fontMetrics().lineSpacing() : place.height),
                     Qt::AlignLeft | Qt::AlignVCenter, tr("End"));
}

bool PolicyLadder::event(QEvent *event)
{
    if (event->type() != QEvent::ToolTip)
        return QWidget::event(event);
    const auto *help = static_cast<QHelpEvent *>(event);
    const Plan plan = planOf(width());
    qsizetype index = m_rows.size();
    for (qsizetype i = 0; i < m_rows.size(); ++i) {
        const Place &place = plan.places[i];
        if (help->pos().y() >= place.top && help->pos().y() < place.top + place.height)
            index = i;
    }
    if (index == m_rows.size()) {
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
