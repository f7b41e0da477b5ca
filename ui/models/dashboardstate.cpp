// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/dashboardstate.h"

#include <QCoreApplication>

#include <algorithm>
#include <utility>

namespace retryscope {

namespace {
constexpr std::chrono::seconds foreseenAtMost{2};
constexpr std::chrono::seconds othersLate{3};    ///< so long may an event of theirs be on its way
constexpr std::chrono::seconds othersAtMost{30}; ///< after that nothing is known of them
} // namespace

void DashboardState::setConfiguration(const Configuration &configuration)
{
    setProviders(configuration.providers);
    m_others.configure(configuration);
}

void DashboardState::setProviders(const ProviderConfigs &providers)
{
    m_shown.clear();
    learnNames(m_names, providers);
    m_traffic = {{}, kindsOf(providers)};
    for (const ProviderConfig &config : providers) {
        m_traffic.simulated[config.id] = config.simulated;
        if (!config.enabled)
            continue;
        ProviderReport p;
        p.id = config.id;
        p.name = config.name.isEmpty() ? config.id : config.name;
        p.model = config.model;
        p.simulated = config.simulated;
        m_shown.push_back(std::move(p));
    }
    takeReports();
}

void DashboardState::rememberNames(const ProviderNames &earlier)
{
    for (auto it = earlier.constBegin(); it != earlier.constEnd(); ++it) {
        if (!m_names.contains(it.key()))
            m_names.insert(it.key(), it.value());
    }
}

/// The judged ones in place of the bare ones; an update that is older than the configuration knows only some of them.
void DashboardState::takeReports()
{
    std::vector<ProviderReport> next = m_shown;
    for (ProviderReport &p : next) {
        const ProviderReport *judged = m_health.provider(p.id);
        if (!judged)
            continue;
        ProviderReport full = *judged;
        full.name = p.name;
        full.model = p.model;
        full.simulated = p.simulated;
        p = std::move(full);
    }
    m_health.providers = std::move(next);
}

void DashboardState::onHealth(const HealthUpdate &update)
{
    if (!m_foreseen)
        return add(update, {});
    if (update.now.calls.ended < m_foreseen->ended && update.now.wall - m_foreseen->at < foreseenAtMost)
        return;
    add(update, std::exchange(m_foreseen, {})->until);
}

void DashboardState::foresee(const HealthUpdate &update)
{
    m_foreseen = Foreseen{update.now.calls.ended, update.now.wall, {}};
    for (const SeriesPiece &piece : update.pieces)
        m_foreseen->until = std::max(m_foreseen->until, piece.start);
    HealthUpdate shown = update;
    shown.incidentChanges.clear(); // the engine numbers them
    shown.incidents.clear();
    add(shown, {});
}

/// Without the pieces up to `known`.
void DashboardState::add(const HealthUpdate &update, std::optional<WallTime> known)
{
    m_health = update.now;
    takeReports();
    if (update.anew) {
        m_series = TimeSeries();
        m_first.reset();
        m_watchedFrom.reset();
        m_marked.clear(); // another engine may number as the former did
    }
    m_series.sync(update.now.at, update.now.wall);
    for (const SeriesPiece &piece : update.pieces) {
        if (known && piece.start <= *known)
            continue;
        m_first = std::min(m_first.value_or(piece.start), piece.start);
        watchFrom(piece.start); // what a rehearsal played was watched too
        m_series.add(piece);
    }
    for (const WatchedSpan &span : update.missed)
        m_series.missed(span);
    if (m_lostSince != update.now.lostSince)
        m_series.lost(m_lostSince = update.now.lostSince);
    for (const auto &[provider, change] : update.changes)
        m_series.addChange(provider, change);
    for (const Incident &incident : update.incidents) { // also those of earlier runs
        if (m_marked.insert(incident.id).second)
            addMarker({incident.opened, ChartMarker::Kind::IncidentOpened,
                       QCoreApplication::translate("retryscope::DashboardState", "incident opened: %1")
                           .arg(nameOf(incident.provider))});
    }
}

/// Numbers grow by one on a stream; another run, or one that falls back, is a new stream.
void DashboardState::onEvents(const Events &events)
{
    for (const Event &e : events) {
        if (m_lastSeq && e.run == m_run && e.seq > m_lastSeq + 1)
            m_dropped += e.seq - m_lastSeq - 1;
        if (e.seq)
            m_lastSeq = e.seq;
        m_run = e.run;
        mark(e);
    }
}

QString DashboardState::nameOf(const ProviderId &id) const { return m_names.value(id, id); }

void DashboardState::addMarker(const ChartMarker &marker)
{
    if (std::any_of(m_markers.begin(), m_markers.end(), [&](const ChartMarker &m) {
            return m.at == marker.at && m.kind == marker.kind && m.text == marker.text;
        }))
        return; // told again by an engine that is followed anew
    m_markers.insert(std::upper_bound(m_markers.begin(), m_markers.end(), marker.at,
                                      [](WallTime at, const ChartMarker &m) { return at < m.at; }),
                     marker);
    if (m_markers.size() > mostMarkers)
        m_markers.pop_front();
}

void DashboardState::mark(const Event &e)
{
    using enum ChartMarker::Kind;
    const auto say = [](const char *text) { return QCoreApplication::translate("retryscope::DashboardState", text); };
    const bool hand = isByHand(e);
    switch (e.kind) {
    case EventKind::ConfigurationApplied:
        return addMarker({e.wall, ConfigurationApplied, say("configuration applied")});
    case EventKind::ProbeFinished: // the engine's own are many
        if (hand)
            addMarker({e.wall, Probed, say("%1 probed").arg(nameOf(e.provider))});
        return;
    case EventKind::CircuitChanged:
        if (e.circuitTo == CircuitState::Isolated)
            addMarker({e.wall, Isolated,
                       (hand ? say("%1 isolated by you") : say("%1 isolated elsewhere")).arg(nameOf(e.provider))});
        else if (e.circuitFrom == CircuitState::Isolated)
            addMarker(
                {e.wall, Released, (hand ? say("%1 released by you") : say("%1 released")).arg(nameOf(e.provider))});
        return;
    default: return;
    }
}

void DashboardState::onOthers(const Events &events, WallTime now)
{
    m_others.add(events, now - othersLate);
    m_othersAt = now;
}

Headline DashboardState::headline(SteadyTime now) const
{
    const auto &judged = m_others.judged();
    return retryscope::headline(m_health, judged ? std::optional(Others{*judged, m_others.programs()}) : std::nullopt,
                                now);
}

ProviderId DashboardState::troubled() const
{
    const HealthSnapshot *worst = &m_health;
    if (const auto &others = m_others.judged(); others && others->calls.service > m_health.calls.service)
        worst = &*others;
    const ProviderReport *trouble = worst->firstTrouble();
    return trouble ? trouble->id : ProviderId();
}

void DashboardState::advance(SteadyTime now, WallTime wall)
{
    if (m_others.judged() && wall - m_othersAt > othersAtMost)
        m_others.clear();
    m_series.sync(now, wall);
    if (!m_watchedFrom)
        watchFrom(wall);
}

void DashboardState::watchFrom(WallTime start)
{
    if (m_watchedFrom && *m_watchedFrom <= start)
        return;
    m_watchedFrom = start;
    m_series.watchedFrom(start);
}

QString DashboardState::explanation(const ProviderReport &p, SteadyTime now) const
{
    return stateReason(p, m_health, now);
}

} // namespace retryscope
