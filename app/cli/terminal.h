// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QString>

namespace retryscope::cli {

/// Documented in --help.
enum ExitCode {
    Ok = 0,
    CallFailed = 1,
    Usage = 2,
    BadConfiguration = 3,
    CannotStart = 4,
    Stopped = 5,
    OutputClosed = 6
};

/// Writes and flushes; false once standard output is closed or full. The first half of a character that came alone waits
/// for the second one, which begins the next text.
bool out(const QString &text);
/// Of a line in the system's journal, as syslog counts them.
enum class Priority { Error = 3, Warning = 4, Information = 6 };
/// To standard error; the journal gets each line with its priority.
void err(const QString &text, Priority priority = Priority::Error);
/// One line on standard error that says how far something is, where that is a terminal; gone with its end.
class ProgressLine
{
public:
    explicit ProgressLine(bool quiet);
    ~ProgressLine() { clear(); }
    void show(const QString &text);
    void clear();

private:
    bool m_on;
};

/// SIGINT, SIGTERM and SIGHUP set a flag (where they are not ignored already, as under nohup); a second SIGINT ends the
/// program at once.
void installSignalHandlers();
bool stopRequested();
/// From now on SIGHUP asks for another look at the configuration instead.
void reloadOnHangup();
/// Once for each time that it was asked for.
bool reloadRequested();

} // namespace retryscope::cli
