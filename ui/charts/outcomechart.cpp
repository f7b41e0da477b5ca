// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "charts/chartfill.h"
#include "charts/columnchart.h"
#include "charts/dashboardcharts.h"
#include "words/healthwords.h"

#include <QLocale>

namespace retryscope {
namespace {

/// Bottom first. Cancelled calls are nobody's failure and are not owed an answer.
constexpr std::array shownOutcomes{CallOutcome::FirstTry, CallOutcome::SecondChoice, CallOutcome::RecoveredByRetry,
                                     CallOutcome::RecoveredByFailover, CallOutcome::Failed};

class OutcomeChart final : public ColumnChart
{
public:
    OutcomeChart(ChartModel &model, const Theme &theme, QWidget *parent)
        : ColumnChart(tr("How calls ended"), model, theme, parent, int(shownOutcomes.size()), Height::Shares)
    {
        restyle();
    }

    QString summary() const override
    {
        if (isEmpty())
            return tr("No call ended %1.").arg(inLast());
        QStringList list;
        for (int p = 0; p < int(shownOutcomes.size()); ++p)
            list << tr("%1 %2").arg(label(p).toLower(), percentText(totals()[std::size_t(p)], sum(totals())));
        return tr("Calls %1: %2 (%3). %4.")
            .arg(inLast(), QLocale().toString(sum(totals())), list.join(QStringLiteral(", ")), perCall(m_all));
    }

protected:
    QString label(int part) const override { return toLabel(shownOutcomes[std::size_t(part)]); }
    QBrush brush(int part) const override
    {
        const QColor colour = outcomeColour(m_theme, shownOutcomes[std::size_t(part)]);
        return part == 0 ? mixed(colour, m_theme.surface(), 0.7) : colour; // most of the area, and no news
    }
    void count(const TrafficBin &bin, Counts *counts) const override
    {
        for (std::size_t p = 0; p < shownOutcomes.size(); ++p)
            (*counts)[p] += bin.count(shownOutcomes[p]);
    }
    QString legendValue(const Counts &c, int part, bool atCursor) const override
    {
        return atCursor ? tr("%1 of %2").arg(c[std::size_t(part)]).arg(sum(c))
                        : percentText(c[std::size_t(part)], sum(c));
    }
    QString widestValue(int) const override { return QStringLiteral("88.8 %"); }
    QString extraHeader() const override { return tr("Attempts per call"); }
    QString extraCell(const TrafficBin &group) const override
    {
        return group.owed() == 0 ? QStringLiteral("–")
                                 : QLocale().toString(double(group.callAttempts) / double(group.owed()), 'f', 2);
    }
    void addTotals(const TrafficBin &all) override { m_all = all; }
    QString stat() const override
    {
        return isEmpty() ? QString()
                         : tr("%1 served · %2").arg(percentText(m_all.served(), m_all.owed()), perCall(m_all));
    }
    ChartSelection queryAt(int bin, int segment) const override
    {
        ChartSelection query = queryOfGroup(bin);
        if (segment >= 0)
            query.outcome = shownOutcomes[std::size_t(segment)];
        return query;
    }

private:
    QString perCall(const TrafficBin &bin) const { return tr("%1 attempts per call").arg(extraCell(bin)); }
    TrafficBin m_all;
};

} // namespace

QColor outcomeColour(const Theme &theme, CallOutcome outcome)
{
    switch (outcome) {
    case CallOutcome::SecondChoice: return theme.reason(RetryReason::Network);
    case CallOutcome::RecoveredByRetry: return theme.reason(RetryReason::StreamInterrupted);
    case CallOutcome::RecoveredByFailover: return theme.reason(RetryReason::TemporaryFailure);
    case CallOutcome::Failed: return theme.reason(RetryReason::ServerError);
    default: return theme.calm();
    }
}

TimeChart *makeOutcomeChart(ChartModel &model, const Theme &theme, QWidget *parent)
{
    return new OutcomeChart(model, theme, parent);
}

} // namespace retryscope
