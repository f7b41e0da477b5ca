// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "opening.h"

#include "firstpaint.h"

#include "engine/localengineclient.h"
#include "mainwindow.h"

#include <utility>

namespace retryscope {

Opening::Opening(Parts parts, std::unique_ptr<Rehearsal> rehearsal, quint64 seed, QUrl sandbox)
    : m_parts(std::move(parts)), m_rehearsal(std::move(rehearsal)), m_seed(seed), m_sandbox(std::move(sandbox))
{
    wait();
}

void Opening::wait() { connect(m_rehearsal.get(), &Rehearsal::played, this, &Opening::onPlayed); }

void Opening::onPlayed(const Rehearsed &rehearsed)
{
    Configuration played = rehearsed.plan.configuration;
    bindToSandbox(&played.providers, m_sandbox);
    if (!(played == m_parts.configuration())) { // what would be in force was guessed
        m_rehearsal.release()->deleteLater();   // it is speaking
        const RehearsalPlan plan{m_parts.configuration(), rehearsed.plan.prices};
        m_rehearsal = std::make_unique<Rehearsal>([plan] { return plan; }, rehearsalLength, m_seed);
        return wait();
    }
    m_parts.engine.setPrices(rehearsed.plan.prices); // for the first calls, too
    m_parts.engine.replay(rehearsed.events);
    emit begun();
    if (!rehearsed.events.isEmpty())
        m_parts.window.foresee(rehearsed.health);
    new FirstPaint(m_parts.window, [this] { emit opened(); });
    m_parts.window.show();
}

} // namespace retryscope
