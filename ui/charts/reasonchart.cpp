// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "charts/chartfill.h"
#include "charts/dashboardcharts.h"

#include <QLocale>
#include <QPainter>

namespace retryscope {
namespace {

/// Bottom first; position in the stack is a cue beside the colour.
struct Group { RetryReason colour; const char *label; Qt::BrushStyle fill; };
constexpr std::array<Group, 7> groups{{
    {RetryReason::RateLimit, QT_TRANSLATE_NOOP("QObject", "Rate limited"), Qt::SolidPattern},
    {RetryReason::TemporaryFailure, QT_TRANSLATE_NOOP("QObject", "Overloaded"), Qt::Dense4Pattern},
    {RetryReason::ServerError, QT_TRANSLATE_NOOP("QObject", "Server error"), Qt::SolidPattern},
    {RetryReason::NetworkTimeout, QT_TRANSLATE_NOOP("QObject", "Timed out"), Qt::SolidPattern},
    {RetryReason::Network, QT_TRANSLATE_NOOP("QObject", "Network"), Qt::SolidPattern},
    {RetryReason::StreamInterrupted, QT_TRANSLATE_NOOP("QObject", "Stream interrupted"), Qt::SolidPattern},
    {RetryReason::Unknown, QT_TRANSLATE_NOOP("QObject", "Other"), Qt::BDiagPattern},
}};
using Counts = std::array<quint64, groups.size()>;

std::size_t groupOf(RetryReason reason)
{
    if (reason == RetryReason::MalformedResponse)
        reason = RetryReason::StreamInterrupted;
    for (std::size_t g = 0; g < groups.size(); ++g) {
        if (groups[g].colour == reason)
            return g;
    }
    return groups.size() - 1;
}

QVector<RetryReason> reasonsOf(std::size_t group)
{
    QVector<RetryReason> reasons;
    for (int r = 1; r < retryReasonCount; ++r) {
        if (groupOf(RetryReason(r)) == group && RetryReason(r) != RetryReason::Cancelled)
            reasons.append(RetryReason(r));
    }
    return reasons;
}

class ReasonChart final : public TimeChart
{
public:
    ReasonChart(ChartModel &model, const Theme &theme, QWidget *parent) : TimeChart(tr("Retries and failovers by reason"), model, theme, parent) {}

