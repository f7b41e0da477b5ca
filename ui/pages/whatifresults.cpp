// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/whatifresults.h"

#include "delegates/comparisondelegate.h"
#include "widgets/clocktext.h"
#include "widgets/dresstable.h"

#include <QGridLayout>
#include <QEvent>
#include <QHeaderView>
#include <QLabel>
#include <QScrollBar>
#include <QTableView>
#include <QVBoxLayout>

namespace retryscope {
namespace {

constexpr int chartLeast = 380, chartHeight = 236, measureWidth = 196, policyLeast = 150;

} // namespace

CardGrid::CardGrid(int least, QWidget *parent) : QWidget(parent), m_least(least), m_grid(new QGridLayout(this))
{
    m_grid->setContentsMargins(0, 0, 0, 0);
    m_grid->setSpacing(Theme::gap);
}

void CardGrid::add(QWidget *card)
{
    card->setParent(this); // the layout would own it only from its first place on, and a grid may never be seen
    m_cards.append(card);
    m_columns = 0;
}

void CardGrid::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    const int fit = std::clamp((width() + Theme::gap) / (m_least + Theme::gap), 1, std::max(1, int(m_cards.size())));
    const int count = std::max(1, int(m_cards.size()));
    const int columns = fit >= count ? count : std::min(fit, count % fit == 1 && fit > 2 ? fit - 1 : fit);
    if (columns == m_columns)
        return;
    for (int c = 0; c < std::max(columns, m_columns); ++c)
        m_grid->setColumnStretch(c, c < columns ? 1 : 0);
    m_columns = columns;
    for (int i = 0; i < int(m_cards.size()); ++i) {
        const bool last = i + 1 == int(m_cards.size()); // takes what is left of its row
        m_grid->addWidget(m_cards[i], i / columns, i % columns, 1, last ? columns - i % columns : 1);
    }
}

WhatIfResults::WhatIfResults(const Theme &theme, QWidget *parent)
    : QWidget(parent), m_theme(theme), m_table(new ComparisonModel(this)), m_view(new QTableView),
      m_delegate(new ComparisonDelegate(theme, this)), m_card(new QWidget), m_advice(new QLabel)
{
    m_card->setObjectName(QStringLiteral("card"));
    m_card->setAttribute(Qt::WA_StyledBackground);
    auto *inner = new QVBoxLayout(m_card);
    inner->setContentsMargins(Theme::inset, 12, Theme::inset, 12);
    inner->setSpacing(8);
    m_view->setObjectName(QStringLiteral("comparisonTable"));
    m_view->setAccessibleName(tr("Configurations compared"));
    m_view->setModel(m_table);
    m_view->setItemDelegate(m_delegate);
    dressTable(*m_view);
    m_view->setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_view->setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_view->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    m_view->horizontalHeader()->setMinimumSectionSize(policyLeast);
    m_view->installEventFilter(this);
    inner->addWidget(m_view);
    m_advice->setObjectName(QStringLiteral("comparisonAdvice"));
    m_advice->setWordWrap(true);
    m_advice->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_advice->hide();
    inner->addWidget(m_advice);
    auto *grid = new CardGrid(chartLeast);
    const auto chart = [&](const char *name, const QString &title, const QString &help, BandChart::Unit unit) {
        auto *made = new BandChart(title, help, unit, theme);
        made->picture()->setObjectName(QLatin1String(name));
        made->setFixedHeight(chartHeight);
        grid->add(made);
        m_charts.append(made);
        connect(made, &BandChart::cursorMoved, this, [this](int place) {
            for (BandChart *other : std::as_const(m_charts))
                other->showCursor(place < 0 ? std::nullopt : std::optional(place));
        });
    };
    chart("successPlot", tr("Calls answered"), tr("Share of the calls that ended, which were answered."),
          BandChart::Unit::Share);
    chart("latencyPlot", tr("Time to the answer"), tr("Mean over the calls that were answered."),
          BandChart::Unit::Seconds);
    chart("attemptsPlot", tr("Attempts a call"), tr("Attempts that left, for each call that came."),
          BandChart::Unit::Times);
    chart("recoveryPlot", tr("Recovered"), tr("Share of the plays in which no call fails any more."),
          BandChart::Unit::Share);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(Theme::gap);
    column->addWidget(m_card);
    column->addWidget(grid);
    connect(&theme, &Theme::changed, this, &WhatIfResults::refresh);
    fitTable();
}

void WhatIfResults::setHead(QWidget *head) { static_cast<QVBoxLayout *>(m_card->layout())->insertWidget(0, head); }

