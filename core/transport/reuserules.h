// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/time.h"

#include <QByteArray>
#include <QHash>

namespace retryscope {

/// | field       | what                                                        | unit  | default |
/// | quietTime   | for which a connection is left alone before it counts        | time  | 1 s     |
/// | connections | that must have been quiet before one is used again           | count | 3       |
struct ReuseLimits
{
    Duration quietTime = 1s;
    int connections = 3;
};

/// Which hosts may get a request on a connection that had one before. HTTP/1.1 pairs requests and answers by their order
/// alone, so one answer too many becomes another call's answer. A host therefore earns it: some of its connections were left
/// alone for a while after a whole answer, and no byte came. A host that says one word too many loses it for good. HTTP/2
/// numbers its streams, and needs none of this. Knows no socket but by its number, and no clock.
class ReuseRules
{
public:
    enum class Reuse {
        Fresh, ///< a new connection, to be kept and watched
        Kept,  ///< whichever is there
        Never, ///< a new connection, to be closed: the host lost its trust, or enough of its connections are watched
    };
    explicit ReuseRules(ReuseLimits limits = {}) : m_limits(limits) {}

    Reuse of(const QByteArray &host, SteadyTime now);
    /// A whole answer has ended, and its connection is kept.
    void leftAlone(int socket, const QByteArray &host, SteadyTime now);
    /// It is used again, or the server has closed it.
    void over(int socket, SteadyTime now);
    /// A byte came that nobody asked for: on that connection, or with an answer.
    void spoke(int socket);
    void surplus(const QByteArray &host);
    void speaksHttp2(const QByteArray &host);

private:
    struct Host { int quiet = 0; bool http2 = false, bad = false; };
    struct Watched { QByteArray host; SteadyTime since; bool counted = false; };
    void count(Watched *watched, SteadyTime now);
    int countWatched(const QByteArray &host, SteadyTime now);

    ReuseLimits m_limits;
    QHash<QByteArray, Host> m_hosts;
    QHash<int, Watched> m_watched;
};

} // namespace retryscope
