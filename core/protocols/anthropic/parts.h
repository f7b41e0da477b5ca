// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/serving.h"
#include "protocols/wireformats.h"

namespace retryscope::anthropic {

// What the files of this folder share.

/// output_config.effort's words; that there are to be no thoughts is said by the field "thinking".
inline constexpr const char *efforts[] = {"low", "medium", "high", "xhigh", "max"};

/// What was read from or written to the cache is part of what came in.
void readUsage(const QJsonValue &usage, Answer *answer);
/// A block whole, or where it starts.
void readBlock(const QJsonValue &block, Answer *answer);
void readStop(const QJsonValue &holder, Answer *answer);

/// The stop reason and what else ends a served answer, as the fields of an object.
QByteArray stop(const ServedAnswer &answer);
/// A call of a tool as a block; an open one has no input yet.
QByteArray toolBlock(const ServedAnswer &answer, int call, bool open);
QByteArray messageId(const ServedContext &context);

/// The schemas of a request as Anthropic is told them. In a strict one it takes no object that may have other properties than
/// it names: the answer's schema is closed, a tool's is told as not strict.
struct ToldSchemas
{
    QJsonArray tools;  ///< of each tool: closed where it is told as strict, else null
    QJsonValue answer; ///< of the answer; undefined: it has none
    QStringList
        lost; ///< the place of each object of the answer's that was closed; of each tool that is strict no more, a hint
};
ToldSchemas toldSchemas(const ChatRequest &chat);

} // namespace retryscope::anthropic
