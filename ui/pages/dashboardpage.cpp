// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/dashboardpage.h"

#include "pages/providercard.h"

#include <QFrame>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QToolButton>

namespace retryscope {

DashboardPage::DashboardPage(const DashboardState &state, const Theme &theme, QWidget *parent)
    : QWidget(parent), m_state(state), m_theme(theme), m_strip(new QFrame(this)), m_grid(new QGridLayout), m_reasons(makeReasonChart(theme, this)), m_latency(makeLatencyChart(theme, this))
{
    auto *strip = new QHBoxLayout(m_strip);
    strip->setContentsMargins(0, 0, 0, 0);
    auto *words = new QLabel(tr("Simulated providers. No network, no keys, no cost."), m_strip);
    words->setWordWrap(true);
    auto *outage = new QPushButton(tr("Cause an outage"), m_strip);
    outage->setObjectName(QStringLiteral("outageButton"));
    outage->setToolTip(tr("Takes the first provider down, or brings it back."));
    outage->setCheckable(true);
    connect(outage, &QPushButton::clicked, this, [this, outage](bool down) {
        outage->setText(down ? tr("End the outage") : tr("Cause an outage"));
        if (!m_state.providers().empty())
            emit faultRequested(m_state.providers().front().id, down ? Fault::Outage : Fault::None);
    });
    strip->addWidget(words, 1);
    strip->addWidget(outage);
    auto *charts = new QHBoxLayout;
    charts->setSpacing(12);
    charts->addWidget(m_reasons, 1);
    charts->addWidget(m_latency, 1);
    m_grid->setSpacing(12);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(16, 12, 16, 12);
    column->setSpacing(12);
    column->addWidget(m_strip);
    column->addLayout(m_grid);
    column->addLayout(charts, 1);
    setMinimumWidth(560); // or the widest arrangement of the cards would hold the window open
    rebuildCards();
}

void DashboardPage::rebuildCards()
{
    qDeleteAll(m_cards);
    m_cards.clear();
    bool simulated = false;
    for (const auto &provider : m_state.providers()) {
        auto *card = new ProviderCard(provider, m_theme, this);
        connect(card, &ProviderCard::faultRequested, this, &DashboardPage::faultRequested);
        connect(card, &ProviderCard::isolateRequested, this, &DashboardPage::isolateRequested);
        connect(card, &ProviderCard::releaseRequested, this, &DashboardPage::releaseRequested);
        m_cards.append(card);
        simulated |= provider.simulated;
    }
    m_strip->setVisible(simulated);
    m_columns = 0;
    arrange();
}

void DashboardPage::arrange()
{
    int columns = std::clamp(width() / 270, 1, std::max(1, int(m_cards.size())));
    if (columns == 3 && m_cards.size() == 4)
        columns = 2; // no lonely card
    if (columns == m_columns)
        return;
    m_columns = columns;
    for (int i = 0; i < int(m_cards.size()); ++i)
        m_grid->addWidget(m_cards[i], i / m_columns, i % m_columns);
}

void DashboardPage::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    arrange();
}

void DashboardPage::refresh(SteadyTime now)
{
    if (m_cards.size() != qsizetype(m_state.providers().size()))
        return;
    for (int i = 0; i < int(m_cards.size()); ++i)
        m_cards[i]->refresh(m_state, m_state.providers()[std::size_t(i)], now);
    m_reasons->refresh(m_state, now);
    m_latency->refresh(m_state, now);
}

} // namespace retryscope
