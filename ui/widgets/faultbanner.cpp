// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/faultbanner.h"

#include "base/timeformat.h"
#include "widgets/setifnew.h"
#include "words/faultwords.h"
#include "words/healthwords.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>

#include <algorithm>

namespace retryscope {

FaultBanner::FaultBanner(const Theme &theme, QWidget *parent)
    : QFrame(parent), m_theme(theme), m_text(new QLabel(this)), m_left(new QLabel(this)),
      m_stop(new QPushButton(tr("Stop the faults"), this))
{
    setObjectName(QStringLiteral("faultBanner"));
    m_text->setObjectName(QStringLiteral("faultBannerText"));
    m_text->setTextFormat(Qt::PlainText);
    m_text->setWordWrap(true);
    m_left->setObjectName(QStringLiteral("faultBannerLeft"));
    m_left->setTextFormat(Qt::PlainText);
    m_stop->setObjectName(QStringLiteral("stopFaultsButton"));
    m_stop->setToolTip(tr("Lets calls go to the providers again."));
    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(14, 6, 10, 6);
    row->setSpacing(12);
    row->addWidget(m_text, 1);
    row->addWidget(m_left);
    row->addWidget(m_stop);
    connect(m_stop, &QPushButton::clicked, this, &FaultBanner::stopRequested);
    connect(&theme, &Theme::changed, this, &FaultBanner::restyle);
    restyle();
    hide();
}

void FaultBanner::restyle()
{
    setStyleSheet(QStringLiteral("QFrame#faultBanner{background:%1;border:1px solid %2;border-radius:%3px}")
                      .arg(m_theme.surface().name(), m_theme.stateFill(ProviderState::Failing).name())
                      .arg(int(Theme::radius)));
}

void FaultBanner::setNames(const QHash<ProviderId, QString> &names)
{
    m_names = names;
    retext();
}

void FaultBanner::setFaults(const StandingFaults &faults)
{
    m_faults = faults;
    retext();
    setVisible(!faults.isEmpty());
}

void FaultBanner::retext()
{
    QStringList parts;
    for (const StandingFault &fault : m_faults)
        parts << standingFaultText(fault, m_names.value(fault.provider, fault.provider));
    setIfNew(m_text, tr("Faults on purpose. %1. These calls fail here; the providers do not.")
                         .arg(parts.join(QStringLiteral("; "))));
    setAccessibleName(m_text->text());
    refresh(m_now);
}

void FaultBanner::refresh(WallTime now)
{
    m_now = now;
    if (m_faults.isEmpty())
        return;
    WallTime last = m_faults.first().until;
    for (const StandingFault &fault : m_faults)
        last = std::max(last, fault.until);
    const Duration left = std::max<Duration>(last - now, 0s);
    setIfNew(m_left, tr("until %1, %2 left")
                         .arg(clockText(last, now), formatDuration(std::chrono::ceil<std::chrono::seconds>(left))));
}

} // namespace retryscope
