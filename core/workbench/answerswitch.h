// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "workbench/answerfile.h"

#include <QSysInfo>

namespace retryscope {

/// Whether what is asked and answered is kept, for every window and program of this user at once. It stands in a file beside
/// the answers, and who adds asks it under its lock: switched off anywhere, nobody adds any more; deleted anywhere, nobody
/// adds what had ended before. What came first is told by the machine's steady time, which all its programs share, as the
/// clock on the wall may be set back. Reads and waits for the disk, so not for the window's thread.
class AnswerSwitch
{
public:
    struct State
    {
        bool on = false;
        SteadyTime since{}; ///< what ended by then is not written any more
        QByteArray boot;    ///< the start of the machine from which `since` counts; what ended since a later one is wanted
        bool operator==(const State &) const = default;
    };
    /// A line of answerLine(), and when its call ended.
    struct Line
    {
        SteadyTime at{};
        QByteArray text;
    };

    /// `answers`: the path of the file that the answers are added to. `boot` names this start of the machine.
    explicit AnswerSwitch(const QString &answers, const AnswerFileOptions &options = {},
                          const QByteArray &boot = QSysInfo::bootUniqueId())
        : m_file(answers, options), m_path(pathFor(answers)), m_patience(options.patience), m_boot(boot)
    {
    }
    /// answers.switch.json beside answers.jsonl; empty for an empty path.
    static QString pathFor(const QString &answers);
    const AnswerFile &file() const { return m_file; }

    /// Off where nobody has switched it on, and where the file cannot be understood.
    Expected<State, AnswerFileProblem> state() const;
    /// Waits until nobody adds, so that nothing comes after it.
    Expected<State, AnswerFileProblem> turn(bool on, SteadyTime now) const;
    /// Of them those that are still wanted; tells how many lines the file has now.
    Expected<int, AnswerFileProblem> add(const QVector<Line> &lines) const;
    /// Deletes what is kept; whether it is on stays as it is.
    Expected<State, AnswerFileProblem> remove(SteadyTime now) const;

private:
    AnswerFile m_file;
    QString m_path;
    std::chrono::milliseconds m_patience;
    QByteArray m_boot;
};

} // namespace retryscope
