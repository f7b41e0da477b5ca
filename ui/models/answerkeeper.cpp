// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/answerkeeper.h"

#include "base/systemclock.h"
#include "workbench/sessionjson.h"

#include <QFileInfo>

#include <utility>

namespace retryscope {
namespace {

/// What is not as it should be with a file that could be read; empty: nothing.
QString remarkOn(const KeptAnswers &kept, const QString &path)
{
    QString text;
    if (kept.unreadable > 0)
        text = AnswerKeeper::tr("%1 has lines that cannot be read, cut or damaged: %2. They are passed over, and stay until "
                                "newer answers take their place.")
                   .arg(path)
                   .arg(kept.unreadable);
    if (kept.newer > 0)
        text += (text.isEmpty() ? QString() : QStringLiteral(" "))
                + answerFileProblemText({AnswerFileProblem::Kind::Newer, {}}, path);
    return text;
}

} // namespace

QString answerFileProblemText(const AnswerFileProblem &problem, const QString &path)
{
    using Kind = AnswerFileProblem::Kind;
    switch (problem.kind) {
    case Kind::NoFolder:
        return AnswerKeeper::tr("Nothing can be kept: this user has no data folder. Set HOME or XDG_DATA_HOME.");
    case Kind::Unreadable:
        return AnswerKeeper::tr("%1 %2, so nothing is kept. Correct or move it, and start again.")
            .arg(path, problem.detail);
    case Kind::Foreign:
        return AnswerKeeper::tr("%1 is damaged or holds no answers of this program, so it is left as it is and nothing is "
                                "kept. Move it away or delete it.")
            .arg(path);
    case Kind::Newer:
        return AnswerKeeper::tr("A newer version wrote in %1, so nothing is added to it. Use that version, or move the file "
                                "away.")
            .arg(path);
    case Kind::TooLarge:
        return AnswerKeeper::tr("An answer was too large to be kept; it stays until the program ends.");
    case Kind::InUse:
        return AnswerKeeper::tr("%1 is held by another program. What is asked now stays in memory; it is written with the "
                                "next answer.")
            .arg(path);
    case Kind::NotWritten:
        return AnswerKeeper::tr("%1 could not be written: %2. What is asked now stays in memory; it is written with the "
                                "next answer.")
            .arg(path, problem.detail);
    case Kind::SwitchedOff: return {}; // what the switch shows, and no problem
    case Kind::NotRemoved:
        return AnswerKeeper::tr("%1 could not be deleted: %2. Delete it by hand.").arg(path, problem.detail);
    }
    return {};
}

AnswerKeeper::AnswerKeeper(const QString &path, Start start, QObject *parent)
    : QObject(parent), m_path(path), m_start(start)
{
    m_pool.setMaxThreadCount(1);
    if (!refusal().isEmpty())
        return;
    for (const auto told : {&QFileSystemWatcher::fileChanged, &QFileSystemWatcher::directoryChanged})
        connect(&m_watcher, told, this, &AnswerKeeper::lookAtSwitch);
    lookAtSwitch();
}

AnswerKeeper::~AnswerKeeper() { m_pool.waitForDone(); }

QString AnswerKeeper::refusal() const
{
    if (m_start == Start::Fresh)
        return tr("This window was started afresh: what is kept is neither read nor added to.");
    return m_path.isEmpty() ? answerFileProblemText({AnswerFileProblem::Kind::NoFolder, {}}, m_path) : QString();
}

/// Does `work` behind what was asked before, then `then` with its result on the window's thread.
template <typename Work, typename Then> void AnswerKeeper::inOrder(Work work, Then then)
{
    ++m_working;
    m_pool.start([this, work = std::move(work), then = std::move(then)] {
        const auto done = [this, then, result = work()] {
            --m_working;
            then(result);
        };
        QMetaObject::invokeMethod(this, done, Qt::QueuedConnection);
    });
}

void AnswerKeeper::tell(const QString &problem)
{
    m_problem = problem;
    emit changed();
}

/// The switch could not be written.
QString AnswerKeeper::untoldText(const AnswerFileProblem &problem, bool on) const
{
    const QString path = AnswerSwitch::pathFor(m_path);
    return on ? answerFileProblemText(problem, path)
              : tr("It is off in this window alone, as %1 could not be written: other windows may go on. Mend that and switch "
                   "it on and off again.")
                    .arg(path);
}

void AnswerKeeper::setOn(bool on)
{
    if (on == m_state.on || !refusal().isEmpty())
        return;
    m_state.on = on;
    m_looked = true;
    m_offHere = !on;
    forget();
    inOrder([on, all = AnswerSwitch(m_path), now = SystemClock().now()] { return all.turn(on, now); },
            [this, on, will = m_will](const Expected<AnswerSwitch::State, AnswerFileProblem> &turned) {
                if (will != m_will)
                    return; // switched again meanwhile
                m_offHere = m_offHere && !turned;
                m_untold = turned ? QString() : untoldText(turned.error(), on);
                m_state = turned ? *turned : AnswerSwitch::State{false, m_state.since, m_state.boot};
                watch();
                emit changed();
            });
    read(); // behind it, and before what is asked from now on
    emit changed();
}

/// The file that stands there, or, as long as there is none, its folder.
void AnswerKeeper::watch()
{
    const QString path = AnswerSwitch::pathFor(m_path), folder = QFileInfo(path).path();
    const bool there = QFileInfo::exists(path);
    const QString wanted = there ? path : folder;
    for (const QString &old : m_watcher.files() + m_watcher.directories()) {
        if (old != wanted)
            m_watcher.removePath(old);
    }
    if (there || QFileInfo::exists(folder))
        m_watcher.addPath(wanted);
}

void AnswerKeeper::lookAtSwitch()
{
    watch();
    inOrder([all = AnswerSwitch(m_path)] { return all.state(); },
            [this, will = m_will](const Expected<AnswerSwitch::State, AnswerFileProblem> &state) {
                if (!state)
                    tell(answerFileProblemText(state.error(), AnswerSwitch::pathFor(m_path)));
                else if (will == m_will) // else it was switched here meanwhile
                    onSwitch(*state);
            });
}

/// Another window may have switched it, or deleted what is kept.
void AnswerKeeper::onSwitch(const AnswerSwitch::State &state)
{
    if ((std::exchange(m_looked, true) && state == m_state) || (m_offHere && state.on))
        return;
    m_state = state;
    if (!state.on)
        forget();
    read();
    emit changed();
}

/// What waits to be written is not written any more.
void AnswerKeeper::forget()
{
    ++m_will;
    m_waiting.clear();
}

void AnswerKeeper::countAgain()
{
    if (refusal().isEmpty())
        read();
}

/// When it is off only to tell how much is kept.
void AnswerKeeper::read()
{
    inOrder([file = AnswerFile(m_path)] { return file.read(); },
            [this](const Expected<KeptAnswers, AnswerFileProblem> &kept) {
                if (!kept)
                    return tell(answerFileProblemText(kept.error(), m_path));
                m_kept = kept->lines();
                if (m_state.on || m_kept == 0) { // else what was shown before it was switched off stays until the end
                    m_earlier = kept->entries;
                    emit restored();
                }
                m_remark = remarkOn(*kept, m_path);
                tell({});
            });
}

void AnswerKeeper::keep(const SessionEntry &entry, const Configuration &configuration)
{
    if (!m_state.on)
        return;
    struct Done { QVector<AnswerSwitch::Line> lines; Expected<int, AnswerFileProblem> count; };
    const auto work = [entry, ended = SystemClock().now(), discretion = Discretion(configuration),
                       lines = std::exchange(m_waiting, {}), shared = AnswerSwitch(m_path)] {
        const auto all = lines + QVector<AnswerSwitch::Line>{{ended, answerLine(entry, discretion)}};
        return Done{all, shared.add(all)};
    };
    inOrder(work, [this, will = m_will](const Done &done) {
        if (done.count) {
            m_kept = *done.count;
            return tell({});
        }
        if (will == m_will) // else it was switched off or deleted meanwhile
            onKept(done.lines, done.count.error());
    });
}

/// They could not be.
void AnswerKeeper::onKept(const QVector<AnswerSwitch::Line> &lines, const AnswerFileProblem &problem)
{
    using Kind = AnswerFileProblem::Kind;
    if (problem.kind == Kind::SwitchedOff)
        return lookAtSwitch();
    const bool again = problem.kind == Kind::InUse || problem.kind == Kind::NotWritten;
    m_waiting = (again ? lines : lines.mid(0, lines.size() - 1)) + m_waiting;
    tell(answerFileProblemText(problem, m_path));
}

void AnswerKeeper::remove()
{
    forget();
    inOrder([all = AnswerSwitch(m_path), now = SystemClock().now()] { return all.remove(now); },
            [this, will = m_will](const Expected<AnswerSwitch::State, AnswerFileProblem> &gone) {
                if (!gone)
                    return tell(answerFileProblemText(gone.error(), m_path));
                if (will == m_will) {
                    m_state.since = gone->since;
                    m_state.boot = gone->boot;
                }
                m_kept = 0;
                m_remark.clear();
                m_earlier.clear();
                emit removed();
                tell({});
            });
}

} // namespace retryscope
