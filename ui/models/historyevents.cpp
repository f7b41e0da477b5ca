// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/historyevents.h"

#include "history/historystore.h"

#include <algorithm>

namespace retryscope {
namespace {
constexpr int mostPages = 50; ///< looked through for one request: a rare thing is then asked for again
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

} // namespace retryscope