    ChartTable table() const override
    {
        ChartTable t;
        t.headers << tr("From");
        for (const Group &g : groups)
            t.headers << tr(g.label);
        t.headers << tr("Together");
        for (int b = int(m_counts.size()) - 1; b >= 0; --b) {
            QStringList row{binTime(b)};
            quint64 sum = 0;
            for (const quint64 n : m_counts[std::size_t(b)]) {
                row << QLocale().toString(n);
                sum += n;
            }
            t.rows.append(row << QLocale().toString(sum));
        }
        return t;
    }
    QString summary() const override
    {
        QStringList parts;
        quint64 sum = 0;
        for (std::size_t g = 0; g < groups.size(); ++g) {
            sum += m_totals[g];
            if (m_totals[g] > 0)
                parts << tr("%1 %2").arg(tr(groups[g].label).toLower()).arg(m_totals[g]);
        }
        return sum == 0 ? tr("No retries and no failovers %1.").arg(inLast()) : tr("%1 %2: %3.").arg(nextAttempts(), inLast(), parts.join(QStringLiteral(", ")));
    }

protected:
    void collect(const ChartFrame &f) override
    {
        m_counts.assign(std::size_t(f.bins()), {});
        m_totals = {};
        m_retries = m_failovers = 0;
        for (int b = 0; b < f.bins(); ++b) {
            const TrafficBin *bin = f.total(b);
            for (int r = 1; bin && r < retryReasonCount; ++r) {
                const quint64 n = bin->retries[std::size_t(r)] + bin->failovers[std::size_t(r)];
                m_counts[std::size_t(b)][groupOf(RetryReason(r))] += n;
                m_totals[groupOf(RetryReason(r))] += n;
            }
            m_retries += bin ? bin->retryCount() : 0;
            m_failovers += bin ? bin->failoverCount() : 0;
        }
        scale();
    }
    void legendChanged() override { scale(); }
    bool isEmpty() const override { return m_totals == Counts{}; }
    QString stat() const override
    {
        quint64 sum = 0;
        for (const quint64 n : m_totals)
            sum += n;
        return sum == 0 ? QString() : nextAttempts();
    }
    QVector<YTick> yTicks() const override
    {
        QVector<YTick> ticks;
        for (const quint64 n : m_ticks)
            ticks.append({double(n) / double(m_ticks.back()), QLocale().toString(n)});
        return ticks;
    }
    void paintSeries(QPainter &painter, const PlotArea &a) const override
    {
        for (std::size_t g = 0; g < groups.size(); ++g) {
            const ChartFill fill(QBrush(m_theme.reason(groups[g].colour), groups[g].fill), m_theme.surface(), devicePixelRatioF());
            for (int b = 0; b < a.bins; ++b) {
                if (const QRectF r = segmentRect(b, int(g), a); r.height() > 0)
                    fill(painter, r);
            }
        }
    }
    QRectF segmentRect(int bin, int segment, const PlotArea &a) const override
    {
        if (segment < 0 || !legend()->isShown(segment) || std::size_t(bin) >= m_counts.size())
            return {};
        const Counts &c = m_counts[std::size_t(bin)];
        quint64 below = 0;
        for (int g = 0; g < segment; ++g)
            below += legend()->isShown(g) ? c[std::size_t(g)] : 0;
        const double top = double(m_ticks.back()), gap = a.binWidth() >= 4 ? 1 : 0;
        const double x0 = std::round(a.left(bin)), x1 = std::round(a.left(bin + 1));
        const double y1 = std::round(a.y(double(below) / top)), y0 = std::round(a.y(double(below + c[std::size_t(segment)]) / top));
        return {x0, y0, std::max(1.0, x1 - x0 - gap), y1 - y0 - (below > 0 && y1 - y0 > 3 ? 1 : 0)};
    }
    int segments() const override { return int(groups.size()); }
    int segmentAt(int bin, double share) const override
    {
        if (std::size_t(bin) >= m_counts.size())
            return -1;
        double height = 0;
        for (int g = 0; g < int(groups.size()); ++g) {
            if (!legend()->isShown(g))
                continue;
            height += double(m_counts[std::size_t(bin)][std::size_t(g)]) / double(m_ticks.back());
            if (share >= 0 && share < height)
                return g;
        }
        return -1;
    }
    QVector<LegendEntry> legendAt(std::optional<int> bin) const override
    {
        QVector<LegendEntry> entries;
        const Counts &c = bin && std::size_t(*bin) < m_counts.size() ? m_counts[std::size_t(*bin)] : m_totals;
        for (std::size_t g = 0; g < groups.size(); ++g)
            entries.append({QBrush(m_theme.reason(groups[g].colour), groups[g].fill), {}, tr(groups[g].label), QLocale().toString(c[g]), QLocale().toString(m_totals[g])});
        return entries;
    }
    /// The provider too, where only one had this reason in this bin.
    ChartSelection queryAt(int bin, int segment) const override
    {
        ChartSelection query = queryOf(bin, bin);
        if (segment >= 0)
            query.reasons = reasonsOf(std::size_t(segment));
        QStringList who;
        for (const auto &lane : frame().lanes) {
            const TrafficBin *at = frame().at(lane.id, bin);
            for (int r = 1; at && r < retryReasonCount; ++r) {
                if (at->retries[std::size_t(r)] + at->failovers[std::size_t(r)] > 0 && (segment < 0 || groupOf(RetryReason(r)) == std::size_t(segment)) && !who.contains(lane.id))
                    who << lane.id;
            }
        }
        if (who.size() == 1)
            query.provider = who.first();
        return query;
    }

private:
    QString nextAttempts() const
    {
        const auto many = [](quint64 n, const QString &one, const QString &more) { return n == 1 ? one : more.arg(QLocale().toString(n)); };
        return tr("%1, %2").arg(many(m_retries, tr("1 retry"), tr("%1 retries")), many(m_failovers, tr("1 failover"), tr("%1 failovers")));
    }
    void scale()
    {
        quint64 top = 0;
        for (const Counts &c : m_counts) {
            quint64 height = 0;
            for (int g = 0; g < int(groups.size()); ++g)
                height += legend()->isShown(g) ? c[std::size_t(g)] : 0;
            top = std::max(top, height);
        }
        m_ticks = countTicks(top);
    }
    std::vector<Counts> m_counts;
    Counts m_totals{};
    quint64 m_retries = 0, m_failovers = 0;
    std::vector<quint64> m_ticks{0, 4};
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

TimeChart *makeReasonChart(ChartModel &model, const Theme &theme, QWidget *parent) { return new ReasonChart(model, theme, parent); }

} // namespace retryscope
