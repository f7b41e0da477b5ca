// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "workbench/answerfile.h"

#include "base/userfiles.h"
#include "workbench/lockedfile.h"
#include "workbench/sessionjson.h"

#include <QFile>

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace retryscope {
namespace {

using Kind = AnswerFileProblem::Kind;

QByteArrayList linesOf(const QByteArray &bytes)
{
    QByteArrayList lines = bytes.split('\n');
    lines.removeAll(QByteArray());
    return lines;
}

Expected<QByteArrayList, AnswerFileProblem> readLines(const QString &path)
{
    const auto bytes = readBoundedFile(path, AnswerFile::largest);
    if (!bytes && bytes.error().kind == FileProblem::Kind::Missing)
        return QByteArrayList{};
    if (!bytes)
        return answerProblem(Kind::Unreadable, bytes.error().inSentence(AnswerFile::largest));
    return linesOf(*bytes);
}

KeptAnswers keptIn(const QByteArrayList &lines)
{
    KeptAnswers kept;
    for (const QByteArray &line : lines) {
        ReadAnswerLine read = readAnswerLine(line);
        switch (read.kind) {
        case AnswerLineKind::Ours: kept.entries.append(std::move(read.entry)); break;
        case AnswerLineKind::Newer: ++kept.newer; break;
        case AnswerLineKind::Other: ++kept.unreadable; break;
        }
    }
    return kept;
}

bool isForeign(const KeptAnswers &kept) { return kept.unreadable > 0 && kept.entries.isEmpty() && kept.newer == 0; }

/// What did not fit is taken back, so that no half line stays.
Expected<bool, AnswerFileProblem> append(const LockedFile &file, const QByteArray &bytes)
{
    const int handle = file.handle();
    struct stat before{};
    if (::fstat(handle, &before) != 0)
        return answerProblem(Kind::NotWritten, systemWords());
    char last = '\n';
    if (before.st_size > 0 && ::pread(handle, &last, 1, before.st_size - 1) != 1)
        return answerProblem(Kind::NotWritten, systemWords());
    if (file.write(last == '\n' ? bytes : QByteArray('\n' + bytes)) && ::fdatasync(handle) == 0)
        return true;
    const auto problem = answerProblem(Kind::NotWritten, systemWords());
    if (::ftruncate(handle, before.st_size) != 0)
        return answerProblem(Kind::NotWritten, systemWords());
    return problem;
}

QString besides(const QString &path) { return path + QStringLiteral(".new"); }

/// All or nothing; only whoever holds the lock comes here.
Expected<bool, AnswerFileProblem> replace(const QString &path, const QByteArray &bytes)
{
    const QByteArray made = QFile::encodeName(besides(path));
    ::unlink(made.constData()); // of one that was cut off
    const LockedFile file(::open(made.constData(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, S_IRUSR | S_IWUSR));
    if (file.handle() >= 0 && file.write(bytes) && ::fsync(file.handle()) == 0
        && ::rename(made.constData(), QFile::encodeName(path).constData()) == 0)
        return true;
    const auto problem = answerProblem(Kind::NotWritten, systemWords());
    ::unlink(made.constData());
    return problem;
}

/// The newest that fit.
QByteArrayList bounded(QByteArrayList lines, const AnswerFileOptions &options)
{
    qint64 size = 0;
    qsizetype first = lines.size();
    while (first > 0 && lines.size() - first < options.most && size + lines[first - 1].size() + 1 <= options.bytes)
        size += lines[--first].size() + 1;
    return lines.mid(first);
}

} // namespace

QString AnswerFile::defaultPath()
{
    const QString folder = userDataFolder();
    return folder.isEmpty() ? QString() : folder + QStringLiteral("/answers.jsonl");
}

Expected<KeptAnswers, AnswerFileProblem> AnswerFile::read() const
{
    if (m_path.isEmpty())
        return answerProblem(Kind::NoFolder);
    // Where no lock can be had it is read all the same: at the worst a line is half there.
    const auto lock = isFileOrMissing(m_path) ? openLocked(m_path, O_RDONLY, LOCK_SH, m_options.patience)
                                              : Expected<LockedFile, AnswerFileProblem>(LockedFile());
    const auto lines = readLines(m_path);
    if (!lines)
        return Unexpected{lines.error()};
    KeptAnswers kept = keptIn(*lines);
    if (isForeign(kept))
        return answerProblem(Kind::Foreign);
    return kept;
}

Expected<int, AnswerFileProblem> AnswerFile::add(const QByteArrayList &lines) const
{
    if (m_path.isEmpty())
        return answerProblem(Kind::NoFolder);
    if (std::any_of(lines.begin(), lines.end(), [this](const QByteArray &l) { return l.size() > m_options.bytes; }))
        return answerProblem(Kind::TooLarge);
    makePrivateFolder(m_path.section(QLatin1Char('/'), 0, -2));
    if (!isFileOrMissing(m_path))
        return answerProblem(Kind::NotWritten, QStringLiteral("it is no regular file"));
    if (!makePrivateFile(m_path))
        return answerProblem(Kind::NotWritten, systemWords());
    const auto file = openLocked(m_path, O_RDWR | O_APPEND | O_CREAT, LOCK_EX, m_options.patience);
    if (!file)
        return Unexpected{file.error()};
    const auto before = readLines(m_path);
    if (!before)
        return Unexpected{before.error()};
    if (const KeptAnswers kept = keptIn(*before); isForeign(kept) || kept.newer > 0)
        return answerProblem(isForeign(kept) ? Kind::Foreign : Kind::Newer);
    QByteArrayList added;
    for (const QByteArray &line : lines)
        added += linesOf(line);
    const QByteArrayList all = *before + added, wanted = bounded(all, m_options);
    const auto done = wanted.size() == all.size() ? append(*file, added.join('\n') + '\n')
                                                  : replace(m_path, wanted.join('\n') + '\n');
    if (!done)
        return Unexpected{done.error()};
    return int(wanted.size());
}

Expected<bool, AnswerFileProblem> AnswerFile::remove() const
{
    if (m_path.isEmpty())
        return answerProblem(Kind::NoFolder);
    const QByteArray name = QFile::encodeName(m_path);
    if (::access(name.constData(), F_OK) != 0 && errno == ENOENT) {
        ::unlink(QFile::encodeName(besides(m_path)).constData());
        return true;
    }
    if (const auto kept = read(); !kept)
        return Unexpected{kept.error()};
    const auto file = openLocked(m_path, O_RDWR, LOCK_EX, m_options.patience);
    if (!file)
        return answerProblem(file.error().kind == Kind::InUse ? Kind::InUse : Kind::NotRemoved, file.error().detail);
    ::unlink(QFile::encodeName(besides(m_path)).constData());
    if (::unlink(name.constData()) != 0)
        return answerProblem(Kind::NotRemoved, systemWords());
    [[maybe_unused]] const int emptied = ::ftruncate(file->handle(), 0); // for whoever has it open still
    return true;
}

} // namespace retryscope
