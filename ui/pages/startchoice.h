// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "theme/theme.h"

#include <QWidget>

class QBoxLayout;
class QVBoxLayout;

namespace retryscope {

/// Where no provider is configured: play the simulation, or add a provider, side by side; nothing is done unasked.
class StartChoice : public QWidget
{
    Q_OBJECT
public:
    explicit StartChoice(const Theme &theme, QWidget *parent = nullptr);

signals:
    void simulationRequested();
    /// Empty: let me choose.
    void providerRequested(const QString &presetKey);

protected:
    void resizeEvent(QResizeEvent *event) override;

private:
    QVBoxLayout *addCard(const QString &name, const QString &title, const QString &words);

    QBoxLayout *m_cards;
};

} // namespace retryscope
