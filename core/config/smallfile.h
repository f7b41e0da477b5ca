// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/userfiles.h"

namespace retryscope {

/// What stands at a path, without reading it.
struct FileStamp
{
    bool exists = false;
    qint64 size = 0;
    qint64 modified = 0; ///< nanoseconds since 1970
    quint64 inode = 0;   ///< 0 where the system has none
    bool operator==(const FileStamp &) const = default;
};
FileStamp stampOf(const QString &path);

struct SmallFileError
{
    using Kind = FileProblem::Kind;
    Kind kind = Kind::Unreadable;
    QString sentence; ///< starts with a capital and does not name the path
};

/// readBoundedFile() for a configuration or a draft, with the sentences of one.
Expected<QByteArray, SmallFileError> readSmallFile(const QString &path, qint64 limit);

} // namespace retryscope
