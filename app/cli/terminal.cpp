// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "terminal.h"

#include <atomic>
#include <csignal>
#include <cstdio>

#include <sys/stat.h>
#include <unistd.h>

namespace retryscope::cli {
namespace {
std::atomic<bool> stop{false}, reload{false};
bool outputBroken = false;
QString half; ///< a high surrogate that waits for its low one

/// Standard error is the journal: it says by device and inode which stream it made.
bool isJournal()
{
    struct stat info{};
    return ::fstat(STDERR_FILENO, &info) == 0
           && qgetenv("JOURNAL_STREAM") == QByteArray::number(quint64(info.st_dev)) + ':' + QByteArray::number(quint64(info.st_ino));
}

} // namespace

bool out(const QString &text)
{
    QString whole = half + text;
    half.clear();
    if (!whole.isEmpty() && whole.back().isHighSurrogate()) {
        half = whole.back();
        whole.chop(1);
    }
    const QByteArray bytes = whole.toUtf8();
    outputBroken |= std::fwrite(bytes.constData(), 1, std::size_t(bytes.size()), stdout) != std::size_t(bytes.size())
                    || std::fflush(stdout) != 0;
    return !outputBroken;
}

void err(const QString &text, Priority priority)
{
    static const bool journal = isJournal();
    QByteArray bytes = text.toUtf8() + '\n';
    if (journal) {
        const QByteArray mark = '<' + QByteArray::number(int(priority)) + '>';
        bytes = mark + bytes.chopped(1).replace("\n", '\n' + mark) + '\n';
    }
    std::fwrite(bytes.constData(), 1, std::size_t(bytes.size()), stderr);
}

/// Unbuffered, over the line that is there.
static void overLine(const QString &text)
{
    const QByteArray bytes = QByteArrayLiteral("\r\033[K") + text.toUtf8();
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, bytes.constData(), std::size_t(bytes.size()));
}

ProgressLine::ProgressLine(bool quiet) : m_on(!quiet && ::isatty(STDERR_FILENO)) {}

void ProgressLine::show(const QString &text)
{
    if (m_on)
        overLine(text);
}

void ProgressLine::clear()
{
    if (m_on)
        overLine({});
}

void installSignalHandlers()
{
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
        struct sigaction before{}, ours{};
        ours.sa_handler = [](int) { stop = true; };
        ours.sa_flags = signal == SIGINT ? int(SA_RESETHAND) : 0; // a terminal that closes may send SIGHUP twice
        sigemptyset(&ours.sa_mask);
        if (sigaction(signal, nullptr, &before) == 0 && before.sa_handler != SIG_IGN)
            sigaction(signal, &ours, nullptr);
    }
}

bool stopRequested() { return stop; }

void reloadOnHangup()
{
    struct sigaction ours{};
    ours.sa_handler = [](int) { reload = true; };
    sigemptyset(&ours.sa_mask);
    sigaction(SIGHUP, &ours, nullptr);
}

bool reloadRequested() { return reload.exchange(false); }

} // namespace retryscope::cli
