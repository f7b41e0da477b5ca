// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "workbench/answerswitch.h"

#include <QFileSystemWatcher>
#include <QObject>
#include <QThreadPool>

namespace retryscope {

/// Whether prompts and answers of the bench are kept on this machine, which a person switches on, in whichever window
/// (AnswerSwitch); and what is kept. Reads and writes away from the window's thread, in the order that it was asked; its end
/// waits for the last write.
class AnswerKeeper : public QObject
{
    Q_OBJECT
public:
    /// Fresh: what is kept is neither read nor added to, and the switch stays as it was for the next start.
    enum class Start : quint8 { Continue, Fresh };
    /// `path` of the file; empty: there is no folder for it. What was kept comes with restored().
    explicit AnswerKeeper(const QString &path, Start start = Start::Continue, QObject *parent = nullptr);
    ~AnswerKeeper() override;

    bool isOn() const { return m_state.on; }
    /// At once, for all windows and the next starts.
    void setOn(bool on);
    /// Another window may have added to the file.
    void countAgain();
    /// Why it cannot be switched on, as a sentence; empty: it can.
    QString refusal() const;
    /// How many answers stand in the file; none as long as that is not known.
    std::optional<int> kept() const { return m_kept; }
    /// What does not work, in a sentence; empty: all is well.
    const QString &problem() const
    {
        return !m_untold.isEmpty() ? m_untold : m_problem.isEmpty() ? m_remark : m_problem;
    }
    /// While it is on: writes the entry, without the keys that the configuration names.
    void keep(const SessionEntry &entry, const Configuration &configuration);
    /// Deletes the file.
    void remove();
    /// Of earlier runs, oldest first; none while it is off.
    const QVector<SessionEntry> &earlier() const { return m_earlier; }
    /// Nothing waits to be read or written.
    bool isAtRest() const { return m_working == 0; }
    const QString &path() const { return m_path; }

signals:
    /// The switch, the number or the problem.
    void changed();
    /// earlier() has what was kept.
    void restored();
    void removed();

private:
    void lookAtSwitch();
    void onSwitch(const AnswerSwitch::State &state);
    QString untoldText(const AnswerFileProblem &problem, bool on) const;
    void watch();
    void read();
    void forget();
    void onKept(const QVector<AnswerSwitch::Line> &lines, const AnswerFileProblem &problem);
    template <typename Work, typename Then> void inOrder(Work work, Then then);
    void tell(const QString &problem);

    const QString m_path;
    const Start m_start;
    QThreadPool m_pool; ///< of one thread
    QFileSystemWatcher m_watcher;
    AnswerSwitch::State m_state;
    bool m_looked = false;  ///< the switch was read
    bool m_offHere = false; ///< the others could not be told
    int m_working = 0;
    std::optional<int> m_kept;
    QString m_untold; ///< why the switch could not be written; until it can
    QString m_problem, m_remark; ///< of what was done last; of what stands in the file
    QVector<SessionEntry> m_earlier;
    int m_will = 0; ///< grows when what waits is not wanted any more
    QVector<AnswerSwitch::Line> m_waiting; ///< could not be written, and are tried again with the next
};

/// The sentence for a person: what is wrong with the file, where, and what to do.
QString answerFileProblemText(const AnswerFileProblem &problem, const QString &path);

} // namespace retryscope
