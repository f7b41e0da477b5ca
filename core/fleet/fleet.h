// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/apiretryhandler.h"
#include "fleet/fleetdirectory.h"
#include "fleet/fleetlink.h"

#include <map>
#include <set>

namespace retryscope {

/// Shares what one engine has learned with others, through a Redis: blocks, opened circuits, limits that were told, and what a
/// person isolates and releases. Every engine still decides for itself; no call ever waits for it. Without Redis the engine
/// goes on alone, and what it had heard is over when its time is. Lives on the engine's thread; its parts must outlive it.
class Fleet final : public QObject
{
    Q_OBJECT
public:
    struct Parts
    {
        Clock &clock;
        ApiRetryHandler &engine;
    };
    Fleet(Parts parts, const FleetLocation &location, const FleetOptions &options, QObject *parent = nullptr);
    ~Fleet() override;

    bool isConnected() const { return m_link.isUp(); }
    /// For /retryscope/status: redis, connected, since, why not, members, words heard.
    QJsonObject status() const;

signals:
    /// A line for the log: Redis is away, or there again; something there cannot be read. Once for each.
    void told(const QString &sentence);

private:
    struct Heard
    {
        FleetWord word;
        SteadyTime until{};
    };
    struct Told
    {
        FleetWord word;
        SteadyTime until{}, at{};
    };
    void onEvent(const Event &event);
    void onUp();
    void onDown(const QString &why);
    void onBeat();
    // What others say.
    void readAll();
    void readSome();
    void onRead(const RedisValue &answer, SteadyTime asked, bool all);
    void take(const QByteArray &key, const QByteArray &value, Duration left);
    void takeHand(const QByteArray &key, const FleetWord &word);
    void use(const Heard &heard);
    void forget(const QByteArray &key);
    void forgetOf(const ProviderId &provider, bool deleteThem);
    void expire();
    void complain(WordProblem problem, const QByteArray &key);
    // What we say.
    void gatherSoon();
    void gather();
    bool isHearsay(const FleetWord &word, SteadyTime until) const;
    bool isNews(const Told &before, const FleetWord &word, SteadyTime until) const;
    void tell(const QByteArray &key, const FleetWord &word);
    void withdraw(const QByteArray &key);
    void onHand(Hand hand, const ProviderId &provider);
    void tellHand(Hand hand, const ProviderId &provider);
    void keepHands();
    // Whose share is what.
    void introduce();
    void deal(bool alone);
    QByteArray keyOf(const FleetWord &word) const;

    Parts m_parts;
    FleetLocation m_location;
    FleetOptions m_options;
    QByteArray m_member;
    FleetKeys m_keys;
    FleetLink m_link;
    FleetDirectory m_directory;
    std::map<QByteArray, Heard> m_heard; ///< by key in Redis
    std::map<QByteArray, Told> m_told;
    std::map<QByteArray, FleetWord> m_hands;       ///< what people did last, by key
    QVector<std::pair<Hand, ProviderId>> m_untold; ///< done while Redis was away
    std::set<QByteArray> m_toRead;
    std::set<WordProblem> m_complained;
    TimerHandle m_gather, m_read, m_expire, m_alone;
    SteadyTime m_gathered{}, m_handsKept{};
    WallTime m_since{};
    QString m_why;
    bool m_synced = false, m_saidAway = false;
    bool m_knowsHands = false; ///< has read once what people did; what is new after that is obeyed
    std::shared_ptr<Fleet *> m_self = std::make_shared<Fleet *>(this); ///< for the bus, which lets nobody go
};

} // namespace retryscope
