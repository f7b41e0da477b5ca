// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/eventfeed.h"

#include <algorithm>

namespace retryscope {

void EventFeed::onEvent(const Event &event)
{
    const QByteArray text = "id: " + QByteArray::number(event.run) + '-' + QByteArray::number(event.seq)
                            + "\nevent: " + toKey(event.kind).toLatin1() + "\ndata: " + toJsonLine(event).trimmed() + "\n\n";
    m_kept.push_back({event.run, event.seq, text});
    if (m_kept.size() > kept)
        m_kept.pop_front();
    tell(text);
}

void EventFeed::tell(const QByteArray &text)
{
    std::erase_if(m_followers, [&text](const ResponderPtr &follower) {
        if (follower->clientGone())
            return true;
        follower->writeChunk(text);
        if (follower->backlog() <= backlog)
            return false;
        follower->cut(Responder::Cut::Close);
        return true;
    });
}

void EventFeed::follow(const ResponderPtr &responder, const QByteArray &lastSeen)
{
    responder->beginStream(200, {{"Content-Type", "text/event-stream; charset=utf-8"}, {"Cache-Control", "no-store"}});
    responder->writeChunk(": retryscope\n\n");
    if (!lastSeen.isEmpty()) {
        const qsizetype dash = lastSeen.indexOf('-');
        const qint64 run = lastSeen.left(dash).toLongLong();
        const quint64 seq = lastSeen.mid(dash + 1).toULongLong();
        auto from = std::find_if(m_kept.begin(), m_kept.end(),
                                 [&](const Kept &one) { return one.run == run && one.seq == seq; });
        if (from == m_kept.end()) {
            responder->writeChunk("event: gap\ndata: {}\n\n");
            from = m_kept.begin();
        } else {
            ++from;
        }
        for (; from != m_kept.end(); ++from)
            responder->writeChunk(from->text);
    }
    m_followers.push_back(responder);
}

void EventFeed::ping() { tell(": ping\n\n"); }

void EventFeed::close()
{
    for (const ResponderPtr &follower : m_followers)
        follower->endStream();
    m_followers.clear();
}

} // namespace retryscope
