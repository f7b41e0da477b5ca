// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/accesslog.h"

#include <condition_variable>
#include <cstring>
#include <mutex>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace retryscope {

struct AccessLog::Shared
{
    QString path;
    std::function<void(const QString &)> tell;
    std::mutex mutex;
    std::condition_variable news, done;
    QByteArray waiting;
    quint64 lost = 0;
    bool reopen = false, end = false, ended = false;

    // Of the thread.
    int file = -1;
    bool half = false;   ///< a line was written in part
    bool broken = false; ///< and told

    bool isOutput() const { return path == QLatin1String("-"); }
    void close()
    {
        if (file >= 0 && !isOutput())
            ::close(file);
        file = -1;
    }
    bool open()
    {
        if (file >= 0)
            return true;
        if (isOutput()) {
            file = STDOUT_FILENO;
            return true;
        }
        file = ::open(path.toLocal8Bit().constData(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600);
        struct stat what{};
        if (file >= 0 && ::fstat(file, &what) == 0 && (S_ISREG(what.st_mode) || S_ISCHR(what.st_mode)))
            return true;
        if (file >= 0)
            errno = EINVAL;
        const int why = errno;
        close();
        errno = why;
        return false;
    }
    bool put(QByteArrayView bytes)
    {
        while (!bytes.isEmpty()) {
            const ssize_t written = ::write(file, bytes.data(), std::size_t(bytes.size()));
            if (written < 0 && errno == EINTR)
                continue;
            if (written <= 0)
                return false;
            half = bytes[written - 1] != '\n';
            bytes = bytes.sliced(written);
        }
        return true;
    }
    /// Whether all of it stands there now; tells of a change.
    bool write(const QByteArray &lines)
    {
        const bool ok = open() && (!half || put("\n")) && put(lines);
        const QString why = QString::fromLocal8Bit(std::strerror(errno));
        if (!ok)
            close();
        if (!ok && !std::exchange(broken, true))
            tell(QStringLiteral("The access log %1 cannot be written: %2. Calls go on without it; free some space or mend its "
                                "permissions, and it goes on by itself.")
                     .arg(path, why));
        if (ok && std::exchange(broken, false))
            tell(QStringLiteral("The access log %1 is written again; %2 line(s) are missing.").arg(path).arg(lostNow()));
        return ok;
    }
    quint64 lostNow()
    {
        const std::lock_guard lock(mutex);
        return lost;
    }
};

AccessLog::AccessLog(const QString &path, std::function<void(const QString &)> tell) : m_shared(std::make_shared<Shared>())
{
    m_shared->path = path;
    m_shared->tell = std::move(tell);
    std::thread([shared = m_shared] { run(shared); }).detach();
}

AccessLog::~AccessLog()
{
    std::unique_lock lock(m_shared->mutex);
    m_shared->end = true;
    m_shared->news.notify_one();
    m_shared->done.wait_for(lock, std::chrono::seconds(2), [this] { return m_shared->ended; });
}

void AccessLog::run(const std::shared_ptr<Shared> &shared)
{
    shared->write({}); // what is wrong is told at the start
    std::unique_lock lock(shared->mutex);
    while (true) {
        shared->news.wait(lock, [&] { return shared->end || shared->reopen || !shared->waiting.isEmpty(); });
        const QByteArray lines = std::exchange(shared->waiting, {});
        const bool reopen = std::exchange(shared->reopen, false), end = shared->end;
        lock.unlock();
        // What was written before the rotation belongs to the old file, as far as it is still there.
        const bool ok = lines.isEmpty() || shared->write(lines);
        if (reopen) {
            shared->close();
            shared->half = false;
            shared->write({});
        }
        lock.lock();
        if (!ok)
            shared->lost += quint64(lines.count('\n'));
        if (end && shared->waiting.isEmpty())
            break;
    }
    shared->close();
    shared->ended = true;
    shared->done.notify_all();
}

void AccessLog::write(const QByteArray &line)
{
    const std::lock_guard lock(m_shared->mutex);
    if (m_shared->waiting.size() + line.size() > mostWaiting) {
        ++m_shared->lost;
        return;
    }
    m_shared->waiting += line;
    m_shared->news.notify_one();
}

void AccessLog::reopen()
{
    const std::lock_guard lock(m_shared->mutex);
    m_shared->reopen = true;
    m_shared->news.notify_one();
}

quint64 AccessLog::lost() const { return m_shared->lostNow(); }

} // namespace retryscope
