// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "delegates/incidentdelegate.h"

#include "models/incidentmodel.h"
#include "words/incidentwords.h"
#include "words/labels.h"

#include <QApplication>
#include <QDateTime>
#include <QPainter>

#include <algorithm>

namespace retryscope {

ProviderState stateOf(const Incident &incident)
{
    if (!incident.isOpen())
        return incident.ending == IncidentEnding::Recovered  ? ProviderState::Well
               : incident.ending == IncidentEnding::Isolated ? ProviderState::Isolated
                                                             : ProviderState::Unproven;
    return incident.trigger == IncidentTrigger::Slow ? ProviderState::Slow : ProviderState::Down;
}

QString spanText(const Incident &incident, const QDate &today, bool withSeconds)
{
    const QString clock = withSeconds ? QStringLiteral("HH:mm:ss") : QStringLiteral("HH:mm");
    const auto text = [&](WallTime t, const QDate &known) {
        const QDateTime local = QDateTime::fromMSecsSinceEpoch(t.time_since_epoch().count());
        return local.toString(local.date() == known ? clock : QStringLiteral("d MMM ") + clock);
    };
    const QString from = text(incident.started, today);
    if (incident.isOpen())
        return QObject::tr("since %1").arg(from);
    const QString to =
        text(incident.ended, QDateTime::fromMSecsSinceEpoch(incident.started.time_since_epoch().count()).date());
    return from.endsWith(to) ? from : QStringLiteral("%1 – %2").arg(from, to);
}

namespace {

/// "OpenAI: network". Where there is no room for both, the name gives way as far as it is still known, then the end.
QString titleText(const QFontMetrics &metrics, const QString &name, const QString &cause, int room)
{
    const int fewest = metrics.averageCharWidth() * 12;
    const QString with = QStringLiteral("%1: %2");
    const int left = std::max(fewest, room - metrics.horizontalAdvance(with.arg(QString(), cause)));
    return metrics.elidedText(with.arg(metrics.elidedText(name, Qt::ElideRight, left), cause), Qt::ElideRight, room);
}

} // namespace

QSize IncidentDelegate::sizeHint(const QStyleOptionViewItem &option, const QModelIndex &) const
{
    return {100, option.fontMetrics.height() * 2 + 22};
}

void IncidentDelegate::paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const
{
    const auto *model = static_cast<const IncidentModel *>(index.model());
    const Incident &incident = model->at(index.row());
    const bool selected = option.state & QStyle::State_Selected;
    const ProviderState state = stateOf(incident);
    const QRect r = option.rect;
    painter->save();
    painter->fillRect(r, selected ? m_theme.selected() : m_theme.surface());
    painter->setPen(m_theme.border());
    painter->fillRect(QRect(r.left(), r.top() + 4, 4, r.height() - 8), m_theme.stateFill(state));
    if (!selected)
        painter->drawLine(r.left() + 14, r.bottom(), r.right() - 10, r.bottom());
    const int line = option.fontMetrics.height();
    const QRect first(r.left() + 14, r.top() + 9, r.width() - 24, line), second = first.translated(0, line + 4);
    QFont bold = option.font;
    bold.setBold(true);
    // Right: the state's word. Left: glyph, provider, cause.
    const QString right = model->stateWord(incident);
    painter->setFont(option.font);
    painter->setPen(m_theme.stateText(state));
    const int glyph = option.fontMetrics.horizontalAdvance(QStringLiteral("■ ")) + 4;
    const QString name = model->nameOf(incident.provider), cause = causesText(incident).toLower(),
                  title = QStringLiteral("%1: %2").arg(name, cause);
    const int left = first.width() - option.fontMetrics.horizontalAdvance(right) - 12 - glyph;
    const bool narrow = QFontMetrics(bold).horizontalAdvance(title) > left; // then the word opens the second line
    if (!narrow)
        painter->drawText(first, Qt::AlignRight | Qt::AlignVCenter, right);
    const int room = narrow ? first.width() - glyph : left;
    painter->drawText(first, Qt::AlignLeft | Qt::AlignVCenter, stateGlyph(state));
    painter->setFont(bold);
    painter->setPen(m_theme.text());
    painter->drawText(first.adjusted(glyph, 0, 0, 0), Qt::AlignLeft | Qt::AlignVCenter,
                      titleText(QFontMetrics(bold), name, cause, room));
    painter->setFont(option.font);
    painter->setPen(m_theme.muted());
    const QString span = spanText(incident, QDate::currentDate(), false), lasted = lastedText(incident);
    const QString failed = incident.failedCalls ? counted(incident.failedCalls, QObject::tr("1 failed call"),
                                                          QObject::tr("%1 failed calls"))
                                                : QObject::tr("no call failed");
    QStringList facts{span, lasted, failed};
    if (narrow)
        facts.prepend(right);
    if (const QString all = facts.join(QStringLiteral(" · "));
        option.fontMetrics.horizontalAdvance(all) > second.width() - glyph)
        facts.move(facts.indexOf(span), facts.size() - 1); // how many failed matters more than since when
    if (incident.reroutedCalls)
        facts << QObject::tr("%1 rerouted").arg(incident.reroutedCalls);
    if (incident.delayedCalls)
        facts << QObject::tr("%1 delayed").arg(incident.delayedCalls);
    if (!incident.note.isEmpty())
        facts << QObject::tr("note");
    painter->drawText(
        second.adjusted(glyph, 0, 0, 0), Qt::AlignLeft | Qt::AlignVCenter,
        option.fontMetrics.elidedText(facts.join(QStringLiteral(" · ")), Qt::ElideRight, second.width() - glyph));
    if (option.state & QStyle::State_HasFocus) {
        painter->setPen(QPen(m_theme.accent(), 1, Qt::DotLine));
        painter->setBrush(Qt::NoBrush);
        painter->drawRect(r.adjusted(2, 2, -3, -3));
    }
    painter->restore();
}

} // namespace retryscope
