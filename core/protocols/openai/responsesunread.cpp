// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/openai/responses.h"
#include "protocols/unread.h"

namespace retryscope {

using namespace unread;

namespace {

constexpr Field textPart[] = {{"type"}, {"text", unlessText}};
constexpr Field saidPart[] = {{"type"}, {"text", unlessText}, {"annotations", unlessEmpty}, {"logprobs", unlessEmpty}};
constexpr Field imagePart[] = {{"type"}, {"image_url", unlessImage}, {"detail", unlessDefault}};
constexpr Field refusalPart[] = {{"type"}, {"refusal", unlessText}};
constexpr Kind spokenParts[] = {
    {"input_text", textPart}, {"output_text", saidPart}, {"input_image", imagePart}, {"refusal", refusalPart}};
constexpr Kind writtenParts[] = {{"input_text", textPart}, {"output_text", saidPart}, {"refusal", refusalPart}};

void lookAtContent(const QJsonValue &content, const QString &path, QStringList *lost)
{
    lookAtEach(
        content, path,
        [](const QJsonValue &part, const QString &at, QStringList *l) {
            lookByType(part, at, spokenParts, "input_text", l);
        },
        lost);
}

void lookAtText(const QJsonValue &content, const QString &path, QStringList *lost)
{
    lookAtEach(
        content, path,
        [](const QJsonValue &part, const QString &at, QStringList *l) {
            lookByType(part, at, writtenParts, "input_text", l);
        },
        lost);
}

constexpr Field messageFields[] = {{"type"}, {"id"}, {"status"}, {"phase"}, {"role"}, {"content", lookAtContent}};
constexpr Field systemFields[] = {{"type"}, {"id"}, {"status"}, {"role"}, {"content", lookAtText}};
constexpr Field callFields[] = {
    {"type"}, {"id"}, {"status"}, {"call_id"}, {"name", unlessText}, {"arguments", unlessTextOrObject}};
/// Of thoughts, by a name that a message's has not.
void lookAtThought(const QJsonValue &value, const QString &path, QStringList *lost)
{
    unlessEmpty(value, path + QStringLiteral(".reasoning"), lost);
}
constexpr Field resultFields[] = {{"type"}, {"id"}, {"status"}, {"call_id"}, {"output", lookAtText}};
/// Thoughts, which only their own model can read.
constexpr Field thoughtFields[] = {
    {"type"}, {"id"}, {"status"}, {"summary", unlessEmpty}, {"content", lookAtThought}, {"encrypted_content", always}};
constexpr Kind items[] = {{"message", messageFields},
                          {"function_call", callFields},
                          {"function_call_output", resultFields},
                          {"reasoning", thoughtFields}};

void lookAtItem(const QJsonValue &item, const QString &path, QStringList *lost)
{
    const QString role = item[QLatin1String("role")].toString();
    if (role == QLatin1String("system") || role == QLatin1String("developer"))
        lookInto(item, path, systemFields, lost);
    else
        lookByType(item, path, items, role.isEmpty() ? "" : "message", lost);
    if (item[QLatin1String("type")].toString() == QLatin1String("function_call"))
        lookAtName(item, path, lost);
}

constexpr Field toolFields[] = {
    {"type"}, {"name", unlessText}, {"description", unlessText}, {"parameters", unlessObject}, {"strict", unlessFlag}};
constexpr Kind toolKinds[] = {{"function", toolFields}};

void lookAtTools(const QJsonValue &tools, const QString &path, QStringList *lost)
{
    lookAtEach(
        tools, path,
        [](const QJsonValue &tool, const QString &at, QStringList *l) {
            lookByType(tool, at, toolKinds, "", l);
            if (tool[QLatin1String("type")].toString() == QLatin1String("function"))
                lookAtName(tool, at, l);
        },
        lost);
}

void lookAtToolChoice(const QJsonValue &choice, const QString &path, QStringList *lost)
{
    static constexpr Field fields[] = {{"type"}, {"name", unlessText}};
    static constexpr Kind kinds[] = {{"function", fields}};
    lookAtChoice(choice, path, kinds, lost);
}

void lookAtFormat(const QJsonValue &format, const QString &path, QStringList *lost)
{
    static constexpr Field plain[] = {{"type"}};
    static constexpr Field schema[] = {
        {"type"}, {"name", unlessText}, {"schema", unlessObject}, {"strict", unlessFlag}, {"description", unlessEmpty}};
    static constexpr Kind kinds[] = {{"text", plain}, {"json_object", plain}, {"json_schema", schema}};
    lookByType(format, path, kinds, "text", lost);
}

/// To see the thoughts, too, changes no answer.
void lookAtInclude(const QJsonValue &list, const QString &path, QStringList *lost)
{
    lookAtEach(
        list, path,
        [](const QJsonValue &what, const QString &at, QStringList *l) {
            const bool thoughts = what.toString().startsWith(QLatin1String("reasoning."));
            l->append(thoughts ? at + QStringLiteral(".reasoning") : at);
        },
        lost);
}

constexpr Field textFields[] = {{"format", lookAtFormat}, {"verbosity", unlessDefault}};
constexpr Field reasoningFields[] = {{"effort", unlessText}};

constexpr Field bodyFields[] = {
    {"model"},
    {"input",
     [](const QJsonValue &list, const QString &path, QStringList *lost) {
         lookAtEach(list, path, lookAtItem, lost);
         lookAtPlaces(list, path, lost);
     }},
    {"instructions", unlessText},
    {"stream", unlessFlag},
    {"stream_options"}, // how the stream is told, not what
    {"max_output_tokens", unlessLimit},
    {"tools", lookAtTools},
    {"tool_choice", lookAtToolChoice},
    {"parallel_tool_calls", unlessFlag},
    {"text",
     [](const QJsonValue &text, const QString &path, QStringList *lost) { lookInto(text, path, textFields, lost); }},
    {"reasoning", [](const QJsonValue &reasoning, const QString &path,
                     QStringList *lost) { lookInto(reasoning, path, reasoningFields, lost); }},
    {"temperature", unlessNumber},
    {"top_p", unlessNumber},
    {"top_k", unlessTopK},
    {"metadata", unlessObject},
    {"store", unlessFalse},
    {"background", unlessFalse},
    {"include", lookAtInclude},
    {"service_tier", unlessDefault},
    {"truncation", unlessDefault},
    {"top_logprobs", unlessZero},
};

} // namespace

QStringList OpenAiResponsesProtocol::unread(const QByteArray &, const QJsonObject &body) const
{
    QStringList lost;
    lookInto(body, {}, bodyFields, &lost);
    return lost;
}

QStringList OpenAiResponsesProtocol::unsayable(const ChatRequest &chat) const
{
    QStringList lost = OpenAiProtocol::unsayable(chat);
    if (!chat.stop.isEmpty())
        lost << QStringLiteral("stop");
    if (chat.seed)
        lost << QStringLiteral("seed");
    return lost + unsaidPenalties(chat);
}

} // namespace retryscope
