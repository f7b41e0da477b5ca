// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "telemetry/eventjournal.h"

#include "base/userfiles.h"

#include <QFile>
#include <QFileInfo>
#include <QJsonDocument>

#include <cerrno>
#include <chrono>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace retryscope {
namespace {

constexpr std::chrono::milliseconds lockPatience{2'000}, lockPause{2};
constexpr qint64 longestLine = 1 << 20;

QString partName(const QString &path, int part) { return part ? QStringLiteral("%1.%2").arg(path).arg(part) : path; }

bool writeAll(int handle, const QByteArray &bytes)
{
    for (qsizetype done = 0; done < bytes.size();) {
        const ssize_t count = ::write(handle, bytes.constData() + done, std::size_t(bytes.size() - done));
        if (count < 0 && errno != EINTR)
            return false;
        done += std::max<ssize_t>(0, count);
    }
    return true;
}

quint64 linesOf(const QString &path)
{
    QFile file(path);
    quint64 lines = 0;
    for (QByteArray block; file.isOpen() || file.open(QIODevice::ReadOnly);) {
        block = file.read(1 << 20);
        if (block.isEmpty())
            break;
        lines += quint64(block.count('\n'));
    }
    return lines;
}

/// Locks against other programs; false when it took too long or the file system knows no locks.
bool lockWithin(int handle, int how, std::chrono::milliseconds patience)
{
    const auto until = std::chrono::steady_clock::now() + patience;
    while (::flock(handle, how | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return false;
        if (std::chrono::steady_clock::now() >= until)
            return false;
        std::this_thread::sleep_for(lockPause);
    }
    return true;
}

} // namespace

void EventJournal::append(const Events &events)
{
    QByteArray lines;
    for (const Event &event : events)
        lines += toJsonLine(event) + '\n';
    if (lines.isEmpty())
        return;
    if (open() && write(lines))
        m_problem.clear();
    else
        m_lost += quint64(events.size());
    if (m_handle >= 0)
        ::flock(m_handle, LOCK_UN);
}

bool EventJournal::fail(const QString &why)
{
    m_problem = why;
    return false;
}

void EventJournal::close()
{
    if (m_handle >= 0)
        ::close(m_handle);
    m_handle = -1;
}

bool EventJournal::isCurrent() const
{
    struct stat ours{}, there{};
    return m_handle >= 0 && fstat(m_handle, &ours) == 0 && ::stat(QFile::encodeName(m_path).constData(), &there) == 0
           && ours.st_ino == there.st_ino && ours.st_dev == there.st_dev;
}

bool EventJournal::open()
{
    if (isCurrent())
        return true;
    close(); // never opened, or another program has moved the file away
    if (m_path.isEmpty())
        return fail(noDataFolder(QStringLiteral("The journal")));
    if (!isFileOrMissing(m_path))
        return fail(QStringLiteral("it is no regular file"));
    if (!makePrivateFolder(QFileInfo(m_path).absolutePath()) || !makePrivateFile(m_path))
        return fail(qt_error_string(errno));
    m_handle = ::open(QFile::encodeName(m_path).constData(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK,
                      S_IRUSR | S_IWUSR);
    return m_handle >= 0 || fail(qt_error_string(errno));
}

/// Locks the file that now has the name.
bool EventJournal::lock()
{
    while (lockWithin(m_handle, LOCK_EX, lockPatience)) {
        if (isCurrent())
            return true;
        if (!open())
            return false;
    }
    return false;
}

bool EventJournal::rotate()
{
    const QString oldest = partName(m_path, mostParts);
    if (QFileInfo::exists(oldest))
        m_dropped += linesOf(oldest);
    for (int part = mostParts; part > 0; --part)
        ::rename(QFile::encodeName(partName(m_path, part - 1)).constData(),
                 QFile::encodeName(partName(m_path, part)).constData());
    return open() && lock(); // another program may have been quicker to begin the new one
}

bool EventJournal::write(const QByteArray &lines)
{
    const bool locked = lock();
    if (m_handle < 0)
        return false;
    struct stat info{};
    if (fstat(m_handle, &info) != 0 || !S_ISREG(info.st_mode))
        return fail(QStringLiteral("it is no regular file"));
    if (locked && info.st_size > 0 && info.st_size + lines.size() > m_largest) {
        if (!rotate() || fstat(m_handle, &info) != 0)
            return fail(qt_error_string(errno));
    }
    char last = '\n';
    const bool torn = info.st_size > 0 && pread(m_handle, &last, 1, info.st_size - 1) == 1 && last != '\n';
    if (writeAll(m_handle, torn ? '\n' + lines : lines))
        return true;
    fail(qt_error_string(errno));
    if (locked
        && ftruncate(m_handle, info.st_size) != 0) // no half line; without the lock somebody may have written behind it
        m_problem += QStringLiteral("; a line may be incomplete");
    return false;
}

JournalReading readJournal(const QString &path, const std::function<bool(const Event &)> &each)
{
    JournalReading reading;
    std::vector<std::unique_ptr<QFile>> files;
    const int lock =
        isFileOrMissing(path) ? ::open(QFile::encodeName(path).constData(), O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;
    if (lock >= 0)
        lockWithin(lock, LOCK_SH, lockPatience); // all are opened before anybody moves one
    for (int part = EventJournal::mostParts; part >= 0; --part) {
        auto file = std::make_unique<QFile>(partName(path, part));
        if (part > 0 && !file->exists())
            continue;
        if (!isFileOrMissing(file->fileName()))
            reading.problem = QStringLiteral("cannot be read: it is no regular file");
        else if (file->open(QIODevice::ReadOnly))
            files.push_back(std::move(file));
        else if (part > 0 || files.empty())
            reading.problem = QStringLiteral("cannot be read: %1").arg(file->errorString());
    }
    if (lock >= 0)
        ::close(lock);
    QByteArray room(longestLine, Qt::Uninitialized); // once: QFile's own line is made this long each time
    for (const auto &file : files) {
        ++reading.parts;
        for (bool tooLong = false; !file->atEnd() && !reading.stopped;) {
            const qint64 length = file->readLine(room.data(), room.size());
            if (length < 0) {
                reading.problem = QStringLiteral("cannot be read: %1").arg(file->errorString());
                break;
            }
            const auto line = QByteArray::fromRawData(room.constData(), length);
            const bool rest = std::exchange(tooLong, !line.endsWith('\n') && line.size() >= longestLine - 1);
            const auto event = rest || tooLong ? std::nullopt : eventFromJson(QJsonDocument::fromJson(line).object());
            if (event)
                reading.stopped = !each(*event);
            reading.events += event.has_value();
            reading.skipped += !event && !rest && !line.trimmed().isEmpty();
        }
    }
    return reading;
}

} // namespace retryscope
