// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/chatjson.h"
#include "protocols/effort.h"
#include "protocols/googleai/googleai.h"
#include "protocols/googleai/parts.h"
#include "protocols/servedjson.h"

namespace retryscope {

using namespace chatjson;
using namespace served;

namespace {

QJsonObject imagePart(const ChatPart &image)
{
    if (!image.url.isEmpty())
        return {{QStringLiteral("fileData"), QJsonObject{{QStringLiteral("fileUri"), image.url}}}};
    return {{QStringLiteral("inlineData"),
             QJsonObject{{QStringLiteral("mimeType"), image.mediaType},
                         {QStringLiteral("data"), QString::fromLatin1(image.data.toBase64())}}}};
}

/// A result must be an object; text that is none is put into one.
QJsonObject resultPart(const ChatPart &part)
{
    const QJsonValue response =
        objectOf(part.text).isEmpty()
            ? QJsonValue(QJsonObject{{QLatin1String(part.failed ? "error" : "result"), part.text}})
            : asWritten(compacted(part.text.toUtf8()));
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
        QJsonObject call{{QStringLiteral("name"), part.call.name},
                         {QStringLiteral("args"), asWritten(argumentsJson(part.call))}};
        put(&call, "id", part.call.id);
        return {{QStringLiteral("functionCall"), call}};
    }
    case ChatPart::Kind::ToolResult: return resultPart(part);
    }
    return {{QStringLiteral("text"), part.text}};
}

/// From Gemini 3 on a call must prove the thought behind it; Google's documented word for one that another model made.
bool wantsProof(const QString &model)
{
    const qsizetype at = model.indexOf(QLatin1String("gemini-"));
    return at >= 0 && at + 7 < model.size() && model[at + 7] >= QLatin1Char('3') && model[at + 7] <= QLatin1Char('9');
}

QJsonObject contentOf(const ChatMessage &message, const QString &model)
{
    QJsonArray parts;
    for (const ChatPart &part : message.parts) {
        QJsonObject object = partOf(part);
        if (part.kind == ChatPart::Kind::ToolCall && wantsProof(model))
            object[QLatin1String("thoughtSignature")] = QStringLiteral("skip_thought_signature_validator");
        parts.append(object);
    }
    return {{QStringLiteral("role"), message.role == ChatRole::User ? QStringLiteral("user") : QStringLiteral("model")},
            {QStringLiteral("parts"), parts}};
}

void addTools(const ChatRequest &chat, QJsonObject *body)
{
    QJsonArray functions;
    for (const ChatTool &tool : chat.tools) {
        QJsonObject function{{QStringLiteral("name"), tool.name}};
        put(&function, "description", tool.description);
        if (!tool.parameters.isEmpty())
            function[QLatin1String("parametersJsonSchema")] =
                schemaOf(parametersOf(tool.parameters), tool.written, PropertyOrder::Told);
        functions.append(function);
    }
    if (functions.isEmpty())
        return;
    (*body)[QLatin1String("tools")] = QJsonArray{QJsonObject{{QStringLiteral("functionDeclarations"), functions}}};
    if (chat.toolChoice == ToolChoice::Auto)
        return;
    QJsonObject calling{
        {QStringLiteral("mode"), chat.toolChoice == ToolChoice::None ? QStringLiteral("NONE") : QStringLiteral("ANY")}};
    if (chat.toolChoice == ToolChoice::Named)
        calling[QLatin1String("allowedFunctionNames")] = QJsonArray{chat.toolName};
    (*body)[QLatin1String("toolConfig")] = QJsonObject{{QStringLiteral("functionCallingConfig"), calling}};
}

