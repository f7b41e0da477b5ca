// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "charts/dashboardcharts.h"

#include <QPainter>
#include <QToolButton>

#include <cmath>

namespace retryscope {
namespace {

constexpr std::array<int, seriesSpans.size()> together{4, 3, 3, 3, 3};
constexpr quint64 fewSamples = 20; ///< below, the points themselves are drawn beside a faint line
constexpr std::array<double, 3> factors{1, 2, 5};

struct Point { quint64 samples = 0; double p50 = 0, p95 = 0; }; // seconds
using Points = std::vector<Point>;

Point pointOf(const LatencyHistogram &sketch)
{
    const auto p50 = sketch.quantile(0.5), p95 = sketch.quantile(0.95);
    return p50 && p95 ? Point{sketch.count(), toSeconds(*p50), toSeconds(*p95)} : Point{};
}
QString seconds(double s) { return formatDuration(fromSeconds(s)); }

class LatencyChart final : public TimeChart
{
public:
    LatencyChart(ChartModel &model, const Theme &theme, QWidget *parent) : TimeChart(tr("Latency, p50 and p95"), model, theme, parent)
    {
        auto *first = new QToolButton(this);
        first->setObjectName(QStringLiteral("firstTokenButton"));
        first->setText(tr("First token"));
        first->setToolTip(tr("The time to the first token instead of to the whole answer."));
        first->setCheckable(true);
        first->setAutoRaise(true);
        addToHead(first);
        connect(first, &QToolButton::toggled, this, [this](bool on) {
            m_view = on ? LatencyView::FirstToken : LatencyView::WholeAnswer;
            collect(frame());
            legend()->setEntries(legendAt(cursorBin()));
            plot()->update();
        });
    }
    ChartTable table() const override
    {
        ChartTable t;
        t.headers << tr("From");
        for (const auto &lane : m_lanes)
            t.headers << tr("%1 p50").arg(lane.name) << tr("%1 p95").arg(lane.name) << tr("answers");
        for (int p = pointCount() - 1; p >= 0; --p) {
            QStringList row{binTime(std::max(0, binOf(p)))};
            for (const auto &lane : m_lanes) {
                const Point &at = lane.points[std::size_t(p)];
                row << (at.samples ? seconds(at.p50) : QStringLiteral("–")) << (at.samples ? seconds(at.p95) : QStringLiteral("–")) << QString::number(at.samples);
            }
            t.rows.append(row);
        }
        return t;
    }
    QString summary() const override
    {
        QStringList parts;
        for (const auto &lane : m_lanes) {
            if (lane.total.samples)
                parts << tr("%1 p50 %2, p95 %3 of %4 answers").arg(lane.name, seconds(lane.total.p50), seconds(lane.total.p95)).arg(lane.total.samples);
        }
        const QString what = m_view == LatencyView::FirstToken ? tr("Time to the first token") : tr("Latency");
        return parts.isEmpty() ? tr("No answer %1.").arg(inLast()) : tr("%1 %2: %3.").arg(what, inLast(), parts.join(QStringLiteral("; ")));
    }

protected:
    int grouping() const override { return together[frame().span]; }
    void collect(const ChartFrame &f) override
    {
        m_firstGroup = (f.lastKey - f.bins() + 1) / grouping();
        const int points = int(f.lastKey / grouping() - m_firstGroup) + 1;
        m_lanes.clear();
        m_opened.clear();
        for (const auto &from : f.lanes) {
            Lane lane{from.name, Points(std::size_t(points)), {}};
            LatencyHistogram all, group;
            int at = 0;
            for (int b = 0; b <= f.bins(); ++b) {
                const int to = b < f.bins() ? pointAt(b) : points;
                if (to != at) {
                    lane.points[std::size_t(at)] = pointOf(group);
                    all.merge(group);
                    group = {};
                    at = to;
                }
                const TrafficBin *bin = b < f.bins() ? f.at(from.id, b) : nullptr;
                if (bin)
                    group.merge(m_view == LatencyView::FirstToken ? bin->firstToken : bin->latency);
            }
            lane.total = pointOf(all);
            for (const StateBand &band : bandsOf(f, from.id)) {
                if (band.state == ProviderState::Down && band.from > f.startOf(0))
                    m_opened.push_back(int(TimeSeries::keyOf(f.span, band.from) - (f.lastKey - f.bins() + 1)));
            }
            m_lanes.push_back(std::move(lane));
        }
        scale();
    }
    void legendChanged() override { scale(); }
    bool isEmpty() const override
    {
        return std::none_of(m_lanes.begin(), m_lanes.end(), [](const Lane &lane) { return lane.total.samples > 0; });
    }
    QVector<YTick> yTicks() const override
    {
        QVector<YTick> ticks;
        for (int t = m_low; t <= m_high; ++t)
            ticks.append({double(t - m_low) / (m_high - m_low), tickLabel(t)});
        return ticks;
    }
    int rightMargin() const override
    {
        int widest = 0;
        for (const Lane &lane : m_lanes)
            widest = std::max(widest, fontMetrics().horizontalAdvance(lane.name));
        return widest + 12;
    }
    void paintSeries(QPainter &painter, const PlotArea &a) const override
    {
        paintOpenings(painter, a);
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setClipRect(a.rect.adjusted(0, -3, rightMargin(), 3));
        for (int i = 0; i < int(m_lanes.size()); ++i) {
            if (legend()->isShown(i)) {
                paintLine(painter, a, i, &Point::p95, true);
                paintLine(painter, a, i, &Point::p50, false);
            }
        }
        painter.setClipping(false);
        paintNames(painter, a);
    }
    QVector<LegendEntry> legendAt(std::optional<int> bin) const override
    {
        QVector<LegendEntry> entries;
        for (int i = 0; i < int(m_lanes.size()); ++i) {
            const Lane &lane = m_lanes[std::size_t(i)];
            const int p = bin ? pointAt(*bin) : -1;
            const Point &at = p >= 0 && p < int(lane.points.size()) ? lane.points[std::size_t(p)] : lane.total;
            const QString value = at.samples ? tr("%1 / %2").arg(seconds(at.p50), seconds(at.p95)) : QStringLiteral("–");
            entries.append({m_theme.provider(i), {}, lane.name, value, QStringLiteral("888 ms / 8.8 s")});
        }
        return entries;
    }
    ChartSelection queryAt(int bin, int segment) const override
    {
        const int first = std::max(0, binOf(pointAt(bin)));
        ChartSelection query = queryOf(first, std::min(frame().bins() - 1, binOf(pointAt(bin) + 1) - 1));
        if (segment >= 0 && segment < int(frame().lanes.size()))
            query.provider = frame().lanes[std::size_t(segment)].id;
        return query;
    }
    int segments() const override { return int(m_lanes.size()); }
    /// The provider whose line is nearest to the pointer, within a finger's width.
    int segmentAt(int bin, double share) const override
    {
        int best = -1;
        double nearest = 0.08;
        for (int i = 0; i < int(m_lanes.size()); ++i) {
            const Point &p = m_lanes[std::size_t(i)].points[std::size_t(std::clamp(pointAt(bin), 0, pointCount() - 1))];
            for (const double y : {p.p50, p.p95}) {
                if (const double d = std::abs(shareOf(y) - share); p.samples && legend()->isShown(i) && d < nearest) {
                    nearest = d;
                    best = i;
                }
            }
        }
        return best;
    }
    QRectF segmentRect(int bin, int segment, const PlotArea &a) const override
    {
        const Point &p = m_lanes[std::size_t(segment)].points[std::size_t(std::clamp(pointAt(bin), 0, pointCount() - 1))];
        const double x = a.left(bin) + a.binWidth() / 2;
        return p.samples ? QRectF(QPointF(x - 4, a.y(shareOf(p.p95)) - 4), QPointF(x + 4, a.y(shareOf(p.p50)) + 4)) : QRectF(x, a.rect.bottom(), 0, 0);
    }

private:
    struct Lane { QString name; Points points; Point total; };

