// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/provider.h"
#include "protocols/writtenjson.h"

#include <QJsonArray>

namespace retryscope::chatjson {

// What the wires share in writing and reading requests.

inline void put(QJsonObject *object, const char *key, const QString &text)
{
    if (!text.isEmpty())
        (*object)[QLatin1String(key)] = text;
}
inline void put(QJsonObject *object, const char *key, const QJsonArray &list)
{
    if (!list.isEmpty())
        (*object)[QLatin1String(key)] = list;
}
inline void put(QJsonObject *object, const char *key, const QJsonObject &value)
{
    if (!value.isEmpty())
        (*object)[QLatin1String(key)] = value;
}
/// Above 0 only.
inline void put(QJsonObject *object, const char *key, int number)
{
    if (number > 0)
        (*object)[QLatin1String(key)] = number;
}
template <typename Number> void put(QJsonObject *object, const char *key, const std::optional<Number> &number)
{
    if (number)
        (*object)[QLatin1String(key)] = *number;
}

/// Its address, or its bytes as a data: address.
QString imageUrl(const ChatPart &image);
ChatPart imageFrom(const QString &url);
/// Of a text in Base64 of either alphabet (Google's Python SDK writes the one for addresses), padded or not, in lines or not.
/// None: it is no such text, or an empty one.
std::optional<QByteArray> bytesFrom(const QString &base64);
/// Some vendors want a name for a schema.
QString schemaName(const ResponseFormat &format);
/// An object of JSON; an empty one where the text is none.
QJsonObject objectOf(const QString &json);
/// Text as it is, anything else as JSON.
QString argumentsText(const QJsonValue &value);
/// They are JSON with their closing bracket.
bool isWhole(const QString &arguments);
/// As an object, with their order and numbers; text that is none is put into one, so that no tool is called with nothing by
/// mistake.
QByteArray argumentsJson(const ToolCall &call);
/// A place in a body where this JSON is to stand as it is, for bodyFor().
QJsonValue asWritten(const QByteArray &json);
/// A schema in the order in which it was written; see schemaText().
QJsonValue schemaOf(const QJsonObject &schema, const WrittenText &written, PropertyOrder order = PropertyOrder::Plain);
/// The schema of a tool's parameters as vendors want it, which is that of an object with properties: of none, where a tool has no
/// schema.
QJsonObject parametersOf(const QJsonObject &schema);
/// As text that can be parsed; empty ones are an empty object.
QString argumentsText(const ToolCall &call);
QStringList stringList(const QJsonValue &value);

/// The body as it is sent: with the request's own extras, and with the provider's names for it.
QByteArray bodyFor(const ProviderConfig &provider, const ChatRequest &request, QJsonObject body);

/// The turns with every call and result named: a result without a name has that of its call, by the id; without ids,
/// the calls have made-up ones, and a result has that of the first call of its name that has no result yet.
QVector<ChatMessage> pairedTurns(const ChatRequest &chat);
/// The last turn is the model's: its answer is to go on from there.
bool beginsTheAnswer(const ChatRequest &chat);
/// Ids of calls as a vendor takes them, always the same for the same id. Mistral: nine letters and digits; Anthropic:
/// letters, digits, _ and -.
QString mistralId(const QString &id);
QString anthropicId(const QString &id);
/// A word for a budget of tokens of thought.
QString effortOf(int budget);

/// Left out where there is nothing in it: a piece that is not known is no empty text, and a message of such pieces is
/// none.
void addPart(const ChatPart &part, ChatMessage *message);
void addMessage(const ChatMessage &message, ChatRequest *chat);
void addLine(QString *text, const QString &line);
/// A tool's result joins those before it in one turn of the user's.
void addResult(ChatRequest *chat, const ChatPart &result);
/// json_object, json_schema; anything else: text.
ResponseFormat readFormat(const QString &type, const QString &name, const QJsonObject &schema);
void readSampling(const QJsonObject &object, const char *temperature, const char *topP, const char *topK,
                  ChatRequest *chat);
void readPenalties(const QJsonObject &object, const char *frequency, const char *presence, const char *choices,
                   ChatRequest *chat);
constexpr int mostChoices = 127; ///< of an answer

} // namespace retryscope::chatjson
