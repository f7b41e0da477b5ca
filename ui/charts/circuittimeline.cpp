// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "charts/chartfill.h"
#include "base/timeformat.h"
#include "charts/dashboardcharts.h"
#include "widgets/textwidth.h"
#include "words/healthwords.h"

#include <QPainter>

#include <cmath>

namespace retryscope {
namespace {

constexpr double calmHeight = 0.3;

QString bandWord(const StateBand &band) { return band.state ? stateWord(*band.state) : QObject::tr("Not running"); }
/// To the tenth of a second below a minute: this is a measured time.
QString lengthText(Duration d) { return d < 1min ? formatDuration(d) : formatRoughSpan(d); }

class CircuitTimeline final : public TimeChart
{
public:
    CircuitTimeline(ChartModel &model, const Theme &theme, QWidget *parent)
        : TimeChart(tr("States"), model, theme, parent)
    {
        setLegendSelectable(false);
    }

    ChartTable table() const override
    {
        ChartTable t;
        t.headers << tr("From");
        for (const Lane &lane : m_lanes)
            t.headers << lane.name;
        for (int b = frame().bins() - 1; b >= 0; --b) { // by bin: states are short
            QStringList row{binTime(b)};
            for (const Lane &lane : m_lanes) {
                const StateBand *band = gravestIn(lane, b);
                row << (band ? bandWord(*band) : QString());
            }
            t.rows.append(row);
        }
        return t;
    }
    QString summary() const override
    {
        QStringList parts;
        for (const Lane &lane : m_lanes) {
            Duration down{};
            for (const StateBand &band : lane.bands)
                down += band.state == ProviderState::Down ? band.length() : Duration{};
            if (down > 0s)
                parts << tr("%1 was down for %2, now %3")
                             .arg(lane.name, lengthText(down), stateWord(lane.last).toLower());
        }
        return parts.isEmpty() ? tr("No provider was down %1.").arg(inLast())
                               : tr("States %1: %2.").arg(inLast(), parts.join(QStringLiteral("; ")));
    }

protected:
    void collect(const ChartFrame &f) override
    {
        m_lanes.clear();
        for (const auto &from : f.lanes) {
            Lane lane{from.name, from.id, bandsOf(f, from.id), ProviderState::Unproven};
            for (const StateChange &change : f.series->changes(from.id)) {
                if (change.at <= f.end)
                    lane.last = change.state;
            }
            m_lanes.push_back(std::move(lane));
        }
    }
    bool isEmpty() const override
    {
        return std::all_of(m_lanes.begin(), m_lanes.end(), [](const Lane &l) {
            return std::all_of(l.bands.begin(), l.bands.end(),
                               [](const StateBand &b) { return !b.state || b.state == ProviderState::Unproven; });
        });
    }
    /// A line for each name, and two for the axis.
    int leastLines() const override { return std::max(TimeChart::leastLines(), int(m_lanes.size()) + 2); }
    QVector<YTick> yTicks() const override
    {
        QVector<YTick> ticks;
        const int n = int(m_lanes.size());
        for (int i = 0; i < n; ++i)
            ticks.append({1.0 - (i + 0.5) / n, m_lanes[std::size_t(i)].name, false});
        return ticks;
    }
    void paintSeries(QPainter &painter, const PlotArea &a) const override
    {
        for (int i = 0; i < int(m_lanes.size()); ++i) {
            for (const StateBand &band : m_lanes[std::size_t(i)].bands)
                paintBand(painter, bandRect(i, band, a), band);
        }
    }
    QVector<LegendEntry> legendAt(std::optional<int> bin) const override
    {
        QVector<LegendEntry> entries;
        for (const Lane &lane : m_lanes) {
            const StateBand *band = bin ? gravestIn(lane, *bin) : nullptr;
            const ProviderState s = band ? band->state.value_or(ProviderState::Unproven) : lane.last;
            entries.append({m_theme.stateText(s), stateGlyph(s), lane.name,
                            !bin   ? stateWord(lane.last)
                            : band ? bandWord(*band)
                                   : QString(),
                            stateWord(ProviderState::Unproven)});
        }
        return entries;
    }
    int segments() const override { return int(m_lanes.size()); }
    int segmentAt(int, double share) const override
    {
        const int row = int((1.0 - share) * double(m_lanes.size()));
        return share > 0 && share < 1 ? int(m_lanes.size()) - 1 - row : -1; // from the bottom, as Up and Down count
    }
    QRectF segmentRect(int bin, int segment, const PlotArea &a) const override
    {
        const StateBand *band = gravestIn(m_lanes[std::size_t(laneOf(segment))], bin);
        return band ? bandRect(laneOf(segment), *band, a) : QRectF();
    }
    ChartSelection queryAt(int bin, int segment) const override
    {
        if (segment < 0)
            return queryOf(bin, bin);
        const Lane &lane = m_lanes[std::size_t(laneOf(segment))];
        ChartSelection query = queryOf(bin, bin);
        query.provider = lane.id;
        if (const StateBand *band = gravestIn(lane, bin)) {
            query.from = band->from;
            query.until = band->to + WallTime::duration(1); // its end too
        }
        return query;
    }

private:
    struct Lane { QString name; ProviderId id; std::vector<StateBand> bands; ProviderState last; };

