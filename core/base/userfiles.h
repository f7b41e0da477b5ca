// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/expected.h"

#include <QByteArray>
#include <QString>

namespace retryscope {

/// The user's data folder: $XDG_DATA_HOME/retryscope, else $HOME/.local/share/retryscope, else (a service without a home) the
/// first of $STATE_DIRECTORY itself. Empty where none names an absolute folder: then nothing may be kept, see noDataFolder().
QString userDataFolder();
/// The sentence for an empty userDataFolder(); `what` is what is not kept, such as "The history".
QString noDataFolder(const QString &what);

/// Makes the folder and what is missing above it, for this user only (0700). The user's own data folder is mended to that
/// where it is there already; any other folder is left as it is. False when it cannot be made.
bool makePrivateFolder(const QString &folder);
/// Makes an empty file for this user only (0600) where there is none, and mends one in the user's own data folder. False
/// when it cannot be made; errno says why.
bool makePrivateFile(const QString &file);

/// Why a file was not read.
struct FileProblem
{
    enum class Kind : quint8 { Missing, NotAFile, TooLarge, Unreadable };
    Kind kind = Kind::Unreadable;
    QString what; ///< NotAFile: what it is, such as "a pipe"; else the system's own words, where it has any

    /// Goes on behind the path: "is larger than 4 MB".
    QString inSentence(qint64 most) const;
};
/// The bytes of a regular file of at most `most` bytes. Never waits: a pipe, a device, a folder or a larger file is refused.
Expected<QByteArray, FileProblem> readBoundedFile(const QString &path, qint64 most);
/// The same, with the problem in a sentence.
Expected<QByteArray, QString> readRegularFile(const QString &path, qint64 most);
/// True for a regular file and where there is nothing: what may be opened without waiting for somebody.
bool isFileOrMissing(const QString &path);

} // namespace retryscope
