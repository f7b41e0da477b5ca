// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/providercheck.h"
#include "theme/theme.h"

#include <QFrame>

class QLabel;
class QPushButton;

namespace retryscope {

/// The check of one provider: what it will cost, the button, and what each stage found, as it goes on.
class ProviderCheckPanel : public QFrame
{
    Q_OBJECT
public:
    explicit ProviderCheckPanel(const Theme &theme, QWidget *parent = nullptr);
    /// `report` null: not checked yet. `blocker`: why it cannot be checked now; a sentence, or empty.
    void show(const ProviderConfig &provider, const CheckReport *report, bool outdated, const CheckCost &cost,
              const QString &blocker);

signals:
    void startRequested();
    void stopRequested();

private:
    QString stageText(const CheckReport &report, CheckStage stage, const ProviderConfig &provider) const;

    const Theme &m_theme;
    QLabel *m_title, *m_cost, *m_verdict;
    QPushButton *m_button;
    std::array<QLabel *, checkStageCount> m_stages{};
    bool m_running = false;
};

} // namespace retryscope