QJsonObject thinkingOf(const QString &asked, const QString &model)
{
    const QString effort = toldEffort(asked, googleai::effortsOf(model));
    if (effort.isEmpty())
        return {};
    for (const googleai::Budget &budget : googleai::budgets) {
        if (googleai::countsThoughts(model) && effort == QLatin1String(budget.effort))
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
    put(&generation, "frequencyPenalty", chat.frequencyPenalty);
    put(&generation, "presencePenalty", chat.presencePenalty);
    if (chat.choices > 1)
        generation[QLatin1String("candidateCount")] = chat.choices;
    put(&generation, "stopSequences", QJsonArray::fromStringList(chat.stop));
    put(&generation, "thinkingConfig", thinkingOf(chat.effort, model));
    if (chat.format.kind != ResponseFormat::Kind::Text)
        generation[QLatin1String("responseMimeType")] = QStringLiteral("application/json");
    if (!chat.format.schema.isEmpty())
        generation[QLatin1String("responseJsonSchema")] =
            schemaOf(chat.format.schema, chat.format.written, PropertyOrder::Told);
    return generation;
}

} // namespace

bool googleai::countsThoughts(const QString &model) { return model.contains(QLatin1String("gemini-2.5")); }

std::span<const char *const> googleai::effortsOf(const QString &model)
{
    static constexpr const char *words[] = {"none", "minimal", "low", "medium", "high"};
    const bool canBeNone = countsThoughts(model) && !model.contains(QLatin1String("-pro"));
    return std::span(words).subspan(canBeNone ? 0 : 1);
}

HttpRequest GoogleAiProtocol::buildRequest(const ProviderConfig &provider, const ChatRequest &chat,
                                           const QByteArray &key) const
{
    QJsonArray contents;
    for (const ChatMessage &message : pairedTurns(chat))
        contents.append(contentOf(message, modelFor(provider, chat.model)));
    QJsonObject body{{QStringLiteral("contents"), contents}};
    if (!chat.system.isEmpty())
        body[QLatin1String("systemInstruction")] =
            QJsonObject{{QStringLiteral("parts"), QJsonArray{QJsonObject{{QStringLiteral("text"), chat.system}}}}};
    addTools(chat, &body);
    put(&body, "generationConfig", generationOf(chat, modelFor(provider, chat.model)));
    HttpRequest request = startRequest(wireOf(ProtocolKind::GoogleAi), provider, chat, key);
    request.body = bodyFor(provider, chat, body);
    return request;
}

/// The method stands behind the last colon: models/gemini-2.5-flash:generateContent.
ServedAction GoogleAiServing::action(const QByteArray &method, const QByteArray &path) const
{
    const QByteArray last = lastOf(path), verb = last.mid(last.lastIndexOf(':') + 1);
    const ServedAction posted = verb == "generateContent" || verb == "streamGenerateContent" ? ServedAction::Prompt
                                : verb == "countTokens"                                      ? ServedAction::CountTokens
                                                                                             : ServedAction::None;
    if (method == "POST")
        return posted;
    if (method != "GET" || posted != ServedAction::None)
        return ServedAction::None;
    return last == "models"            ? ServedAction::Models
           : path.contains("/models/") ? ServedAction::Model
                                       : ServedAction::None;
}

std::optional<ServedRefusal> GoogleAiServing::checkAccess(const QByteArray &target, const HttpHeaders &headers,
                                                          bool keyRequired) const
{
    const bool key = !headerValue(headers, "x-goog-api-key").isEmpty() || target.contains("?key=")
                     || target.contains("&key=") || headerValue(headers, "authorization").startsWith("Bearer ");
    if (!keyRequired || key)
        return std::nullopt;
    return ServedRefusal{403,
                         QStringLiteral("Method doesn't allow unregistered callers (callers without established "
                                        "identity). Please use API Key or other form of "
                                        "API consumer identity to call this API."),
                         {}};
}

