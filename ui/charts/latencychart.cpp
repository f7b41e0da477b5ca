// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "charts/dashboardcharts.h"
#include "base/timeformat.h"
#include "charts/serieschart.h"
#include "widgets/textwidth.h"
#include "words/labels.h"

#include <QPainter>
#include <QToolButton>
#include <QtCharts/QLineSeries>
#include <QtCharts/QScatterSeries>

#include <cmath>

namespace retryscope {
namespace {

constexpr quint64 fewSamples = 20; ///< below, the points themselves are drawn beside a thin line
constexpr std::array<double, 3> factors{1, 2, 5};

struct Point { quint64 samples = 0; double p50 = 0, p95 = 0; }; // seconds
using Points = std::vector<Point>;

Point pointOf(const LatencyHistogram &sketch)
{
    const auto p50 = sketch.quantile(0.5), p95 = sketch.quantile(0.95);
    return p50 && p95 ? Point{sketch.count(), toSeconds(*p50), toSeconds(*p95)} : Point{};
}
QString seconds(double s) { return formatDuration(fromSeconds(s)); }

class LatencyChart final : public SeriesChart
{
public:
    LatencyChart(ChartModel &model, const Theme &theme, QWidget *parent)
        : SeriesChart(tr("Latency, p50 and p95"), model, theme, parent)
    {
        auto *first = new QToolButton(this);
        first->setObjectName(QStringLiteral("firstTokenButton"));
        first->setText(tr("First token"));
        first->setToolTip(tr("The time to the first token instead of to the whole answer."));
        first->setCheckable(true);
        first->setAutoRaise(true);
        first->setProperty("flat", true);
        addToHead(first);
        connect(first, &QToolButton::toggled, this, [this](bool on) {
            m_view = on ? LatencyView::FirstToken : LatencyView::WholeAnswer;
            recollect();
            refreshTable();
        });
    }
    ChartTable table() const override
    {
        ChartTable t;
        t.headers << tr("From");
        for (const auto &lane : m_lanes)
            t.headers << tr("%1 p50").arg(lane.name) << tr("%1 p95").arg(lane.name) << tr("answers");
        for (int p = pointCount() - 1; p >= 0; --p) {
            QStringList row{binTime(binOf(p))};
            for (const auto &lane : m_lanes) {
                const Point &at = lane.points[std::size_t(p)];
                row << (at.samples ? seconds(at.p50) : QStringLiteral("–"))
                    << (at.samples ? seconds(at.p95) : QStringLiteral("–")) << QString::number(at.samples);
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
                parts << tr("%1 p50 %2, p95 %3 of %4")
                             .arg(lane.name, seconds(lane.total.p50), seconds(lane.total.p95),
                                  counted(lane.total.samples, tr("1 answer"), tr("%1 answers")));
        }
        const QString what = m_view == LatencyView::FirstToken ? tr("Time to the first token") : tr("Latency");
        return parts.isEmpty() ? tr("No answer %1.").arg(inLast())
                               : tr("%1 %2: %3.").arg(what, inLast(), parts.join(QStringLiteral("; ")));
    }

protected:
    int grouping() const override { return groupedBins(frame().span); }
    QString stat() const override { return tr("log scale"); }
    void collect(const ChartFrame &f) override
    {
        const int points = groupCount();
        m_lanes.clear();
        m_opened.clear();
        for (const auto &from : f.lanes) {
            Lane lane{from.name, from.id, Points(std::size_t(points)), {}};
            LatencyHistogram all, group;
            int at = 0;
            for (int b = 0; b <= f.bins(); ++b) {
                const int to = b < f.bins() ? groupAt(b) : points;
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
        draw();
    }
    void legendChanged() override { draw(); }
    bool isEmpty() const override
    {
        return std::none_of(m_lanes.begin(), m_lanes.end(), [](const Lane &lane) { return lane.total.samples > 0; });
    }
    QVector<YTick> yTicks() const override
    {
        QVector<YTick> ticks;
        for (int t = m_low; t <= m_high; ++t)
            ticks.append({double(t - m_low) / (m_high - m_low),
                          m_high - m_low > 5 && t % 3 != 0 ? QString() : tickLabel(t)}); // of many, the decades
        return ticks;
    }
    int rightMargin() const override
    {
        int widest = 0;
        for (const Lane &lane : m_lanes)
            widest = std::max(widest, textWidth(font(), lane.name));
        return std::min(widest, widestName()) + 12;
    }
    void paintSeries(QPainter &painter, const PlotArea &a) const override
    {
        paintOpenings(painter, a);
        SeriesChart::paintSeries(painter, a);
        paintNames(painter, a);
    }
    QVector<LegendEntry> legendAt(std::optional<int> bin) const override
    {
        QVector<LegendEntry> entries;
        for (int i = 0; i < int(m_lanes.size()); ++i) {
            const Lane &lane = m_lanes[std::size_t(i)];
            const int p = bin ? groupAt(*bin) : -1;
            const Point &at = p >= 0 && p < int(lane.points.size()) ? lane.points[std::size_t(p)] : lane.total;
            const QString value =
                at.samples ? tr("%1 / %2").arg(seconds(at.p50), seconds(at.p95)) : QStringLiteral("–");
            entries.append({m_theme.provider(lane.id), {}, lane.name, value, QStringLiteral("888 ms / 8.8 s")});
        }
        return entries;
    }
    ChartSelection queryAt(int bin, int segment) const override
    {
        ChartSelection query = queryOfGroup(bin);
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
            const Point &p = m_lanes[std::size_t(i)].points[std::size_t(std::clamp(groupAt(bin), 0, pointCount() - 1))];
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
        const Point &p =
            m_lanes[std::size_t(segment)].points[std::size_t(std::clamp(groupAt(bin), 0, pointCount() - 1))];
        const double x = a.left(bin) + a.binWidth() / 2;
        return p.samples ? QRectF(QPointF(x - 4, a.y(shareOf(p.p95)) - 4), QPointF(x + 4, a.y(shareOf(p.p50)) + 4))
                         : QRectF(x, a.rect.bottom(), 0, 0);
    }

private:
    struct Lane { QString name; ProviderId id; Points points; Point total; };
    /// What Qt Charts draws for one lane; a gap in the answers ends a line, so there may be several.
    struct Lines { std::vector<QLineSeries *> p50, p95; QScatterSeries *dots = nullptr; };

    int pointCount() const { return m_lanes.empty() ? 0 : int(m_lanes.front().points.size()); }
    static double tickValue(int t)
    {
        return std::pow(10.0, std::floor(t / 3.0)) * factors[std::size_t(((t % 3) + 3) % 3)];
    }
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
    /// Lists are replaced, never appended to; a line without points costs nothing.
    void draw()
    {
        scale();
        setScale(std::log10(tickValue(m_low)), std::log10(tickValue(m_high)));
        fitTime();
        while (m_lines.size() < m_lanes.size())
            m_lines.push_back({});
        for (std::size_t i = 0; i < m_lines.size(); ++i) {
            const bool shown = i < m_lanes.size() && legend()->isShown(int(i));
            const Points none;
            const Points &points = shown ? m_lanes[i].points : none;
            const QColor colour = i < m_lanes.size() ? m_theme.provider(m_lanes[i].id) : QColor();
            drawLine(&m_lines[i].p95, points, &Point::p95, dashes(colour), 1.5);
            drawLine(&m_lines[i].p50, points, &Point::p50, colour, 1.8);
            drawDots(&m_lines[i].dots, points, colour);
        }
    }
    /// A ground that is striped in time: a solid line on it reads as dashes. A dashed pen would make Qt Charts stroke the whole
    /// jagged line as one path, which costs more than all else in the picture.
    const QBrush &dashes(const QColor &colour)
    {
        constexpr int dash = 5, gap = 3; // pixels
        QBrush &brush = m_dashes[colour.rgb()];
        if (brush.style() == Qt::NoBrush) {
            QPixmap stripe(dash + gap, dash + gap);
            stripe.fill(Qt::transparent);
            QPainter(&stripe).fillRect(0, 0, dash, dash + gap, colour);
            brush.setTexture(stripe);
        }
        return brush;
    }
    void drawLine(std::vector<QLineSeries *> *lines, const Points &points, double Point::*value, const QBrush &brush,
                  double width)
    {
        std::size_t used = 0;
        QList<QPointF> run;
        bool few = true;
        const auto put = [&] {
            if (run.size() > 1) {
                if (used == lines->size()) {
                    lines->push_back(new QLineSeries);
                    attach(lines->back());
                }
                (*lines)[used]->setPen(QPen(brush, few ? 1.0 : width));
                (*lines)[used++]->replace(run);
            }
            run.clear();
            few = true;
        };
        for (std::size_t i = 0; i < points.size(); ++i) {
            if (points[i].samples == 0) {
                put();
                continue;
            }
            run.append({double(i), std::log10(std::max(1e-4, points[i].*value))});
            few = few && points[i].samples < fewSamples;
        }
        put();
        for (; used < lines->size(); ++used) {
            if ((*lines)[used]->count() > 0)
                (*lines)[used]->replace(QList<QPointF>());
        }
    }
    /// The median of few answers, or of one that no line would show.
    void drawDots(QScatterSeries **dots, const Points &points, const QColor &colour)
    {
        QList<QPointF> list;
        for (std::size_t i = 0; i < points.size(); ++i) {
            const bool alone =
                (i == 0 || points[i - 1].samples == 0) && (i + 1 == points.size() || points[i + 1].samples == 0);
            if (points[i].samples > 0 && (alone || points[i].samples < fewSamples))
                list.append({double(i), std::log10(std::max(1e-4, points[i].p50))});
        }
        if (!*dots) {
            *dots = new QScatterSeries;
            (*dots)->setMarkerSize(4.5);
            (*dots)->setPen(Qt::NoPen);
            attach(*dots);
        }
        (*dots)->setBrush(colour);
        (*dots)->replace(list);
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
            const auto last =
                std::find_if(points.rbegin(), points.rend(), [](const Point &p) { return p.samples > 0; });
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
            const Lane &lane = m_lanes[std::size_t(name.lane)];
            painter.setPen(m_theme.provider(lane.id));
            painter.drawText(QPointF(a.rect.right() + 6, name.y + fontMetrics().ascent() / 2.0 - 1),
                             elidedText(font(), lane.name, widestName()));
        }
    }

    int widestName() const { return fontMetrics().averageCharWidth() * 16; }

    LatencyView m_view = LatencyView::WholeAnswer;
    std::vector<Lane> m_lanes;
    std::vector<Lines> m_lines;
    std::vector<int> m_opened;
    QHash<QRgb, QBrush> m_dashes; ///< by the colour of the line
    int m_low = -3, m_high = 3; ///< numbers of 1-2-5 ticks; 0 is one second
};

} // namespace

TimeChart *makeLatencyChart(ChartModel &model, const Theme &theme, QWidget *parent)
{
    return new LatencyChart(model, theme, parent);
}

} // namespace retryscope
