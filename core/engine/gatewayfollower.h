// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "health/healthmonitor.h"
#include "protocols/sse.h"
#include "transport/transport.h"

#include <map>

namespace retryscope {

/// | field       | what                                                                        | default |
/// | url         | the gateway's root: http on this machine, https elsewhere                   |         |
/// | token       | the gateway's                                                               |         |
/// | caFile      | PEM file of authorities to be trusted beside the system's                   | none    |
/// | headTime    | for a connection, until the gateway has said who it is                      | 10 s    |
/// | silence     | without a byte, after which the connection counts as broken; pings are 15 s | 40 s    |
/// | firstWait   | before it is tried again; doubles                                           | 0.5 s   |
/// | longestWait |                                                                             | 10 s    |
struct FollowOptions
{
    QUrl url;
    QByteArray token;
    QString caFile;
    Duration headTime = 10s, silence = 40s, firstWait = 500ms, longestWait = 10s;
};
/// Why this address cannot be followed, as a sentence; empty: it can.
QString followProblem(const QUrl &url);

struct FollowStatus
{
    enum class State : quint8 {
        Connecting, ///< never heard yet
        Connected,
        Lost,       ///< was heard before
        Refused,    ///< it does not take the token
    };
    State state = State::Connecting;
    WallTime since{};
    QString problem; ///< a sentence; empty while nothing is wrong
    bool operator==(const FollowStatus &) const = default;
};

/// Follows a gateway's events, and judges them here as its own engine does there: comes back after a cut with the last
/// event that it knows, so that none is lost or doubled; notices a gateway that began anew; says when it hears nothing.
/// Believes nothing that is out of bounds. Times of another machine are shown in this one's. On the thread of its clock.
class GatewayFollower
{
public:
    static constexpr qsizetype largestEvent = 64 << 10, largestState = 4 << 20; ///< bytes of JSON
    static constexpr qsizetype mostProviders = 500;
    static constexpr std::size_t mostCommands = 16; ///< under way

    struct Parts
    {
        Clock &clock;
        Transport &transport;
    };
    /// All must be set.
    struct Told
    {
        std::function<void(const Event &)> event;
        std::function<void(const Configuration &)> configuration; ///< providers, and what the judgement needs of the rest
        std::function<void(const FollowStatus &)> status;
        std::function<void(const QString &)> refused; ///< a command was not obeyed; a sentence
    };
    GatewayFollower(Parts parts, FollowOptions options, Told told);
    /// Begins; once.
    void start();
    /// `verb`: isolate, release or probe.
    void command(const ProviderId &provider, const char *verb);
    HealthMonitor &health() { return m_health; }
    const FollowStatus &status() const { return m_status; }
    /// Frames that held nothing that could be read.
    quint64 unread() const { return m_unread; }

private:
    struct Running { std::unique_ptr<Exchange> exchange; TimerHandle limit; int status = 0; };
    HttpRequest request(const QString &path) const;
    void connect();
    void onHead(const HttpHead &head);
    void onData(const QByteArray &bytes);
    void watchSilence(Duration limit);
    void disconnected(FollowStatus::State state, const QString &problem);
    void frame(const SseEvent &frame);
    void hello(const QJsonObject &object);
    void standing(const QJsonObject &object);
    void event(const QJsonObject &object);
    void inOurTime(Event *event) const;
    void endCommand(quint64 id, const QString &problem);
    void say(const FollowStatus &status);
    QString place() const { return m_options.url.toString(QUrl::RemoveUserInfo | QUrl::RemoveQuery | QUrl::StripTrailingSlash); }

    Parts m_parts;
    FollowOptions m_options;
    Told m_told;
    HealthMonitor m_health;
    FollowStatus m_status;
    std::optional<Configuration> m_configuration;
    std::unique_ptr<Exchange> m_exchange;
    TimerHandle m_limit, m_again;
    SseDecoder m_decoder;
    std::map<quint64, Running> m_commands;
    quint64 m_lastCommand = 0;
    Duration m_wait{}, m_offset{}; ///< offset: our steady time minus theirs
    SteadyTime m_heard{};
    std::optional<WallTime> m_lostSince, m_firstWall; ///< firstWall: of the first event of this connection
    qint64 m_run = 0;      ///< that is followed; 0: none yet
    quint64 m_seq = 0;     ///< the last that is known of it
    bool m_ok = false, m_greeted = false, m_gap = false;
    quint64 m_unread = 0;
};

} // namespace retryscope
