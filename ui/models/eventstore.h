// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "telemetry/event.h"

#include <QHash>

#include <deque>
#include <vector>

namespace retryscope {

/// Texts that many events share, each kept once while it is used. 0 is the empty text.
class TextTable
{
public:
    quint32 take(const QString &text);   ///< counts one more use
    void release(quint32 id);            ///< one use less; the last frees it
    const QString &text(quint32 id) const { return m_texts[id]; }
    QVector<QString> texts() const { return m_texts; } ///< shared, not copied
    qsizetype size() const { return m_ids.size(); }

private:
    QVector<QString> m_texts{QString()};
    std::vector<quint32> m_uses{0}, m_free;
    QHash<QString, quint32> m_ids;
};

/// The limits that answers told, hardly any of them alike. 0: none.
class LimitTable
{
public:
    quint32 take(const LimitWindows &limits);
    void release(quint32 id);
    QVector<LimitWindows> all() const { return m_all; } ///< shared, not copied

private:
    QVector<LimitWindows> m_all{LimitWindows()};
    std::vector<quint32> m_free;
};

/// An event with its texts in a table: about a quarter of the size, and nothing lost that a story or a file tells.
struct PackedEvent
{
    qint64 run = 0, at = 0, wall = 0, delay = 0, duration = 0;
    qint64 special = -1;           ///< CircuitChanged: openFor; else firstToken; -1: none
    quint64 seq = 0, call = 0;
    double costUsd = -1.0;
    qint32 tokensIn = -1, tokensOut = -1, tokensCached = -1, unreadable = 0;
    quint32 provider = 0, toProvider = 0, model = 0, finish = 0, finishReason = 0, rule = 0, detail = 0;
    quint32 headers = 0;           ///< a line for each name and each value
    quint32 limits = 0;            ///< in the table of limits
    qint16 attempt = 0, maxAttempts = 0, status = 0;
    EventKind kind{};
    RetryReason reason{};
    HealthSignal health{};
    SkipReason skip{};
    CallOutcome outcome{};
    Delivery delivery{};
    DelaySource delaySource{};
    CircuitState circuitFrom{}, circuitTo{};
    Scope scope{};
    bool degraded = false, maybeTwice = false, simulated = false, onPurpose = false;
};

/// Events in the order of the bus, packed. Each has a key that it keeps for ever; keys grow by one.
class EventStore
{
public:
    /// What another thread may read: a copy of the packed events, sharing the texts.
    struct Snapshot
    {
        std::vector<PackedEvent> events;
        QVector<QString> texts;
        QVector<LimitWindows> limits;
        Event at(std::size_t index) const;
    };

    qint64 firstKey() const { return m_first; }
    qint64 endKey() const { return m_first + qint64(m_events.size()); }
    int size() const { return int(m_events.size()); }
    bool contains(qint64 key) const { return key >= firstKey() && key < endKey(); }
    void append(const Event &event) { m_events.push_back(pack(event)); }
    void prepend(const Event &event);
    void dropFront(int count);
    enum class Part : quint8 { Whole, WithoutHeaders }; ///< the latter is faster
    Event at(qint64 key, Part part = Part::Whole) const;
    const PackedEvent &packed(qint64 key) const { return m_events[std::size_t(key - m_first)]; }
    const QString &text(quint32 id) const { return m_texts.text(id); }
    Snapshot snapshot(const std::vector<qint64> &keys) const;
    const TextTable &texts() const { return m_texts; }

private:
    PackedEvent pack(const Event &event);
    std::deque<PackedEvent> m_events;
    TextTable m_texts;
    LimitTable m_limits;
    qint64 m_first = 0;
};

} // namespace retryscope
