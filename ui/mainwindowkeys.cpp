// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "mainwindow.h"

#include "engine/credentials.h"
#include "keys/heldkeys.h"
#include "keys/keyring.h"
#include "pages/providerspage.h"

#include <algorithm>

namespace retryscope {

void MainWindow::setKeyRing(KeyRing &ring)
{
    m_keyRing = &ring;
    ring.want(keychainNames(m_configuration));
    connect(&ring, &KeyRing::changed, this, &MainWindow::onKeyChanged);
    if (m_providers)
        m_providers->setKeyRing(m_keyRing);
}

/// What was refused for want of this key, or with the one before, may be asked again; what a person holds open stays so.
void MainWindow::onKeyChanged(const QString &name)
{
    const auto held = heldKey(name);
    for (const ProviderConfig &provider : std::as_const(m_configuration.providers)) {
        if (!held || !*held || !provider.enabled || !keychainNames(provider).contains(name))
            continue;
        const auto &reports = m_state.health().providers;
        const bool byHand = std::any_of(reports.begin(), reports.end(), [&](const ProviderReport &report) {
            return report.id == provider.id && report.state == ProviderState::Isolated;
        });
        if (!byHand)
            m_engine.release(provider.id);
    }
    tellKeys();
}

} // namespace retryscope
