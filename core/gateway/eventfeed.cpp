// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/eventfeed.h"

#include <algorithm>

namespace retryscope {
namespace {

QByteArray stateFrame(const char *name, const std::function<QByteArray()> &data)
{
    return data ? QByteArray("event: ") + name + "\ndata: " + data() + "\n\n" : QByteArray();
}

QByteArray eventFrame(const Event &event)
{
    return "id: " + QByteArray::number(event.run) + '-' + QByteArray::number(event.seq) + "\nevent: "
           + toKey(event.kind).toLatin1() + "\ndata: " + toJsonLine(event).trimmed() + "\n\n";
}

} // namespace

void EventFeed::onEvent(const Event &event)
{
    m_kept.push_back(event);
    if (m_kept.size() > kept)
        m_kept.pop_front();
    if (m_followers.empty())
        return;
    tell(eventFrame(event));
    if (event.kind == EventKind::ConfigurationApplied)
        tellState();
}

void EventFeed::tell(const QByteArray &text)
{
    std::erase_if(m_followers, [&text](const Follower &follower) {
        if (follower.responder->clientGone())
            return true;
        follower.responder->writeChunk(text);
        if (follower.responder->backlog() <= backlog)
            return false;
        follower.responder->cut(Responder::Cut::Close);
        return true;
    });
}

void EventFeed::tellState()
{
    const bool wanted =
        std::any_of(m_followers.begin(), m_followers.end(), [](const Follower &f) { return f.want == Want::State; });
    const QByteArray text = wanted ? stateFrame("hello", m_state.hello) + stateFrame("standing", m_state.standing) : QByteArray();
    for (const Follower &follower : m_followers) {
        if (follower.want == Want::State)
            follower.responder->writeChunk(text);
    }
}

void EventFeed::follow(const ResponderPtr &responder, const QByteArray &lastSeen, Want want)
{
    responder->beginStream(200, {{"Content-Type", "text/event-stream; charset=utf-8"}, {"Cache-Control", "no-store"}});
    responder->writeChunk(": retryscope\n\n");
    if (want == Want::State)
        responder->writeChunk(stateFrame("hello", m_state.hello));
    if (!lastSeen.isEmpty()) {
        const qsizetype dash = lastSeen.indexOf('-');
        const qint64 run = lastSeen.left(dash).toLongLong();
        const quint64 seq = lastSeen.mid(dash + 1).toULongLong();
        auto from = std::find_if(m_kept.begin(), m_kept.end(),
                                 [&](const Event &one) { return one.run == run && one.seq == seq; });
        if (from == m_kept.end()) {
            responder->writeChunk("event: gap\ndata: {}\n\n");
            from = m_kept.begin();
        } else {
            ++from;
        }
        for (; from != m_kept.end(); ++from)
            responder->writeChunk(eventFrame(*from));
    }
    if (want == Want::State)
        responder->writeChunk(stateFrame("standing", m_state.standing));
    m_followers.push_back({responder, want});
}

void EventFeed::ping() { tell(": ping\n\n"); }

void EventFeed::close()
{
    for (const Follower &follower : m_followers)
        follower.responder->endStream();
    m_followers.clear();
}

} // namespace retryscope
