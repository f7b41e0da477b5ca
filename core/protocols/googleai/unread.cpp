// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/googleai/googleai.h"
#include "protocols/googleai/parts.h"
#include "protocols/unread.h"

namespace retryscope {

using namespace unread;

namespace {

void lookAtMediaType(const QJsonValue &type, const QString &path, QStringList *lost)
{
    if (!type.toString().startsWith(QLatin1String("image/")))
        lost->append(path); // sound, films and documents
}

/// What lies at Google is read by nobody else.
void lookAtUri(const QJsonValue &uri, const QString &path, QStringList *lost)
{
    if (uri.toString().contains(QLatin1String("googleapis.com/")) || uri.toString().startsWith(QLatin1String("gs:")))
        lost->append(path);
}

constexpr Field inlineFields[] = {{"mimeType", lookAtMediaType}, {"data", unlessBytes}, {"displayName"}};
constexpr Field fileFields[] = {{"mimeType", lookAtMediaType}, {"fileUri", lookAtUri}, {"displayName"}};
constexpr Field callFields[] = {{"id"}, {"name", unlessText}, {"args", unlessObject}};
constexpr Field resultFields[] = {{"id"}, {"name", unlessText}, {"response", unlessObject}};
template <auto &Fields> void look(const QJsonValue &object, const QString &path, QStringList *lost)
{
    lookInto(object, path, Fields, lost);
}

constexpr Field partFields[] = {{"text", unlessText},
                                {"thought", unlessFalse},
                                {"thoughtSignature"}, // proves a thought to the model that had it, and says nothing
                                {"inlineData", look<inlineFields>},
                                {"fileData", look<fileFields>},
                                {"functionCall", look<callFields>},
                                {"functionResponse", look<resultFields>}};

void lookAtParts(const QJsonValue &parts, const QString &path, QStringList *lost)
{
    lookAtEach(parts, path, look<partFields>, lost);
}

constexpr Field contentFields[] = {{"role"}, {"parts", lookAtParts}};

constexpr Field textFields[] = {{"text", unlessText}};
constexpr Field systemFields[] = {{"role"},
                                  {"parts", [](const QJsonValue &parts, const QString &path, QStringList *lost) {
                                       lookAtEach(parts, path, look<textFields>, lost);
                                   }}};

constexpr Field functionFields[] = {{"name", unlessText},
                                    {"description", unlessText},
                                    {"parameters", unlessObject},
                                    {"parametersJsonSchema", unlessObject}};
constexpr Field toolFields[] = {
    {"functionDeclarations", [](const QJsonValue &list, const QString &path, QStringList *lost) {
         lookAtEach(list, path, look<functionFields>, lost);
     }}};

void lookAtMode(const QJsonValue &mode, const QString &path, QStringList *lost)
{
    static const QStringList known{QStringLiteral("AUTO"), QStringLiteral("ANY"), QStringLiteral("NONE"),
                                   QStringLiteral("MODE_UNSPECIFIED")};
    if (!known.contains(mode.toString()))
        lost->append(path);
}

/// One name that must be called is read; any other choice among the tools is not.
void lookAtCalling(const QJsonValue &calling, const QString &path, QStringList *lost)
{
    static constexpr Field fields[] = {{"mode", lookAtMode}, {"allowedFunctionNames", unlessTexts}};
    lookInto(calling, path, fields, lost);
    const qsizetype names = calling[QLatin1String("allowedFunctionNames")].toArray().size();
    if (names > 1 || (names == 1 && calling[QLatin1String("mode")].toString() != QLatin1String("ANY")))
        lost->append(join(path, "allowedFunctionNames"));
}

constexpr Field configFields[] = {{"functionCallingConfig", lookAtCalling}};

void lookAtMimeType(const QJsonValue &type, const QString &path, QStringList *lost)
{
    if (type.toString() != QLatin1String("application/json") && type.toString() != QLatin1String("text/plain"))
        lost->append(path);
}

void lookAtModalities(const QJsonValue &list, const QString &path, QStringList *lost)
{
    if (!list.toArray().isEmpty() && list.toArray() != QJsonArray{QStringLiteral("TEXT")})
        lost->append(path);
}

constexpr Field thinkingFields[] = {
    {"thinkingLevel", unlessText}, {"thinkingBudget", unlessWhole}, {"includeThoughts", unlessFalse}};
constexpr Field generationFields[] = {{"maxOutputTokens", unlessWhole},
                                      {"temperature", unlessNumber},
                                      {"topP", unlessNumber},
                                      {"topK", unlessWhole},
                                      {"seed", unlessWhole},
                                      {"stopSequences", unlessTexts},
                                      {"responseMimeType", lookAtMimeType},
                                      {"responseSchema", unlessObject},
                                      {"responseJsonSchema", unlessObject},
                                      {"thinkingConfig", look<thinkingFields>},
                                      {"candidateCount", unlessOne},
                                      {"presencePenalty", unlessZero},
                                      {"frequencyPenalty", unlessZero},
                                      {"responseLogprobs", unlessFalse},
                                      {"logprobs", unlessZero},
                                      {"responseModalities", lookAtModalities}};

constexpr Field bodyFields[] = {
    {"model"},
    {"contents", [](const QJsonValue &list, const QString &path,
                    QStringList *lost) { lookAtEach(list, path, look<contentFields>, lost); }},
    {"systemInstruction", look<systemFields>},
    {"tools", [](const QJsonValue &list, const QString &path,
                 QStringList *lost) { lookAtEach(list, path, look<toolFields>, lost); }},
    {"toolConfig", look<configFields>},
    {"generationConfig", look<generationFields>},
    {"safetySettings", unlessEmpty},
};

} // namespace

QStringList GoogleAiProtocol::unread(const QByteArray &, const QJsonObject &body) const
{
    QStringList lost;
    lookInto(googleai::plainBody(body), {}, bodyFields, &lost);
    return lost;
}

QStringList GoogleAiProtocol::unsayable(const ChatRequest &chat) const
{
    QStringList lost;
    for (const ChatTool &tool : chat.tools) {
        if (tool.strict && lost.isEmpty())
            lost << QStringLiteral("tools.strict");
    }
    if (!chat.parallelTools && !chat.tools.isEmpty())
        lost << QStringLiteral("parallel_tool_calls");
    if (!chat.metadata.isEmpty())
        lost << QStringLiteral("metadata");
    return lost;
}

} // namespace retryscope