    int pointCount() const { return m_lanes.empty() ? 0 : int(m_lanes.front().points.size()); }
    int pointAt(int bin) const { return int((frame().lastKey - frame().bins() + 1 + bin) / grouping() - m_firstGroup); }
    int binOf(int point) const { return int((m_firstGroup + point) * grouping() - (frame().lastKey - frame().bins() + 1)); }
    static double tickValue(int t) { return std::pow(10.0, std::floor(t / 3.0)) * factors[std::size_t(((t % 3) + 3) % 3)]; }
    static QString tickLabel(int t)
    {
        const double v = tickValue(t);
        return v < 1 ? tr("%1 ms").arg(std::round(v * 1000)) : tr("%1 s").arg(v);
    }
    double shareOf(double s) const
    {
        const double low = std::log(tickValue(m_low)), high = std::log(tickValue(m_high));
        return std::clamp((std::log(std::max(1e-4, s)) - low) / (high - low), 0.0, 1.0);
    }
    /// From the tick below the fastest to the tick above the slowest; at least three steps.
    void scale()
    {
        double low = 1e9, high = 0;
        for (int i = 0; i < int(m_lanes.size()); ++i) {
            for (const Point &p : m_lanes[std::size_t(i)].points) {
                if (p.samples && legend()->isShown(i)) {
                    low = std::min(low, p.p50);
                    high = std::max(high, p.p95);
                }
            }
        }
        if (high == 0)
            std::tie(low, high) = std::pair(0.1, 10.0);
        m_low = -9;
        while (tickValue(m_low + 1) <= low)
            ++m_low;
        m_high = m_low + 3;
        while (tickValue(m_high) < high)
            ++m_high;
    }
    /// Single segments: a jagged line stroked as one path costs a hundred times more.
    void paintLine(QPainter &painter, const PlotArea &a, int lane, double Point::*value, bool dashed) const
    {
        const Points &points = m_lanes[std::size_t(lane)].points;
        QVector<QLineF> lines, faint;
        QVector<QPointF> dots;
        const Point *before = nullptr;
        QPointF from;
        for (int i = 0; i < int(points.size()); ++i) {
            const Point &p = points[std::size_t(i)];
            const QPointF to((a.left(std::max(0, binOf(i))) + a.left(std::min(a.bins, binOf(i + 1)))) / 2, a.y(shareOf(p.*value)));
            if (p.samples == 0) {
                before = nullptr;
                continue;
            }
            const bool alone = !before && (i + 1 == int(points.size()) || points[std::size_t(i) + 1].samples == 0); // no line would show it
            if (alone || (p.samples < fewSamples && !dashed))
                dots.append(to);
            if (before)
                addSegment(p.samples < fewSamples || before->samples < fewSamples ? &faint : &lines, {from, to}, dashed);
            before = &p;
            from = to;
        }
        QColor colour = m_theme.provider(lane);
        painter.setPen(QPen(colour, 1.7));
        painter.drawLines(lines);
        painter.setPen(QPen(colour, 1.1));
        painter.drawLines(faint);
        painter.setPen(Qt::NoPen);
        painter.setBrush(colour);
        for (const QPointF &dot : dots)
            painter.drawEllipse(dot, 1.8, 1.8);
    }
    static void addSegment(QVector<QLineF> *lines, const QLineF &line, bool dashed)
    {
        constexpr double on = 5, period = 8;
        if (!dashed) {
            lines->append(line);
            return;
        }
        for (double x = std::floor(line.x1() / period) * period; x < line.x2() && line.dx() > 0; x += period) {
            const double x1 = std::max(x, line.x1()), x2 = std::min(x + on, line.x2());
            if (x2 > x1)
                lines->append(QLineF(line.pointAt((x1 - line.x1()) / line.dx()), line.pointAt((x2 - line.x1()) / line.dx())));
        }
    }
    void paintOpenings(QPainter &painter, const PlotArea &a) const
    {
        double last = -100;
        const QColor colour = m_theme.stateFill(ProviderState::Down);
        for (const int bin : m_opened) {
            const double x = std::round(a.left(bin));
            if (std::abs(x - last) < 10)
                continue;
            last = x;
            painter.setPen(QPen(colour, 1, Qt::DotLine));
            painter.drawLine(QPointF(x, a.rect.top() + 8), QPointF(x, a.rect.bottom()));
            painter.fillRect(QRectF(x - 3, a.rect.top(), 7, 7), colour);
        }
    }
    /// At the end of each line, pushed apart so that they can be read.
    void paintNames(QPainter &painter, const PlotArea &a) const
    {
        struct Name { double y; int lane; };
        std::vector<Name> names;
        for (int i = 0; i < int(m_lanes.size()); ++i) {
            const Points &points = m_lanes[std::size_t(i)].points;
            const auto last = std::find_if(points.rbegin(), points.rend(), [](const Point &p) { return p.samples > 0; });
            const bool goesOn = last - points.rbegin() <= std::ptrdiff_t(points.size() / 6);
            if (last != points.rend() && goesOn && legend()->isShown(i))
                names.push_back({a.y((shareOf(last->p50) + shareOf(last->p95)) / 2), i});
        }
        std::sort(names.begin(), names.end(), [](const Name &x, const Name &y) { return x.y < y.y; });
        const double line = fontMetrics().height() * 0.95;
        for (std::size_t i = 1; i < names.size(); ++i)
            names[i].y = std::max(names[i].y, names[i - 1].y + line);
        double bottom = a.rect.bottom() - 2;
        for (auto it = names.rbegin(); it != names.rend(); ++it) {
            it->y = std::min(it->y, bottom);
            bottom = it->y - line;
        }
        for (const Name &name : names) {
            painter.setPen(m_theme.provider(name.lane));
            painter.drawText(QPointF(a.rect.right() + 6, name.y + fontMetrics().ascent() / 2.0 - 1), m_lanes[std::size_t(name.lane)].name);
        }
    }

    LatencyView m_view = LatencyView::WholeAnswer;
    std::vector<Lane> m_lanes;
    std::vector<int> m_opened;
    qint64 m_firstGroup = 0;
    int m_low = -3, m_high = 3; ///< numbers of 1-2-5 ticks; 0 is one second
};

} // namespace

TimeChart *makeLatencyChart(ChartModel &model, const Theme &theme, QWidget *parent) { return new LatencyChart(model, theme, parent); }

} // namespace retryscope