void WhatIfResults::setAdvice(const QString &sentence)
{
    m_advice->setText(sentence);
    m_advice->setVisible(!sentence.isEmpty());
}

void WhatIfResults::show(const QVector<ComparedPolicy> &policies, const StudyResult &result, const Scenario &scenario)
{
    m_result = result;
    m_scenario = scenario;
    m_table->setResult(policies, result);
    setStale(false);
    fitTable();
    refresh();
}

void WhatIfResults::setStale(bool stale)
{
    m_stale = stale;
    m_delegate->setStale(stale);
    m_view->viewport()->update();
    m_advice->setEnabled(!stale); // pale, as the rest of it
    for (BandChart *chart : std::as_const(m_charts))
        chart->setStale(stale);
}

/// As high as its rows, which take one line where there is room: the page scrolls, not the table.
void WhatIfResults::fitTable()
{
    const int columns = m_table->columnCount(), rows = std::max(1, m_table->rowCount());
    int widest = 0;
    for (int row = 0; row < m_table->rowCount(); ++row) {
        for (int c = 1; c < columns; ++c)
            widest = std::max(widest, ComparisonDelegate::oneLineWidth(m_table->index(row, c)));
    }
    const int room = (m_view->viewport()->width() - measureWidth) / std::max(1, columns - 1);
    const int height = ComparisonDelegate::rowHeight(m_view->font(), widest <= room ? 1 : 2);
    m_view->verticalHeader()->setDefaultSectionSize(height);
    m_view->setFixedHeight(rows * height + m_view->horizontalHeader()->sizeHint().height() + 4
                           + (room < policyLeast ? m_view->horizontalScrollBar()->sizeHint().height() : 0));
    for (int c = 0; c < columns; ++c)
        m_view->horizontalHeader()->setSectionResizeMode(c, c == 0 ? QHeaderView::Fixed : QHeaderView::Stretch);
    if (columns > 0)
        m_view->horizontalHeader()->resizeSection(0, measureWidth);
}

bool WhatIfResults::eventFilter(QObject *watched, QEvent *event)
{
    if (watched == m_view && event->type() == QEvent::Resize)
        fitTable();
    return QWidget::eventFilter(watched, event);
}

/// What all charts have in common: the time, its marks, and where something is wrong.
BandData WhatIfResults::frame() const
{
    BandData data;
    const Duration length = m_scenario.length;
    data.to = toSeconds(length);
    data.placeName = tr("time");
    const Duration step = markFrom(length / 6);
    for (Duration at{}; at <= length; at += step)
        data.ticks.append({toSeconds(at), clockText(at)});
    if (!m_result.sums.empty()) {
        const Duration each = m_result.sums.front().momentLength();
        for (Duration at{}; at < length; at += each) {
            data.places.append(toSeconds(at) + toSeconds(std::min<Duration>(each, length - at)) / 2);
            data.names.append(
                QStringLiteral("%1 – %2").arg(clockText(at), clockText(std::min<Duration>(at + each, length))));
        }
    }
    QVector<std::pair<double, double>> spans;
    for (const ProviderModel &model : m_scenario.models) {
        for (const FaultSpan &fault : model.faults)
            spans.append({toSeconds(fault.from), std::min(data.to, toSeconds(fault.from + fault.length))});
    }
    std::sort(spans.begin(), spans.end());
    for (const auto &[from, to] : std::as_const(spans)) { // joined, so that they do not add up
        if (!data.shades.isEmpty() && from <= data.shades.last().to)
            data.shades.last().to = std::max(data.shades.last().to, to);
        else
            data.shades.append({from, to, m_theme.text()});
    }
    if (const auto end = m_scenario.faultsEnd(); end && *end < length) {
        data.mark = toSeconds(*end);
        data.markName = tr("faults over");
    }
    return data;
}

void WhatIfResults::refresh()
{
    const BandData all = frame();
    using Part = std::optional<Band> Moment::*;
    static constexpr std::array<Part, 4> parts{&Moment::success, &Moment::latency, &Moment::attempts,
                                               &Moment::recovered};
    QVector<std::vector<Moment>> moments;
    for (int p = 0; p < int(m_result.sums.size()); ++p)
        moments.append(m_result.moments(p));
    for (int c = 0; c < int(m_charts.size()); ++c) {
        BandData data = all;
        for (int p = 0; p < int(moments.size()); ++p) {
            const ComparedPolicy policy = m_table->policies().value(p);
            BandLine line{policy.title(), policy.colour, policy.style, {}};
            for (const Moment &moment : moments[p])
                line.values.append(moment.*parts[std::size_t(c)]);
            data.lines.append(line);
        }
        m_charts[c]->setData(data);
    }
}

} // namespace retryscope
