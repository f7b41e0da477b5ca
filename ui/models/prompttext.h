// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/expected.h"
#include "protocols/chat.h"

namespace retryscope {

/// What is wrong with a text, and in which line of it, from 1; 0 where it is the whole.
struct TextProblem
{
    int line = 0;
    QString sentence;
};

/// Tools as OpenAI, Anthropic or nobody writes them: one object or a list, each with a name and the schema of its
/// arguments ("parameters" or "input_schema"). An empty text means none.
Expected<QVector<ChatTool>, TextProblem> toolsFromText(const QString &text);
/// A JSON schema, or an object with "name" and "schema". An empty text means that any text will do.
Expected<ResponseFormat, TextProblem> formatFromText(const QString &text);

} // namespace retryscope
