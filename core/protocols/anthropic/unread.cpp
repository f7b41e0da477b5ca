// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/anthropic/anthropic.h"
#include "protocols/anthropic/parts.h"
#include "protocols/effort.h"
#include "protocols/unread.h"

namespace retryscope {

using namespace unread;

namespace {

constexpr Field textBlock[] = {{"type"}, {"text", unlessText}, {"citations", unlessEmpty}};
constexpr Kind texts[] = {{"text", textBlock}};

void lookAtText(const QJsonValue &content, const QString &path, QStringList *lost)
{
    lookAtEach(
        content, path,
        [](const QJsonValue &block, const QString &at, QStringList *l) { lookByType(block, at, texts, "text", l); },
        lost);
}

void lookAtSource(const QJsonValue &source, const QString &path, QStringList *lost)
{
    static constexpr Field bytes[] = {{"type"}, {"media_type"}, {"data", unlessBytes}};
    static constexpr Field address[] = {{"type"}, {"url"}};
    static constexpr Kind kinds[] = {{"base64", bytes}, {"url", address}};
    lookByType(source, path, kinds, "", lost);
}

constexpr Field imageBlock[] = {{"type"}, {"source", lookAtSource}};
constexpr Field callBlock[] = {{"type"}, {"id"}, {"name", unlessText}, {"input", unlessTextOrObject}};
constexpr Field resultBlock[] = {{"type"}, {"tool_use_id"}, {"content", lookAtText}, {"is_error"}};
constexpr Field hiddenThought[] = {{"type"}, {"data", always}};
constexpr Kind blocks[] = {{"text", textBlock},
                           {"image", imageBlock},
                           {"tool_use", callBlock},
                           {"tool_result", resultBlock},
                           {"redacted_thinking", hiddenThought}};

void lookAtContent(const QJsonValue &content, const QString &path, QStringList *lost)
{
    lookAtEach(
        content, path,
        [](const QJsonValue &block, const QString &at, QStringList *l) {
            lookByType(block, at, blocks, "", l);
            if (block[QLatin1String("type")].toString() == QLatin1String("tool_use"))
                lookAtName(block, at, l);
        },
        lost);
}

void lookAtRole(const QJsonValue &role, const QString &path, QStringList *lost)
{
    if (role.toString() != QLatin1String("user") && role.toString() != QLatin1String("assistant"))
        lost->append(path);
}

constexpr Field messageFields[] = {{"role", lookAtRole}, {"content", lookAtContent}};

void lookAtMessages(const QJsonValue &messages, const QString &path, QStringList *lost)
{
    lookAtEach(
        messages, path,
        [](const QJsonValue &message, const QString &at, QStringList *l) { lookInto(message, at, messageFields, l); },
        lost);
}

constexpr Field toolFields[] = {{"type"},
                                {"name", unlessText},
                                {"description", unlessText},
                                {"input_schema", unlessObject},
                                {"strict", unlessFlag},
                                {"defer_loading", unlessFalse},
                                {"eager_input_streaming", unlessFalse}};
constexpr Kind toolKinds[] = {{"custom", toolFields}}; // any other is the vendor's own

void lookAtTools(const QJsonValue &tools, const QString &path, QStringList *lost)
{
    lookAtEach(
        tools, path,
        [](const QJsonValue &tool, const QString &at, QStringList *l) {
            lookByType(tool, at, toolKinds, "custom", l);
            lookAtName(tool, at, l);
        },
        lost);
}

void lookAtChoiceType(const QJsonValue &type, const QString &path, QStringList *lost)
{
    static const QStringList known{QStringLiteral("auto"), QStringLiteral("any"), QStringLiteral("tool"),
                                   QStringLiteral("none")};
    if (!known.contains(type.toString()))
        lost->append(path);
}

constexpr Field choiceFields[] = {
    {"type", lookAtChoiceType}, {"name", unlessText}, {"disable_parallel_tool_use", unlessFlag}};

void lookAtFormat(const QJsonValue &format, const QString &path, QStringList *lost)
{
    static constexpr Field schema[] = {{"type"}, {"name"}, {"schema", unlessObject}};
    static constexpr Kind kinds[] = {{"json_schema", schema}};
    lookByType(format, path, kinds, "", lost);
}

/// Read as an effort: of none where it is disabled, of its budget, or of what the model likes.
void lookAtThinking(const QJsonValue &thinking, const QString &path, QStringList *lost)
{
    static constexpr Field plain[] = {{"type"}, {"display", always}};
    static constexpr Field budgeted[] = {{"type"}, {"display", always}, {"budget_tokens", unlessWhole}};
    static constexpr Kind kinds[] = {{"disabled", plain}, {"adaptive", plain}, {"enabled", budgeted}};
    if (thinking.isObject())
        lookByType(thinking, path, kinds, "", lost);
    else
        lost->append(path);
}

/// What the two that tell how much is thought do not tell together.
QStringList unreadThoughts(const QJsonObject &body)
{
    const QJsonValue thinking = body[QLatin1String("thinking")];
    const QJsonValue effort = body[QLatin1String("output_config")][QLatin1String("effort")];
    const QString type = thinking[QLatin1String("type")].toString();
    QStringList lost;
    if (effort.isString() && type == QLatin1String("disabled"))
        lost << QStringLiteral("output_config.effort (no thoughts)");
    if (effort.isString() && thinking[QLatin1String("budget_tokens")].isDouble())
        lost << QStringLiteral("thinking.budget_tokens");
    if (!effort.isString() && type == QLatin1String("adaptive"))
        lost << QStringLiteral("thinking.adaptive");
    return lost;
}

constexpr Field outputFields[] = {{"format", lookAtFormat}, {"effort", unlessText}};

constexpr Field bodyFields[] = {
    {"model"},
    {"max_tokens", unlessLimit},
    {"messages", lookAtMessages},
    {"system", lookAtText},
    {"stream", unlessFlag},
    {"tools", lookAtTools},
    {"tool_choice", [](const QJsonValue &choice, const QString &path,
                       QStringList *lost) { lookInto(choice, path, choiceFields, lost); }},
    {"output_config", [](const QJsonValue &output, const QString &path,
                         QStringList *lost) { lookInto(output, path, outputFields, lost); }},
    {"output_format", lookAtFormat},
    {"thinking", lookAtThinking},
    {"temperature", unlessNumber},
    {"top_p", unlessNumber},
    {"top_k", unlessTopK},
    {"stop_sequences", unlessTexts},
    {"metadata", unlessObject},
    {"service_tier", unlessDefault},
    {"mcp_servers", unlessEmpty},
};

} // namespace

QStringList AnthropicProtocol::unread(const QByteArray &, const QJsonObject &body) const
{
    QStringList lost;
    lookInto(body, {}, bodyFields, &lost);
    return lost + unreadThoughts(body);
}

/// Of metadata it takes a user's id only.
QStringList AnthropicProtocol::unsayable(const ChatRequest &chat) const
{
    QStringList lost = unsaidChoice(chat);
    if (chat.effort != QLatin1String("none"))
        lost += unsaidEffort(chat.effort, anthropic::efforts);
    if (chat.seed)
        lost << QStringLiteral("seed");
    lost += unsaidPenalties(chat);
    for (auto it = chat.metadata.begin(); it != chat.metadata.end(); ++it) {
        if (it.key() != QLatin1String("user_id") || !it.value().isString())
            lost << QStringLiteral("metadata.") + it.key();
    }
    return anthropic::toldSchemas(chat).lost + lost;
}

} // namespace retryscope
