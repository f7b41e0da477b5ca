// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "base/userfiles.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QStandardPaths>

#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace retryscope {
namespace {

constexpr mode_t others = S_IRWXG | S_IRWXO;

/// Only what lies in the user's own data folder is mended: elsewhere the rights may be meant.
bool isOurs(const QString &path)
{
    const QString own = userDataFolder();
    return !own.isEmpty() && (path == own || path.startsWith(own + QLatin1Char('/')));
}

void mend(const QString &path)
{
    struct stat info{};
    const QByteArray name = QFile::encodeName(path);
    if (isOurs(path) && lstat(name.constData(), &info) == 0 && !S_ISLNK(info.st_mode) && info.st_uid == geteuid()
        && (info.st_mode & others))
        chmod(name.constData(), info.st_mode & ~others & 07777);
}

QString why() { return qt_error_string(errno); }

} // namespace

QString userDataFolder()
{
    if (QStandardPaths::isTestModeEnabled())
        return QStandardPaths::writableLocation(QStandardPaths::GenericDataLocation) + QStringLiteral("/retryscope");
    const QString data = QFile::decodeName(qgetenv("XDG_DATA_HOME")), home = QFile::decodeName(qgetenv("HOME"));
    if (QDir::isAbsolutePath(data))
        return QDir::cleanPath(data + QStringLiteral("/retryscope"));
    if (QDir::isAbsolutePath(home) && QDir::cleanPath(home) != QLatin1String("/")) // which is the home of those who have none
        return QDir::cleanPath(home + QStringLiteral("/.local/share/retryscope"));
    const QString state = QFile::decodeName(qgetenv("STATE_DIRECTORY")).section(QLatin1Char(':'), 0, 0);
    return QDir::isAbsolutePath(state) ? QDir::cleanPath(state) : QString();
}

QString noDataFolder(const QString &what)
{
    return QStringLiteral("%1 is not kept, because none of HOME, XDG_DATA_HOME and STATE_DIRECTORY says where. Set one of them.")
        .arg(what);
}

bool makePrivateFolder(const QString &folder)
{
    if (folder.isEmpty())
        return false;
    const QByteArray name = QFile::encodeName(QDir::cleanPath(folder));
    for (qsizetype slash = name.indexOf('/', 1); ; slash = name.indexOf('/', slash + 1)) {
        const QByteArray part = slash < 0 ? name : name.left(slash);
        if (::mkdir(part.constData(), S_IRWXU) != 0 && errno != EEXIST && errno != EISDIR && slash < 0)
            return false;
        if (slash < 0)
            break;
    }
    if (isOurs(QDir::cleanPath(folder)))
        mend(userDataFolder());
    return QFileInfo(folder).isDir();
}

bool makePrivateFile(const QString &file)
{
    mend(file);
    const int handle =
        ::open(QFile::encodeName(file).constData(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (handle < 0)
        return errno == EEXIST;
    ::close(handle);
    return true;
}

QString FileProblem::inSentence(qint64 most) const
{
    switch (kind) {
    case Kind::NotAFile: return QStringLiteral("cannot be read: it is %1").arg(what);
    case Kind::TooLarge: return QStringLiteral("is larger than %1 MB").arg(most >> 20);
    case Kind::Missing:
    case Kind::Unreadable: break;
    }
    return QStringLiteral("cannot be read: %1").arg(what);
}

namespace {

using Kind = FileProblem::Kind;
using Bytes = Expected<QByteArray, FileProblem>;

Unexpected<FileProblem> problem()
{
    return Unexpected{FileProblem{errno == ENOENT || errno == ENOTDIR ? Kind::Missing : Kind::Unreadable, why()}};
}

Unexpected<FileProblem> notAFile(mode_t mode)
{
    return Unexpected{FileProblem{Kind::NotAFile, S_ISDIR(mode)    ? QStringLiteral("a folder")
                                                  : S_ISFIFO(mode) ? QStringLiteral("a pipe")
                                                  : S_ISSOCK(mode) ? QStringLiteral("a socket")
                                                                   : QStringLiteral("a device")}};
}

struct Handle
{
    int number;
    ~Handle() { if (number >= 0) ::close(number); }
};

/// Not by st_size: the file may grow meanwhile, and files of /proc say 0.
Bytes readAll(int handle, qint64 most)
{
    QByteArray bytes;
    char block[64 << 10];
    while (bytes.size() <= most) {
        const ssize_t count = ::read(handle, block, sizeof block);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return problem();
        if (count == 0)
            return bytes;
        bytes.append(block, count);
    }
    return Unexpected{FileProblem{Kind::TooLarge, {}}};
}

} // namespace

Expected<QByteArray, FileProblem> readBoundedFile(const QString &path, qint64 most)
{
    const QByteArray name = QFile::encodeName(path);
    struct stat info{};
    if (::stat(name.constData(), &info) != 0) // asked before opening: to open a device can already do something
        return problem();
    if (!S_ISREG(info.st_mode))
        return notAFile(info.st_mode);
    const Handle handle{::open(name.constData(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)};
    if (handle.number < 0 || ::fstat(handle.number, &info) != 0)
        return problem();
    if (!S_ISREG(info.st_mode)) // exchanged meanwhile
        return notAFile(info.st_mode);
    if (info.st_size > most)
        return Unexpected{FileProblem{Kind::TooLarge, {}}};
    return readAll(handle.number, most);
}

Expected<QByteArray, QString> readRegularFile(const QString &path, qint64 most)
{
    const Bytes bytes = readBoundedFile(path, most);
    return bytes ? Expected<QByteArray, QString>(*bytes) : Unexpected{bytes.error().inSentence(most)};
}

bool isFileOrMissing(const QString &path)
{
    struct stat info{};
    return ::stat(QFile::encodeName(path).constData(), &info) != 0 ? errno == ENOENT || errno == ENOTDIR
                                                                   : bool(S_ISREG(info.st_mode));
}

} // namespace retryscope
