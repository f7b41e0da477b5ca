// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "charts/columnchart.h"

#include "charts/dashboardcharts.h"

#include <QLocale>
#include <QtCharts/QBarSet>
#include <QtCharts/QStackedBarSeries>

#include <cmath>
#include <numeric>

namespace retryscope {
namespace {
constexpr double barWidth = 0.86;
} // namespace

ColumnChart::ColumnChart(const QString &title, ChartModel &model, const Theme &theme, QWidget *parent, int parts,
                         Height height)
    : SeriesChart(title, model, theme, parent), m_parts(parts), m_height(height), m_totals(std::size_t(parts))
{
    auto *series = new QStackedBarSeries;
    series->setBarWidth(barWidth);
    for (int p = 0; p < parts; ++p) {
        m_sets.push_back(new QBarSet(QString()));
        m_sets.back()->setPen(Qt::NoPen);
        series->append(m_sets.back());
    }
    attach(series);
    setScale(0, top());
}

quint64 ColumnChart::sum(const Counts &counts) { return std::accumulate(counts.begin(), counts.end(), quint64(0)); }
int ColumnChart::grouping() const { return groupedBins(frame().span); }

void ColumnChart::restyle()
{
    for (int p = 0; p < m_parts; ++p)
        m_sets[std::size_t(p)]->setBrush(brush(p));
    SeriesChart::restyle();
}

void ColumnChart::collect(const ChartFrame &f)
{
    const auto groups = std::size_t(groupCount());
    m_bins.assign(groups, {});
    m_counts.assign(groups, Counts(std::size_t(m_parts)));
    TrafficBin all;
    for (int b = 0; b < f.bins(); ++b) {
        if (const TrafficBin *bin = f.total(b))
            m_bins[std::size_t(groupAt(b))].mergeCounts(*bin);
    }
    m_totals.assign(std::size_t(m_parts), 0);
    for (std::size_t g = 0; g < groups; ++g) {
        if (m_bins[g].isEmpty())
            continue;
        count(m_bins[g], &m_counts[g]);
        all.mergeCounts(m_bins[g]);
        for (std::size_t p = 0; p < m_totals.size(); ++p)
            m_totals[p] += m_counts[g][p];
    }
    addTotals(all);
    syncBars();
}

double ColumnChart::heightOf(int group, int part) const
{
    const Counts &c = m_counts[std::size_t(group)];
    if (!legend()->isShown(part) || c[std::size_t(part)] == 0)
        return 0;
    return m_height == Height::Counts ? double(c[std::size_t(part)])
                                      : 100.0 * double(c[std::size_t(part)]) / double(sum(c));
}

/// A bar that goes on standing for its group keeps its place: only what is new costs.
void ColumnChart::shiftBars()
{
    const int groups = int(m_counts.size());
    const std::pair span{frame().span, grouping()};
    const qint64 by = firstGroup() - m_shownFirst;
    const bool same = span == m_shownSpan && by >= 0 && by < groups;
    m_shownSpan = span;
    m_shownFirst = firstGroup();
    for (QBarSet *set : m_sets) {
        if (!same)
            set->remove(0, set->count());
        else if (by > 0)
            set->remove(0, int(std::min<qint64>(by, set->count())));
        if (set->count() > groups)
            set->remove(groups, set->count() - groups);
        if (set->count() < groups)
            set->append(QList<qreal>(groups - set->count(), 0.0));
    }
}

void ColumnChart::syncBars()
{
    quint64 highest = 0;
    for (const Counts &c : m_counts) {
        quint64 height = 0;
        for (int p = 0; p < m_parts; ++p)
            height += legend()->isShown(p) ? c[std::size_t(p)] : 0;
        highest = std::max(highest, height);
    }
    m_ticks = countTicks(highest);
    shiftBars();
    for (int g = 0; g < int(m_counts.size()); ++g) {
        for (int p = 0; p < m_parts; ++p) {
            if (const double height = heightOf(g, p); m_sets[std::size_t(p)]->at(g) != height)
                m_sets[std::size_t(p)]->replace(g, height);
        }
    }
    setScale(0, top());
    fitTime();
}

QVector<YTick> ColumnChart::yTicks() const
{
    QVector<YTick> ticks;
    if (m_height == Height::Shares) {
        for (const int p : {0, 25, 50, 75, 100})
            ticks.append({p / 100.0, p % 50 == 0 ? tr("%1 %").arg(p) : QString()});
    } else {
        for (const quint64 n : m_ticks)
            ticks.append({double(n) / double(m_ticks.back()), QLocale().toString(n)});
    }
    return ticks;
}

QRectF ColumnChart::segmentRect(int bin, int segment, const PlotArea &a) const
{
    const int group = groupAt(bin);
    if (segment < 0 || group < 0 || group >= int(m_counts.size()))
        return {};
    double below = 0;
    for (int p = 0; p < segment; ++p)
        below += heightOf(group, p);
    const double high = heightOf(group, segment), left = a.left(binOf(group)), width = a.left(binOf(group + 1)) - left;
    if (high == 0)
        return {};
    const double inset = width * (1 - barWidth) / 2, top = a.y((below + high) / this->top()),
                 bottom = a.y(below / this->top());
    return QRectF(QPointF(left + inset, top), QPointF(left + width - inset, bottom)).intersected(a.rect);
}

int ColumnChart::segmentAt(int bin, double share) const
{
    const int group = groupAt(bin);
    double height = 0;
    for (int p = 0; p < m_parts && group >= 0 && group < int(m_counts.size()); ++p) {
        height += heightOf(group, p) / top();
        if (share >= 0 && share < height)
            return p;
    }
    return -1;
}

QVector<LegendEntry> ColumnChart::legendAt(std::optional<int> bin) const
{
    const int group = bin ? groupAt(*bin) : -1;
    const bool at = group >= 0 && group < int(m_counts.size());
    const Counts &c = at ? m_counts[std::size_t(group)] : m_totals;
    QVector<LegendEntry> entries;
    for (int p = 0; p < m_parts; ++p)
        entries.append({brush(p), {}, label(p), legendValue(c, p, at), widestValue(p)});
    return entries;
}

ChartTable ColumnChart::table() const
{
    ChartTable t;
    t.headers << tr("From");
    for (int p = 0; p < m_parts; ++p)
        t.headers << label(p);
    t.headers << extraHeader();
    for (int g = int(m_counts.size()) - 1; g >= 0; --g) {
        QStringList row{binTime(binOf(g))};
        for (const quint64 n : m_counts[std::size_t(g)])
            row << QLocale().toString(n);
        t.rows.append(row << extraCell(m_bins[std::size_t(g)]));
    }
    return t;
}

} // namespace retryscope
