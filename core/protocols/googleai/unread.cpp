// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/googleai/googleai.h"
#include "protocols/effort.h"
#include "protocols/googleai/parts.h"
#include "protocols/unread.h"

#include <algorithm>

namespace retryscope {

using namespace unread;

namespace {

void lookAtLevel(const QJsonValue &level, const QString &path, QStringList *lost)
{
    const QString word = level.toString().toLower();
    if (std::none_of(std::begin(googleai::levels), std::end(googleai::levels),
                     [&word](const char *known) { return word == QLatin1String(known); }))
        lost->append(path);
}

void lookAtMediaType(const QJsonValue &type, const QString &path, QStringList *lost)
{
    if (!type.toString().isEmpty() && !type.toString().startsWith(QLatin1String("image/")))
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
/// Without its type it may be anything.
void lookAtData(const QJsonValue &data, const QString &path, QStringList *lost, std::span<const Field> fields)
{
    lookInto(data, path, fields, lost);
    if (data.isObject() && data[QLatin1String("mimeType")].toString().isEmpty()
        && !googleai::isImage({}, data[QLatin1String("fileUri")].toString()))
        lost->append(join(path, "mimeType"));
}
template <auto &Fields> void lookAtNamed(const QJsonValue &object, const QString &path, QStringList *lost)
{
    lookInto(object, path, Fields, lost);
    lookAtName(object, path, lost);
}
template <auto &Fields> void look(const QJsonValue &object, const QString &path, QStringList *lost)
{
    lookInto(object, path, Fields, lost);
}

constexpr Field partFields[] = {{"text", unlessText},
                                {"thought", unlessFalse},
                                {"thoughtSignature"}, // proves a thought to the model that had it, and says nothing
                                {"inlineData", [](const QJsonValue &data, const QString &path,
                                                  QStringList *lost) { lookAtData(data, path, lost, inlineFields); }},
                                {"fileData", [](const QJsonValue &data, const QString &path,
                                                QStringList *lost) { lookAtData(data, path, lost, fileFields); }},
                                {"functionCall", lookAtNamed<callFields>},
                                {"functionResponse", look<resultFields>}};

/// A part is one thing; of two the text is not read.
void lookAtPart(const QJsonValue &part, const QString &path, QStringList *lost)
{
    lookInto(part, path, partFields, lost);
    static constexpr const char *others[] = {"inlineData", "fileData", "functionCall", "functionResponse"};
    const bool other = std::any_of(std::begin(others), std::end(others),
                                   [&](const char *name) { return part[QLatin1String(name)].isObject(); });
    if (other && !part[QLatin1String("text")].toString().isEmpty())
        lost->append(join(path, "text"));
}

void lookAtParts(const QJsonValue &parts, const QString &path, QStringList *lost)
{
    lookAtEach(parts, path, lookAtPart, lost);
}

/// "function" is an older word for who gives a function's result.
void lookAtRole(const QJsonValue &role, const QString &path, QStringList *lost)
{
    static const QStringList known{QString(), QStringLiteral("user"), QStringLiteral("model"),
                                   QStringLiteral("function")};
    if (!role.isString() || !known.contains(role.toString()))
        lost->append(path);
}

constexpr Field contentFields[] = {{"role", lookAtRole}, {"parts", lookAtParts}};

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
         lookAtEach(list, path, lookAtNamed<functionFields>, lost);
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
    {"thinkingLevel", lookAtLevel}, {"thinkingBudget", unlessWhole}, {"includeThoughts", unlessFalse}};
constexpr Field generationFields[] = {{"maxOutputTokens", unlessWhole},
                                      {"temperature", unlessNumber},
                                      {"topP", unlessNumber},
                                      {"topK", unlessTopK},
                                      {"seed", unlessWhole},
                                      {"stopSequences", unlessTexts},
                                      {"responseMimeType", lookAtMimeType},
                                      {"responseSchema", unlessObject},
                                      {"responseJsonSchema", unlessObject},
                                      {"thinkingConfig", look<thinkingFields>},
                                      {"candidateCount", unlessChoices},
                                      {"presencePenalty", unlessNumber},
                                      {"frequencyPenalty", unlessNumber},
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
    lost += unsaidChoice(chat) + unsaidEffort(chat.effort, googleai::effortsOf(chat.model));
    if (!chat.metadata.isEmpty())
        lost << QStringLiteral("metadata");
    return lost;
}

} // namespace retryscope
