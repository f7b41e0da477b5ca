// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/expected.h"
#include "workbench/benchsession.h"

#include <QByteArrayList>

namespace retryscope {

/// Why what is kept cannot be read, added to or deleted.
struct AnswerFileProblem
{
    enum class Kind : quint8 {
        NoFolder,   ///< the user has no data folder
        Unreadable, ///< detail: goes on behind the path
        Foreign,    ///< nothing in it is an answer of ours: left as it is
        Newer,      ///< some of it was written by a newer version: nothing is added
        TooLarge,   ///< one answer, for the whole file
        InUse,      ///< another program holds it, and did not let go
        NotWritten, ///< detail: the system's words
        NotRemoved, ///< detail: the system's words
        SwitchedOff, ///< keeping is off (AnswerSwitch)
    };
    Kind kind = Kind::Unreadable;
    QString detail;
};

struct KeptAnswers
{
    QVector<SessionEntry> entries; ///< oldest first
    int unreadable = 0;            ///< lines that are cut or damaged; they are left where they are
    int newer = 0;                 ///< lines of a newer version
    int lines() const { return int(entries.size()) + unreadable + newer; }
};

/// | option   | what                                                    | unit         | default | range    |
/// | most     | answers that are kept; the oldest go                    |              | 200     | 1 and up |
/// | bytes    | of the file; the oldest go                              | bytes        | 32 MB   | 1 and up |
/// | patience | how long it is waited for another program that writes   | milliseconds | 5,000   | 0 and up |
struct AnswerFileOptions
{
    int most = 200;
    qint64 bytes = 32 << 20;
    std::chrono::milliseconds patience{5'000};
};

/// The file of what was asked and answered, a line each (answerLine), for this user alone (0600). Several programs may add
/// at once: each takes the file's lock, and adds whole lines. Reads and waits for the disk, so not for the window's thread.
class AnswerFile
{
public:
    /// A file that is larger than this is not ours.
    static constexpr qint64 largest = 128 << 20;
    /// answers.jsonl in the user's data folder; empty where there is none.
    static QString defaultPath();

    explicit AnswerFile(const QString &path, const AnswerFileOptions &options = {})
        : m_path(path), m_options(options)
    {
    }
    /// No file: nothing is kept.
    Expected<KeptAnswers, AnswerFileProblem> read() const;
    /// All of them or none; tells how many lines the file has now. Makes the file and its folder. Where there would be too
    /// much the oldest lines go, also one that cannot be read.
    Expected<int, AnswerFileProblem> add(const QByteArrayList &lines) const;
    /// Nothing of it is left. A file that is none of ours is not touched.
    Expected<bool, AnswerFileProblem> remove() const;

private:
    QString m_path;
    AnswerFileOptions m_options;
};

} // namespace retryscope
