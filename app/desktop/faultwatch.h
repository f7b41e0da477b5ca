// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/configuration.h"
#include "sandbox/sandbox.h"

#include <QTimer>

#include <functional>

namespace retryscope {

class MainWindow;

/// Shows in the window which faults are being played on the simulated providers: when one is switched, when one is over by
/// itself, and when other providers come into force.
class FaultWatch final : public QObject
{
    Q_OBJECT
public:
    /// `configuration` gives what is in force. All must outlive this.
    FaultWatch(const Sandbox &sandbox, MainWindow &window, std::function<const Configuration &()> configuration);

private:
    void look();

    const Sandbox &m_sandbox;
    MainWindow &m_window;
    std::function<const Configuration &()> m_configuration;
    QTimer m_end; ///< of the fault that is over first
};

} // namespace retryscope
