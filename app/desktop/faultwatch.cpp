// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "faultwatch.h"

#include "mainwindow.h"

#include <algorithm>
#include <utility>

namespace retryscope {

FaultWatch::FaultWatch(const Sandbox &sandbox, MainWindow &window, std::function<const Configuration &()> configuration)
    : m_sandbox(sandbox), m_window(window), m_configuration(std::move(configuration))
{
    m_end.setSingleShot(true);
    m_end.setTimerType(Qt::PreciseTimer);
    connect(&m_end, &QTimer::timeout, this, &FaultWatch::look);
    connect(&sandbox, &Sandbox::faultChanged, this, &FaultWatch::look);
    connect(&window, &MainWindow::configurationApplied, this, &FaultWatch::look);
    look();
}

void FaultWatch::look()
{
    std::optional<Duration> first;
    for (const ProviderConfig &p : m_configuration().providers) {
        if (!p.simulated || !p.enabled)
            continue;
        const FaultSetting setting = m_sandbox.faultSetting(simulatedName(p));
        m_window.setFault(p.id, setting.fault);
        if (setting.lasting)
            first = std::min(first.value_or(*setting.lasting), *setting.lasting);
    }
    if (first)
        m_end.start(std::chrono::ceil<std::chrono::milliseconds>(*first) + std::chrono::milliseconds(1));
    else
        m_end.stop();
}

} // namespace retryscope
