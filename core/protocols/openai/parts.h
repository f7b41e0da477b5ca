// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/serving.h"
#include "protocols/wireformats.h"

namespace retryscope::openai {

// What the files of this folder share.

void readUsage(const QJsonValue &usage, Answer *answer);
/// Text, or a list of parts of which some are text (Mistral's reasoning models).
void readContent(const QJsonValue &content, Answer *answer);
/// A delta or a whole message.
void readMessage(const QJsonObject &message, Answer *answer);
/// A chunk or a whole answer.
void readChoices(const QJsonObject &object, Answer *answer);
/// The Responses API: its status, not HTTP's, tells how it ended.
void readResponse(const QJsonObject &response, Answer *answer);
void readResponseEvent(const QString &type, const QJsonObject &object, Answer *answer);

/// The finish reason, the usage and a choice of a served answer, as JSON.
QByteArray stop(const ServedAnswer &answer);
QByteArray usage(const ServedAnswer &answer);
QByteArray choice(const QByteArray &delta, const QByteArray &finish);
/// What both of OpenAI's interfaces and Mistral's ask for alike.
std::optional<ServedRefusal> readMessages(const QJsonArray &messages, ServedPrompt *prompt);
void readTool(const QJsonObject &function, ServedPrompt *prompt);
void readToolChoice(const QJsonValue &choice, ServedPrompt *prompt);
void readFormat(const QJsonObject &format, const QJsonValue &schema, ServedPrompt *prompt);

} // namespace retryscope::openai
