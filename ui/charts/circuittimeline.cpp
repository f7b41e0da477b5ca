// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "charts/chartfill.h"
#include "charts/dashboardcharts.h"

#include <QPainter>

#include <cmath>

namespace retryscope {
namespace {

constexpr double calmHeight = 0.3;
constexpr int quietBins = 6;          ///< a silence shorter than this, between calls, is just low traffic
constexpr Duration lastingWord = 2min; ///< how long an answer counts as news, here and on the cards

/// In the words of circuits: a card that says Degraded for its errors has a closed circuit.
QString circuitWord(ProviderState s)
{
    static const std::array words{QT_TRANSLATE_NOOP("QObject", "No calls"), QT_TRANSLATE_NOOP("QObject", "Closed"), QT_TRANSLATE_NOOP("QObject", "Slow"),
                                  QT_TRANSLATE_NOOP("QObject", "Open"), QT_TRANSLATE_NOOP("QObject", "Probing"), QT_TRANSLATE_NOOP("QObject", "Isolated")};
    return QObject::tr(words[std::size_t(s)]);
}

int gravity(ProviderState s)
{
    constexpr std::array order{0, 1, 2, 5, 4, 3}; // NoData, Healthy, Degraded, Down, Probing, Isolated
    return order[std::size_t(s)];
}

ProviderState stateOf(const StateChange &c)
{
    switch (c.circuit) {
    case CircuitState::Open: return ProviderState::Down;
    case CircuitState::HalfOpen: return ProviderState::Probing;
    case CircuitState::Isolated: return ProviderState::Isolated;
    case CircuitState::Closed: break;
    }
    return c.slow ? ProviderState::Degraded : ProviderState::Healthy;
}

struct Band { ProviderState state = ProviderState::NoData; int first = 0, last = 0; };

class CircuitTimeline final : public TimeChart
{
public:
    CircuitTimeline(ChartModel &model, const Theme &theme, QWidget *parent) : TimeChart(tr("Circuits"), model, theme, parent) { setLegendSelectable(false); }

    ChartTable table() const override
    {
        ChartTable t;
        t.headers << tr("From");
        for (const Lane &lane : m_lanes)
            t.headers << lane.name;
        for (int b = frame().bins() - 1; b >= 0; --b) {
            QStringList row{binTime(b)};
            for (const Lane &lane : m_lanes)
                row << circuitWord(lane.states[std::size_t(b)]);
            t.rows.append(row);
        }
        return t;
    }
    QString summary() const override
    {
        QStringList parts;
        for (const Lane &lane : m_lanes) {
            const auto down = std::count(lane.states.begin(), lane.states.end(), ProviderState::Down);
            if (down > 0)
                parts << tr("%1 open for about %2, now %3").arg(lane.name, formatRoughSpan(frame().bin() * down), circuitWord(lane.states.back()).toLower());
        }
        return parts.isEmpty() ? tr("No circuit was open %1.").arg(inLast()) : tr("Circuits %1: %2.").arg(inLast(), parts.join(QStringLiteral("; ")));
    }

protected:
    void collect(const ChartFrame &f) override
    {
        m_lanes.clear();
        for (const auto &from : f.lanes) {
            Lane lane{from.name, from.id, statesOf(f, from.id), {}};
            for (int b = 0; b < int(lane.states.size()); ++b) {
                if (lane.bands.empty() || lane.bands.back().state != lane.states[std::size_t(b)])
                    lane.bands.push_back({lane.states[std::size_t(b)], b, b});
                lane.bands.back().last = b;
            }
            m_lanes.push_back(std::move(lane));
        }
    }
    bool isEmpty() const override
    {
        return std::all_of(m_lanes.begin(), m_lanes.end(), [](const Lane &l) { return l.bands.size() == 1 && l.bands.front().state == ProviderState::NoData; });
    }
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
            for (const Band &band : m_lanes[std::size_t(i)].bands)
                paintBand(painter, bandRect(i, band, a), band);
        }
    }
    QVector<LegendEntry> legendAt(std::optional<int> bin) const override
    {
        QVector<LegendEntry> entries;
        for (const Lane &lane : m_lanes) {
            const ProviderState s = lane.states[std::size_t(bin.value_or(int(lane.states.size()) - 1))];
            entries.append({m_theme.stateText(s), stateGlyph(s), lane.name, circuitWord(s), circuitWord(ProviderState::Isolated)});
        }
        return entries;
    }
    int segments() const override { return int(m_lanes.size()); }
    int segmentAt(int, double share) const override
    {
        const int row = int((1.0 - share) * double(m_lanes.size()));
        return share > 0 && share < 1 ? int(m_lanes.size()) - 1 - row : -1; // from the bottom, as Up and Down count
    }
    QRectF segmentRect(int bin, int segment, const PlotArea &a) const override { return bandRect(laneOf(segment), bandAt(laneOf(segment), bin), a); }
    ChartSelection queryAt(int bin, int segment) const override
    {
        if (segment < 0)
            return queryOf(bin, bin);
        const Band band = bandAt(laneOf(segment), bin);
        ChartSelection query = queryOf(band.first, band.last);
        query.provider = m_lanes[std::size_t(laneOf(segment))].id;
        return query;
    }

private:
    struct Lane { QString name; ProviderId id; std::vector<ProviderState> states; std::vector<Band> bands; };

