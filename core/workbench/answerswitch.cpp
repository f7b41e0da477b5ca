// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "workbench/answerswitch.h"

#include "base/userfiles.h"
#include "workbench/lockedfile.h"

#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>

#include <algorithm>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace retryscope {
namespace {

using SwitchState = AnswerSwitch::State;
constexpr char switchKind[] = "retryscope.answers-switch";
constexpr qint64 largestSwitch = 4'096;

QByteArray switchToJson(const SwitchState &state)
{
    return QJsonDocument(QJsonObject{{QStringLiteral("kind"), QLatin1String(switchKind)},
                                     {QStringLiteral("on"), state.on},
                                     {QStringLiteral("boot"), QString::fromUtf8(state.boot)},
                                     {QStringLiteral("since_ns"), qint64(state.since.time_since_epoch().count())}})
               .toJson(QJsonDocument::Compact)
           + '\n';
}

/// One that was cut by a crash is off: nothing is written that nobody asked for.
SwitchState switchFromJson(const QByteArray &json)
{
    const QJsonObject object = QJsonDocument::fromJson(json).object();
    const QJsonValue since = object[QLatin1String("since_ns")];
    if (object[QLatin1String("kind")].toString() != QLatin1String(switchKind) || !since.isDouble())
        return {};
    return {object[QLatin1String("on")].toBool(), SteadyTime(Duration(since.toInteger())),
            object[QLatin1String("boot")].toString().toUtf8()};
}

SwitchState stateIn(const LockedFile &file)
{
    QByteArray bytes(largestSwitch, '\0');
    const ssize_t count = ::pread(file.handle(), bytes.data(), std::size_t(bytes.size()), 0);
    return switchFromJson(bytes.left(std::max<ssize_t>(count, 0)));
}

/// In its place, so that whoever waits for the lock has the same file.
Expected<SwitchState, AnswerFileProblem> writeState(const LockedFile &file, const SwitchState &state)
{
    if (::ftruncate(file.handle(), 0) != 0 || ::lseek(file.handle(), 0, SEEK_SET) != 0
        || !file.write(switchToJson(state)) || ::fdatasync(file.handle()) != 0)
        return answerProblem(AnswerFileProblem::Kind::NotWritten, systemWords());
    return state;
}

/// To be changed; made where there is none.
Expected<LockedFile, AnswerFileProblem> openSwitch(const QString &path, std::chrono::milliseconds patience)
{
    if (path.isEmpty())
        return answerProblem(AnswerFileProblem::Kind::NoFolder);
    makePrivateFolder(path.section(QLatin1Char('/'), 0, -2));
    if (!isFileOrMissing(path))
        return answerProblem(AnswerFileProblem::Kind::NotWritten, QStringLiteral("it is no regular file"));
    if (!makePrivateFile(path))
        return answerProblem(AnswerFileProblem::Kind::NotWritten, systemWords());
    return openLocked(path, O_RDWR | O_CREAT, LOCK_EX, patience);
}

/// To be asked; none: there is no such file.
Expected<std::optional<LockedFile>, AnswerFileProblem> askSwitch(const QString &path, int operation,
                                                                   std::chrono::milliseconds patience)
{
    if (!QFile::exists(path) || !isFileOrMissing(path))
        return std::optional<LockedFile>();
    auto file = openLocked(path, O_RDONLY, operation, patience);
    if (!file)
        return Unexpected{file.error()};
    return std::optional<LockedFile>(std::move(*file));
}

} // namespace

QString AnswerSwitch::pathFor(const QString &answers)
{
    if (answers.isEmpty())
        return {};
    return answers.section(QLatin1Char('/'), 0, -2) + QStringLiteral("/answers.switch.json");
}

Expected<AnswerSwitch::State, AnswerFileProblem> AnswerSwitch::state() const
{
    if (m_path.isEmpty())
        return answerProblem(AnswerFileProblem::Kind::NoFolder);
    const auto file = askSwitch(m_path, LOCK_SH, m_patience);
    if (!file)
        return Unexpected{file.error()};
    return *file ? stateIn(**file) : State{};
}

Expected<AnswerSwitch::State, AnswerFileProblem> AnswerSwitch::turn(bool on, SteadyTime now) const
{
    const auto file = openSwitch(m_path, m_patience);
    if (!file)
        return Unexpected{file.error()};
    return writeState(*file, {on, now, m_boot});
}

Expected<int, AnswerFileProblem> AnswerSwitch::add(const QVector<Line> &lines) const
{
    if (m_path.isEmpty())
        return answerProblem(AnswerFileProblem::Kind::NoFolder);
    const auto file = askSwitch(m_path, LOCK_EX, m_patience); // alone, so that many who add keep nobody from switching
    if (!file)
        return Unexpected{file.error()};
    const State state = *file ? stateIn(**file) : State{};
    if (!state.on)
        return answerProblem(AnswerFileProblem::Kind::SwitchedOff);
    QByteArrayList wanted;
    for (const Line &line : lines) {
        if (line.at > state.since || state.boot != m_boot)
            wanted << line.text;
    }
    if (!wanted.isEmpty())
        return m_file.add(wanted);
    const auto kept = m_file.read();
    if (!kept)
        return Unexpected{kept.error()};
    return kept->lines();
}

Expected<AnswerSwitch::State, AnswerFileProblem> AnswerSwitch::remove(SteadyTime now) const
{
    const auto file = openSwitch(m_path, m_patience);
    if (!file)
        return Unexpected{file.error()};
    if (const auto gone = m_file.remove(); !gone)
        return Unexpected{gone.error()};
    return writeState(*file, {stateIn(*file).on, now, m_boot});
}

} // namespace retryscope
