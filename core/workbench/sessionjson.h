// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/discretion.h"
#include "workbench/benchsession.h"

#include <QJsonArray>

namespace retryscope {

/// As every file and command of ours writes them.
QJsonArray toJson(const QVector<ToolCall> &calls);

/// One answer with its prompt as a line of a file, with its end. The line says what it is and of which version, so that it
/// can be read whatever stands around it. No key is in it; where one stood is "[key]".
QByteArray answerLine(const SessionEntry &entry, const Discretion &discretion);

/// What a line is that may be one of answerLine()'s.
enum class AnswerLineKind : quint8 {
    Ours,
    Newer, ///< a newer version wrote it
    Other, ///< cut, damaged, or of somebody else
};
struct ReadAnswerLine
{
    AnswerLineKind kind = AnswerLineKind::Other;
    SessionEntry entry; ///< Ours: without its number and its call
};
ReadAnswerLine readAnswerLine(const QByteArray &line);

} // namespace retryscope
