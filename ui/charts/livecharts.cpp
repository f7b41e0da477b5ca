// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "charts/livecharts.h"

#include <QGraphicsLayout>
#include <QLabel>
#include <QVBoxLayout>
#include <QtCharts/QBarCategoryAxis>
#include <QtCharts/QBarSet>
#include <QtCharts/QLineSeries>
#include <QtCharts/QLogValueAxis>
#include <QtCharts/QStackedBarSeries>
#include <QtCharts/QValueAxis>

#include <cmath>

namespace retryscope {
namespace {

constexpr std::array reasonOrder{RetryReason::RateLimit, RetryReason::TemporaryFailure, RetryReason::ServerError, RetryReason::NetworkTimeout,
                                 RetryReason::Network, RetryReason::StreamInterrupted, RetryReason::Unknown};

std::size_t seriesOf(RetryReason reason)
{
    const auto it = std::find(reasonOrder.begin(), reasonOrder.end(), reason == RetryReason::MalformedResponse ? RetryReason::StreamInterrupted : reason);
    return it == reasonOrder.end() ? reasonOrder.size() - 1 : std::size_t(it - reasonOrder.begin());
}

int binOf(SteadyTime at, SteadyTime now) { return DashboardState::bins - 1 - int((now - at) / DashboardState::bin); }

QValueAxis *timeAxis(QObject *parent)
{
    auto *axis = new QValueAxis(parent);
    axis->setRange(-120, 0);
    axis->setTickCount(7);
    axis->setLabelFormat(QStringLiteral("%d s"));
    return axis;
}

class ReasonChart final : public ChartCard
{
public:
    ReasonChart(const Theme &theme, QWidget *parent) : ChartCard(tr("Retries and failovers by reason, per 4 s"), theme, parent)
    {
        m_bars = new QStackedBarSeries(this);
        m_bars->setBarWidth(0.86);
        for (std::size_t i = 0; i < reasonOrder.size(); ++i) {
            auto *set = new QBarSet(toLabel(reasonOrder[i]));
            for (int b = 0; b < DashboardState::bins; ++b)
                set->append(0);
            m_bars->append(set);
        }
        m_chart->addSeries(m_bars);
        auto *hidden = new QBarCategoryAxis(this); // labels elide: the value axis below tells the time
        for (int b = 0; b < DashboardState::bins; ++b)
            hidden->append(QString::number(b));
        hidden->setVisible(false);
        m_chart->addAxis(hidden, Qt::AlignBottom);
        m_y = new QValueAxis(this);
        m_y->setRange(0, 4);
        m_y->setLabelFormat(QStringLiteral("%d"));
        m_time = timeAxis(this);
        addAxes(m_time, m_y);
        m_bars->attachAxis(hidden);
        m_bars->attachAxis(m_y);
        restyle();
    }
    void refresh(const DashboardState &state, SteadyTime now) override
    {
        std::array<std::array<int, DashboardState::bins>, reasonOrder.size()> counts{};
        std::array<int, reasonOrder.size()> totals{};
        std::array<int, DashboardState::bins> heights{};
        for (const auto &retry : state.retries()) {
            const int b = binOf(retry.at, now);
            if (b < 0 || b >= DashboardState::bins)
                continue;
            ++counts[seriesOf(retry.reason)][std::size_t(b)];
            ++totals[seriesOf(retry.reason)];
            ++heights[std::size_t(b)];
        }
        const auto sets = m_bars->barSets();
        QVector<std::pair<QColor, QString>> legend;
        QStringList summary;
        for (std::size_t i = 0; i < reasonOrder.size(); ++i) {
            if (counts[i] != m_shown[i]) {
                for (int b = 0; b < DashboardState::bins; ++b)
                    sets[qsizetype(i)]->replace(b, counts[i][std::size_t(b)]);
            }
            legend.append({m_theme.reason(reasonOrder[i]), QStringLiteral("%1 %2").arg(i + 1 == reasonOrder.size() ? tr("Other") : toLabel(reasonOrder[i])).arg(totals[i])});
            summary << legend.last().second;
        }
        m_shown = counts;
        const int top = *std::max_element(heights.begin(), heights.end());
        m_y->setRange(0, std::max(4, (top + 3) / 4 * 4));
        setLegend(legend);
        setAccessibleDescription(tr("In the last two minutes: %1").arg(summary.join(QStringLiteral(", "))));
    }

protected:
    void restyle() override
    {
        ChartCard::restyle();
        const auto sets = m_bars->barSets();
        for (std::size_t i = 0; i < reasonOrder.size(); ++i) {
            sets[qsizetype(i)]->setColor(m_theme.reason(reasonOrder[i]));
            sets[qsizetype(i)]->setBorderColor(m_theme.surface());
        }
    }

private:
    QStackedBarSeries *m_bars;
    QValueAxis *m_time, *m_y;
    std::array<std::array<int, DashboardState::bins>, reasonOrder.size()> m_shown{};
};

class LatencyChart final : public ChartCard
{
public:
    LatencyChart(const Theme &theme, QWidget *parent) : ChartCard(tr("Latency p95 by provider, seconds (log), per 4 s"), theme, parent)
    {
        m_time = timeAxis(this);
        m_y = new QLogValueAxis(this);
        m_y->setBase(10);
        m_y->setRange(0.01, 10);
        m_y->setMinorTickCount(8);
        m_y->setLabelFormat(QStringLiteral("%g"));
        addAxes(m_time, m_y);
        restyle();
    }
    void refresh(const DashboardState &state, SteadyTime now) override
    {
        matchSeries(int(state.providers().size()));
        QVector<std::pair<QColor, QString>> legend;
        double top = 10.0;
        int index = 0;
        for (const auto &p : state.providers()) {
            std::array<std::deque<DashboardState::Attempt>, DashboardState::bins> perBin;
            for (const auto &a : p.attempts) {
                if (const int b = binOf(a.at, now); b >= 0 && b < DashboardState::bins)
                    perBin[std::size_t(b)].push_back(a);
            }
            QList<QPointF> points;
            for (int b = 0; b < DashboardState::bins; ++b) {
                if (const auto p95 = DashboardState::quantile(perBin[std::size_t(b)], 0.95))
                    points.append({-120.0 + 4.0 * b + 2.0, std::max(0.01, toSeconds(*p95))});
            }
            for (const QPointF &point : points)
                top = std::max(top, point.y());
            m_series[index]->replace(points);
            const auto all = DashboardState::quantile(p.attempts, 0.95);
            legend.append({m_theme.provider(index++), QStringLiteral("%1 %2").arg(p.name, all ? formatDuration(*all) : QStringLiteral("–"))});
        }
        m_y->setRange(0.01, std::pow(10.0, std::ceil(std::log10(top))));
        setLegend(legend);
        QStringList summary;
        for (const auto &[colour, text] : legend)
            summary << text;
        setAccessibleDescription(tr("p95 over two minutes: %1").arg(summary.join(QStringLiteral(", "))));
    }

protected:
    void restyle() override
    {
        ChartCard::restyle();
        m_y->setMinorGridLineColor(m_theme.alternate());
        static constexpr std::array dashes{Qt::SolidLine, Qt::DashLine, Qt::DotLine, Qt::DashDotLine, Qt::DashDotDotLine};
        for (int i = 0; i < int(m_series.size()); ++i) {
            m_series[i]->setPen(QPen(m_theme.provider(i), 2, dashes[std::size_t(i) % dashes.size()]));
            m_series[i]->setMarkerSize(5);
            m_series[i]->setPointsVisible(true);
        }
    }

private:
    void matchSeries(int count)
    {
        if (count == int(m_series.size()))
            return;
        m_chart->removeAllSeries();
        m_series.clear();
        for (int i = 0; i < count; ++i) {
            auto *series = new QLineSeries;
            m_chart->addSeries(series);
            series->attachAxis(m_time);
            series->attachAxis(m_y);
            m_series.append(series);
        }
        restyle();
    }
    QValueAxis *m_time;
    QLogValueAxis *m_y;
    QVector<QLineSeries *> m_series;
};

} // namespace

ChartCard::ChartCard(const QString &title, const Theme &theme, QWidget *parent)
    : QWidget(parent), m_theme(theme), m_chart(new QChart), m_view(new QChartView(m_chart, this)), m_title(new QLabel(title, this)), m_legend(new QLabel(this))
{
    setAttribute(Qt::WA_StyledBackground);
    setObjectName(QStringLiteral("card"));
    setAccessibleName(title);
    m_chart->legend()->hide();
    m_chart->setMargins(QMargins(0, 0, 0, 0));
    m_chart->layout()->setContentsMargins(0, 0, 0, 0);
    m_chart->setBackgroundRoundness(0);
    m_view->setRenderHint(QPainter::Antialiasing);
    m_view->setFrameShape(QFrame::NoFrame);
    m_view->setMinimumHeight(90);
    QFont bold = m_title->font();
    bold.setBold(true);
    m_title->setFont(bold);
    m_legend->setWordWrap(true);
    m_legend->setTextFormat(Qt::RichText);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(14, 12, 14, 12);
    column->addWidget(m_title);
    column->addWidget(m_view, 1);
    column->addWidget(m_legend);
    connect(&theme, &Theme::changed, this, [this] { restyle(); });
}

void ChartCard::addAxes(QAbstractAxis *x, QAbstractAxis *y)
{
    m_chart->addAxis(x, Qt::AlignBottom);
    m_chart->addAxis(y, Qt::AlignLeft);
}

void ChartCard::setLegend(const QVector<std::pair<QColor, QString>> &entries)
{
    QString html;
    for (const auto &[colour, text] : entries)
        html += QStringLiteral("<span style='color:%1'>■</span>&nbsp;%2&nbsp;&nbsp; ").arg(colour.name(), QString(text.toHtmlEscaped()).replace(QLatin1Char(' '), QStringLiteral("&nbsp;")));
    if (m_legend->text() != html)
        m_legend->setText(html);
}

void ChartCard::restyle()
{
    m_chart->setBackgroundBrush(m_theme.surface());
    m_chart->setBackgroundPen(Qt::NoPen);
    for (QAbstractAxis *axis : m_chart->axes()) {
        axis->setLabelsColor(m_theme.muted());
        axis->setGridLineColor(m_theme.border());
        axis->setLinePenColor(m_theme.strongBorder());
        axis->setLabelsFont(font());
    }
    m_view->setBackgroundBrush(m_theme.surface());
}

ChartCard *makeReasonChart(const Theme &theme, QWidget *parent) { return new ReasonChart(theme, parent); }
ChartCard *makeLatencyChart(const Theme &theme, QWidget *parent) { return new LatencyChart(theme, parent); }

} // namespace retryscope
