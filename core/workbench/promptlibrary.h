// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/expected.h"
#include "base/time.h"
#include "protocols/chat.h"

namespace retryscope {

/// A prompt that a person has saved under a name. It may hold {{variables}}.
struct SavedPrompt
{
    QString id; ///< made when it is saved; stays when it is renamed
    QString name;
    QStringList tags;
    Prompt prompt;
    WallTime saved{};
    bool operator==(const SavedPrompt &) const = default;
};
using SavedPrompts = QVector<SavedPrompt>; ///< in the person's own order

/// Every field; what is as it is by default is left out.
QJsonObject toJson(const Prompt &prompt);
/// None: it is no object of toJson()'s. Fields that we do not know are passed over.
std::optional<Prompt> promptFromJson(const QJsonObject &object);

/// Why the library cannot be used.
struct LibraryProblem
{
    enum class Kind : quint8 {
        NoFolder,   ///< the user has no data folder
        Unreadable, ///< detail: goes on behind the path
        NotALibrary,
        Newer,      ///< a newer version wrote it
        NotWritten, ///< detail: the system's words
    };
    Kind kind = Kind::Unreadable;
    QString detail;
};

inline constexpr qint64 largestLibrary = 64 << 20;
inline constexpr int mostSavedPrompts = 2000;

QByteArray libraryToJson(const SavedPrompts &prompts);
Expected<SavedPrompts, LibraryProblem> libraryFromJson(const QByteArray &json);

/// prompts.json in the user's data folder; empty where there is none.
QString defaultLibraryPath();
/// Reads the disk, so not for the window's thread. A file that is not there is an empty library.
Expected<SavedPrompts, LibraryProblem> loadLibrary(const QString &path);
/// For this user alone, all of it or the one that was there.
Expected<bool, LibraryProblem> saveLibrary(const SavedPrompts &prompts, const QString &path);

} // namespace retryscope
