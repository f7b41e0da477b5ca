// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/reports.h"

#include "transport/transportkind.h"

#include <QRandomGenerator>

#include <utility>

namespace retryscope {
namespace {

constexpr Duration lookPace = 250ms, idlePace = 20ms, longestFinish = 3s;

} // namespace

Reports::Reports(Parts parts) : m_parts(std::move(parts)), m_random(QRandomGenerator::global()->generate64())
{
    configure();
}

Reports::~Reports() = default;

Transport &Reports::transport()
{
    if (!m_transport)
        m_transport = makeTransport(TransportKind::Qt);
    return *m_transport;
}

void Reports::configure()
{
    const Configuration &configuration = m_parts.engine.configuration();
    if (m_otlpTarget != configuration.reporting.otlp)
        configureOtlp(configuration);
    if (m_otlp)
        m_otlp->configure(configuration.providers);
    if (m_hookTarget != configuration.reporting.webhook)
        configureHook(configuration);
}

void Reports::configureOtlp(const Configuration &configuration)
{
    m_otlpTarget = configuration.reporting.otlp;
    m_dropped += m_otlp ? quint64(m_otlp->waiting()) : 0;
    m_otlp.reset();
    const auto settings = otlpSettings(
        *m_otlpTarget, [](const QByteArray &name) { return qgetenv(name.constData()); }, m_parts.engine.events().run());
    if (!settings)
        return m_parts.tell(settings.error());
    if (settings->isOn())
        m_otlp = std::make_unique<OtlpExport>(OtlpExport::Parts{m_parts.clock, transport(), m_random, m_parts.metrics,
                                                                m_parts.tell, [this](int items) { m_dropped += quint64(items); }},
                                              *settings);
}

void Reports::configureHook(const Configuration &configuration)
{
    m_hookTarget = configuration.reporting.webhook;
    m_dropped += m_hook ? quint64(m_hook->waiting()) : 0;
    m_hook.reset();
    m_look.reset();
    if (m_hookTarget->url.isEmpty())
        return;
    const auto place = hookPlace(*m_hookTarget);
    if (!place)
        return m_parts.tell(place.error());
    m_hook = std::make_unique<IncidentHook>(IncidentHook::Parts{m_parts.clock, transport(), m_random, m_parts.tell,
                                                                [this](int items) { m_dropped += quint64(items); }},
                                            *place, m_parts.engine.events().run());
    look();
}

void Reports::look()
{
    m_hook->look(m_parts.health.incidents().incidents());
    m_look = m_parts.clock.startTimer(lookPace, [this] { look(); });
}

void Reports::onEvent(const Event &event)
{
    if (m_otlp)
        m_otlp->onEvent(event);
    if (event.kind == EventKind::ConfigurationApplied)
        m_reread = m_parts.clock.startTimer(0s, [this] { configure(); });
}

void Reports::setParent(CallId call, const QByteArray &header)
{
    if (!m_otlp || header.isEmpty())
        return;
    if (const auto parent = traceParentFrom(header))
        m_otlp->setParent(call, *parent);
}

void Reports::finish(std::function<void()> then)
{
    if (m_otlp)
        m_otlp->flush();
    if (m_hook) {
        m_hook->look(m_parts.health.incidents().incidents());
        m_hook->hurry();
    }
    waitUntilIdle(m_parts.clock.now() + longestFinish, std::move(then));
}

void Reports::waitUntilIdle(SteadyTime until, std::function<void()> then)
{
    m_idle = m_parts.clock.startTimer(m_otlp || m_hook ? idlePace : Duration{}, [this, until, then = std::move(then)] {
        if (((m_otlp && !m_otlp->isIdle()) || (m_hook && !m_hook->isIdle())) && m_parts.clock.now() < until)
            return waitUntilIdle(until, then);
        then();
    });
}

} // namespace retryscope
