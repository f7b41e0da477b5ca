// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/serving.h"
#include "protocols/wireformats.h"

namespace retryscope::anthropic {

// What the files of this folder share.

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

/// Where the request has a schema with an object that may have other properties than it names, which Anthropic takes in no strict
/// schema: of the answer by the object's place, and it is closed; of a tool, a hint that it is told as not strict.
QStringList openSchemas(const ChatRequest &chat);

} // namespace retryscope::anthropic
