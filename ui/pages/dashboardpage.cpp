// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/dashboardpage.h"

#include "charts/dashboardcharts.h"
#include "charts/flowview.h"
#include "charts/limitsstrip.h"
#include "pages/providercard.h"
#include "pages/startchoice.h"
#include "widgets/flowlayout.h"
#include "words/healthwords.h"

#include <QButtonGroup>
#include <QGridLayout>
#include <QLabel>
#include <QLocale>
#include <QPushButton>
#include <QShortcut>
#include <QToolButton>

namespace retryscope {
namespace {

constexpr int gap = Theme::gap;
constexpr int cardWidth = 250;      // least that keeps a card's words on one line
constexpr int twoColumns = 960;     // from here two charts stand side by side
constexpr Duration chartPace = 240ms;
constexpr double wallScale = 1.6;
constexpr std::size_t roomy = 6;    // more cards than this and the empty ones fold

/// What nobody has hidden appears with its page; to show it before costs a layout.
void setShown(QWidget *widget, bool shown)
{
    if (!shown || widget->testAttribute(Qt::WA_WState_ExplicitShowHide))
        widget->setVisible(shown);
}

} // namespace

DashboardPage::DashboardPage(DashboardState &state, const Theme &theme, QWidget *parent)
    : QWidget(parent), m_state(state), m_theme(theme), m_model(state), m_bar(buildBar()), m_empty(buildEmpty()),
      m_grid(new QGridLayout), m_chartGrid(new QGridLayout), m_flow(new FlowView(theme, this)),
      m_limits(new LimitsStrip(state, theme, this))
{
    for (const ChartRow &row : chartTable) {
        m_charts.append(row.make(m_model, theme, this));
        m_charts.last()->plot()->setObjectName(QLatin1String(row.name));
        connect(m_charts.last(), &TimeChart::eventsRequested, this, &DashboardPage::eventsRequested);
    }
    connect(m_flow, &FlowView::eventsRequested, this, &DashboardPage::eventsRequested);
    m_grid->setSpacing(gap);
    m_chartGrid->setSpacing(gap);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(Theme::page, 6, Theme::page, 12);
    column->setSpacing(gap);
    column->addWidget(m_bar);
    column->addWidget(m_empty);
    column->addWidget(m_flow);
    column->addLayout(m_grid);
    column->addLayout(m_chartGrid, 1);
    column->addWidget(m_limits);
    connect(&m_model, &ChartModel::spanChanged, this, [this] {
        m_spans->button(int(m_model.span()))->setChecked(true);
        refreshCharts();
    });
    connect(&m_model, &ChartModel::pausedChanged, this, [this] {
        m_pause->setChecked(m_model.isPaused());
        m_pause->setText(m_model.isPaused() ? tr("Live") : tr("Pause"));
        refreshPaused();
        refreshCharts();
    });
    connect(&m_model, &ChartModel::zoomChanged, this, [this] {
        refreshPaused();
        refreshCharts();
    });
    connect(&m_model, &ChartModel::pastArrived, this, &DashboardPage::refreshCharts);
    connect(new QShortcut(Qt::Key_BracketLeft, this, nullptr, nullptr, Qt::WidgetWithChildrenShortcut),
            &QShortcut::activated, &m_model, &ChartModel::shorter);
    connect(new QShortcut(Qt::Key_BracketRight, this, nullptr, nullptr, Qt::WidgetWithChildrenShortcut),
            &QShortcut::activated, &m_model, &ChartModel::longer);
    setMinimumWidth(560); // or the widest arrangement of the cards would hold the window open
    if (!m_state.providers().empty())
        rebuildCards();
}

QWidget *DashboardPage::buildBar()
{
    auto *bar = new QWidget(this);
    auto *flow = new FlowLayout(8, bar, FlowLayout::LastItem::KeepsRight);
    QSizePolicy policy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    policy.setHeightForWidth(true);
    bar->setSizePolicy(policy);
    flow->addWidget(m_strip = buildSimulatedStrip());
    m_dropped = new QToolButton(bar);
    m_dropped->setObjectName(QStringLiteral("droppedChip"));
    m_dropped->setToolTip(tr("They came faster than the window could take them: the charts miss them, the calls do "
                             "not. Click to count anew."));
    m_dropped->setAccessibleName(tr("Events not shown"));
    m_dropped->setVisible(false);
    connect(m_dropped, &QToolButton::clicked, this, [this] { m_state.forgetDropped(); m_dropped->setVisible(false); });
    flow->addWidget(m_dropped);
    flow->addWidget(m_windows = buildWindows());
    return bar;
}

QWidget *DashboardPage::buildSimulatedStrip()
{
    auto *strip = new QWidget(this);
    auto *row = new QHBoxLayout(strip);
    row->setContentsMargins(0, 0, 0, 0);
    auto *outage = m_outage = new QPushButton(tr("Cause an outage"), strip);
    outage->setObjectName(QStringLiteral("outageButton"));
    outage->setToolTip(tr("Takes the first simulated provider down, or brings it back."));
    outage->setCheckable(true);
    connect(outage, &QPushButton::clicked, this, [this](bool down) {
        if (!m_state.providers().empty())
            emit faultRequested(m_state.providers().front().id, down ? Fault::Outage : Fault::None);
        m_outage->setText(down ? tr("End the fault") : tr("Cause an outage"));
    });
    row->addWidget(outage);
    return strip;
}

QWidget *DashboardPage::buildWindows()
{
    auto *box = new QWidget(this);
    auto *row = new QHBoxLayout(box);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(2);
    m_paused = new QLabel(box);
    m_paused->setObjectName(QStringLiteral("pausedChip"));
    m_paused->setVisible(false);
    row->addWidget(m_paused);
    row->addSpacing(6);
    m_pause = new QToolButton(box);
    m_pause->setObjectName(QStringLiteral("pauseButton"));
    m_pause->setText(tr("Pause"));
    m_pause->setAccessibleName(tr("Pause the charts"));
    m_pause->setToolTip(tr("Freezes the charts; the cards go on (Space in a chart)."));
    m_pause->setCheckable(true);
    connect(m_pause, &QToolButton::toggled, this, [this](bool on) { m_model.setPaused(on); });
    row->addWidget(m_pause);
    row->addSpacing(8);
    m_spans = new QButtonGroup(this);
    for (std::size_t span = 0; span < seriesSpans.size(); ++span) {
        auto *button = new QToolButton(box);
        button->setObjectName(QStringLiteral("span_%1").arg(span));
        button->setText(spanName(span));
        button->setAccessibleName(tr("The last %1").arg(spanName(span)));
        button->setToolTip(tr("Charts and numbers over the last %1 ([ shorter, ] longer).").arg(spanName(span)));
        button->setCheckable(true);
        button->setChecked(span == 0);
        m_spans->addButton(button, int(span));
        row->addWidget(button);
    }
    connect(m_spans, &QButtonGroup::idClicked, this, [this](int span) { m_model.setSpan(std::size_t(span)); });
    auto *wall = new QToolButton(box);
    wall->setObjectName(QStringLiteral("wallButton"));
    wall->setText(tr("Wall"));
    wall->setAccessibleName(tr("Full screen"));
    wall->setToolTip(tr("Full screen for a wall (F11, Esc leaves)."));
    connect(wall, &QToolButton::clicked, this, &DashboardPage::wallModeRequested);
    row->addSpacing(8);
    row->addWidget(wall);
    return box;
}

QWidget *DashboardPage::buildEmpty()
{
    auto *box = new QWidget(this);
    box->setObjectName(QStringLiteral("emptyDashboard"));
    auto *column = new QVBoxLayout(box);
    auto *title = new QLabel(tr("No provider is enabled"), box);
    QFont bold = title->font();
    bold.setBold(true);
    title->setFont(bold);
    auto *words = new QLabel(tr("Every provider of the configuration is disabled. What you enable appears here with its "
                                "health."),
                             box);
    words->setWordWrap(true);
    words->setAlignment(Qt::AlignCenter);
    auto *add = new QPushButton(tr("Choose providers"), box);
    add->setObjectName(QStringLiteral("addProviderButton"));
    connect(add, &QPushButton::clicked, this, &DashboardPage::addProviderRequested);
    column->addStretch();
    column->addWidget(title, 0, Qt::AlignCenter);
    column->addWidget(words);
    column->addWidget(add, 0, Qt::AlignCenter);
    column->addStretch();
    return box;
}

/// Nothing is configured, or all of it is disabled: two different things to do.
void DashboardPage::showEmpty(bool none)
{
    setShown(m_empty, none && !m_offersStart);
    if (!m_start && none && m_offersStart) {
        m_start = new StartChoice(m_theme, this);
        connect(m_start, &StartChoice::simulationRequested, this, &DashboardPage::simulationRequested);
        connect(m_start, &StartChoice::providerRequested, this, &DashboardPage::presetRequested);
        auto *column = static_cast<QVBoxLayout *>(layout());
        column->insertWidget(column->indexOf(m_empty), m_start, 1);
    }
    if (m_start)
        setShown(m_start, none && m_offersStart);
}

void DashboardPage::setPast(DashboardPast *past) { m_model.setPast(past); }

void DashboardPage::connectCard(ProviderCard *card)
{
    connect(card, &ProviderCard::faultRequested, this, &DashboardPage::faultRequested);
    connect(card, &ProviderCard::playRequested, this, &DashboardPage::playRequested);
    connect(card, &ProviderCard::stopFaultsRequested, this, &DashboardPage::stopFaultsRequested);
    connect(card, &ProviderCard::isolateRequested, this, &DashboardPage::isolateRequested);
    connect(card, &ProviderCard::releaseRequested, this, &DashboardPage::releaseRequested);
    connect(card, &ProviderCard::probeRequested, this, &DashboardPage::probeRequested);
    connect(card, &ProviderCard::eventsRequested, this, &DashboardPage::eventsRequested);
}

void DashboardPage::setFault(const ProviderId &provider, Fault fault)
{
    m_faults[provider] = fault;
    for (ProviderCard *card : m_cards) {
        if (card->objectName() == QStringLiteral("providerCard_") + provider)
            card->setFault(fault);
    }
    if (!m_state.providers().empty() && m_state.providers().front().id == provider) {
        m_outage->setChecked(fault != Fault::None);
        m_outage->setText(fault != Fault::None ? tr("End the fault") : tr("Cause an outage"));
    }
}

void DashboardPage::setPlayedFaults(const StandingFaults &faults)
{
    m_played = faults;
    for (ProviderCard *card : m_cards) {
        const auto on = std::find_if(faults.begin(), faults.end(),
                                     [card](const StandingFault &f) { return f.provider == card->provider(); });
        card->setPlayedFault(on == faults.end() ? std::nullopt : std::optional(on->plan));
    }
}

/// What the charts stand still at, in words.
void DashboardPage::refreshPaused()
{
    m_paused->setVisible(m_model.isPaused());
    const auto clock = [this](WallTime at) { return clockText(at, m_state.health().wall); };
    if (const auto zoom = m_model.zoom())
        m_paused->setText(tr("%1 to %2 (Esc goes back)").arg(clock(zoom->first), clock(zoom->second)));
    else if (const auto since = m_model.pausedAt())
        m_paused->setText(tr("paused %1 ago").arg(formatRoughSpan(m_state.series().wallOf(m_now) - *since)));
}

void DashboardPage::setModelWarnings(const std::map<ProviderId, QString> &warnings)
{
    m_modelWarnings = warnings;
    for (qsizetype i = 0; i < m_cards.size() && i < qsizetype(m_state.providers().size()); ++i) {
        const auto warning = warnings.find(m_state.providers()[std::size_t(i)].id);
        m_cards[i]->setModelWarning(warning == warnings.end() ? QString() : warning->second);
    }
}

void DashboardPage::rebuildCards()
{
    m_built = true;
    qDeleteAll(m_cards);
    m_cards.clear();
    QWidget *before = m_windows->findChild<QWidget *>(QStringLiteral("wallButton"));
    const auto follow = [&before](QWidget *card) {
        for (QWidget *next : card->findChildren<QWidget *>(QString(), Qt::FindDirectChildrenOnly)) {
            if (next->focusPolicy() != Qt::NoFocus) {
                setTabOrder(before, next);
                before = next;
            }
        }
    };
    follow(m_flow);
    for (const auto &provider : m_state.providers()) {
        ProviderReport shown = provider;
        shown.simulated &= m_offersFaults;
        auto *card = new ProviderCard(shown, m_theme, this);
        connectCard(card);
        if (m_offersPlayed && !provider.simulated)
            card->offerPlayedFaults();
        if (m_wall) {
            card->setFont(partFont());
            card->setQuiet(true);
        }
        card->setAmongMany(m_state.providers().size() > roomy);
        if (const auto fault = m_faults.find(provider.id); fault != m_faults.end())
            card->setFault(fault->second);
        if (const auto warning = m_modelWarnings.find(provider.id); warning != m_modelWarnings.end())
            card->setModelWarning(warning->second);
        for (QWidget *button : card->findChildren<QToolButton *>()) {
            setTabOrder(before, button);
            before = button;
        }
        m_cards.append(card);
    }
    setPlayedFaults(m_played);
    for (TimeChart *chart : m_charts)
        follow(chart);
    const bool none = m_cards.isEmpty();
    setShown(m_strip, m_offersFaults && m_state.simulated() && !m_wall);
    showEmpty(none);
    setShown(m_bar, !none && !m_wall);
    setShown(m_flow, !none);
    m_columns = m_chartColumns = 0;
    arrange();
}

void DashboardPage::arrange()
{
    const int least = m_wall ? int(cardWidth * wallScale) : cardWidth;
    int columns = std::clamp((width() - 32 + gap) / (least + gap), 1, std::max(1, int(m_cards.size())));
    if (columns == 3 && m_cards.size() == 4)
        columns = 2; // no lonely card
    if (columns != m_columns) {
        for (int i = 0; i < std::max(m_columns, columns); ++i)
            m_grid->setColumnStretch(i, i < columns ? 1 : 0);
        m_columns = columns;
        for (int i = 0; i < int(m_cards.size()); ++i)
            m_grid->addWidget(m_cards[i], i / m_columns, i % m_columns, Qt::AlignTop);
    }
    arrangeCharts();
}

bool DashboardPage::isShown(int chart) const
{
    return !m_cards.isEmpty() && (!m_wall || chartTable[std::size_t(chart)].onWall);
}

/// Side by side where there is room. On the wall only the bars and the circuits.
void DashboardPage::arrangeCharts()
{
    const int columns = width() >= (m_wall ? int(twoColumns * wallScale) : twoColumns) ? 2 : 1;
    if (columns == m_chartColumns)
        return;
    m_chartColumns = columns;
    int place = 0;
    for (int i = 0; i < int(m_charts.size()); ++i) {
        const bool shown = isShown(i);
        setShown(m_charts[i], shown);
        m_chartGrid->removeWidget(m_charts[i]);
        if (shown) {
            m_chartGrid->addWidget(m_charts[i], place / columns, place % columns);
            ++place;
        }
    }
    for (int i = 0; i < 2; ++i)
        m_chartGrid->setColumnStretch(i, i < columns ? 1 : 0);
}

void DashboardPage::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    arrange();
}