namespace {

/// The last turn is the user's: text, images, or what functions answered.
void readTurns(const QJsonArray &contents, ServedPrompt *prompt)
{
    for (const QJsonValue &turn : contents) {
        QString said;
        QStringList results;
        int images = 0;
        for (const QJsonValue &part : turn[QLatin1String("parts")].toArray()) {
            said += part[QLatin1String("text")].toString();
            images += part[QLatin1String("inlineData")].isObject() || part[QLatin1String("fileData")].isObject();
            const QJsonObject response = part[QLatin1String("functionResponse")][QLatin1String("response")].toObject();
            if (response.size() == 1 && response.begin()->isString())
                results << response.begin()->toString();
            else if (!response.isEmpty())
                results << QString::fromUtf8(json(response));
        }
        prompt->characters += int(said.size() + results.join(QString()).size());
        if (turn[QLatin1String("role")].toString() == QLatin1String("model"))
            continue;
        prompt->toolResults = results;
        prompt->images = images;
        if (!said.isEmpty())
            prompt->text = said;
    }
}

void readTools(const QJsonObject &body, ServedPrompt *prompt)
{
    for (const QJsonValue &tool : body[QLatin1String("tools")].toArray()) {
        for (const QJsonValue &function : tool[QLatin1String("functionDeclarations")].toArray()) {
            const QJsonValue schema = function[QLatin1String("parametersJsonSchema")];
            prompt->tools.append({function[QLatin1String("name")].toString(),
                                  function[QLatin1String("description")].toString(),
                                  schema.isObject() ? schema : function[QLatin1String("parameters")]});
        }
    }
    const QJsonValue config = body[QLatin1String("toolConfig")][QLatin1String("functionCallingConfig")];
    const QString mode = config[QLatin1String("mode")].toString();
    prompt->choice = mode == QLatin1String("NONE")  ? ServedToolChoice::None
                     : mode == QLatin1String("ANY") ? ServedToolChoice::Any
                                                    : ServedToolChoice::Auto;
    for (const QJsonValue &name : config[QLatin1String("allowedFunctionNames")].toArray())
        prompt->allowedTools << name.toString();
}

} // namespace

Expected<ServedPrompt, ServedRefusal> GoogleAiServing::readRequest(const QByteArray &path,
                                                                   const QJsonObject &body) const
{
    using Refused = Unexpected<ServedRefusal>;
    const QByteArray last = lastOf(path);
    const QJsonObject inner = body[QLatin1String("generateContentRequest")].toObject(); // countTokens may wrap it
    const QJsonArray contents = (inner.isEmpty() ? body : inner)[QLatin1String("contents")].toArray();
    if (contents.isEmpty())
        return Refused{{400, QStringLiteral("* GenerateContentRequest.contents: contents is not specified"), {}}};
    ServedPrompt prompt;
    prompt.model = QString::fromLatin1(last.left(last.lastIndexOf(':')));
    prompt.stream = last.endsWith(":streamGenerateContent");
    for (const QJsonValue &part : body[QLatin1String("systemInstruction")][QLatin1String("parts")].toArray())
        prompt.characters += int(part[QLatin1String("text")].toString().size());
    readTurns(contents, &prompt);
    readTools(body, &prompt);
    if (const auto wrong = checkTools(prompt, prompt.choice == ServedToolChoice::Any))
        return Refused{*wrong};
    const QJsonObject config = body[QLatin1String("generationConfig")].toObject();
    if (config[QLatin1String("candidateCount")].toInt(1) != 1)
        return Refused{{400, QStringLiteral("Only one candidate can be specified: candidateCount must be 1."), {}}};
    if (const auto wrong = readLimit(config[QLatin1String("maxOutputTokens")], "maxOutputTokens", &prompt.maxTokens))
        return Refused{*wrong};
    prompt.stops = readStops(config[QLatin1String("stopSequences")]);
    prompt.json = config[QLatin1String("responseMimeType")].toString() == QLatin1String("application/json");
    const QJsonValue schema = config[QLatin1String("responseJsonSchema")];
    prompt.schema = schema.isObject() ? schema : config[QLatin1String("responseSchema")];
    return prompt;
}

QByteArray GoogleAiServing::tokenCount(int tokens) const
{
    return R"({"totalTokens":)" + num(tokens) + R"(,"promptTokensDetails":[{"modality":"TEXT","tokenCount":)"
           + num(tokens) + "}]}";
}

} // namespace retryscope
