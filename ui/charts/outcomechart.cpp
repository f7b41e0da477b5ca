// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "charts/chartfill.h"
#include "charts/dashboardcharts.h"
#include "words/healthwords.h"

#include <QLocale>
#include <QPainter>

#include <numeric>

namespace retryscope {
namespace {

struct Row { CallOutcome outcome; const char *label, *shortLabel; };
constexpr std::array<Row, 5> rows{{
    {CallOutcome::FirstTry, QT_TRANSLATE_NOOP("QObject", "First choice"), QT_TRANSLATE_NOOP("QObject", "First choice")},
    {CallOutcome::SecondChoice, QT_TRANSLATE_NOOP("QObject", "Second choice"), QT_TRANSLATE_NOOP("QObject", "Second choice")},
    {CallOutcome::RecoveredByRetry, QT_TRANSLATE_NOOP("QObject", "After a retry"), QT_TRANSLATE_NOOP("QObject", "After a retry")},
    {CallOutcome::RecoveredByFailover, QT_TRANSLATE_NOOP("QObject", "After a failover"), QT_TRANSLATE_NOOP("QObject", "After a failover")},
    {CallOutcome::Failed, QT_TRANSLATE_NOOP("QObject", "Failed"), QT_TRANSLATE_NOOP("QObject", "Failed")},
}};
using Counts = std::array<quint64, rows.size()>;
quint64 sum(const Counts &c) { return std::accumulate(c.begin(), c.end(), quint64(0)); }

class OutcomeChart final : public TimeChart
{
public:
    OutcomeChart(ChartModel &model, const Theme &theme, QWidget *parent) : TimeChart(tr("How calls ended"), model, theme, parent) {}

