// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "charts/chartcard.h"
#include "simulator/moments.h"

#include <functional>

namespace retryscope {

/// A line with its band; every line of a chart has the same places.
struct BandLine
{
    QString name;
    QColor colour;
    Qt::PenStyle style = Qt::SolidLine;
    QVector<std::optional<Band>> values; ///< by place; none is a gap
};

/// A stretch of the axis that is marked behind the lines.
struct BandShade
{
    double from = 0, to = 0;
    QColor colour;
};

/// What a BandChart shows. Places and ends of the horizontal axis are in units of the caller's.
struct BandData
{
    QVector<double> places;
    double from = 0, to = 1;
    QVector<std::pair<double, QString>> ticks;
    QVector<QString> names; ///< of the places, for the cursor and the table
    QVector<BandLine> lines;
    QVector<BandShade> shades;
    std::optional<double> mark;  ///< a rule, such as where the fault ends
    QString markName, placeName; ///< head of the table's first column
};

class BandPlot;

/// A card with lines and their bands, drawn by Qt Charts; values at a cursor that several charts may share.
class BandChart final : public ChartCard
{
    Q_OBJECT
public:
    enum class Unit : quint8 {
        Share,   ///< 0 to 100 %
        Shares,  ///< from a share below the least to 100 %: where small differences matter
        Seconds, ///< on a logarithmic axis
        Times,   ///< from 0
    };
    /// `help`: what is measured, in a sentence.
    BandChart(const QString &title, const QString &help, Unit unit, const Theme &theme, QWidget *parent = nullptr);
    ~BandChart() override;

    void setData(BandData data);
    const BandData &data() const { return m_data; }
    /// What is shown is not of the newest question: it fades until it is.
    void setStale(bool stale);
    void showCursor(std::optional<int> place);
    std::optional<int> cursor() const { return m_cursor; }
    QString valueText(double value) const;
    QString bandText(const Band &band) const;

    ChartTable table() const override;
    QString summary() const override;

signals:
    /// By a person: the place, or -1.
    void cursorMoved(int place);

protected:
    void restyle() override;

private:
    friend class BandPlot;
    void refreshLegend();
    double toAxis(double value) const;
    void fitScale();
    void fitShares(double least);
    void fitSeconds(double least, double most);
    bool isShare() const { return m_unit == Unit::Share || m_unit == Unit::Shares; }

    Unit m_unit;
    QString m_help;
    BandData m_data;
    std::optional<int> m_cursor;
    bool m_stale = false;
    double m_low = 0, m_high = 1; ///< of the vertical axis, in its own units
    QVector<std::pair<double, QString>> m_yTicks;
    BandPlot *m_plot;
};

} // namespace retryscope