/// Charts that were hidden do not wait for their pace.
void DashboardPage::showEvent(QShowEvent *event)
{
    if (!m_built)
        rebuildCards();
    QWidget::showEvent(event);
    m_chartsAt = {};
}

void DashboardPage::setWallMode(bool on)
{
    if (on == m_wall)
        return;
    m_wall = on;
    m_flow->setFont(partFont());
    m_flow->setQuiet(on);
    for (TimeChart *chart : m_charts) {
        chart->setFont(partFont());
        chart->setQuiet(on);
    }
    m_bar->setVisible(!on && !m_cards.isEmpty());
    m_strip->setVisible(!on && m_offersFaults && m_state.simulated());
    m_limits->setSuppressed(on);
    for (ProviderCard *card : m_cards) {
        card->setFont(partFont());
        card->setQuiet(on);
    }
    m_columns = m_chartColumns = 0;
    arrange();
    refreshCharts();
}

QFont DashboardPage::partFont() const
{
    QFont f = font();
    f.setPointSizeF(f.pointSizeF() * (m_wall ? wallScale : 1.0));
    return f;
}

void DashboardPage::refreshChips()
{
    const quint64 dropped = m_state.dropped();
    if (dropped > 0)
        m_dropped->setText(dropped == 1 ? tr("▲ 1 event not shown")
                                        : tr("▲ %1 events not shown").arg(QLocale().toString(dropped)));
    if (m_dropped->isHidden() != (dropped == 0))
        m_dropped->setVisible(dropped > 0);
    refreshPaused();
}

void DashboardPage::refreshCharts()
{
    const ChartFrame live = m_model.live();
    m_flow->refresh(m_model.frame(), m_state.health(), m_now);
    for (ProviderCard *card : m_cards) // what the flow has summed already, unless it stands still
        card->refreshNumbers(live, m_model.isPaused() ? nullptr : m_flow->flow().binOf(card->provider()));
    for (int i = 0; i < int(m_charts.size()); ++i) {
        if (isShown(i))
            m_charts[i]->refresh();
    }
}

void DashboardPage::refresh(SteadyTime now)
{
    if (m_cards.size() != qsizetype(m_state.providers().size()) || m_cards.isEmpty())
        return;
    m_now = now;
    for (int i = 0; i < int(m_cards.size()); ++i)
        m_cards[i]->refreshState(m_state, m_state.providers()[std::size_t(i)], now);
    refreshChips();
    if (!m_wall)
        m_limits->refresh(now);
    m_model.advance(now);
    if (now - m_chartsAt < chartPace && now >= m_chartsAt)
        return m_flow->tell(m_state.health(), now);
    m_chartsAt = now;
    refreshCharts();
}

} // namespace retryscope
