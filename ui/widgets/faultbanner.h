// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "theme/theme.h"
#include "transport/faulttransport.h"

#include <QFrame>
#include <QHash>

class QLabel;
class QPushButton;

namespace retryscope {

/// Says for as long as a fault is played on purpose what fails, where and until when, and ends it. Cannot be closed
/// otherwise; hidden while nothing is played.
class FaultBanner : public QFrame
{
    Q_OBJECT
public:
    explicit FaultBanner(const Theme &theme, QWidget *parent = nullptr);
    void setFaults(const StandingFaults &faults);
    /// How providers are called.
    void setNames(const QHash<ProviderId, QString> &names);
    /// Counts down.
    void refresh(WallTime now);

signals:
    void stopRequested();

private:
    void retext();
    void restyle();

    const Theme &m_theme;
    StandingFaults m_faults;
    QHash<ProviderId, QString> m_names;
    WallTime m_now{};
    QLabel *m_text, *m_left;
    QPushButton *m_stop;
};

} // namespace retryscope
