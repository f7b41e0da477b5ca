// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "workbench/answerfile.h"

#include <utility>

namespace retryscope {

/// What the files of kept answers share: an open file with its lock, which goes with it. Several programs use them at once.
class LockedFile
{
public:
    LockedFile() = default;
    explicit LockedFile(int handle) : m_handle(handle) {}
    LockedFile(LockedFile &&other) noexcept : m_handle(std::exchange(other.m_handle, -1)) {}
    LockedFile &operator=(LockedFile &&other) noexcept
    {
        std::swap(m_handle, other.m_handle);
        return *this;
    }
    ~LockedFile();
    int handle() const { return m_handle; }
    /// Nobody has put another file in its place, or taken it away.
    bool isAt(const QByteArray &name) const;
    /// All of it, from where the file stands.
    bool write(const QByteArray &bytes) const;

private:
    int m_handle = -1;
};

Unexpected<AnswerFileProblem> answerProblem(AnswerFileProblem::Kind kind, const QString &detail = {});
/// What the system said last.
QString systemWords();

/// Waits for `patience` for whoever holds it. `mode` and `operation` are those of open() and flock(). Where the file system
/// knows no locks everybody has one.
Expected<LockedFile, AnswerFileProblem> openLocked(const QString &path, int mode, int operation,
                                                   std::chrono::milliseconds patience);

} // namespace retryscope
