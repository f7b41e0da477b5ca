// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "demo.h"

#include "demoprompts.h"
#include "engine/engineclient.h"
#include "mainwindow.h"
#include "widgets/captionstrip.h"

#include <algorithm>

namespace retryscope {
namespace {

constexpr Duration incidentLength = 12s;

} // namespace

Demo::Demo(Parts parts) : m_parts(std::move(parts))
{
    connect(&m_traffic, &QTimer::timeout, this, &Demo::sendOne);
    connect(&m_parts.engine, &EngineClient::eventsArrived, this, &Demo::onEvents);
}

bool Demo::simulatedOnly() const
{
    const auto &providers = m_parts.configuration().providers;
    return std::any_of(providers.begin(), providers.end(), [](const ProviderConfig &p) { return p.enabled; })
           && std::all_of(providers.begin(), providers.end(),
                          [](const ProviderConfig &p) { return p.simulated || !p.enabled; });
}

void Demo::startTraffic() { m_traffic.start(demoPace); }

void Demo::sendOne()
{
    if (simulatedOnly())
        m_parts.engine.send(Prompt{demoPrompts()[m_sent++ % demoPrompts().size()], {}, {}, 128, true}, {});
}

void Demo::playIncident(std::chrono::milliseconds delay)
{
    if (simulatedOnly()) // before the first of what it says, so that the page is not moved by it
        m_parts.window.showCaption(tr("A demo"),
                                   tr("Simulated providers answer simulated callers; nothing leaves this machine. In a "
                                      "moment the first of them limits the rate."),
                                   CaptionPart::First);
    QTimer::singleShot(delay, this, [this] {
        const auto &providers = m_parts.configuration().providers;
        const auto first =
            std::find_if(providers.begin(), providers.end(), [](const ProviderConfig &p) { return p.enabled; });
        if (first == providers.end() || !simulatedOnly())
            return;
        m_star = first->id;
        m_starName = first->name;
        m_failed = false;
        m_act = Act::Waiting;
        m_parts.sandbox.setFault(simulatedName(*first), {Fault::RateLimit, 1.0, incidentLength});
    });
}

/// Each caption waits for the events that make it true.
void Demo::onEvents(const Events &events)
{
    for (const Event &e : events) {
        if (m_act == Act::Over)
            return;
        m_failed |= e.kind == EventKind::CallFinished && e.outcome == CallOutcome::Failed;
        const bool own = e.provider == m_star && e.kind == EventKind::AttemptFinished;
        if (m_act == Act::Waiting && own && e.reason == RetryReason::RateLimit) {
            m_act = Act::Limited;
            caption(tr("1 of 3: %1 limits the rate").arg(m_starName),
                    tr("It answers 429 and says when to come back. The call waits, or asks somebody else."));
        } else if (m_act == Act::Limited && e.kind == EventKind::CallFinished && isServed(e.outcome)
                   && e.provider != m_star) {
            m_act = Act::Moved;
            caption(
                m_failed ? tr("2 of 3: traffic moves on") : tr("2 of 3: traffic moved, nothing failed"),
                tr("%1 is left out until it can be asked again; the next provider answers at once.").arg(m_starName));
        } else if (m_act == Act::Moved && own && e.reason == RetryReason::None) {
            m_act = Act::Over;
            caption(tr("3 of 3: %1 is back").arg(m_starName),
                    tr("A probe was answered, so its circuit closed. The Incidents page has the report; the Tune page "
                       "shows what your settings would do."));
        }
    }
}

void Demo::caption(const QString &title, const QString &text)
{
    m_parts.window.showCaption(title, text, m_act == Act::Over ? CaptionPart::Last : CaptionPart::Next);
}

} // namespace retryscope
