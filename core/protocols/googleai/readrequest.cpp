// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/chatjson.h"
#include "protocols/googleai/googleai.h"
#include "protocols/googleai/parts.h"

#include <QUrl>

#include <algorithm>

namespace retryscope {

using namespace chatjson;

namespace {

QJsonValue jsonSchemaOf(const QJsonValue &value);

/// The schemas under these names, whatever they are.
QJsonObject namedSchemas(const QJsonObject &named)
{
    QJsonObject out;
    for (auto it = named.begin(); it != named.end(); ++it)
        out[it.key()] = jsonSchemaOf(it.value());
    return out;
}

QJsonArray listedSchemas(const QJsonArray &list)
{
    QJsonArray out;
    for (const QJsonValue &item : list)
        out.append(jsonSchemaOf(item));
    return out;
}

/// Google says it beside the type; in JSON schema it is one more.
void allowNull(QJsonObject *schema)
{
    const QJsonValue type = schema->value(QLatin1String("type"));
    if (type.isString())
        (*schema)[QLatin1String("type")] = QJsonArray{type, QStringLiteral("null")};
    for (const char *list : {"enum", "anyOf"}) {
        QJsonArray all = schema->value(QLatin1String(list)).toArray();
        if (all.isEmpty())
            continue;
        const bool schemas = list == QLatin1String("anyOf");
        all.append(schemas ? QJsonObject{{QStringLiteral("type"), QStringLiteral("null")}} : QJsonValue());
        (*schema)[QLatin1String(list)] = all;
    }
}

/// What JSON schema has no word for, and its readers refuse.
bool isGooglesOwn(const QString &key, const QJsonValue &value)
{
    static const QStringList keys{QStringLiteral("nullable"), QStringLiteral("propertyOrdering"),
                                  QStringLiteral("example")};
    static const QStringList formats{QStringLiteral("int32"), QStringLiteral("int64"), QStringLiteral("float"),
                                     QStringLiteral("double"), QStringLiteral("enum")};
    return keys.contains(key) || (key == QLatin1String("format") && formats.contains(value.toString()))
           || (key == QLatin1String("type") && value.toString() == QLatin1String("TYPE_UNSPECIFIED"));
}

/// Google's numbers of 64 bits may be texts.
bool isCount(const QString &key)
{
    return key.startsWith(QLatin1String("min")) || key.startsWith(QLatin1String("max"));
}

/// Google's own schemas, those of OpenAPI, in the words of JSON schema: types in small letters, null as a type.
QJsonValue jsonSchemaOf(const QJsonValue &value)
{
    if (!value.isObject())
        return value;
    const QJsonObject schema = value.toObject();
    QJsonObject out;
    for (auto it = schema.begin(); it != schema.end(); ++it) {
        const QString key = it.key();
        if (isGooglesOwn(key, it.value()))
            continue;
        if (isCount(key) && it.value().isString())
            out[key] = it.value().toString().toDouble();
        else if (key == QLatin1String("type") && it.value().isString())
            out[key] = it.value().toString().toLower();
        else if (key == QLatin1String("properties") || key == QLatin1String("$defs") || key == QLatin1String("defs"))
            out[key] = namedSchemas(it.value().toObject());
        else if (key == QLatin1String("items") || key == QLatin1String("additionalProperties"))
            out[key] = jsonSchemaOf(it.value());
        else if (key == QLatin1String("anyOf") || key == QLatin1String("oneOf") || key == QLatin1String("prefixItems"))
            out[key] = listedSchemas(it.value().toArray());
        else
            out[key] = it.value();
    }
    if (schema[QLatin1String("nullable")].toBool())
        allowNull(&out);
    return out;
}

/// JSON schema with what is Google's own in it, which its readers elsewhere refuse.
QJsonObject withoutOrder(const QJsonObject &schema);
QJsonValue withoutOrder(const QJsonValue &value)
{
    if (value.isObject())
        return withoutOrder(value.toObject());
    QJsonArray all;
    for (const QJsonValue &one : value.toArray())
        all.append(withoutOrder(one));
    return value.isArray() ? QJsonValue(all) : value;
}

QJsonObject withoutOrder(const QJsonObject &schema)
{
    QJsonObject out = schema;
    if (out.value(QLatin1String("propertyOrdering")).isArray()) // and no property of that name, whose schema is no list
        out.remove(QLatin1String("propertyOrdering"));
    for (auto it = out.begin(); it != out.end(); ++it) {
        if (it.value().isObject() || it.value().isArray())
            it.value() = withoutOrder(it.value());
    }
    return out;
}

ChatPart readPart(const QJsonValue &part, const QString &path)
{
    const QJsonValue inlined = part[QLatin1String("inlineData")], file = part[QLatin1String("fileData")];
    const QJsonValue call = part[QLatin1String("functionCall")], result = part[QLatin1String("functionResponse")];
    const QString type = (inlined.isObject() ? inlined : file)[QLatin1String("mimeType")].toString();
    const QString uri = file[QLatin1String("fileUri")].toString();
    if ((inlined.isObject() || file.isObject()) && !googleai::isImage(type, uri))
        return {}; // sound, films and documents
    if (inlined.isObject())
        return {.kind = ChatPart::Kind::Image,
                .mediaType = type,
                .data = bytesFrom(inlined[QLatin1String("data")].toString()).value_or(QByteArray())};
    if (file.isObject())
        return {.kind = ChatPart::Kind::Image, .url = uri, .mediaType = type};
    if (call.isObject())
        return {.kind = ChatPart::Kind::ToolCall,
                .call = {call[QLatin1String("id")].toString(), call[QLatin1String("name")].toString(),
                         argumentsText(call[QLatin1String("args")])},
                .jsonAt = {path + QStringLiteral(".functionCall.args")}};
    if (!result.isObject())
        return {.text = part[QLatin1String("thought")].toBool() ? QString() : part[QLatin1String("text")].toString()};
    const QJsonObject response = result[QLatin1String("response")].toObject();
    const QJsonValue said = response.size() == 1 ? response.begin().value() : QJsonValue();
    return {.kind = ChatPart::Kind::ToolResult,
            .text = said.isString() ? said.toString() : argumentsText(response),
            .call = {result[QLatin1String("id")].toString(), result[QLatin1String("name")].toString(), {}},
            .failed = response.contains(QLatin1String("error")),
            .jsonAt = {said.isString() ? QString() : path + QStringLiteral(".functionResponse.response")}};
}

void readTools(const QJsonObject &body, ChatRequest *chat)
{
    const QJsonArray tools = body[QLatin1String("tools")].toArray();
    for (qsizetype i = 0; i < tools.size(); ++i) {
        const QJsonArray functions = tools[i][QLatin1String("functionDeclarations")].toArray();
        for (qsizetype j = 0; j < functions.size(); ++j) {
            const QJsonValue function = functions[j], schema = function[QLatin1String("parametersJsonSchema")];
            if (function[QLatin1String("name")].toString().isEmpty())
                continue;
            const QLatin1String field(schema.isObject() ? "parametersJsonSchema" : "parameters");
            chat->tools.append(
                {.name = function[QLatin1String("name")].toString(),
                 .description = function[QLatin1String("description")].toString(),
                 .parameters = schema.isObject() ? withoutOrder(schema.toObject())
                                                 : jsonSchemaOf(function[QLatin1String("parameters")]).toObject(),
                 .written = {{QStringLiteral("tools[%1].functionDeclarations[%2].%3").arg(i).arg(j).arg(field)}}});
        }
    }
    const QJsonValue calling = body[QLatin1String("toolConfig")][QLatin1String("functionCallingConfig")];
    const QString mode = calling[QLatin1String("mode")].toString();
    const QStringList names = stringList(calling[QLatin1String("allowedFunctionNames")]);
    chat->toolName = names.size() == 1 ? names.first() : QString();
    chat->toolChoice = mode == QLatin1String("NONE")  ? ToolChoice::None
                       : mode != QLatin1String("ANY") ? ToolChoice::Auto
                       : chat->toolName.isEmpty()     ? ToolChoice::Required
                                                      : ToolChoice::Named;
}

void readGeneration(const QJsonObject &generation, ChatRequest *chat)
{
    chat->maxTokens = generation[QLatin1String("maxOutputTokens")].toInt();
    readSampling(generation, "temperature", "topP", "topK", chat);
    readPenalties(generation, "frequencyPenalty", "presencePenalty", "candidateCount", chat);
    if (const QJsonValue seed = generation[QLatin1String("seed")]; seed.isDouble())
        chat->seed = seed.toInteger();
    chat->stop = stringList(generation[QLatin1String("stopSequences")]);
    const QJsonValue schema = generation[QLatin1String("responseJsonSchema")];
    const QJsonObject wanted = schema.isObject() ? withoutOrder(schema.toObject())
                                                 : jsonSchemaOf(generation[QLatin1String("responseSchema")]).toObject();
    const SourcePath path{schema.isObject() ? QStringLiteral("generationConfig.responseJsonSchema")
                                            : QStringLiteral("generationConfig.responseSchema")};
    if (!wanted.isEmpty())
        chat->format = {ResponseFormat::Kind::Schema, {}, wanted, {}, path, {path}};
    else if (generation[QLatin1String("responseMimeType")].toString() == QLatin1String("application/json"))
        chat->format = {.kind = ResponseFormat::Kind::Json,
                        .schemaAt = {QStringLiteral("generationConfig.responseMimeType")}};
    const QJsonValue thinking = generation[QLatin1String("thinkingConfig")];
    const QString level = thinking[QLatin1String("thinkingLevel")].toString().toLower();
    const auto efforts = googleai::effortsOf(QString());
    if (std::any_of(efforts.begin(), efforts.end(),
                    [&level](const char *known) { return level == QLatin1String(known); }))
        chat->effort = level; // or it is unspecified, or named as lost
    if (const QJsonValue budget = thinking[QLatin1String("thinkingBudget")]; budget.isDouble() && budget.toInt() >= 0)
        chat->effort = effortOf(budget.toInt()); // below 0: as the model likes
}

} // namespace

bool googleai::isImage(const QString &mediaType, const QString &uri)
{
    static const QStringList ends{QStringLiteral(".png"),  QStringLiteral(".jpg"), QStringLiteral(".jpeg"),
                                  QStringLiteral(".webp"), QStringLiteral(".gif"), QStringLiteral(".heic"),
                                  QStringLiteral(".heif"), QStringLiteral(".bmp")};
    if (!mediaType.isEmpty())
        return mediaType.startsWith(QLatin1String("image/"));
    const QString path = QUrl(uri).path();
    return std::any_of(ends.begin(), ends.end(),
                       [&path](const QString &end) { return path.endsWith(end, Qt::CaseInsensitive); });
}

std::optional<ChatRequest> GoogleAiProtocol::readRequest(const QByteArray &path, const QJsonObject &sent) const
{
    const QJsonObject body = googleai::plainBody(sent);
    ChatRequest chat;
    const QJsonArray contents = body[QLatin1String("contents")].toArray();
    for (qsizetype i = 0; i < contents.size(); ++i) {
        const QJsonValue content = contents[i];
        ChatMessage said{content[QLatin1String("role")].toString() == QLatin1String("model") ? ChatRole::Assistant
                                                                                             : ChatRole::User,
                         {}};
        const QJsonArray parts = content[QLatin1String("parts")].toArray();
        for (qsizetype j = 0; j < parts.size(); ++j)
            addPart(readPart(parts[j], QStringLiteral("contents[%1].parts[%2]").arg(i).arg(j)), &said);
        addMessage(said, &chat);
    }
    if (chat.messages.isEmpty())
        return std::nullopt;
    for (const QJsonValue &part : body[QLatin1String("systemInstruction")][QLatin1String("parts")].toArray())
        addLine(&chat.system, part[QLatin1String("text")].toString());
    const QByteArray action = path.mid(path.lastIndexOf('/') + 1);
    chat.model = QString::fromLatin1(action.left(action.indexOf(':')));
    chat.stream = action.endsWith(":streamGenerateContent");
    readTools(body, &chat);
    readGeneration(body[QLatin1String("generationConfig")].toObject(), &chat);
    return chat;
}

} // namespace retryscope