    int laneOf(int segment) const { return int(m_lanes.size()) - 1 - segment; }
    /// The band that a bin is shown as; null for the time after the end.
    const StateBand *gravestIn(const Lane &lane, int bin) const
    {
        const StateBand *gravest = nullptr;
        for (const StateBand &band : lane.bands) {
            if (band.from >= frame().startOf(bin + 1) || band.to <= frame().startOf(bin))
                continue;
            if (!gravest || (band.state && (!gravest->state || gravity(*band.state) > gravity(*gravest->state))))
                gravest = &band;
        }
        return gravest;
    }
    double xOf(WallTime at, const PlotArea &a) const
    {
        return std::round(a.left(0) + toSeconds(at - frame().startOf(0)) / toSeconds(frame().bin()) * a.binWidth());
    }
    QRectF bandRect(int lane, const StateBand &band, const PlotArea &a) const
    {
        const ProviderState state = band.state.value_or(ProviderState::Unproven);
        const double row = a.rect.height() / double(m_lanes.size());
        const double full = std::min(row - 4, std::max(double(fontMetrics().height()) + 4,
                                                       std::min(row * 0.5, fontMetrics().height() * 2.0))),
                     high = std::max(
                         4.0, std::round(full * (state == ProviderState::Well ? calmHeight : stateHeight(state))));
        const double middle = std::round(a.rect.top() + row * (lane + 0.5)), left = xOf(band.from, a);
        return {left, middle - std::floor(high / 2), std::max(2.0, xOf(band.to, a) - left), high};
    }
    void paintBand(QPainter &painter, const QRectF &r, const StateBand &band) const
    {
        if (!band.state)
            return; // a gap is a gap
        const QColor colour = m_theme.stateFill(*band.state);
        const QBrush brush = stateBrush(m_theme, *band.state);
        if (band.state == ProviderState::Unproven) {
            painter.setPen(QPen(colour, 1, Qt::DashLine));
            painter.drawLine(QPointF(r.left(), r.center().y()), QPointF(r.right(), r.center().y()));
            return;
        }
        ChartFill(brush, m_theme.surface(), devicePixelRatioF())(painter, r);
        constexpr int fewLetters = 6; // no words are shorter
        if (band.state == ProviderState::Well || brush.style() != Qt::SolidPattern
            || r.height() < fontMetrics().height() || r.width() < fewLetters * fontMetrics().averageCharWidth())
            return;
        QString words = tr("%1 %2").arg(bandWord(band), lengthText(band.length()));
        if (band.reason != RetryReason::None)
            words = tr("%1 · %2").arg(words, toLabel(band.reason).toLower());
        if (textWidth(font(), words) + 10 > r.width())
            return;
        painter.setPen(colour.lightnessF() > 0.5f ? QColor(0x10, 0x12, 0x14) : QColor(Qt::white));
        painter.drawText(r.adjusted(5, 0, 0, 0), Qt::AlignVCenter | Qt::AlignLeft, words);
    }
    std::vector<Lane> m_lanes;
};

} // namespace

QBrush stateBrush(const Theme &theme, ProviderState state)
{
    return {theme.stateFill(state), state == ProviderState::Isolated ? Qt::BDiagPattern : Qt::SolidPattern};
}

double stateHeight(ProviderState state)
{
    switch (state) {
    case ProviderState::Unproven: return 6.0 / 22;
    case ProviderState::Well: return 12.0 / 22;
    case ProviderState::Slow:
    case ProviderState::Failing:
    case ProviderState::Probing: return 17.0 / 22;
    default: return 1.0;
    }
}

TimeChart *makeCircuitTimeline(ChartModel &model, const Theme &theme, QWidget *parent)
{
    return new CircuitTimeline(model, theme, parent);
}

} // namespace retryscope
