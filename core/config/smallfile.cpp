// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "config/smallfile.h"

#include <QDateTime>
#include <QFile>
#include <QFileInfo>

#ifdef Q_OS_UNIX
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#endif

namespace retryscope {
namespace {

using Kind = SmallFileError::Kind;
using Bytes = Expected<QByteArray, SmallFileError>;

Bytes refuse(Kind kind, const QString &sentence) { return Unexpected{SmallFileError{kind, sentence}}; }
Bytes missing() { return refuse(Kind::Missing, QStringLiteral("Does not exist.")); }
Bytes notAFile(const char *what) { return refuse(Kind::NotAFile, QStringLiteral("Is %1, not an ordinary file.").arg(QLatin1String(what))); }
Bytes tooLarge(qint64 limit) { return refuse(Kind::TooLarge, QStringLiteral("Is larger than %1 MB and so no configuration.").arg(limit >> 20)); }
Bytes unreadable(const QString &why) { return refuse(Kind::Unreadable, QStringLiteral("Cannot be read: %1. Check the path and its permissions.").arg(why)); }

/// Also a file that grows while it is read ends at the limit.
Bytes readOpened(QFile &file, qint64 limit)
{
    const QByteArray bytes = file.read(limit + 1);
    if (bytes.size() > limit)
        return tooLarge(limit);
    return file.error() == QFileDevice::NoError ? Bytes(bytes) : unreadable(file.errorString());
}

#ifdef Q_OS_UNIX
struct Descriptor
{
    int fd = -1;
    ~Descriptor() { if (fd >= 0) ::close(fd); }
};

const char *kindOf(mode_t mode)
{
    return S_ISDIR(mode) ? "a folder" : S_ISFIFO(mode) ? "a pipe" : S_ISSOCK(mode) ? "a socket" : "a device";
}
#endif

} // namespace

FileStamp stampOf(const QString &path)
{
#ifdef Q_OS_UNIX
    struct stat s{};
    if (path.isEmpty() || ::stat(QFile::encodeName(path).constData(), &s) != 0)
        return {};
#ifdef Q_OS_DARWIN
    const timespec time = s.st_mtimespec;
#else
    const timespec time = s.st_mtim;
#endif
    return {true, qint64(s.st_size), qint64(time.tv_sec) * 1'000'000'000 + time.tv_nsec, quint64(s.st_ino)};
#else
    const QFileInfo info(path);
    return info.exists() ? FileStamp{true, info.size(), info.lastModified().toMSecsSinceEpoch() * 1'000'000, 0} : FileStamp{};
#endif
}

Expected<QByteArray, SmallFileError> readSmallFile(const QString &path, qint64 limit)
{
#ifdef Q_OS_UNIX
    const QByteArray name = QFile::encodeName(path);
    struct stat s{};
    // Asked before opening: to open a device can already do something.
    if (path.isEmpty() || ::stat(name.constData(), &s) != 0)
        return path.isEmpty() || errno == ENOENT || errno == ENOTDIR ? missing() : unreadable(qt_error_string(errno));
    if (!S_ISREG(s.st_mode))
        return notAFile(kindOf(s.st_mode));
    const Descriptor descriptor{::open(name.constData(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)};
    if (descriptor.fd < 0)
        return errno == ENOENT ? missing() : unreadable(qt_error_string(errno));
    if (::fstat(descriptor.fd, &s) != 0 || !S_ISREG(s.st_mode)) // exchanged meanwhile
        return notAFile(kindOf(s.st_mode));
    if (s.st_size > limit)
        return tooLarge(limit);
    QFile file;
    return file.open(descriptor.fd, QIODevice::ReadOnly) ? readOpened(file, limit) : unreadable(file.errorString());
#else
    const QFileInfo info(path);
    if (!info.exists())
        return missing();
    if (!info.isFile())
        return notAFile(info.isDir() ? "a folder" : "a device");
    if (info.size() > limit)
        return tooLarge(limit);
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? readOpened(file, limit) : unreadable(file.errorString());
#endif
}

} // namespace retryscope
