// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "charts/bandchart.h"

#include "charts/bandplot.h"

#include "base/timeformat.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace retryscope {
namespace {

constexpr double leastSeconds = 0.001;

/// 1, 2, 5 times a power of ten from `least` to `most`.
QVector<double> oneTwoFive(double least, double most)
{
    QVector<double> marks;
    for (double power = std::pow(10.0, std::floor(std::log10(least))); power <= most * 1.0001; power *= 10.0) {
        for (const double times : {1.0, 2.0, 5.0}) {
            if (power * times >= least * 0.9999 && power * times <= most * 1.0001)
                marks.append(power * times);
        }
    }
    return marks;
}

/// The next 1, 2 or 5 times a power of ten.
double roundUp(double value)
{
    const double power = std::pow(10.0, std::floor(std::log10(value)));
    for (const double times : {1.0, 2.0, 5.0, 10.0}) {
        if (power * times >= value * 0.9999)
            return power * times;
    }
    return power * 10.0;
}

double roundDown(double value)
{
    const double power = std::pow(10.0, std::floor(std::log10(value)));
    for (const double times : {5.0, 2.0, 1.0}) {
        if (power * times <= value * 1.0001)
            return power * times;
    }
    return power;
}

} // namespace

BandChart::BandChart(const QString &title, const QString &help, Unit unit, const Theme &theme, QWidget *parent)
    : ChartCard(title, theme, parent), m_unit(unit), m_help(help), m_plot(new BandPlot(*this))
{
    setToolTip(help);
    setPicture(m_plot);
    connect(legend(), &ChartLegend::selectionChanged, this, [this] { setData(m_data); });
    fitScale();
    restyle();
}

BandChart::~BandChart() = default;

void BandChart::setData(BandData data)
{
    m_data = std::move(data);
    if (m_cursor && *m_cursor >= m_data.places.size())
        m_cursor.reset();
    refreshLegend();
    fitScale();
    m_plot->takeData();
    m_plot->setAccessibleDescription(summary());
    refreshTable();
}

void BandChart::setStale(bool stale)
{
    if (m_stale == stale)
        return;
    m_stale = stale;
    m_plot->update();
}

void BandChart::showCursor(std::optional<int> place)
{
    if (place && (*place < 0 || *place >= m_data.places.size()))
        place.reset();
    if (place == m_cursor)
        return;
    m_cursor = place;
    refreshLegend();
    m_plot->update();
}

double BandChart::toAxis(double value) const
{
    return m_unit == Unit::Seconds ? std::log10(std::max(value, leastSeconds)) : value;
}

/// Shares up to 1; times from 0; seconds as far as there are any.
void BandChart::fitScale()
{
    double least = 1e300, most = 0;
    for (int l = 0; l < int(m_data.lines.size()); ++l) {
        for (const auto &band : m_data.lines[l].values) {
            if (!band || !legend()->isShown(l))
                continue;
            least = std::min(least, m_unit == Unit::Shares ? band->low : band->mean);
            most = std::max(most, std::min(band->high, band->mean * 3)); // a wide band may leave the picture
        }
    }
    m_yTicks.clear();
    if (isShare()) {
        fitShares(m_unit == Unit::Shares && least <= 1.0 ? least : 0.0);
    } else if (m_unit == Unit::Times) {
        const double top = std::max(2.0, roundUp(std::max(most, 1.0))), step = roundUp(top / 5.0);
        for (int i = 0; i * step <= top * 1.0001; ++i)
            m_yTicks.append({i * step, QString::number(i * step, 'g', 4)});
    } else {
        fitSeconds(least > 1e9 ? 1.0 : least, most);
    }
    m_low = m_yTicks.first().first;
    m_high = m_yTicks.last().first;
}

void BandChart::fitShares(double least)
{
    double floor = 0;
    for (const double from : {0.5, 0.8, 0.9, 0.95, 0.99, 0.995, 0.999}) {
        if (from < least - (1.0 - from) * 0.05)
            floor = from;
    }
    constexpr int steps = 4;
    for (int i = 0; i <= steps; ++i) {
        const double share = floor + (1.0 - floor) * i / steps;
        m_yTicks.append({share, QStringLiteral("%1 %").arg(share * 100.0, 0, 'g', 6)});
    }
}

/// At least a factor of ten, so that noise does not fill the picture.
void BandChart::fitSeconds(double least, double most)
{
    double low = roundDown(std::max(leastSeconds, least * 0.8)), high = roundUp(std::max(most, low * 2.0));
    if (high < low * 10.0)
        low = roundDown(std::max(leastSeconds, high / 10.0));
    high = std::max(high, low * 10.0);
    const QVector<double> marks = oneTwoFive(low, high);
    constexpr int readable = 7;
    for (const double mark : marks) {
        const bool decade = std::abs(std::log10(mark) - std::round(std::log10(mark))) < 1e-6;
        if (marks.size() <= readable || decade || mark == marks.first() || mark == marks.last())
            m_yTicks.append({std::log10(mark), formatDuration(fromSeconds(mark))});
    }
}

QString BandChart::valueText(double value) const
{
    switch (m_unit) {
    case Unit::Share:
    case Unit::Shares: return tr("%1 %").arg(value * 100.0, 0, 'f', value > 0.995 && value < 1.0 ? 2 : 1);
    case Unit::Seconds: return formatDuration(fromSeconds(value));
    case Unit::Times: return QString::number(value, 'f', 2);
    }
    return {};
}

QString BandChart::bandText(const Band &band) const
{
    return tr("%1 (%2 to %3)").arg(valueText(band.mean), valueText(band.low), valueText(band.high));
}

void BandChart::refreshLegend()
{
    QVector<LegendEntry> entries;
    for (const BandLine &line : std::as_const(m_data.lines)) {
        QString value;
        if (m_cursor && line.values.value(*m_cursor))
            value = valueText(line.values[*m_cursor]->mean);
        entries.append({QBrush(line.colour), {}, line.name, value, valueText(isShare() ? 0.999 : 88.88)});
    }
    legend()->setEntries(entries);
    legend()->setVisible(!entries.isEmpty() && !isTableVisible());
    setStat(m_cursor ? m_data.names.value(*m_cursor) : QString());
}

ChartTable BandChart::table() const
{
    ChartTable table;
    table.headers << m_data.placeName;
    for (const BandLine &line : m_data.lines)
        table.headers << line.name;
    for (int place = 0; place < int(m_data.places.size()); ++place) {
        QStringList row{m_data.names.value(place)};
        for (const BandLine &line : m_data.lines)
            row << (line.values.value(place) ? bandText(*line.values[place]) : tr("none"));
        table.rows.append(row);
    }
    return table;
}

QString BandChart::summary() const
{
    QStringList said{m_help};
    for (const BandLine &line : m_data.lines) {
        int least = -1, most = -1;
        for (int i = 0; i < int(line.values.size()); ++i) {
            if (!line.values[i])
                continue;
            if (least < 0 || line.values[i]->mean < line.values[least]->mean)
                least = i;
            if (most < 0 || line.values[i]->mean > line.values[most]->mean)
                most = i;
        }
        if (least >= 0)
            said << tr("%1: from %2 at %3 to %4 at %5.")
                        .arg(line.name, valueText(line.values[least]->mean), m_data.names.value(least),
                             valueText(line.values[most]->mean), m_data.names.value(most));
    }
    return said.join(QLatin1Char(' '));
}

void BandChart::restyle()
{
    ChartCard::restyle();
    m_plot->takeData();
}

} // namespace retryscope
