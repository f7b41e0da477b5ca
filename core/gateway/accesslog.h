// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "base/ids.h"
#include "http/httpserver.h"
#include "policy/retryreason.h"

#include <functional>
#include <memory>

namespace retryscope {

/// One request of a program, and how it was answered. Holds no prompt, no answer and no credential.
struct AccessRecord
{
    WallTime at{};             ///< when its head and body had come
    SteadyTime began{};
    QByteArray method, path;   ///< the path still encoded, without the query
    QString dialect;           ///< key of the wire; empty: an address of our own, or none
    int status = 0;            ///< 0: cut without an answer
    CallId call;
    QString provider, modelAsked, model;
    int attempts = 0;
    RetryReason reason = RetryReason::None;
    qint64 bytesIn = 0, bytesOut = 0; ///< of the bodies
    Duration duration{};
    std::optional<Duration> firstByte; ///< until the answer's head was written
    std::optional<int> tokensIn, tokensOut;
    int callerRepeat = 0;
    bool left = false;         ///< before the answer's end
    bool simulated = false;
};

/// One line of compact JSON. Durations in seconds with the suffix _s. What looks like a secret, and `token`, wherever they
/// stand, are "REDACTED".
QByteArray toAccessLine(const AccessRecord &record, const QByteArray &token);

/// Appends lines to a file that only its user may read (0600 where it is made), or to standard output, on a thread of its
/// own: nobody waits for the disk. What cannot be written is told once, counted and left out; it is tried again with the next
/// line. Its end waits at most 2 s for the last lines.
class AccessLog
{
public:
    static constexpr qsizetype mostWaiting = 8 << 20; ///< bytes; further lines are left out
    /// `path` "-": standard output. `tell` is called on the log's own thread.
    AccessLog(const QString &path, std::function<void(const QString &)> tell);
    ~AccessLog();
    void write(const QByteArray &line);
    /// The file under that name from now on: a log rotation has moved the old one away.
    void reopen();
    /// Lines that were left out.
    quint64 lost() const;

private:
    struct Shared;
    static void run(const std::shared_ptr<Shared> &shared);
    std::shared_ptr<Shared> m_shared; ///< with its thread, which may outlast us behind a disk that hangs
};

/// Who keeps the log.
struct AccessKeeper
{
    Clock &clock;
    std::shared_ptr<AccessLog> log; ///< none: nothing is kept
    QByteArray token;
};

/// The responder, and its record, which is written once nobody can answer any more.
struct ObservedRequest
{
    ResponderPtr responder;
    std::shared_ptr<AccessRecord> record; ///< none where no log is kept
};
ObservedRequest observe(const AccessKeeper &keeper, const ServedRequest &request, const ResponderPtr &responder);
/// A request that the server refused by itself.
void noteRefusal(const AccessKeeper &keeper, const ServedRequest &request, int status);

} // namespace retryscope
