// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/chatjson.h"
#include "protocols/googleai/googleai.h"
#include "protocols/googleai/parts.h"

namespace retryscope {

using namespace chatjson;

namespace {

QJsonObject imagePart(const ChatPart &image)
{
    if (!image.url.isEmpty())
        return {{QStringLiteral("fileData"), QJsonObject{{QStringLiteral("fileUri"), image.url}}}};
    return {{QStringLiteral("inlineData"), QJsonObject{{QStringLiteral("mimeType"), image.mediaType}, {QStringLiteral("data"), QString::fromLatin1(image.data.toBase64())}}}};
}

/// A result must be an object; text that is none is put into one.
QJsonObject resultPart(const ChatPart &part)
{
    QJsonObject response = objectOf(part.text);
    if (response.isEmpty())
        response[QLatin1String(part.failed ? "error" : "result")] = part.text;
    QJsonObject result{{QStringLiteral("name"), part.call.name}, {QStringLiteral("response"), response}};
    put(&result, "id", part.call.id);
    return {{QStringLiteral("functionResponse"), result}};
}

QJsonObject partOf(const ChatPart &part)
{
    switch (part.kind) {
    case ChatPart::Kind::Text: break;
    case ChatPart::Kind::Image: return imagePart(part);
    case ChatPart::Kind::ToolCall: {
        QJsonObject call{{QStringLiteral("name"), part.call.name}, {QStringLiteral("args"), objectOf(part.call.arguments)}};
        put(&call, "id", part.call.id);
        return {{QStringLiteral("functionCall"), call}};
    }
    case ChatPart::Kind::ToolResult: return resultPart(part);
    }
    return {{QStringLiteral("text"), part.text}};
}

QJsonObject contentOf(const ChatMessage &message)
{
    QJsonArray parts;
    for (const ChatPart &part : message.parts)
        parts.append(partOf(part));
    return {{QStringLiteral("role"), message.role == ChatRole::User ? QStringLiteral("user") : QStringLiteral("model")}, {QStringLiteral("parts"), parts}};
}

void addTools(const ChatRequest &chat, QJsonObject *body)
{
    QJsonArray functions;
    for (const ChatTool &tool : chat.tools) {
        QJsonObject function{{QStringLiteral("name"), tool.name}};
        put(&function, "description", tool.description);
        put(&function, "parametersJsonSchema", tool.parameters);
        functions.append(function);
    }
    if (functions.isEmpty())
        return;
    (*body)[QLatin1String("tools")] = QJsonArray{QJsonObject{{QStringLiteral("functionDeclarations"), functions}}};
    if (chat.toolChoice == ToolChoice::Auto)
        return;
    QJsonObject calling{{QStringLiteral("mode"), chat.toolChoice == ToolChoice::None ? QStringLiteral("NONE") : QStringLiteral("ANY")}};
    if (chat.toolChoice == ToolChoice::Named)
        calling[QLatin1String("allowedFunctionNames")] = QJsonArray{chat.toolName};
    (*body)[QLatin1String("toolConfig")] = QJsonObject{{QStringLiteral("functionCallingConfig"), calling}};
}

/// Gemini 2.5 counts tokens of thought, later ones have levels.
QJsonObject thinkingOf(const QString &effort, const QString &model)
{
    if (effort.isEmpty())
        return {};
    for (const googleai::Budget &budget : googleai::budgets) {
        if (model.contains(QLatin1String("gemini-2.5")) && effort == QLatin1String(budget.effort))
            return {{QStringLiteral("thinkingBudget"), budget.tokens}};
    }
    return {{QStringLiteral("thinkingLevel"), effort}};
}

QJsonObject generationOf(const ChatRequest &chat, const QString &model)
{
    QJsonObject generation;
    put(&generation, "maxOutputTokens", chat.maxTokens);
    put(&generation, "temperature", chat.temperature);
    put(&generation, "topP", chat.topP);
    put(&generation, "topK", chat.topK);
    put(&generation, "seed", chat.seed);
    put(&generation, "stopSequences", QJsonArray::fromStringList(chat.stop));
    put(&generation, "thinkingConfig", thinkingOf(chat.effort, model));
    if (chat.format.kind != ResponseFormat::Kind::Text)
        generation[QLatin1String("responseMimeType")] = QStringLiteral("application/json");
    put(&generation, "responseJsonSchema", chat.format.schema);
    return generation;
}

} // namespace

HttpRequest GoogleAiProtocol::buildRequest(const ProviderConfig &provider, const ChatRequest &chat, const QByteArray &key) const
{
    QJsonArray contents;
    for (const ChatMessage &message : chat.turns())
        contents.append(contentOf(message));
    QJsonObject body{{QStringLiteral("contents"), contents}};
    if (!chat.system.isEmpty())
        body[QLatin1String("systemInstruction")] = QJsonObject{{QStringLiteral("parts"), QJsonArray{QJsonObject{{QStringLiteral("text"), chat.system}}}}};
    addTools(chat, &body);
    put(&body, "generationConfig", generationOf(chat, modelFor(provider, chat.model)));
    HttpRequest request = startRequest(wireOf(ProtocolKind::GoogleAi), provider, chat, key);
    request.body = bodyFor(provider, chat, body);
    return request;
}

/// The method stands behind the last colon: models/gemini-2.5-flash:generateContent.
bool GoogleAiServing::takes(const QByteArray &path) const { return path.mid(path.lastIndexOf('/') + 1).contains(':'); }

std::optional<ServedPrompt> GoogleAiServing::readRequest(const QByteArray &path, const QJsonObject &body) const
{
    const QJsonArray contents = body[QLatin1String("contents")].toArray();
    if (contents.isEmpty())
        return std::nullopt;
    const QByteArray action = path.mid(path.lastIndexOf('/') + 1);
    return ServedPrompt{QString::fromLatin1(action.left(action.indexOf(':'))), contents[0][QLatin1String("parts")][0][QLatin1String("text")].toString(),
                        action.endsWith(":streamGenerateContent"), false};
}

} // namespace retryscope
