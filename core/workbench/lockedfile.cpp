// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "workbench/lockedfile.h"

#include <QFile>

#include <algorithm>
#include <cerrno>
#include <thread>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace retryscope {
namespace {

constexpr std::chrono::milliseconds lookAgain{20};

/// False: somebody else holds it.
bool tryLock(int handle, int operation)
{
    return ::flock(handle, operation | LOCK_NB) == 0 || (errno != EWOULDBLOCK && errno != EINTR);
}

} // namespace

LockedFile::~LockedFile()
{
    if (m_handle >= 0)
        ::close(m_handle);
}

bool LockedFile::isAt(const QByteArray &name) const
{
    struct stat mine{}, there{};
    return ::fstat(m_handle, &mine) == 0 && ::stat(name.constData(), &there) == 0 && mine.st_ino == there.st_ino
           && mine.st_dev == there.st_dev;
}

bool LockedFile::write(const QByteArray &bytes) const
{
    for (qsizetype written = 0; written < bytes.size();) {
        const ssize_t count = ::write(m_handle, bytes.constData() + written, std::size_t(bytes.size() - written));
        if (count < 0 && errno != EINTR)
            return false;
        written += std::max<ssize_t>(count, 0);
    }
    return true;
}

Unexpected<AnswerFileProblem> answerProblem(AnswerFileProblem::Kind kind, const QString &detail)
{
    return Unexpected{AnswerFileProblem{kind, detail}};
}

QString systemWords() { return qt_error_string(errno); }

Expected<LockedFile, AnswerFileProblem> openLocked(const QString &path, int mode, int operation,
                                                   std::chrono::milliseconds patience)
{
    const QByteArray name = QFile::encodeName(path);
    for (std::chrono::milliseconds waited{0};;) {
        LockedFile file(::open(name.constData(), mode | O_NONBLOCK | O_CLOEXEC | O_NOCTTY, S_IRUSR | S_IWUSR));
        if (file.handle() < 0)
            return answerProblem(AnswerFileProblem::Kind::NotWritten, systemWords());
        const bool locked = tryLock(file.handle(), operation);
        if (locked && file.isAt(name))
            return file;
        if (waited >= patience)
            return answerProblem(AnswerFileProblem::Kind::InUse);
        if (!locked) // else at once: it is another file now
            std::this_thread::sleep_for(lookAgain);
        waited += lookAgain;
    }
}

} // namespace retryscope
