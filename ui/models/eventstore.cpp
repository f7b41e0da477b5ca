// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/eventstore.h"

#include <QJsonDocument>

#include <algorithm>
#include <limits>

namespace retryscope {
namespace {

/// Limits and headers in the one encoding of an event, which can read them again; empty where there are none.
QString extraOf(const Event &e)
{
    if (e.limits.isEmpty() && e.headers.isEmpty())
        return {};
    Event only;
    only.kind = EventKind::AttemptFinished;
    only.limits = e.limits;
    only.headers = e.headers;
    const QJsonObject o = toJson(only);
    return QString::fromUtf8(QJsonDocument(QJsonObject{{QStringLiteral("limits"), o[QLatin1String("limits")]},
                                                       {QStringLiteral("headers"), o[QLatin1String("headers")]}})
                                 .toJson(QJsonDocument::Compact));
}

void readExtra(const QString &extra, Event *e)
{
    if (extra.isEmpty())
        return;
    QJsonObject o = QJsonDocument::fromJson(extra.toUtf8()).object();
    o[QLatin1String("schema")] = 1;
    o[QLatin1String("kind")] = toKey(EventKind::AttemptFinished);
    if (const auto read = eventFromJson(o)) {
        e->limits = read->limits;
        e->headers = read->headers;
    }
}

qint16 small(int n)
{
    return qint16(std::clamp<int>(n, std::numeric_limits<qint16>::min(), std::numeric_limits<qint16>::max()));
}

Event unpack(const PackedEvent &p, const QVector<QString> &texts, EventStore::Part part)
{
    Event e;
    e.run = p.run;
    e.seq = p.seq;
    e.kind = p.kind;
    e.at = SteadyTime(Duration(p.at));
    e.wall = WallTime(std::chrono::milliseconds(p.wall));
    e.call = CallId{p.call};
    e.attempt = p.attempt;
    e.maxAttempts = p.maxAttempts;
    e.provider = texts[p.provider];
    e.toProvider = texts[p.toProvider];
    e.model = texts[p.model];
    e.finish = texts[p.finish];
    e.finishReason = texts[p.finishReason];
    e.rule = texts[p.rule];
    e.detail = texts[p.detail];
    e.reason = p.reason;
    e.health = p.health;
    e.skip = p.skip;
    e.outcome = p.outcome;
    e.delivery = p.delivery;
    e.status = p.status;
    e.delay = Duration(p.delay);
    e.delaySource = p.delaySource;
    e.duration = Duration(p.duration);
    if (p.special >= 0)
        (p.kind == EventKind::CircuitChanged ? e.openFor : e.firstToken) = Duration(p.special);
    if (p.tokensIn >= 0)
        e.tokensIn = p.tokensIn;
    if (p.tokensOut >= 0)
        e.tokensOut = p.tokensOut;
    if (p.tokensCached >= 0)
        e.tokensCached = p.tokensCached;
    e.unreadable = p.unreadable;
    if (p.costUsd >= 0.0)
        e.costUsd = p.costUsd;
    e.circuitFrom = p.circuitFrom;
    e.circuitTo = p.circuitTo;
    e.scope = p.scope;
    e.degraded = p.degraded;
    e.maybeTwice = p.maybeTwice;
    e.simulated = p.simulated;
    e.onPurpose = p.onPurpose;
    if (part == EventStore::Part::Whole)
        readExtra(texts[p.extra], &e);
    return e;
}

} // namespace

quint32 TextTable::take(const QString &text)
{
    if (text.isEmpty())
        return 0;
    if (const auto known = m_ids.constFind(text); known != m_ids.constEnd()) {
        ++m_uses[*known];
        return *known;
    }
    quint32 id = quint32(m_texts.size());
    if (m_free.empty()) {
        m_texts.append(text);
        m_uses.push_back(1);
    } else {
        id = m_free.back();
        m_free.pop_back();
        m_texts[id] = text;
        m_uses[id] = 1;
    }
    m_texts[id].squeeze();
    m_ids.insert(m_texts[id], id);
    return id;
}

void TextTable::release(quint32 id)
{
    if (id == 0 || --m_uses[id] > 0)
        return;
    m_ids.remove(m_texts[id]);
    m_texts[id] = QString();
    m_free.push_back(id);
}

PackedEvent EventStore::pack(const Event &e)
{
    PackedEvent p;
    p.run = e.run;
    p.seq = e.seq;
    p.kind = e.kind;
    p.at = e.at.time_since_epoch().count();
    p.wall = e.wall.time_since_epoch().count();
    p.call = e.call.value;
    p.attempt = small(e.attempt);
    p.maxAttempts = small(e.maxAttempts);
    p.provider = m_texts.take(e.provider);
    p.toProvider = m_texts.take(e.toProvider);
    p.model = m_texts.take(e.model);
    p.finish = m_texts.take(e.finish);
    p.finishReason = m_texts.take(e.finishReason);
    p.rule = m_texts.take(e.rule);
    p.detail = m_texts.take(e.detail);
    p.extra = m_texts.take(extraOf(e));
    p.reason = e.reason;
    p.health = e.health;
    p.skip = e.skip;
    p.outcome = e.outcome;
    p.delivery = e.delivery;
    p.status = small(e.status);
    p.delay = e.delay.count();
    p.delaySource = e.delaySource;
    p.duration = e.duration.count();
    const std::optional<Duration> &special = e.kind == EventKind::CircuitChanged ? e.openFor : e.firstToken;
    p.special = special ? special->count() : -1;
    p.tokensIn = e.tokensIn.value_or(-1);
    p.tokensOut = e.tokensOut.value_or(-1);
    p.tokensCached = e.tokensCached.value_or(-1);
    p.unreadable = e.unreadable;
    p.costUsd = e.costUsd.value_or(-1.0);
    p.circuitFrom = e.circuitFrom;
    p.circuitTo = e.circuitTo;
    p.scope = e.scope;
    p.degraded = e.degraded;
    p.maybeTwice = e.maybeTwice;
    p.simulated = e.simulated;
    p.onPurpose = e.onPurpose;
    return p;
}

void EventStore::prepend(const Event &event)
{
    m_events.push_front(pack(event));
    --m_first;
}

void EventStore::dropFront(int count)
{
    for (int i = 0; i < count; ++i) {
        const PackedEvent &p = m_events[std::size_t(i)];
        for (const quint32 id :
             {p.provider, p.toProvider, p.model, p.finish, p.finishReason, p.rule, p.detail, p.extra})
            m_texts.release(id);
    }
    m_events.erase(m_events.begin(), m_events.begin() + count);
    m_first += count;
}

Event EventStore::at(qint64 key, Part part) const { return unpack(packed(key), m_texts.texts(), part); }

Event EventStore::Snapshot::at(std::size_t index) const { return unpack(events[index], texts, Part::Whole); }

EventStore::Snapshot EventStore::snapshot(const std::vector<qint64> &keys) const
{
    Snapshot snapshot;
    snapshot.events.reserve(keys.size());
    for (const qint64 key : keys)
        snapshot.events.push_back(packed(key));
    snapshot.texts = m_texts.texts();
    return snapshot;
}

} // namespace retryscope
