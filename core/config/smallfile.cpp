// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "config/smallfile.h"

#include <QDateTime>
#include <QFile>
#include <QFileInfo>

#ifdef Q_OS_UNIX
#include <sys/stat.h>
#endif

namespace retryscope {

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
    return info.exists() ? FileStamp{true, info.size(), info.lastModified().toMSecsSinceEpoch() * 1'000'000, 0}
                         : FileStamp{};
#endif
}

static QString sentenceOf(const FileProblem &problem, qint64 limit)
{
    switch (problem.kind) {
    case FileProblem::Kind::Missing: return QStringLiteral("Does not exist. Check the path.");
    case FileProblem::Kind::NotAFile: return QStringLiteral("Is %1, not an ordinary file. Check the path.").arg(problem.what);
    case FileProblem::Kind::TooLarge:
        return QStringLiteral("Is larger than %1 MB and so no configuration.").arg(limit >> 20);
    case FileProblem::Kind::Unreadable: break;
    }
    return QStringLiteral("Cannot be read: %1. Check the path and its permissions.").arg(problem.what);
}

Expected<QByteArray, SmallFileError> readSmallFile(const QString &path, qint64 limit)
{
    const auto bytes = readBoundedFile(path, limit);
    if (bytes)
        return *bytes;
    return Unexpected{SmallFileError{bytes.error().kind, sentenceOf(bytes.error(), limit)}};
}

} // namespace retryscope
