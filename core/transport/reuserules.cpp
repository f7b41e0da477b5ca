// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "transport/reuserules.h"

namespace retryscope {
namespace {

/// Under load new connections would crowd those out that are watched, before any of them was quiet for long enough.
constexpr int watchedPerNeeded = 2;

} // namespace

ReuseRules::Reuse ReuseRules::of(const QByteArray &host, SteadyTime now)
{
    const Host known = m_hosts.value(host);
    if (known.http2)
        return Reuse::Kept;
    if (known.bad)
        return Reuse::Never;
    if (known.quiet >= m_limits.connections)
        return Reuse::Kept;
    const int watched = countWatched(host, now);
    if (m_hosts.value(host).quiet >= m_limits.connections)
        return Reuse::Kept;
    return watched < watchedPerNeeded * m_limits.connections ? Reuse::Fresh : Reuse::Never;
}

int ReuseRules::countWatched(const QByteArray &host, SteadyTime now)
{
    int watched = 0;
    for (Watched &one : m_watched) {
        if (one.host == host) {
            count(&one, now);
            ++watched;
        }
    }
    return watched;
}

void ReuseRules::count(Watched *watched, SteadyTime now)
{
    if (!watched->counted && now - watched->since >= m_limits.quietTime) {
        watched->counted = true;
        ++m_hosts[watched->host].quiet;
    }
}

void ReuseRules::leftAlone(int socket, const QByteArray &host, SteadyTime now)
{
    m_watched.insert(socket, {host, now});
}

void ReuseRules::over(int socket, SteadyTime now)
{
    if (const auto it = m_watched.find(socket); it != m_watched.end()) {
        count(&*it, now);
        m_watched.erase(it);
    }
}

void ReuseRules::spoke(int socket)
{
    if (const auto it = m_watched.find(socket); it != m_watched.end()) {
        surplus(it->host);
        m_watched.erase(it);
    }
}

void ReuseRules::surplus(const QByteArray &host) { m_hosts[host].bad = true; }

void ReuseRules::speaksHttp2(const QByteArray &host) { m_hosts[host].http2 = true; }

} // namespace retryscope
