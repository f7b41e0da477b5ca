// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "telemetry/event.h"

#include <QFile>

namespace retryscope {

/// Appends events to a JSON Lines file. At 16 MB the file becomes NAME.1 (the one before is dropped). What cannot
/// be written is counted, never thrown at the calls that go on. On one thread; an append is with the system when it
/// returns.
class EventJournal
{
public:
    /// In the user's data folder.
    static QString defaultPath();
    explicit EventJournal(const QString &path);

    /// One line each. Folders are made. Tries again at the next append after a failure.
    void append(const Events &events);
    /// Events that could not be written.
    quint64 lost() const { return m_lost; }
    /// Why the last write failed; empty when it did not.
    QString problem() const { return m_problem; }

private:
    QFile m_file;
    quint64 m_lost = 0;
    QString m_problem;
};

} // namespace retryscope
