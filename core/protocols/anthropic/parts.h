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

inline constexpr const char *tool = R"({"type":"tool_use","id":"toolu_sim","name":"look_up","input":{}})";
/// The stop reason of a served answer, as JSON.
QByteArray stop(const ServedAnswer &answer);
/// The body of an error.
QByteArray error(const char *type, const QByteArray &message, const QByteArray &details = {});

} // namespace retryscope::anthropic
