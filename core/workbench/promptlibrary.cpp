// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "workbench/promptlibrary.h"

#include "base/timeformat.h"
#include "base/userfiles.h"

#include <QDateTime>
#include <QJsonArray>
#include <QJsonDocument>
#include <QSaveFile>

#include <array>
#include <utility>

namespace retryscope {
namespace {

constexpr int libraryVersion = 1;
constexpr std::array partKinds{"text", "image", "tool_call", "tool_result"};
constexpr std::array choiceKeys{"auto", "none", "required", "named"};
constexpr std::array formatKeys{"text", "json", "schema"};

template <typename Keys> QString keyOf(const Keys &keys, int index) { return QLatin1String(keys[std::size_t(index)]); }
template <typename Enum, typename Keys> Enum fromKey(const Keys &keys, const QJsonValue &value)
{
    const QString key = value.toString();
    for (std::size_t i = 0; i < keys.size(); ++i) {
        if (key == QLatin1String(keys[i]))
            return Enum(i);
    }
    return Enum(0);
}

void set(QJsonObject *o, const char *key, const QString &text)
{
    if (!text.isEmpty())
        (*o)[QLatin1String(key)] = text;
}
template <typename T> void set(QJsonObject *o, const char *key, const std::optional<T> &value)
{
    if (value)
        (*o)[QLatin1String(key)] = *value;
}

QJsonObject partToJson(const ChatPart &part)
{
    QJsonObject o{{QStringLiteral("kind"), keyOf(partKinds, int(part.kind))}};
    set(&o, "text", part.text);
    set(&o, "url", part.url);
    set(&o, "media_type", part.mediaType);
    set(&o, "data", QString::fromLatin1(part.data.toBase64()));
    set(&o, "call_id", part.call.id);
    set(&o, "call_name", part.call.name);
    set(&o, "call_arguments", part.call.arguments);
    if (part.failed)
        o[QLatin1String("failed")] = true;
    return o;
}

ChatPart partFromJson(const QJsonObject &o)
{
    ChatPart part;
    part.kind = fromKey<ChatPart::Kind>(partKinds, o[QLatin1String("kind")]);
    part.text = o[QLatin1String("text")].toString();
    part.url = o[QLatin1String("url")].toString();
    part.mediaType = o[QLatin1String("media_type")].toString();
    part.data = QByteArray::fromBase64(o[QLatin1String("data")].toString().toLatin1());
    part.call = {o[QLatin1String("call_id")].toString(), o[QLatin1String("call_name")].toString(),
                 o[QLatin1String("call_arguments")].toString()};
    part.failed = o[QLatin1String("failed")].toBool();
    return part;
}

QJsonArray messagesToJson(const QVector<ChatMessage> &messages)
{
    QJsonArray list;
    for (const ChatMessage &message : messages) {
        QJsonArray parts;
        for (const ChatPart &part : message.parts)
            parts.append(partToJson(part));
        list.append(
            QJsonObject{{QStringLiteral("role"), QLatin1String(message.role == ChatRole::User ? "user" : "assistant")},
                        {QStringLiteral("parts"), parts}});
    }
    return list;
}

QVector<ChatMessage> messagesFromJson(const QJsonArray &list)
{
    QVector<ChatMessage> messages;
    for (const QJsonValue &value : list) {
        ChatMessage message;
        if (value[QLatin1String("role")].toString() == QLatin1String("assistant"))
            message.role = ChatRole::Assistant;
        for (const QJsonValue &part : value[QLatin1String("parts")].toArray())
            message.parts.append(partFromJson(part.toObject()));
        messages.append(message);
    }
    return messages;
}

void toolsToJson(const Prompt &prompt, QJsonObject *o)
{
    QJsonArray tools;
    for (const ChatTool &tool : prompt.tools) {
        QJsonObject one{{QStringLiteral("name"), tool.name}, {QStringLiteral("parameters"), tool.parameters}};
        set(&one, "description", tool.description);
        if (tool.strict)
            one[QLatin1String("strict")] = true;
        if (tool.strictUnsaid)
            one[QLatin1String("strict_unsaid")] = true;
        tools.append(one);
    }
    if (!tools.isEmpty())
        (*o)[QLatin1String("tools")] = tools;
    if (prompt.toolChoice != ToolChoice::Auto)
        (*o)[QLatin1String("tool_choice")] = keyOf(choiceKeys, int(prompt.toolChoice));
    set(o, "tool_name", prompt.toolName);
    if (!prompt.parallelTools)
        (*o)[QLatin1String("parallel_tools")] = false;
    if (prompt.format == ResponseFormat())
        return;
    QJsonObject format{{QStringLiteral("kind"), keyOf(formatKeys, int(prompt.format.kind))},
                       {QStringLiteral("name"), prompt.format.name},
                       {QStringLiteral("schema"), prompt.format.schema}};
    if (prompt.format.strict)
        format[QLatin1String("strict")] = *prompt.format.strict;
    (*o)[QLatin1String("format")] = format;
}

void toolsFromJson(const QJsonObject &o, Prompt *prompt)
{
    for (const QJsonValue &tool : o[QLatin1String("tools")].toArray())
        prompt->tools.append({tool[QLatin1String("name")].toString(), tool[QLatin1String("description")].toString(),
                              tool[QLatin1String("parameters")].toObject(), tool[QLatin1String("strict")].toBool(),
                              {}, {}, tool[QLatin1String("strict_unsaid")].toBool()});
    prompt->toolChoice = fromKey<ToolChoice>(choiceKeys, o[QLatin1String("tool_choice")]);
    prompt->toolName = o[QLatin1String("tool_name")].toString();
    prompt->parallelTools = o[QLatin1String("parallel_tools")].toBool(true);
    const QJsonObject format = o[QLatin1String("format")].toObject();
    prompt->format = {fromKey<ResponseFormat::Kind>(formatKeys, format[QLatin1String("kind")]),
                      format[QLatin1String("name")].toString(), format[QLatin1String("schema")].toObject()};
    if (const QJsonValue strict = format[QLatin1String("strict")]; strict.isBool())
        prompt->format.strict = strict.toBool();
}

template <typename T> std::optional<T> numberIn(const QJsonObject &o, const char *key)
{
    const QJsonValue value = o[QLatin1String(key)];
    if (!value.isDouble())
        return std::nullopt;
    if constexpr (std::is_same_v<T, double>) {
        return value.toDouble();
    } else {
        const qint64 whole = value.toInteger(); // 0 for a fraction
        return std::in_range<T>(whole) ? std::optional(T(whole)) : std::nullopt;
    }
}

} // namespace

QJsonObject toJson(const Prompt &prompt)
{
    const Prompt usual;
    QJsonObject o{{QStringLiteral("text"), prompt.text}};
    set(&o, "system", prompt.system);
    set(&o, "model", prompt.model);
    if (prompt.maxTokens != usual.maxTokens)
        o[QLatin1String("max_tokens")] = prompt.maxTokens;
    if (!prompt.stream)
        o[QLatin1String("stream")] = false;
    if (!prompt.messages.isEmpty())
        o[QLatin1String("messages")] = messagesToJson(prompt.messages);
    toolsToJson(prompt, &o);
    set(&o, "effort", prompt.effort);
    set(&o, "temperature", prompt.temperature);
    set(&o, "top_p", prompt.topP);
    set(&o, "top_k", prompt.topK);
    set(&o, "frequency_penalty", prompt.frequencyPenalty);
    set(&o, "presence_penalty", prompt.presencePenalty);
    if (prompt.choices != usual.choices)
        o[QLatin1String("choices")] = prompt.choices;
    set(&o, "seed", prompt.seed);
    if (!prompt.stop.isEmpty())
        o[QLatin1String("stop")] = QJsonArray::fromStringList(prompt.stop);
    if (!prompt.metadata.isEmpty())
        o[QLatin1String("metadata")] = prompt.metadata;
    if (!prompt.extra.isEmpty())
        o[QLatin1String("extra")] = prompt.extra;
    return o;
}

std::optional<Prompt> promptFromJson(const QJsonObject &o)
{
    if (!o[QLatin1String("text")].isString())
        return std::nullopt;
    Prompt prompt;
    prompt.text = o[QLatin1String("text")].toString();
    prompt.system = o[QLatin1String("system")].toString();
    prompt.model = o[QLatin1String("model")].toString();
    if (const auto most = numberIn<int>(o, "max_tokens"); most && *most >= 0) // 0: the provider's own
        prompt.maxTokens = *most;
    prompt.stream = o[QLatin1String("stream")].toBool(true);
    prompt.messages = messagesFromJson(o[QLatin1String("messages")].toArray());
    toolsFromJson(o, &prompt);
    prompt.effort = o[QLatin1String("effort")].toString();
    prompt.temperature = numberIn<double>(o, "temperature");
    prompt.topP = numberIn<double>(o, "top_p");
    prompt.topK = numberIn<int>(o, "top_k");
    prompt.frequencyPenalty = numberIn<double>(o, "frequency_penalty");
    prompt.presencePenalty = numberIn<double>(o, "presence_penalty");
    prompt.choices = numberIn<int>(o, "choices").value_or(1);
    prompt.seed = numberIn<qint64>(o, "seed");
    for (const QJsonValue &stop : o[QLatin1String("stop")].toArray())
        prompt.stop << stop.toString();
    prompt.metadata = o[QLatin1String("metadata")].toObject();
    prompt.extra = o[QLatin1String("extra")].toObject();
    return prompt;
}

QByteArray libraryToJson(const SavedPrompts &prompts)
{
    QJsonArray list;
    for (const SavedPrompt &saved : prompts) {
        QJsonObject one{{QStringLiteral("id"), saved.id},
                        {QStringLiteral("name"), saved.name},
                        {QStringLiteral("saved"), formatWallTime(saved.saved)},
                        {QStringLiteral("prompt"), toJson(saved.prompt)}};
        if (!saved.tags.isEmpty())
            one[QLatin1String("tags")] = QJsonArray::fromStringList(saved.tags);
        list.append(one);
    }
    return QJsonDocument(QJsonObject{{QStringLiteral("kind"), QStringLiteral("retryscope.prompts")},
                                     {QStringLiteral("version"), libraryVersion},
                                     {QStringLiteral("prompts"), list}})
        .toJson();
}

Expected<SavedPrompts, LibraryProblem> libraryFromJson(const QByteArray &json)
{
    using Kind = LibraryProblem::Kind;
    const QJsonObject file = QJsonDocument::fromJson(json).object();
    if (file[QLatin1String("kind")].toString() != QLatin1String("retryscope.prompts"))
        return Unexpected{LibraryProblem{Kind::NotALibrary, {}}};
    if (file[QLatin1String("version")].toInt() > libraryVersion)
        return Unexpected{LibraryProblem{Kind::Newer, {}}};
    SavedPrompts prompts;
    for (const QJsonValue &value : file[QLatin1String("prompts")].toArray()) {
        const auto prompt = promptFromJson(value[QLatin1String("prompt")].toObject());
        if (!prompt) // an entry that is not understood must not be lost by the next save
            return Unexpected{LibraryProblem{Kind::NotALibrary, {}}};
        SavedPrompt saved{
            value[QLatin1String("id")].toString(), value[QLatin1String("name")].toString(), {}, *prompt, {}};
        for (const QJsonValue &tag : value[QLatin1String("tags")].toArray())
            saved.tags << tag.toString();
        const QDateTime at = QDateTime::fromString(value[QLatin1String("saved")].toString(), Qt::ISODateWithMs);
        if (const int year = at.toUTC().date().year(); at.isValid() && year >= 1 && year <= 9'999) // can be written
            saved.saved = WallTime(std::chrono::milliseconds(at.toMSecsSinceEpoch()));
        prompts.append(saved);
    }
    return prompts;
}

QString defaultLibraryPath()
{
    const QString folder = userDataFolder();
    return folder.isEmpty() ? QString() : folder + QStringLiteral("/prompts.json");
}

Expected<SavedPrompts, LibraryProblem> loadLibrary(const QString &path)
{
    if (path.isEmpty())
        return Unexpected{LibraryProblem{LibraryProblem::Kind::NoFolder, {}}};
    const auto bytes = readBoundedFile(path, largestLibrary);
    if (!bytes && bytes.error().kind == FileProblem::Kind::Missing)
        return SavedPrompts{};
    if (!bytes)
        return Unexpected{LibraryProblem{LibraryProblem::Kind::Unreadable, bytes.error().inSentence(largestLibrary)}};
    return libraryFromJson(*bytes);
}

Expected<bool, LibraryProblem> saveLibrary(const SavedPrompts &prompts, const QString &path)
{
    if (path.isEmpty())
        return Unexpected{LibraryProblem{LibraryProblem::Kind::NoFolder, {}}};
    makePrivateFolder(path.section(QLatin1Char('/'), 0, -2));
    QSaveFile file(path);
    const QByteArray bytes = libraryToJson(prompts);
    const bool ok = file.open(QIODevice::WriteOnly)
                    && file.setPermissions(QFileDevice::ReadOwner | QFileDevice::WriteOwner)
                    && file.write(bytes) == bytes.size() && file.commit();
    if (!ok)
        return Unexpected{LibraryProblem{LibraryProblem::Kind::NotWritten, file.errorString()}};
    return true;
}

} // namespace retryscope
