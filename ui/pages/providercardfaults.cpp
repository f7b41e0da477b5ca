// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/providercard.h"

#include "words/faultwords.h"

#include <QAction>
#include <QActionGroup>
#include <QLabel>
#include <QMenu>
#include <QToolButton>

#include <array>

namespace retryscope {
namespace {

constexpr std::array faultMinutes{1, 5, 15};
constexpr int usualMinutes = 5;
constexpr std::array faultShares{1.0, 0.5, 0.2};

/// A choice of the menu that stays until another one of its group is made.
QAction *addChoice(QMenu *menu, QActionGroup *group, const QString &text, const QVariant &value, const QString &name)
{
    QAction *action = menu->addAction(text);
    action->setObjectName(name);
    action->setCheckable(true);
    action->setData(value);
    group->addAction(action);
    return action;
}

} // namespace

void ProviderCard::offerPlayedFaults()
{
    QToolButton *button = addButton("faultMenu_", tr("Fault ▾"),
                                    tr("Lets calls to %1 fail on purpose for some minutes. While it is on, it is not asked for "
                                       "them, so nothing is billed.")
                                        .arg(m_provider));
    button->setPopupMode(QToolButton::InstantPopup);
    auto *menu = new QMenu(button);
    m_played = new QActionGroup(menu);
    m_lasting = new QActionGroup(menu);
    m_share = new QActionGroup(menu);
    m_stopFaults = menu->addAction(tr("Stop the faults"), this, &ProviderCard::stopFaultsRequested);
    m_stopFaults->setObjectName(QStringLiteral("stopFaults_") + m_id);
    menu->addSection(tr("How long"));
    for (const int minutes : faultMinutes)
        addChoice(menu, m_lasting, minutes == 1 ? tr("1 minute") : tr("%1 minutes").arg(minutes), minutes,
                  QStringLiteral("faultMinutes_%1_%2").arg(minutes).arg(m_id))
            ->setChecked(minutes == usualMinutes);
    menu->addSection(tr("How many"));
    for (const double share : faultShares) {
        const QString text = shareText(share);
        addChoice(menu, m_share, text.left(1).toUpper() + text.mid(1), share,
                  QStringLiteral("faultShare_%1_%2").arg(share).arg(m_id))
            ->setChecked(share >= 1.0);
    }
    menu->addSection(tr("Fault"));
    for (const PlayedFaultTraits &row : playedFaultTable()) {
        QAction *action = addChoice(menu, m_played, toLabel(row.fault), int(row.fault),
                                    QStringLiteral("fault_%1_%2").arg(QLatin1String(row.key), m_id));
        connect(action, &QAction::triggered, this, [this, fault = row.fault] {
            FaultPlan plan{.fault = fault};
            plan.lasting = std::chrono::minutes(m_lasting->checkedAction()->data().toInt());
            plan.share = m_share->checkedAction()->data().toDouble();
            emit playRequested(m_id, plan);
        });
    }
    button->setMenu(menu);
    setPlayedFault({});
}

void ProviderCard::setPlayedFault(const std::optional<FaultPlan> &plan)
{
    if (!m_played)
        return;
    m_stopFaults->setEnabled(plan.has_value());
    for (QAction *action : m_played->actions())
        action->setChecked(plan && action->data().toInt() == int(plan->fault));
    if (plan)
        tellFault(toLabel(plan->fault));
    m_fault->setVisible(plan.has_value());
}

} // namespace retryscope
