// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "charts/serieschart.h"

QT_BEGIN_NAMESPACE
class QBarSet;
QT_END_NAMESPACE

namespace retryscope {

/// Stacked columns over time, one for each group of bins: as counts, or as shares of all. Bottom first; the position in
/// the stack is a cue beside the colour. What is stacked is the subclass's.
class ColumnChart : public SeriesChart
{
public:
    enum class Height : quint8 { Counts, Shares };
    using Counts = std::vector<quint64>; ///< by part

    const Counts &totals() const { return m_totals; }
    ChartTable table() const override;

protected:
    ColumnChart(const QString &title, ChartModel &model, const Theme &theme, QWidget *parent, int parts, Height height);

    virtual QString label(int part) const = 0;
    virtual QBrush brush(int part) const = 0;
    virtual void count(const TrafficBin &bin, Counts *counts) const = 0;
    virtual QString legendValue(const Counts &counts, int part, bool atCursor) const = 0;
    virtual QString widestValue(int part) const = 0;
    /// A last column of the table: its header, and its cell for a group.
    virtual QString extraHeader() const = 0;
    virtual QString extraCell(const TrafficBin &group) const = 0;
    virtual void addTotals(const TrafficBin &all) = 0;

    static quint64 sum(const Counts &counts);

    void collect(const ChartFrame &frame) override;
    bool isEmpty() const override { return sum(m_totals) == 0; }
    int grouping() const override;
    QVector<YTick> yTicks() const override;
    int segments() const override { return m_parts; }
    int segmentAt(int bin, double share) const override;
    QRectF segmentRect(int bin, int segment, const PlotArea &area) const override;
    QVector<LegendEntry> legendAt(std::optional<int> bin) const override;
    void legendChanged() override { syncBars(); }
    void restyle() override;

private:
    double heightOf(int group, int part) const; ///< in the values of the axis; 0 where hidden
    double top() const { return m_height == Height::Shares ? 100.0 : double(m_ticks.back()); }
    void syncBars();
    void shiftBars();

    const int m_parts;
    const Height m_height;
    std::vector<QBarSet *> m_sets;
    std::vector<Counts> m_counts;      ///< by group
    std::vector<TrafficBin> m_bins;    ///< by group, without latencies
    Counts m_totals;
    std::vector<quint64> m_ticks{0, 4};
    qint64 m_shownFirst = 0;           ///< the group that the first bar stands for
    std::pair<std::size_t, int> m_shownSpan{99, 0};
};

} // namespace retryscope
