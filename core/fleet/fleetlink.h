// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "config/fleetlocation.h"
#include "fleet/redisconnection.h"

#include <QStringList>
#include <QVector>

namespace retryscope {

/// | field      | what                                                              | unit | default |
/// | name       | of this gateway, for people at the others                         |      |         |
/// | heartbeat  | between two signs of life                                         | time | 2 s     |
/// | silence    | without an answer, Redis counts as away                           | time | 3 s     |
/// | backoff    | before it is tried anew; doubles up to backoffMost, with a little chance | time | 250 ms |
/// | backoffMost|                                                                   | time | 15 s    |
struct FleetOptions
{
    QString name;
    Duration heartbeat = 2s, silence = 3s, backoff = 250ms, backoffMost = 15s;
};

/// A gateway that is there.
struct FleetMember
{
    QByteArray id;
    QString name;         ///< for people
    QStringList accounts; ///< hashes of those that it asks with; empty: it does not say
};

/// The keys of a fleet in Redis, of this version of what stands there.
struct FleetKeys
{
    FleetKeys(const QString &prefix, const QByteArray &member);
    QByteArray root;     ///< what all begin with
    QByteArray words;    ///< a set of the keys of all words
    QByteArray members;  ///< a set of the ids of all members
    QByteArray presence; ///< what a member's key begins with
    QByteArray own;      ///< what the keys of our own words begin with
    QByteArray hands;    ///< what the keys of people's acts begin with
    QByteArray news;     ///< the channel
};

/// Keeps one connection for commands and one for news to Redis, and comes back by itself. Lives on the thread of its clock,
/// which must outlive it; nothing waits.
class FleetLink
{
public:
    struct Callbacks
    {
        std::function<void()> up;                        ///< it is there, and news come
        std::function<void(const QString &why)> down;    ///< it is away; again when `why` changes
        std::function<void(const QByteArray &key)> news; ///< the word of that key has changed
        std::function<void()> beat;                      ///< so often as it is heard of
    };
    FleetLink(Clock &clock, const FleetLocation &location, const FleetOptions &options, const FleetKeys &keys,
              const QByteArray &member, Callbacks callbacks);

    void start();
    bool isUp() const { return m_up; }
    /// Nothing is sent while it is away. `done` is called with the answer, unless it goes away before.
    void send(const QByteArrayList &words, RedisConnection::Done done = {});
    /// Those that are there, this one too, as last heard; none while it is away.
    const QVector<FleetMember> &members() const { return m_members; }
    /// What the others are told of this one, from its next sign of life on. Too many of them are not told.
    void setAccounts(const QStringList &hashes);

private:
    void connectBoth();
    void introduce(RedisConnection &connection);
    void beat();
    void onBeat(const RedisValue &answer);
    void onPush(const RedisValue &value);
    void heard();
    void refused(const QByteArray &error);
    void lost(const QString &why);

    Clock &m_clock;
    FleetLocation m_location;
    FleetOptions m_options;
    FleetKeys m_keys;
    QByteArray m_member;
    Callbacks m_callbacks;
    RedisConnection m_commands, m_news;
    TimerHandle m_watch, m_pulse, m_retry, m_ended;
    QString m_why;
    QVector<FleetMember> m_members;
    QByteArray m_accounts; ///< a line
    Duration m_backoff;
    bool m_up = false, m_answered = false, m_echoed = false;
};

} // namespace retryscope
