// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "charts/timechart.h"

#include "words/localtime.h"

#include <QMenu>

#include <utility>

namespace retryscope {

TimeChart::TimeChart(const QString &title, ChartModel &model, const Theme &theme, QWidget *parent)
    : ChartCard(title, theme, parent), m_model(model), m_plot(new TimePlot(*this))
{
    setPicture(m_plot);
    connect(legend(), &ChartLegend::selectionChanged, this, [this] { legendChanged(); m_plot->update(); });
    connect(&model, &ChartModel::cursorChanged, this, [this] {
        m_plot->update();
        if (!m_collected)
            return;
        refreshLegend();
        const auto bin = cursorBin();
        if (m_plot->hasFocus())
            m_plot->setAccessibleDescription(bin ? tr("%1: %2").arg(binTime(*bin), legend()->accessibleDescription())
                                                 : summary());
    });
    ChartCard::restyle();
}

void TimeChart::restyle()
{
    m_shown = {}; // colours and sizes are of the old look
    if (m_collected)
        recollect();
    ChartCard::restyle();
}

void TimeChart::refresh()
{
    const ChartFrame &f = frame();
    const Shown next{f.version, f.lastKey, f.span, f.lanes.size(), f.markers ? f.markers->size() : 0,
                     f.bins(),  f.loading};
    if (next == m_shown)
        return;
    m_shown = next;
    recollect();
    refreshTable();
}

void TimeChart::recollect()
{
    collect(frame());
    m_collected = true;
    if (const int lines = leastLines(); std::exchange(m_lines, lines) != lines)
        m_plot->updateGeometry();
    m_plot->followPointer();
    refreshLegend();
    refreshWords();
    m_plot->update();
}

void TimeChart::refreshLegend()
{
    legend()->setEntries(legendAt(cursorBin()));
    if (legend()->isHidden() && !isTableVisible() && !legend()->entries().isEmpty())
        legend()->show();
}

void TimeChart::refreshWords()
{
    const QString number = stat(), per = tr("per %1").arg(groupName());
    setStat(number.isEmpty() ? per : tr("%1 · %2").arg(number, per));
    if (!m_plot->hasFocus() || !cursorBin())
        m_plot->setAccessibleDescription(summary());
}

QString TimeChart::groupName() const
{
    const auto width = std::chrono::duration_cast<std::chrono::seconds>(frame().bin() * grouping());
    return width < 1min ? tr("%1 s").arg(width.count())
           : width < 1h ? tr("%1 min").arg(width / 1min)
                        : tr("%1 h").arg(width / 1h);
}

void TimeChart::addToMenu(QMenu *menu)
{
    if (const auto bin = cursorBin())
        menu->addAction(tr("Show events of %1").arg(binTime(*bin)), this,
                        [this, bin] { emit eventsRequested(queryAt(*bin, -1)); });
    if (m_model.zoom())
        menu->addAction(tr("Back to the last %1").arg(spanName(m_model.span())), this,
                        [this] { m_model.setZoom(std::nullopt); });
}

QRectF TimeChart::segmentRect(int bin, int, const PlotArea &area) const
{
    return {area.left(bin), area.rect.top(), area.binWidth(), area.rect.height()};
}

ChartSelection TimeChart::queryOf(int firstBin, int lastBin) const
{
    ChartSelection query;
    query.from = frame().startOf(std::max(0, firstBin));
    query.until = frame().startOf(std::min(lastBin, frame().bins() - 1) + 1);
    return query;
}

std::optional<int> TimeChart::cursorBin() const
{
    const auto at = m_model.cursor();
    if (!at)
        return std::nullopt;
    const qint64 bin = TimeSeries::keyOf(frame().span, *at) - firstKey();
    return bin >= 0 && bin < frame().bins() ? std::optional(int(bin)) : std::nullopt;
}

QString TimeChart::binTime(int bin) const
{
    const QDateTime t = localTime(frame().startOf(bin));
    return t.toString(frame().bin() < 1min                    ? QStringLiteral("HH:mm:ss")
                      : frame().span + 1 < seriesSpans.size() ? QStringLiteral("HH:mm")
                                                              : QStringLiteral("yyyy-MM-dd HH:mm"));
}

QString TimeChart::binTimeShort(int bin) const
{
    return frame().span + 1 < seriesSpans.size() ? binTime(bin)
                                                 : localTime(frame().startOf(bin)).toString(QStringLiteral("ddd HH:mm"));
}

QString TimeChart::inLast() const
{
    if (!frame().zoomed)
        return tr("in the last %1").arg(spanName(frame().span));
    return tr("from %1 to %2")
        .arg(binTime(0), localTime(frame().startOf(frame().bins()))
                             .toString(frame().bin() < 1min ? QStringLiteral("HH:mm:ss") : QStringLiteral("HH:mm")));
}

} // namespace retryscope
