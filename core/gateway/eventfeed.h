// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http/httpserver.h"
#include "telemetry/event.h"

#include <deque>
#include <functional>
#include <memory>
#include <vector>

namespace retryscope {

/// Tells whoever follows every event as server-sent events: `id` is run-seq, `event` the kind, `data` the event's JSON. Who
/// comes back with the id that it saw last hears what it missed, as far as it is kept; where something is missing, an event
/// named "gap" says so first. A follower that takes nothing is let go once its backlog is full; it may come back.
///
/// Keeps the newest `kept` events. On one thread.
class EventFeed
{
public:
    static constexpr std::size_t kept = 10'000;
    static constexpr qint64 backlog = 32 << 20; ///< bytes of one follower: more than all that is kept

    /// What a follower that keeps a judgement of its own needs beside the events, each as a JSON object.
    struct State
    {
        std::function<QByteArray()> hello;    ///< who tells and who is watched; before the first event
        std::function<QByteArray()> standing; ///< what stands, when all that is kept has been told
    };
    explicit EventFeed(State state = {}) : m_state(std::move(state)) {}

    void onEvent(const Event &event);
    enum class Want : quint8 { Events, State };
    /// `lastSeen`: of the header Last-Event-ID; empty: from now on. Who wants the state hears it as the events "hello" and
    /// "standing", and again when another configuration is in force.
    void follow(const ResponderPtr &responder, const QByteArray &lastSeen, Want want = Want::Events);
    /// A comment, so that nobody takes the silence for a broken connection.
    void ping();
    /// Ends every follower's stream.
    void close();
    std::size_t followers() const { return m_followers.size(); }

private:
    struct Follower { ResponderPtr responder; Want want; };
    void tell(const QByteArray &text);
    void tellState();

    State m_state;
    std::deque<Event> m_kept; ///< put into words only for who follows
    std::vector<Follower> m_followers;
};

} // namespace retryscope
