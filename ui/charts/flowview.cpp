// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "charts/flowview.h"

#include "words/healthwords.h"
#include "words/labels.h"

#include <QLocale>

namespace retryscope {
namespace {

/// All that a call can be, for the table.
constexpr std::array outcomes{CallOutcome::FirstTry,         CallOutcome::SecondChoice,
                              CallOutcome::RecoveredByRetry, CallOutcome::RecoveredByFailover,
                              CallOutcome::Failed,           CallOutcome::Cancelled};

QString number(quint64 n) { return QLocale().toString(n); }

} // namespace

FlowView::FlowView(const Theme &theme, QWidget *parent)
    : ChartCard(tr("Where calls go"), theme, parent), m_plot(new FlowPlot(*this))
{
    setPicture(m_plot);
    legend()->hide();
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    ChartCard::restyle();
}

void FlowView::refresh(const ChartFrame &frame, const HealthSnapshot &health, SteadyTime now)
{
    FlowPicture next = flowOf(frame, health, now);
    m_from = frame.startOf(0);
    m_until = frame.startOf(frame.bins());
    if (next == m_flow && m_window == spanName(frame.span))
        return;
    m_flow = std::move(next);
    m_window = spanName(frame.span);
    renew();
}

void FlowView::tell(const HealthSnapshot &health, SteadyTime now)
{
    if (m_flow.tell(health, now))
        renew();
}

void FlowView::renew()
{
    const quint64 calls = m_flow.all.owed();
    setStat(calls == 0   ? tr("in order of priority")
            : calls == 1 ? tr("1 call, in order of priority")
                         : tr("%1 calls, in order of priority").arg(number(calls)));
    m_plot->refresh();
    m_plot->setAccessibleDescription(summary());
    refreshTable();
}

void FlowView::restyle()
{
    ChartCard::restyle();
    if (!m_flow.rows.empty())
        m_plot->refresh();
}

ChartSelection FlowView::query(const ProviderId &provider, std::optional<CallOutcome> outcome) const
{
    ChartSelection selection;
    selection.provider = provider;
    selection.outcome = outcome;
    selection.from = m_from;
    selection.until = m_until;
    return selection;
}

std::optional<ChartSelection> FlowView::queryOfRow(int row) const
{
    const bool one = row >= 0 && row < int(m_flow.rows.size());
    return query(one ? m_flow.rows[std::size_t(row)].id : ProviderId(), std::nullopt);
}

/// Every provider, also those that the picture folds; the last row is the sum.
ChartTable FlowView::table() const
{
    ChartTable t;
    t.headers << tr("Provider") << tr("State") << tr("Calls");
    for (const CallOutcome outcome : outcomes)
        t.headers << toLabel(outcome);
    t.headers << tr("In flight") << tr("Attempts") << tr("Retries") << tr("Failovers") << tr("Skipped");
    const auto row = [](const QString &name, const QString &state, const TrafficBin &bin, quint64 inFlight) {
        QStringList cells{name, state, number(bin.owed())};
        for (const CallOutcome outcome : outcomes)
            cells << number(bin.count(outcome));
        return cells << number(inFlight) << number(bin.attempts()) << number(bin.retryCount())
                     << number(bin.failoverCount()) << number(bin.skipCount());
    };
    for (const FlowRow &r : m_flow.rows)
        t.rows.append(
            row(r.name, r.kind == FlowRow::Kind::Provider ? stateWord(r.state) : QString(), r.bin, r.inFlight));
    t.rows.append(row(tr("Together"), {}, m_flow.all, m_flow.inFlight));
    return t;
}

QString FlowView::words(const FlowRow &r) const
{
    QStringList parts{r.model.isEmpty() ? r.name : tr("%1 %2").arg(r.name, r.model)};
    if (r.kind == FlowRow::Kind::Provider)
        parts << stateWord(r.state);
    if (!r.fact.isEmpty())
        parts << r.fact;
    return parts.join(QStringLiteral(", "));
}

QString FlowView::summary() const
{
    QStringList sentences;
    const quint64 owed = m_flow.all.owed();
    sentences << (owed == 0 ? tr("No call ended in the last %1.").arg(m_window)
                            : tr("%1 in the last %2.").arg(callsText(owed), m_window));
    for (const FlowRow &r : m_flow.rows) {
        if (!r.isQuiet())
            sentences << words(r) + QLatin1Char('.');
    }
    QStringList ends;
    for (const CallOutcome outcome : outcomes) {
        if (outcome != CallOutcome::Cancelled && m_flow.all.count(outcome) > 0)
            ends << tr("%1 %2").arg(toLabel(outcome), percentText(m_flow.all.count(outcome), owed));
    }
    if (!ends.isEmpty())
        sentences << ends.join(QStringLiteral(", ")) + QLatin1Char('.');
    return sentences.join(QLatin1Char(' '));
}

} // namespace retryscope
