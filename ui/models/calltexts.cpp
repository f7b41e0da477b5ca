// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
// What the cells of the calls say.
#include "models/callmodel.h"

#include "base/timeformat.h"
#include "words/eventwords.h"
#include "words/labels.h"

#include <QDateTime>

namespace retryscope {
namespace {

QString whenText(WallTime t)
{
    const QDateTime local = QDateTime::fromMSecsSinceEpoch(t.time_since_epoch().count());
    const QDate today = QDate::currentDate();
    return local.toString(local.date() == today                ? QStringLiteral("HH:mm:ss.zzz")
                          : local.date().year() == today.year() ? QStringLiteral("d MMM HH:mm:ss")
                                                                : QStringLiteral("d MMM yyyy HH:mm"));
}

QString tokensText(const CallRow &row)
{
    if (!row.tokensIn && !row.tokensOut)
        return {};
    return QStringLiteral("%1 → %2").arg(row.tokensIn ? QString::number(*row.tokensIn) : QStringLiteral("?"),
                                         row.tokensOut ? QString::number(*row.tokensOut) : QStringLiteral("?"));
}

/// Unknown is not nothing: an answer without a price says so.
QString costText(const CallRow &row)
{
    if (row.costUsd)
        return moneyText(*row.costUsd);
    return row.answered && row.outcome != CallOutcome::None ? CallModel::tr("unknown") : QString();
}

} // namespace

QString CallModel::outcomeText(const CallRow &row)
{
    if (!row.isCall())
        return toLabel(row.kind);
    switch (row.outcome) {
    case CallOutcome::None: return QStringLiteral("… ") + inSentence(row.outcome);
    case CallOutcome::Failed: return QStringLiteral("✗ ") + inSentence(row.outcome);
    case CallOutcome::Cancelled: return QStringLiteral("– ") + inSentence(row.outcome);
    case CallOutcome::SecondChoice:
        if (row.skipped())
            return tr("✓ %1, %2 skipped").arg(inSentence(row.outcome)).arg(row.skipped());
        break;
    default: break;
    }
    const QString text = QStringLiteral("✓ ") + inSentence(row.outcome);
    return row.finish == QStringLiteral("length") ? tr("%1, cut").arg(text) : text;
}

QString CallModel::routeText(const CallRow &row) const
{
    QStringList parts;
    for (const RouteStep &step : row.route) {
        const QString name = nameOf(step.provider);
        switch (step.kind) {
        case RouteStep::Kind::Skipped: parts << tr("%1 skipped (%2)").arg(name, inSentence(step.skip)); break;
        case RouteStep::Kind::Asked: parts << tr("%1 asked").arg(name); break;
        case RouteStep::Kind::Failed:
            parts << (step.times > 1 ? tr("%1 failed %2 times").arg(name).arg(step.times) : tr("%1 failed").arg(name));
            break;
        case RouteStep::Kind::Answered: parts << tr("%1 answered").arg(name); break;
        }
    }
    if (parts.isEmpty())
        return row.outcome == CallOutcome::None ? tr("waits, nobody was asked yet") : tr("nobody was asked");
    return parts.join(QStringLiteral(" → "));
}

QString CallModel::cell(const CallRow &row, int column) const
{
    switch (column) {
    case When: return whenText(row.started);
    case Outcome:
        if (!row.isCall() || row.simulated == m_markedSimulated)
            return outcomeText(row);
        return (row.simulated ? tr("%1 · simulated") : tr("%1 · real")).arg(outcomeText(row));
    case Route: return row.isCall() ? routeText(row) : toSentence(named(m_store.at(row.key), m_names));
    case Reason: return row.reason == RetryReason::None ? QString() : toLabel(row.reason);
    case Total: return row.total ? formatDuration(*row.total) : QString();
    case FirstToken: return row.firstToken ? formatDuration(*row.firstToken) : QString();
    case Tokens: return tokensText(row);
    case Cost: return costText(row);
    default: return {};
    }
}

QString CallModel::childCell(const Event &e, int column) const
{
    switch (column) {
    case When: return whenText(e.wall);
    case Outcome: return toLabel(e.kind);
    case Route: return toSentence(named(e, m_names));
    case Reason: return e.reason == RetryReason::None ? QString() : toLabel(e.reason);
    case Total:
        return e.duration > 0s ? formatDuration(e.duration) : e.delay > 0s ? formatDuration(e.delay) : QString();
    case FirstToken: return e.firstToken ? formatDuration(*e.firstToken) : QString();
    case Tokens: return e.tokensOut ? QString::number(*e.tokensOut) : QString();
    case Cost: return e.costUsd ? moneyText(*e.costUsd) : QString();
    default: return {};
    }
}

QVariant CallModel::data(const QModelIndex &index, int role) const
{
    if (!index.isValid() || (role != Qt::DisplayRole && role != Qt::ToolTipRole && role != Qt::AccessibleTextRole))
        return {};
    if (index.internalId() != 0) {
        const Event e = *eventOf(index);
        if (role != Qt::ToolTipRole)
            return childCell(e, index.column());
        const QString rule = e.rule.isEmpty() ? QString() : tr("Rule: %1").arg(e.rule);
        return QStringList{toSentence(named(e, m_names)), rule, e.detail}.join(QLatin1Char('\n'))
            .trimmed();
    }
    const CallRow &row = this->row(index.row());
    if (role == Qt::ToolTipRole && index.column() == Outcome && row.simulated)
        return tr("%1 (simulated)").arg(outcomeText(row));
    return cell(row, index.column());
}

QVariant CallModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Qt::TextAlignmentRole)
        return int((section >= Total ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
    static const QStringList names{tr("When"),  tr("Outcome"),     tr("Route"),  tr("Reason"),
                                   tr("Total"), tr("First token"), tr("Tokens"), tr("Cost")};
    return role == Qt::DisplayRole ? names.value(section) : QVariant();
}

QString CallModel::searchText(int row) const
{
    const CallRow &r = this->row(row);
    QStringList texts{tr("Call %1").arg(r.call.value)};
    for (int column = 0; column < ColumnCount; ++column)
        texts << cell(r, column);
    for (const quint32 offset : r.events) {
        const Event e = m_store.at(r.key + offset, EventStore::Part::WithoutHeaders);
        texts << toSentence(named(e, m_names)) << e.provider << e.rule << e.detail; // found by its id, too
    }
    return texts.join(QLatin1Char('\n'));
}

} // namespace retryscope
