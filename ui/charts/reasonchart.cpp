// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "charts/chartfill.h"
#include "charts/columnchart.h"
#include "charts/dashboardcharts.h"
#include "words/healthwords.h"

#include <QLocale>

namespace retryscope {
namespace {

/// Bottom first. What is not here stands in "Other": it is hardly ever tried again.
struct Part { RetryReason reason; Qt::BrushStyle fill; };
constexpr std::array<Part, 8> parts{{
    {RetryReason::RateLimit, Qt::SolidPattern},
    {RetryReason::TemporaryFailure, Qt::Dense4Pattern},
    {RetryReason::ServerError, Qt::SolidPattern},
    {RetryReason::NetworkTimeout, Qt::SolidPattern},
    {RetryReason::Network, Qt::SolidPattern},
    {RetryReason::StreamInterrupted, Qt::SolidPattern},
    {RetryReason::MalformedResponse, Qt::Dense4Pattern},
    {RetryReason::Unknown, Qt::BDiagPattern},
}};
constexpr int other = int(parts.size()) - 1;

int partOf(RetryReason reason)
{
    const auto it = std::find_if(parts.begin(), parts.end(), [reason](const Part &p) { return p.reason == reason; });
    return it == parts.end() ? other : int(it - parts.begin());
}

quint64 nextAttempts(const TrafficBin &bin, RetryReason reason)
{
    return bin.retries[std::size_t(reason)] + bin.failovers[std::size_t(reason)];
}

class ReasonChart final : public ColumnChart
{
public:
    ReasonChart(ChartModel &model, const Theme &theme, QWidget *parent)
        : ColumnChart(tr("Retries and failovers by reason"), model, theme, parent, int(parts.size()), Height::Counts)
    {
        restyle();
    }
    QString summary() const override
    {
        QStringList list;
        for (int p = 0; p < int(parts.size()); ++p) {
            if (totals()[std::size_t(p)] > 0)
                list << tr("%1 %2").arg(label(p).toLower(), QLocale().toString(totals()[std::size_t(p)]));
        }
        return list.isEmpty() ? tr("No retries and no failovers %1.").arg(inLast())
                              : tr("%1 %2: %3.").arg(stat(), inLast(), list.join(QStringLiteral(", ")));
    }

protected:
    QString label(int part) const override
    {
        return part == other ? tr("Other") : toLabel(parts[std::size_t(part)].reason);
    }
    QBrush brush(int part) const override
    {
        return {m_theme.reason(parts[std::size_t(part)].reason), parts[std::size_t(part)].fill};
    }
    void count(const TrafficBin &bin, Counts *counts) const override
    {
        for (int r = 1; r < retryReasonCount; ++r)
            (*counts)[std::size_t(partOf(RetryReason(r)))] += nextAttempts(bin, RetryReason(r));
    }
    QString legendValue(const Counts &counts, int part, bool) const override
    {
        return QLocale().toString(counts[std::size_t(part)]);
    }
    QString widestValue(int part) const override
    {
        return QLocale().toString(std::max<quint64>(88, totals()[std::size_t(part)]));
    }
    QString extraHeader() const override { return tr("Together"); }
    QString extraCell(const TrafficBin &group) const override
    {
        return QLocale().toString(group.retryCount() + group.failoverCount());
    }
    void addTotals(const TrafficBin &all) override
    {
        m_retries = all.retryCount();
        m_failovers = all.failoverCount();
    }
    QString stat() const override
    {
        return m_retries + m_failovers == 0 ? QString() : nextAttemptsText(m_retries, m_failovers);
    }
    /// The provider too, where only one had this reason then.
    ChartSelection queryAt(int bin, int segment) const override
    {
        ChartSelection query = queryOfGroup(bin);
        for (int r = 1; segment >= 0 && r < retryReasonCount; ++r) {
            if (partOf(RetryReason(r)) == segment && RetryReason(r) != RetryReason::Cancelled)
                query.reasons.append(RetryReason(r));
        }
        QStringList who;
        const int group = groupAt(bin);
        for (const ProviderId &id : frame().series->providers()) {
            TrafficBin all;
            for (int b = std::max(0, binOf(group)); b < std::min(frame().bins(), binOf(group + 1)); ++b) {
                if (const TrafficBin *at = frame().at(id, b))
                    all.merge(*at);
            }
            for (int r = 1; r < retryReasonCount; ++r) {
                if (nextAttempts(all, RetryReason(r)) > 0 && (segment < 0 || partOf(RetryReason(r)) == segment)
                    && !who.contains(id))
                    who << id;
            }
        }
        if (who.size() == 1)
            query.provider = who.first();
        return query;
    }

private:
    quint64 m_retries = 0, m_failovers = 0;
};

} // namespace

std::vector<quint64> countTicks(quint64 top)
{
    quint64 step = 1;
    for (quint64 decade = 1; step * 4 < top; decade *= 10) {
        for (const quint64 factor : {1U, 2U, 5U}) {
            step = decade * factor;
            if (step * 4 >= top)
                break;
        }
    }
    std::vector<quint64> ticks{0};
    while (ticks.back() < std::max<quint64>(2, top))
        ticks.push_back(ticks.back() + step);
    return ticks;
}

TimeChart *makeReasonChart(ChartModel &model, const Theme &theme, QWidget *parent)
{
    return new ReasonChart(model, theme, parent);
}

} // namespace retryscope
