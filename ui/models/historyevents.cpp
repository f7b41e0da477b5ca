// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/historyevents.h"

#include "history/historystore.h"

#include <algorithm>
#include <limits>

namespace retryscope {
namespace {
constexpr int mostPages = 50; ///< looked through for one request: a rare thing is then asked for again
constexpr int othersAPage = 5'000, mostOthers = 50'000; ///< as many as a window keeps
constexpr std::chrono::milliseconds lookEvery{2'000}, tryAgain{10'000};
constexpr std::chrono::milliseconds late{60'000}; ///< so long may a writer wait for its database
}

HistoryEvents::HistoryEvents(HistoryStore &store, QObject *parent) : OlderEventsSource(parent), m_store(store)
{
    m_look.setSingleShot(true);
    m_look.setInterval(lookEvery);
    connect(&m_look, &QTimer::timeout, this, [this] { askOthers({}); });
}

void HistoryEvents::request(const EventFilter &filter, WallTime before, quint64 beforeSeq, int most)
{
    if (m_at.wall != before || m_at.seq != beforeSeq) // not where the last answer ended: in memory are this run's
        m_at = {before, m_store.run(), beforeSeq};
    m_found.clear();
    ask(filter, most, 1);
}

void HistoryEvents::ask(const EventFilter &filter, int most, int page)
{
    EventQuery query;
    query.from = filter.from.value_or(WallTime{});
    if (filter.to)
        query.to = *filter.to + WallTime::duration(1); // inclusive there, exclusive here
    if (!filter.provider.isEmpty())
        query.providers = {filter.provider};
    query.reasons = {filter.reasons.begin(), filter.reasons.end()};
    if (filter.kind)
        query.kinds = {*filter.kind};
    if (filter.simulated)
        query.traffic = *filter.simulated ? HistoryTraffic::Simulated : HistoryTraffic::Real;
    if (filter.call) {
        query.call = CallId{filter.call.value % runStep};
        const quint64 number = filter.call.value / runStep;
        query.run = number == 0 ? m_store.run() : m_runs.key(number);
    }
    query.before = m_at;
    query.limit = most;
    m_store.requestEvents(
        query, this, [this, filter, most, page](const StoredEvents &stored) { onPage(filter, most, page, stored); });
}

void HistoryEvents::onPage(const EventFilter &filter, int most, int page, const StoredEvents &stored)
{
    if (!stored.problem.isEmpty()) {
        emit failed(stored.problem);
        return;
    }
    for (const StoredEvent &event : stored.events) {
        m_at = event.position();
        const Event moved = apart(event);
        if (filter.matches(moved)) // what the store cannot filter by
            m_found.append(moved);
        if (m_found.size() == most)
            break;
    }
    if (m_found.size() < most && stored.more && page < mostPages)
        return ask(filter, most, page + 1);
    Events oldestFirst = std::exchange(m_found, {});
    std::reverse(oldestFirst.begin(), oldestFirst.end());
    if (oldestFirst.isEmpty() && stored.more) {
        emit failed(tr("Nothing that matches among the %L1 events before. Narrow the time, or ask again.")
                        .arg(qint64(most) * mostPages));
        return;
    }
    emit arrived(oldestFirst, stored.more || oldestFirst.size() == most);
}

Event HistoryEvents::apart(const StoredEvent &stored)
{
    Event event = stored.event;
    if (!event.call || stored.run == m_store.run())
        return event;
    quint64 &number = m_runs[stored.run];
    if (number == 0)
        number = quint64(m_runs.size());
    event.call.value += number * runStep;
    return event;
}

void HistoryEvents::heard(const Events &own)
{
    if (m_began)
        return;
    const auto first = std::find_if(own.begin(), own.end(), [this](const Event &e) { return e.run == m_store.run(); });
    if (first == own.end()) // such as a rehearsal's
        return;
    m_began = HistoryPosition{first->wall, first->run, first->seq};
    m_look.start();
}

void HistoryEvents::askOthers(const std::optional<HistoryPosition> &before)
{
    EventQuery query;
    query.from = std::max(m_began->wall, m_newest - late);
    query.known.append({m_store.run(), std::numeric_limits<quint64>::max()});
    m_seen.removeIf([&query](const auto &seen) { return seen.value().wall < query.from; });
    for (auto seen = m_seen.cbegin(); seen != m_seen.cend(); ++seen)
        query.known.append({seen.key(), seen->seq});
    query.before = before;
    query.limit = othersAPage;
    m_store.requestEvents(query, this, [this](const StoredEvents &stored) { onOthers(stored); });
}

void HistoryEvents::onOthers(const StoredEvents &stored)
{
    if (!stored.problem.isEmpty()) { // the window says so already; all is read again
        m_others.clear();
        m_look.start(tryAgain);
        return;
    }
    for (const StoredEvent &other : stored.events) {
        if (other.position() > *m_began)
            m_others.append(other);
    }
    if (stored.more && !stored.events.isEmpty() && m_others.size() < mostOthers)
        return askOthers(stored.events.last().position());
    Events told;
    for (auto other = m_others.crbegin(); other != m_others.crend(); ++other) {
        Seen &seen = m_seen[other->run];
        seen = {std::max(seen.seq, other->event.seq), std::max(seen.wall, other->event.wall)};
        m_newest = std::max(m_newest, other->event.wall);
        told.append(apart(*other));
    }
    m_others.clear();
    m_look.start(lookEvery);
    emit came(told);
}

} // namespace retryscope
