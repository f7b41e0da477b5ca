// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "telemetry/event.h"

#include <functional>

namespace retryscope {

/// Appends events to a JSON Lines file that only this user may read (0600). Several programs may append to one file at
/// once: at 16 MB the file becomes NAME.1 and NAME.1 becomes NAME.2, up to NAME.9, under a lock on the file itself, so
/// that no event of any of them is lost. Only what falls behind NAME.9 goes, and is counted. A line that another program
/// left half written is ended first. What cannot be written is counted, never thrown at the calls that go on. On one
/// thread; an append is with the system when it returns. Waits at most 2 s for another program's lock, then appends
/// without it and leaves the file as large as it is.
class EventJournal
{
public:
    static constexpr qint64 largestPart = 16 << 20;
    static constexpr int mostParts = 9; ///< beside the file itself

    explicit EventJournal(const QString &path, qint64 largest = largestPart) : m_path(path), m_largest(largest) {}
    ~EventJournal() { close(); }
    EventJournal(const EventJournal &) = delete;
    EventJournal &operator=(const EventJournal &) = delete;

    /// One line each. Folders are made. Tries again at the next append after a failure.
    void append(const Events &events);
    /// Events that could not be written.
    quint64 lost() const { return m_lost; }
    /// Events of the oldest part that this journal let go to make room.
    quint64 dropped() const { return m_dropped; }
    /// Why the last write failed; empty when it did not.
    QString problem() const { return m_problem; }

private:
    bool open();
    bool lock();
    bool isCurrent() const;
    bool rotate();
    bool write(const QByteArray &lines);
    bool fail(const QString &why);
    void close();

    const QString m_path;
    const qint64 m_largest;
    int m_handle = -1;
    quint64 m_lost = 0, m_dropped = 0;
    QString m_problem;
};

/// What a journal held.
struct JournalReading
{
    quint64 events = 0;
    quint64 skipped = 0;  ///< lines that hold no event
    int parts = 0;        ///< files that were read
    bool stopped = false; ///< `each` said so
    QString problem;      ///< why the file could not be read: "cannot be read: …"
};
/// Gives every event of a journal and its older parts (NAME.9 … NAME.1, NAME) to `each`, oldest part first, until it says
/// false. A file that is no regular one is refused without waiting for it.
JournalReading readJournal(const QString &path, const std::function<bool(const Event &)> &each);

} // namespace retryscope
