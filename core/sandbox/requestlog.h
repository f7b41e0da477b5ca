// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "http/httpserver.h"
#include "sandbox/sandbox.h"

#include <QHash>
#include <QMutex>

#include <deque>

namespace retryscope {

/// The newest requests that the simulated providers had, at most `kept`, and how many POSTs each provider got, of at most
/// `mostProviders`. Every member may be called from any thread.
class RequestLog
{
public:
    static constexpr std::size_t kept = 1000;
    static constexpr qsizetype mostProviders = 10'000;

    /// Called for every request that has ended, on the thread that ended it. Set before the first one.
    std::function<void(const SandboxRequest &)> ended;

    /// Counts it, and gives it its number.
    quint64 begin(const ProviderId &provider, const QByteArray &method);
    void end(const SandboxRequest &request);
    /// In order of arrival among those that have ended; of one provider, where one is named.
    QVector<SandboxRequest> requests(const ProviderId &provider) const;
    int posts(const ProviderId &provider) const;
    QStringList providers() const;
    /// Numbers go on.
    void clear();

private:
    mutable QMutex m_mutex;
    std::deque<SandboxRequest> m_requests;
    QHash<ProviderId, int> m_posts;
    quint64 m_count = 0;
};

/// Hands everything on to the responder of the client, and tells the log how it went. Its last three verbs are how a provider
/// breaks.
class LoggedResponder
{
public:
    LoggedResponder(ResponderPtr to, RequestLog &log, Clock &clock, SandboxRequest request);
    ~LoggedResponder();
    void send(int status, const HttpHeaders &headers, const QByteArray &body);
    void beginStream(int status, const HttpHeaders &headers);
    void writeChunk(const QByteArray &bytes);
    void writeChunkNow(const QByteArray &bytes);
    void endStream();
    /// Announces more than it sends, then closes.
    void sendTruncated(int status, const HttpHeaders &headers, const QByteArray &body);
    /// TCP reset.
    void reset();
    /// Closes in the middle of whatever was being sent.
    void closeAbruptly();
    bool clientGone() const { return m_to->clientGone(); }

    SandboxRequest request; ///< what is known of it so far
    QByteArray query;       ///< of its target; not logged
    bool array = false;     ///< an answer in pieces is a JSON array of them (asksForArray)

private:
    void end(SandboxRequest::End how);
    ResponderPtr m_to;
    RequestLog &m_log;
    Clock &m_clock;
    SteadyTime m_begun;
};
using LoggedResponderPtr = std::shared_ptr<LoggedResponder>;

} // namespace retryscope