    ChartTable table() const override
    {
        ChartTable t;
        t.headers << tr("From");
        for (const Row &row : rows)
            t.headers << tr(row.shortLabel);
        t.headers << tr("Attempts per call");
        for (int b = int(m_counts.size()) - 1; b >= 0; --b) {
            const Counts &c = m_counts[std::size_t(b)];
            QStringList row{binTime(b)};
            for (const quint64 n : c)
                row << QLocale().toString(n);
            t.rows.append(row << (sum(c) == 0 ? QStringLiteral("–") : QLocale().toString(double(m_attempts[std::size_t(b)]) / double(sum(c)), 'f', 2)));
        }
        return t;
    }
    QString summary() const override
    {
        const quint64 all = sum(m_totals);
        if (all == 0)
            return tr("No call ended %1.").arg(inLast());
        QStringList parts;
        for (std::size_t r = 0; r < rows.size(); ++r)
            parts << tr("%1 %2").arg(tr(rows[r].label).toLower(), percentText(m_totals[r], all));
        return tr("Calls %1: %2 (%3). %4.").arg(inLast(), QLocale().toString(all), parts.join(QStringLiteral(", ")), stat());
    }

protected:
    void collect(const ChartFrame &f) override
    {
        m_counts.assign(std::size_t(f.bins()), {});
        m_attempts.assign(std::size_t(f.bins()), 0);
        m_totals = {};
        m_allAttempts = 0;
        for (int b = 0; b < f.bins(); ++b) {
            const TrafficBin *bin = f.total(b);
            if (!bin)
                continue;
            for (std::size_t r = 0; r < rows.size(); ++r) {
                m_counts[std::size_t(b)][r] += bin->outcomes[std::size_t(rows[r].outcome)];
                m_totals[r] += bin->outcomes[std::size_t(rows[r].outcome)];
            }
            m_attempts[std::size_t(b)] += bin->callAttempts;
            m_allAttempts += bin->callAttempts;
        }
    }
    bool isEmpty() const override { return sum(m_totals) == 0; }
    QString stat() const override
    {
        return isEmpty() ? QString() : tr("%1 attempts per call").arg(QLocale().toString(double(m_allAttempts) / double(sum(m_totals)), 'f', 2));
    }
    QVector<YTick> yTicks() const override
    {
        QVector<YTick> ticks;
        for (const int p : {0, 25, 50, 75, 100})
            ticks.append({p / 100.0, p % 50 == 0 ? tr("%1 %").arg(p) : QString()});
        return ticks;
    }
    void paintSeries(QPainter &painter, const PlotArea &a) const override
    {
        for (std::size_t r = 0; r < rows.size(); ++r) {
            // First tries are most of the area, and no news.
            const QColor colour = rows[r].outcome == CallOutcome::FirstTry ? mixed(colourOf(r), m_theme.surface(), 0.55) : colourOf(r);
            for (int b = 0; b < a.bins; ++b) {
                const QRectF rect = segmentRect(b, int(r), a);
                if (rect.height() > 0)
                    painter.fillRect(rect, colour);
            }
        }
    }
    QRectF segmentRect(int bin, int segment, const PlotArea &a) const override
    {
        if (segment < 0 || std::size_t(bin) >= m_counts.size())
            return {};
        const Counts &c = m_counts[std::size_t(bin)];
        quint64 all = 0, below = 0;
        for (int r = 0; r < int(rows.size()); ++r) {
            const quint64 n = legend()->isShown(r) ? c[std::size_t(r)] : 0;
            all += c[std::size_t(r)];
            below += r < segment ? n : 0;
        }
        if (all == 0 || !legend()->isShown(segment))
            return {};
        const double gap = a.binWidth() >= 4 ? 1 : 0, x0 = std::round(a.left(bin)), x1 = std::round(a.left(bin + 1));
        const double y1 = std::round(a.y(double(below) / double(all))), y0 = std::round(a.y(double(below + c[std::size_t(segment)]) / double(all)));
        return {x0, y0, std::max(1.0, x1 - x0 - gap), y1 - y0};
    }
    int segments() const override { return int(rows.size()); }
    int segmentAt(int bin, double share) const override
    {
        const Counts c = std::size_t(bin) < m_counts.size() ? m_counts[std::size_t(bin)] : Counts{};
        double height = 0;
        for (int r = 0; r < int(rows.size()) && sum(c) > 0; ++r) {
            height += legend()->isShown(r) ? double(c[std::size_t(r)]) / double(sum(c)) : 0;
            if (share >= 0 && share < height)
                return r;
        }
        return -1;
    }
    QVector<LegendEntry> legendAt(std::optional<int> bin) const override
    {
        QVector<LegendEntry> entries;
        const Counts &c = bin && std::size_t(*bin) < m_counts.size() ? m_counts[std::size_t(*bin)] : m_totals;
        for (std::size_t r = 0; r < rows.size(); ++r)
            entries.append({colourOf(r), {}, tr(rows[r].shortLabel), bin ? tr("%1 of %2").arg(c[r]).arg(sum(c)) : percentText(c[r], sum(c)), QStringLiteral("88.8 %")});
        return entries;
    }
    ChartSelection queryAt(int bin, int segment) const override
    {
        ChartSelection query = queryOf(bin, bin);
        if (segment >= 0)
            query.outcome = rows[std::size_t(segment)].outcome;
        return query;
    }

private:
    QColor colourOf(std::size_t row) const
    {
        switch (rows[row].outcome) {
        case CallOutcome::SecondChoice: return m_theme.reason(RetryReason::Network);
        case CallOutcome::RecoveredByRetry: return m_theme.reason(RetryReason::StreamInterrupted);
        case CallOutcome::RecoveredByFailover: return m_theme.reason(RetryReason::TemporaryFailure);
        case CallOutcome::Failed: return m_theme.reason(RetryReason::ServerError);
        default: return m_theme.calm();
        }
    }
    std::vector<Counts> m_counts;
    std::vector<quint64> m_attempts;
    Counts m_totals{};
    quint64 m_allAttempts = 0;
};

} // namespace

TimeChart *makeOutcomeChart(ChartModel &model, const Theme &theme, QWidget *parent) { return new OutcomeChart(model, theme, parent); }

} // namespace retryscope
