// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "charts/frontchart.h"

#include "charts/frontplot.h"
#include "widgets/elidedcombo.h"
#include "words/simulationwords.h"

#include <QComboBox>

namespace retryscope {

FrontChart::FrontChart(const Theme &theme, QWidget *parent)
    : ChartCard(tr("Calls answered, against what they cost"), theme, parent), m_across(new ElidedCombo),
      m_plot(new FrontPlot(*this))
{
    m_across->setObjectName(QStringLiteral("frontAcross"));
    m_across->setAccessibleName(tr("Measure across"));
    m_across->setFocusPolicy(Qt::StrongFocus);
    for (int o = 1; o < objectiveCount; ++o)
        m_across->addItem(label(objectives[o]), o);
    addToHead(m_across);
    setPicture(m_plot);
    m_plot->setObjectName(QStringLiteral("frontPlot"));
    legend()->setSelectable(false);
    connect(m_across, &QComboBox::activated, this, [this] { setPoints(m_points); });
    setPoints({});
    FrontChart::restyle();
}

FrontChart::~FrontChart() = default;

int FrontChart::across() const { return m_across->currentData().toInt(); }

int FrontChart::bigger() const
{
    const bool attemptsAcross = objectives[across()] == Measure::Attempts;
    const auto wanted = attemptsAcross ? Measure::P99 : Measure::Attempts;
    return int(std::find(std::begin(objectives), std::end(objectives), wanted) - std::begin(objectives));
}

QVector<FrontChart::Look> FrontChart::looks() const
{
    return {{FrontPoint::Kind::Yours, QStringLiteral("▲"), tr("yours"), m_theme.text()},
            {FrontPoint::Kind::Chosen, QStringLiteral("◆"), tr("chosen"), m_theme.accent()},
            {FrontPoint::Kind::Preset, QStringLiteral("■"), tr("preset"), m_theme.reason(RetryReason::RateLimit)},
            {FrontPoint::Kind::Other, QStringLiteral("●"), tr("another that nobody beats"), m_theme.muted()}};
}

void FrontChart::showLegend()
{
    QVector<LegendEntry> entries;
    for (const Look &look : looks()) {
        const bool there = std::any_of(m_points.begin(), m_points.end(),
                                       [&look](const FrontPoint &point) { return point.kind == look.kind; });
        if (there)
            entries.append({look.colour, look.glyph, look.word, {}, {}});
    }
    legend()->setEntries(entries);
    setStat(m_points.isEmpty() ? QString() : tr("bigger: more of \"%1\"").arg(label(objectives[bigger()])));
}

void FrontChart::setPoints(const QVector<FrontPoint> &points)
{
    m_points = points;
    if (m_selected >= m_points.size())
        m_selected = -1;
    showLegend();
    m_plot->takeData();
    m_plot->setAccessibleDescription(summary());
    refreshTable();
}

void FrontChart::select(int point)
{
    m_selected = point >= 0 && point < m_points.size() ? point : -1;
    m_plot->setAccessibleDescription(summary());
    m_plot->update();
}

void FrontChart::choose(int point)
{
    select(point);
    emit chosen(m_selected);
}

void FrontChart::setStale(bool stale)
{
    m_stale = stale;
    m_plot->update();
}

QPointF FrontChart::placeOf(int point) const { return m_plot->placeOf(point); }

void FrontChart::restyle()
{
    ChartCard::restyle();
    showLegend();
    m_plot->takeData();
}

ChartTable FrontChart::table() const
{
    ChartTable table;
    table.headers << tr("Policy"); // short: the values are long
    for (const Measure measure : objectives)
        table.headers << label(measure);
    for (const FrontPoint &point : m_points)
        table.rows.append(QStringList{point.name} + point.values);
    return table;
}

QString FrontChart::summary() const
{
    if (m_points.isEmpty())
        return tr("Nothing has been played yet.");
    QStringList said{tr("%1 configurations.").arg(m_points.size())};
    for (int i = 0; i < m_points.size(); ++i) {
        const FrontPoint &point = m_points[i];
        if (i == m_selected || point.kind == FrontPoint::Kind::Chosen || point.kind == FrontPoint::Kind::Yours)
            said << tr("%1: %2, %3 %4.")
                        .arg(point.name, point.values.value(0), label(objectives[across()]),
                             point.values.value(across()));
    }
    return said.join(QLatin1Char(' '));
}

} // namespace retryscope
