// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/configuration.h"
#include "health/healthsnapshot.h"
#include "health/otherprograms.h"
#include "health/timeseries.h"
#include "models/dashboardpast.h"
#include "words/eventwords.h"
#include "words/healthwords.h"

#include <deque>
#include <set>

namespace retryscope {

/// A moment that explains what the charts show.
struct ChartMarker
{
    enum class Kind : quint8 { ConfigurationApplied, IncidentOpened, Isolated, Released, Probed };
    WallTime at{};
    Kind kind = Kind::ConfigurationApplied;
    QString text; ///< "OpenAI isolated by you"
};

/// The last judgement that the engine gave out, and the series that its pieces add up to. Judges nothing itself. Bounded
/// memory. Lives on the window's thread.
class DashboardState
{
public:
    /// Who is shown, from now on: the enabled ones. What was judged of those that stay is kept until the next update.
    void setProviders(const ProviderConfigs &providers);
    /// The same, and by whose limits other programs are judged.
    void setConfiguration(const Configuration &configuration);
    void onHealth(const HealthUpdate &update);
    /// Shows what is going to be judged of events that the engine was given but has not seen yet. Its updates are shown again
    /// from the first that knows as many calls, or after two seconds in any case.
    void foresee(const HealthUpdate &update);
    /// Only for gaps in their numbering; what they mean comes with the health.
    void onEvents(const Events &events);
    /// What other programs recorded into the same history since the last time, also nothing.
    void onOthers(const Events &events, WallTime now);
    /// Their calls are not known any more.
    void forgetOthers() { m_others.clear(); }
    /// Lets time pass where no update comes.
    void advance(SteadyTime now, WallTime wall);

    const HealthSnapshot &health() const { return m_health; }
    /// In order of priority.
    const std::vector<ProviderReport> &providers() const { return m_health.providers; }
    /// Of all that are configured, also of those that are not shown.
    /// Id to the name that is shown: of every provider that there is, and as far as it is known of every one that there was.
    const ProviderNames &names() const { return m_names; }
    /// Names of before; of one id the later one counts.
    void rememberNames(const ProviderNames &earlier);
    const ProviderReport *provider(const ProviderId &id) const { return m_health.provider(id); }
    /// Why, and until when.
    QString explanation(const ProviderReport &provider, SteadyTime now) const;
    /// Of all calls that are known, also those of other programs.
    Headline headline(SteadyTime now) const;
    /// Who stands behind the headline's trouble; empty where nobody does.
    ProviderId troubled() const;

    /// Whose past is shown.
    const PastTraffic &traffic() const { return m_traffic; }

    /// What people and the program did, oldest first.
    const std::deque<ChartMarker> &markers() const { return m_markers; }
    void addMarker(const ChartMarker &marker);

    const TimeSeries &series() const { return m_series; }
    TimeSeries &series() { return m_series; }
    quint64 calls() const { return m_health.calls.ended; }
    bool simulated() const { return m_health.simulated(); }
    /// Events that never reached the window: gaps in the numbering of the stream. The health has counted them.
    quint64 dropped() const { return m_dropped; }
    void forgetDropped() { m_dropped = 0; }
    /// When this window began to watch; none before the first advance().
    std::optional<WallTime> watchedFrom() const { return m_watchedFrom; }
    /// When the first own piece begins; until there is one the past reaches to now.
    std::optional<WallTime> firstPiece() const { return m_first; }

private:
    struct Foreseen
    {
        quint64 ended = 0;      ///< calls
        WallTime at{}, until{}; ///< when it was judged, and the start of its last piece
    };
    static constexpr std::size_t mostMarkers = 200;
    void add(const HealthUpdate &update, std::optional<WallTime> known);
    void takeReports();
    void watchFrom(WallTime start);
    void mark(const Event &event);
    QString nameOf(const ProviderId &id) const;

    HealthSnapshot m_health;
    OtherPrograms m_others;
    WallTime m_othersAt{};
    ProviderNames m_names;
    PastTraffic m_traffic;
    std::vector<ProviderReport> m_shown; ///< as configured, without a judgement
    TimeSeries m_series;
    std::deque<ChartMarker> m_markers;
    std::set<quint64> m_marked; ///< incidents that have their marker
    std::optional<WallTime> m_first, m_watchedFrom, m_lostSince;
    std::optional<Foreseen> m_foreseen; ///< until the engine knows it, too
    quint64 m_lastSeq = 0, m_dropped = 0;
    qint64 m_run = 0;
};

} // namespace retryscope
