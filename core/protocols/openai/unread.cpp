// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/chatjson.h"
#include "protocols/effort.h"
#include "protocols/openai/openai.h"
#include "protocols/openai/strictschema.h"
#include "protocols/unread.h"

namespace retryscope {

using namespace unread;

namespace {

constexpr Field imageFields[] = {{"url", unlessImage}, {"detail", unlessDefault}};

void lookAtImage(const QJsonValue &image, const QString &path, QStringList *lost)
{
    image.isString() ? unlessImage(image, path, lost) // which is the address
                     : lookInto(image, path, imageFields, lost);
}

constexpr Field textPart[] = {{"type"}, {"text", unlessText}};
constexpr Field imagePart[] = {{"type"}, {"image_url", lookAtImage}};
constexpr Field refusalPart[] = {{"type"}, {"refusal", unlessText}};
constexpr Kind spokenParts[] = {{"text", textPart}, {"image_url", imagePart}, {"refusal", refusalPart}};
constexpr Kind writtenParts[] = {{"text", textPart}, {"refusal", refusalPart}};

void lookAtContent(const QJsonValue &content, const QString &path, QStringList *lost)
{
    lookAtEach(
        content, path,
        [](const QJsonValue &part, const QString &at, QStringList *l) { lookByType(part, at, spokenParts, "text", l); },
        lost);
}

/// Of the system and of tools: text is all that is read.
void lookAtText(const QJsonValue &content, const QString &path, QStringList *lost)
{
    lookAtEach(
        content, path,
        [](const QJsonValue &part, const QString &at, QStringList *l) {
            lookByType(part, at, writtenParts, "text", l);
        },
        lost);
}

constexpr Field calledFunction[] = {{"name", unlessText}, {"arguments", unlessTextOrObject}};
void lookAtCalled(const QJsonValue &function, const QString &path, QStringList *lost)
{
    lookInto(function, path, calledFunction, lost);
    lookAtName(function, path, lost);
}
constexpr Field callFields[] = {{"id"}, {"index"}, {"type"}, {"function", lookAtCalled}};
constexpr Kind calls[] = {{"function", callFields}};

void lookAtCalls(const QJsonValue &list, const QString &path, QStringList *lost)
{
    lookAtEach(
        list, path,
        [](const QJsonValue &call, const QString &at, QStringList *l) { lookByType(call, at, calls, "function", l); },
        lost);
}

/// Whole messages of earlier answers are sent back as they came.
constexpr Field spokenFields[] = {{"role"},
                                  {"content", lookAtContent},
                                  {"refusal", unlessText},
                                  {"tool_calls", lookAtCalls},
                                  {"annotations", unlessEmpty},
                                  {"prefix", unlessFalse},
                                  {"reasoning_content", unlessEmpty},
                                  {"reasoning", unlessEmpty}};
constexpr Field systemFields[] = {{"role"}, {"content", lookAtText}};
constexpr Field toolFields[] = {{"role"}, {"content", lookAtText}, {"tool_call_id"}, {"name"}};

void lookAtMessage(const QJsonValue &message, const QString &path, QStringList *lost)
{
    const QString role = message[QLatin1String("role")].toString();
    if (role == QLatin1String("system") || role == QLatin1String("developer"))
        lookInto(message, path, systemFields, lost);
    else if (role == QLatin1String("tool"))
        lookInto(message, path, toolFields, lost);
    else if (role == QLatin1String("user") || role == QLatin1String("assistant"))
        lookInto(message, path, spokenFields, lost);
    else
        lost->append(join(path, "role")); // function, of long ago
}

constexpr Field functionFields[] = {
    {"name", unlessText}, {"description", unlessText}, {"parameters", unlessObject}, {"strict", unlessFlag}};
constexpr Field toolParts[] = {{"type"},
                               {"function", [](const QJsonValue &function, const QString &path, QStringList *lost) {
                                    lookInto(function, path, functionFields, lost);
                                    lookAtName(function, path, lost);
                                }}};
constexpr Kind toolKinds[] = {{"function", toolParts}};

void lookAtTools(const QJsonValue &tools, const QString &path, QStringList *lost)
{
    lookAtEach(
        tools, path,
        [](const QJsonValue &tool, const QString &at, QStringList *l) {
            lookByType(tool, at, toolKinds, "function", l);
        },
        lost);
}

void lookAtToolChoice(const QJsonValue &choice, const QString &path, QStringList *lost)
{
    static constexpr Field named[] = {{"name", unlessText}};
    static constexpr Field fields[] = {{"type"},
                                       {"function", [](const QJsonValue &function, const QString &at, QStringList *l) {
                                            lookInto(function, at, named, l);
                                        }}};
    static constexpr Kind kinds[] = {{"function", fields}};
    lookAtChoice(choice, path, kinds, lost);
}

constexpr Field schemaFields[] = {
    {"name", unlessText}, {"schema", unlessObject}, {"strict", unlessFlag}, {"description", unlessEmpty}};

void lookAtFormat(const QJsonValue &format, const QString &path, QStringList *lost)
{
    static constexpr Field plain[] = {{"type"}};
    static constexpr Field schema[] = {{"type"},
                                       {"json_schema", [](const QJsonValue &s, const QString &at, QStringList *l) {
                                            lookInto(s, at, schemaFields, l);
                                        }}};
    static constexpr Kind kinds[] = {{"text", plain}, {"json_object", plain}, {"json_schema", schema}};
    lookByType(format, path, kinds, "text", lost);
}

/// A guess of the answer, which only makes it faster; an empty one is none.
void lookAtPrediction(const QJsonValue &prediction, const QString &path, QStringList *lost)
{
    if (!prediction[QLatin1String("content")].toString().isEmpty() || prediction[QLatin1String("content")].isArray())
        lost->append(path);
}

void lookAtModalities(const QJsonValue &list, const QString &path, QStringList *lost)
{
    if (list.toArray() != QJsonArray{QStringLiteral("text")})
        lost->append(path);
}

constexpr Field bodyFields[] = {
    {"model"},
    {"messages",
     [](const QJsonValue &list, const QString &path, QStringList *lost) {
         lookAtEach(list, path, lookAtMessage, lost);
         lookAtPlaces(list, path, lost);
     }},
    {"stream", unlessFlag},
    {"stream_options"}, // how the stream is told, not what
    {"max_completion_tokens", unlessLimit},
    {"max_tokens", unlessLimit},
    {"tools", lookAtTools},
    {"tool_choice", lookAtToolChoice},
    {"parallel_tool_calls", unlessFlag},
    {"response_format", lookAtFormat},
    {"reasoning_effort", unlessText},
    {"temperature", unlessNumber},
    {"top_p", unlessNumber},
    {"top_k", unlessTopK},
    {"stop", unlessTextOrTexts},
    {"seed", unlessWhole},
    {"random_seed", unlessWhole},
    {"metadata", unlessObject},
    {"n", unlessChoices},
    {"store", unlessFalse},
    {"service_tier", unlessDefault},
    {"logprobs", unlessFalse},
    {"top_logprobs", unlessZero},
    {"logit_bias", unlessEmpty},
    {"presence_penalty", unlessNumber},
    {"frequency_penalty", unlessNumber},
    {"modalities", lookAtModalities},
    {"verbosity", unlessDefault},
    {"prediction", lookAtPrediction},
    {"safe_prompt", unlessFalse},
    {"prompt_mode", unlessEmpty},
};

} // namespace

QStringList OpenAiProtocol::unread(const QByteArray &, const QJsonObject &body) const
{
    QStringList lost;
    lookInto(body, {}, bodyFields, &lost);
    const QJsonValue limit = body[QLatin1String("max_completion_tokens")], old = body[QLatin1String("max_tokens")];
    const QString oldName = QStringLiteral("max_tokens");
    if (limit.isDouble() && old.isDouble() && old != limit && !lost.contains(oldName))
        lost << oldName; // the newer one is read
    return lost;
}

/// A tool's error is text like any other result here. An answer that the request begins is begun anew at OpenAI, and
/// repeated by Mistral; compatible servers differ.
QStringList OpenAiProtocol::unsayable(const ChatRequest &chat) const
{
    QStringList lost = unsaidResults(chat) + openai::loosenedSchemas(chat) + unsaidChoice(chat);
    if (!m_dialect.efforts.empty())
        lost += unsaidEffort(chat.effort, m_dialect.efforts);
    if (chatjson::beginsTheAnswer(chat) && m_dialect.kind != ProtocolKind::OpenAiCompatible)
        lost << QStringLiteral("prefill");
    if (chat.topK && !m_dialect.topK)
        lost << QStringLiteral("top_k");
    if (!chat.metadata.isEmpty() && !m_dialect.metadata)
        lost << QStringLiteral("metadata");
    return lost;
}

} // namespace retryscope