    int laneOf(int segment) const { return int(m_lanes.size()) - 1 - segment; }
    Band bandAt(int lane, int bin) const
    {
        for (const Band &band : m_lanes[std::size_t(lane)].bands) {
            if (bin <= band.last)
                return band;
        }
        return {};
    }
    QRectF bandRect(int lane, const Band &band, const PlotArea &a) const
    {
        const double row = a.rect.height() / double(m_lanes.size());
        const double full = std::min(row - 4, std::max(double(fontMetrics().height()) + 4, std::min(row * 0.5, fontMetrics().height() * 2.0))), high = std::max(4.0, std::round(full * (band.state == ProviderState::Healthy ? calmHeight : stateHeight(band.state))));
        const double middle = std::round(a.rect.top() + row * (lane + 0.5));
        return {std::round(a.left(band.first)), middle - std::floor(high / 2), std::max(2.0, std::round(a.left(band.last + 1)) - std::round(a.left(band.first))), high};
    }
    void paintBand(QPainter &painter, const QRectF &r, const Band &band) const
    {
        const QColor colour = m_theme.stateFill(band.state);
        const QBrush brush = stateBrush(m_theme, band.state);
        if (band.state == ProviderState::NoData) {
            painter.setPen(QPen(colour, 1, Qt::DashLine));
            painter.drawLine(QPointF(r.left(), r.center().y()), QPointF(r.right(), r.center().y()));
            return;
        }
        ChartFill(brush, m_theme.surface(), devicePixelRatioF())(painter, r);
        if (band.state == ProviderState::Healthy || brush.style() != Qt::SolidPattern)
            return;
        const QString words = tr("%1 %2").arg(circuitWord(band.state), formatRoughSpan(frame().bin() * (band.last - band.first + 1)));
        if (r.height() < fontMetrics().height() || fontMetrics().horizontalAdvance(words) + 10 > r.width())
            return;
        painter.setPen(colour.lightnessF() > 0.5f ? QColor(0x10, 0x12, 0x14) : QColor(Qt::white));
        painter.drawText(r.adjusted(5, 0, 0, 0), Qt::AlignVCenter | Qt::AlignLeft, words);
    }
    std::vector<Lane> m_lanes;
};

} // namespace

std::vector<ProviderState> statesOf(const ChartFrame &f, const ProviderId &provider)
{
    std::vector<ProviderState> states(std::size_t(f.bins()), ProviderState::NoData);
    const auto &changes = f.series->changes(provider);
    auto next = changes.begin();
    StateChange now;
    for (; next != changes.end() && next->at < f.startOf(0); ++next)
        now = *next;
    const int lasting = std::max(1, int(lastingWord / f.bin())), filled = std::max(lasting, quietBins);
    int silent = filled;
    for (int b = 0; b < f.bins(); ++b) {
        const WallTime end = f.startOf(b + 1);
        ProviderState s = stateOf(now);
        for (; next != changes.end() && next->at < end; ++next) {
            now = *next;
            s = gravity(stateOf(now)) > gravity(s) ? stateOf(now) : s;
        }
        const SeriesBin *bin = f.at(provider, b);
        const bool traffic = bin && (bin->attempts > 0 || bin->calls() > 0);
        if (traffic && silent < filled && silent > 0)
            std::replace(states.begin() + b - silent, states.begin() + b, ProviderState::NoData, ProviderState::Healthy);
        silent = traffic ? 0 : silent + 1;
        if (s == ProviderState::Healthy && silent > lasting)
            s = ProviderState::NoData;
        states[std::size_t(b)] = s;
    }
    return states;
}

QBrush stateBrush(const Theme &theme, ProviderState state)
{
    return {theme.stateFill(state), state == ProviderState::Isolated ? Qt::BDiagPattern : Qt::SolidPattern};
}

double stateHeight(ProviderState state)
{
    switch (state) {
    case ProviderState::NoData: return 6.0 / 22;
    case ProviderState::Healthy: return 12.0 / 22;
    case ProviderState::Degraded:
    case ProviderState::Failing:
    case ProviderState::Probing: return 17.0 / 22;
    default: return 1.0;
    }
}

TimeChart *makeCircuitTimeline(ChartModel &model, const Theme &theme, QWidget *parent) { return new CircuitTimeline(model, theme, parent); }

} // namespace retryscope
