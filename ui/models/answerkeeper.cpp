// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/answerkeeper.h"

#include "workbench/sessionjson.h"

#include <QSettings>

#include <utility>

namespace retryscope {
namespace {

const QString keepKey = QStringLiteral("test/keepAnswers");

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
    case Kind::NotRemoved:
        return AnswerKeeper::tr("%1 could not be deleted: %2. Delete it by hand.").arg(path, problem.detail);
    }
    return {};
}

AnswerKeeper::AnswerKeeper(const QString &path, Start start, QObject *parent)
    : QObject(parent), m_path(path), m_start(start)
{
    m_pool.setMaxThreadCount(1);
    m_on = refusal().isEmpty() && QSettings().value(keepKey).toBool();
    if (refusal().isEmpty())
        read();
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

void AnswerKeeper::setOn(bool on)
{
    if (on == m_on || !refusal().isEmpty())
        return;
    m_on = on;
    QSettings().setValue(keepKey, on);
    forget();
    if (on)
        read();
    emit changed();
}

/// What waits to be written is not written any more.
void AnswerKeeper::forget()
{
    ++m_will;
    m_waiting.clear();
}

/// When it is off only to tell how much is kept.
void AnswerKeeper::read()
{
    inOrder([file = AnswerFile(m_path)] { return file.read(); },
            [this](const Expected<KeptAnswers, AnswerFileProblem> &kept) {
                if (!kept)
                    return tell(answerFileProblemText(kept.error(), m_path));
                m_kept = kept->lines();
                m_earlier = m_on ? kept->entries : QVector<SessionEntry>();
                if (m_on)
                    emit restored();
                m_remark = remarkOn(*kept, m_path);
                tell({});
            });
}

void AnswerKeeper::keep(const SessionEntry &entry, const Configuration &configuration)
{
    if (!m_on)
        return;
    struct Done { QByteArrayList lines; Expected<int, AnswerFileProblem> count; };
    const auto work = [entry, discretion = Discretion(configuration), lines = std::exchange(m_waiting, {}),
                       file = AnswerFile(m_path)] {
        const QByteArrayList all = lines + QByteArrayList{answerLine(entry, discretion)};
        return Done{all, file.add(all)};
    };
    inOrder(work, [this, will = m_will](const Done &done) {
        if (done.count) {
            m_kept = *done.count;
            return tell({});
        }
        const auto kind = done.count.error().kind;
        const bool again = kind == AnswerFileProblem::Kind::InUse || kind == AnswerFileProblem::Kind::NotWritten;
        if (will == m_will) // else it was switched off or deleted meanwhile
            m_waiting = (again ? done.lines : done.lines.mid(0, done.lines.size() - 1)) + m_waiting;
        tell(answerFileProblemText(done.count.error(), m_path));
    });
}

void AnswerKeeper::remove()
{
    forget();
    inOrder([file = AnswerFile(m_path)] { return file.remove(); },
            [this](const Expected<bool, AnswerFileProblem> &gone) {
                if (!gone)
                    return tell(answerFileProblemText(gone.error(), m_path));
                m_kept = 0;
                m_remark.clear();
                m_earlier.clear();
                emit removed();
                tell({});
            });
}

} // namespace retryscope
