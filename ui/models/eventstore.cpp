// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/eventstore.h"

#include <algorithm>
#include <limits>

namespace retryscope {
namespace {

constexpr QChar lineEnd(u'\n'); ///< no header has one

QString joined(const QVector<std::pair<QString, QString>> &headers)
{
    QString lines;
    for (const auto &[name, value] : headers) {
        for (const QString &part : {name, value})
            lines += QString(part).replace(lineEnd, u' ') + lineEnd;
    }
    return lines;
}

QVector<std::pair<QString, QString>> parted(const QString &lines)
{
    QVector<std::pair<QString, QString>> headers;
    const QStringList parts = lines.split(lineEnd);
    for (qsizetype i = 0; i + 1 < parts.size(); i += 2)
        headers.append({parts[i], parts[i + 1]});
    return headers;
}

qint16 small(int n)
{
    return qint16(std::clamp<int>(n, std::numeric_limits<qint16>::min(), std::numeric_limits<qint16>::max()));
}

Event unpack(const PackedEvent &p, const QVector<QString> &texts, const QVector<LimitWindows> &limits,
             EventStore::Part part)
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
    e.limits = limits[p.limits];
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
        e.headers = parted(texts[p.headers]);
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

quint32 LimitTable::take(const LimitWindows &limits)
{
    if (limits.empty())
        return 0;
    if (m_free.empty()) {
        m_all.append(limits);
        return quint32(m_all.size() - 1);
    }
    const quint32 id = m_free.back();
    m_free.pop_back();
    m_all[id] = limits;
    return id;
}

void LimitTable::release(quint32 id)
{
    if (id == 0)
        return;
    m_all[id] = LimitWindows();
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
    p.headers = m_texts.take(joined(e.headers));
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
    p.limits = m_limits.take(e.limits);
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
             {p.provider, p.toProvider, p.model, p.finish, p.finishReason, p.rule, p.detail, p.headers})
            m_texts.release(id);
        m_limits.release(p.limits);
    }
    m_events.erase(m_events.begin(), m_events.begin() + count);
    m_first += count;
}

Event EventStore::at(qint64 key, Part part) const { return unpack(packed(key), m_texts.texts(), m_limits.all(), part); }

Event EventStore::Snapshot::at(std::size_t index) const { return unpack(events[index], texts, limits, Part::Whole); }

EventStore::Snapshot EventStore::snapshot(const std::vector<qint64> &keys) const
{
    Snapshot snapshot;
    snapshot.events.reserve(keys.size());
    for (const qint64 key : keys)
        snapshot.events.push_back(packed(key));
    snapshot.texts = m_texts.texts();
    snapshot.limits = m_limits.all();
    return snapshot;
}

} // namespace retryscope
