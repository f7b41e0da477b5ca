// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/unread.h"

#include "protocols/chatjson.h"

#include <algorithm>
#include <map>

namespace retryscope {
namespace {

/// Ends of paths, without the numbers of lists.
constexpr const char *hints[] = {
    // Caches and speed
    "cache_control", "prompt_cache_key", "prompt_cache_retention", "prediction", "context_management",
    // Who asks
    "user", "safety_identifier", "client_metadata", "metadata", "labels",
    // How closely a picture is looked at
    "image_url.detail", "content.detail",
    // That a tool failed, which its text says
    "is_error",
    // Thoughts of an earlier answer, and whether this one's are shown
    "content.thinking", "content.data", "messages.reasoning", "messages.reasoning_content", "input.summary",
    "input.content.reasoning", "input.encrypted_content", "parts.thought", "reasoning.summary",
    "reasoning.generate_summary", "thinkingConfig.includeThoughts", "include.reasoning", "thinking.display",
    // How much is thought, where it is said twice, or left to the model
    "thinking.budget_tokens", "thinking.adaptive", "output_config.effort (no thoughts)",
    // How an answer is streamed, and what a vendor tries out
    "eager_input_streaming", "anthropic-beta"};

constexpr const char *movedToFront = " (moved to the front)";

QString withoutNumbers(const QString &path)
{
    QString plain;
    int depth = 0;
    for (const QChar c : path) {
        depth += c == QLatin1Char('[');
        if (depth == 0)
            plain += c;
        depth -= c == QLatin1Char(']');
    }
    return plain;
}

} // namespace

bool isHint(const QString &field)
{
    const QString path = QLatin1Char('.') + withoutNumbers(field);
    return path.startsWith(QLatin1String(".metadata.")) || path.endsWith(QLatin1String(" (not strict)"))
           || path.endsWith(QLatin1String(movedToFront)) || path.startsWith(QLatin1String(".reasoning_effort (as "))
           || std::any_of(std::begin(hints), std::end(hints),
                          [&path](const char *end) { return path.endsWith(QLatin1Char('.') + QLatin1String(end)); });
}

QString lossesLine(const QStringList &fields)
{
    constexpr qsizetype mostKinds = 30, longestName = 120;
    QStringList kinds;
    std::map<QString, std::pair<QString, int>> found; // by kind: the first, and how many
    for (const QString &field : fields) {
        const QString kind = withoutNumbers(field);
        if (found[kind].second++ > 0)
            continue;
        found[kind].first = field.left(longestName);
        kinds << kind;
    }
    QStringList told;
    for (const QString &kind : kinds.mid(0, mostKinds)) {
        const auto &[first, count] = found[kind];
        told << (count > 1 ? QStringLiteral("%1 (and %2 more)").arg(first).arg(count - 1) : first);
    }
    if (kinds.size() > mostKinds)
        told << QStringLiteral("and %1 other fields").arg(kinds.size() - mostKinds);
    return told.join(QStringLiteral(", "));
}

} // namespace retryscope

namespace retryscope::unread {

QString join(const QString &path, const char *name)
{
    return path.isEmpty() ? QString::fromLatin1(name) : path + QLatin1Char('.') + QLatin1String(name);
}

void lookInto(const QJsonValue &object, const QString &path, std::span<const Field> fields, QStringList *lost)
{
    if (!object.isObject())
        lost->append(path);
    const QJsonObject all = object.toObject();
    for (auto it = all.begin(); it != all.end(); ++it) {
        if (it.value().isNull())
            continue;
        const QString name = it.key();
        const auto row = std::find_if(fields.begin(), fields.end(),
                                      [&name](const Field &field) { return name == QLatin1String(field.name); });
        const QString place = path.isEmpty() ? name : path + QLatin1Char('.') + name;
        if (row == fields.end())
            lost->append(place);
        else if (row->look)
            row->look(it.value(), place, lost);
    }
}

void lookByType(const QJsonValue &object, const QString &path, std::span<const Kind> kinds, const char *defaultType,
                QStringList *lost)
{
    const QString type = object[QLatin1String("type")].toString(QLatin1String(defaultType));
    const auto row = std::find_if(kinds.begin(), kinds.end(),
                                  [&type](const Kind &kind) { return type == QLatin1String(kind.type); });
    if (row != kinds.end())
        return lookInto(object, path, row->fields, lost);
    lost->append(path + QLatin1Char('.') + (object.toObject().contains(type) ? type : QStringLiteral("type")));
}

void lookAtEach(const QJsonValue &list, const QString &path, Look look, QStringList *lost)
{
    if (!list.isArray() && !list.isString())
        lost->append(path);
    const QJsonArray all = list.toArray();
    for (qsizetype i = 0; i < all.size(); ++i)
        look(all[i], path + QLatin1Char('[') + QString::number(i) + QLatin1Char(']'), lost);
}

void lookAtChoice(const QJsonValue &choice, const QString &path, std::span<const Kind> kinds, QStringList *lost)
{
    static const QStringList words{QStringLiteral("auto"), QStringLiteral("none"), QStringLiteral("required"),
                                   QStringLiteral("any")};
    if (choice.isObject())
        lookByType(choice, path, kinds, "function", lost);
    else if (!words.contains(choice.toString()))
        lost->append(path);
}

void lookAtPlaces(const QJsonValue &messages, const QString &path, QStringList *lost)
{
    const QJsonArray all = messages.toArray();
    bool begun = false;
    for (qsizetype i = 0; i < all.size(); ++i) {
        const QString role = all[i][QLatin1String("role")].toString();
        if (role != QLatin1String("system") && role != QLatin1String("developer"))
            begun = true;
        else if (begun)
            lost->append(QStringLiteral("%1[%2].role").arg(path).arg(i) + QLatin1String(movedToFront));
    }
}

QStringList unsaidResults(const ChatRequest &chat)
{
    for (const ChatMessage &message : chat.messages) {
        for (const ChatPart &part : message.parts) {
            if (part.kind == ChatPart::Kind::ToolResult && part.failed)
                return {QStringLiteral("is_error")};
        }
    }
    return {};
}

QStringList unsaidChoice(const ChatRequest &chat)
{
    const bool must = chat.toolChoice == ToolChoice::Required || chat.toolChoice == ToolChoice::Named;
    return must && chat.tools.isEmpty() ? QStringList{QStringLiteral("tool_choice")} : QStringList();
}

QStringList unsaidPenalties(const ChatRequest &chat)
{
    QStringList lost;
    if (chat.frequencyPenalty)
        lost << QStringLiteral("frequency_penalty");
    if (chat.presencePenalty)
        lost << QStringLiteral("presence_penalty");
    if (chat.choices > 1)
        lost << QStringLiteral("n");
    return lost;
}

void lookAtName(const QJsonValue &named, const QString &path, QStringList *lost)
{
    const QJsonValue name = named[QLatin1String("name")];
    if (named.isObject() && (name.isNull() || name.isUndefined() || name == QJsonValue(QString())))
        lost->append(join(path, "name"));
}

void always(const QJsonValue &, const QString &path, QStringList *lost) { lost->append(path); }

static void nameUnless(bool saysNothing, const QString &path, QStringList *lost)
{
    if (!saysNothing)
        lost->append(path);
}

void unlessFalse(const QJsonValue &value, const QString &path, QStringList *lost)
{
    nameUnless(value.isBool() && !value.toBool(), path, lost);
}

void unlessTrue(const QJsonValue &value, const QString &path, QStringList *lost)
{
    nameUnless(value.toBool(), path, lost);
}

void unlessZero(const QJsonValue &value, const QString &path, QStringList *lost)
{
    nameUnless(value.isDouble() && value.toDouble() == 0, path, lost);
}

void unlessEmpty(const QJsonValue &value, const QString &path, QStringList *lost)
{
    nameUnless(value == QJsonValue(QString()) || value == QJsonValue(QJsonArray())
                   || value == QJsonValue(QJsonObject()),
               path, lost);
}

void unlessText(const QJsonValue &value, const QString &path, QStringList *lost)
{
    nameUnless(value.isString(), path, lost);
}

void unlessNumber(const QJsonValue &value, const QString &path, QStringList *lost)
{
    nameUnless(value.isDouble(), path, lost);
}

static bool isWholeNumber(const QJsonValue &value) { return value.toInteger(0) == value.toInteger(1); }

void unlessWhole(const QJsonValue &value, const QString &path, QStringList *lost)
{
    nameUnless(isWholeNumber(value), path, lost);
}

void unlessLimit(const QJsonValue &value, const QString &path, QStringList *lost)
{
    nameUnless(isWholeNumber(value) && value.toInt() != 0, path, lost);
}

void unlessTopK(const QJsonValue &value, const QString &path, QStringList *lost)
{
    nameUnless(isWholeNumber(value) && value.toDouble() >= 1 && value.toDouble() <= 1e6, path, lost);
}

void unlessChoices(const QJsonValue &value, const QString &path, QStringList *lost)
{
    nameUnless(isWholeNumber(value) && value.toInt() >= 1 && value.toInt() <= chatjson::mostChoices, path, lost);
}

void unlessFlag(const QJsonValue &value, const QString &path, QStringList *lost)
{
    nameUnless(value.isBool(), path, lost);
}

void unlessObject(const QJsonValue &value, const QString &path, QStringList *lost)
{
    nameUnless(value.isObject(), path, lost);
}

void unlessTextOrObject(const QJsonValue &value, const QString &path, QStringList *lost)
{
    nameUnless(value.isString() || value.isObject(), path, lost);
}

void unlessTexts(const QJsonValue &value, const QString &path, QStringList *lost)
{
    const QJsonArray all = value.toArray();
    nameUnless(value.isArray() && std::all_of(all.begin(), all.end(), [](const QJsonValue &v) { return v.isString(); }),
               path, lost);
}

void unlessTextOrTexts(const QJsonValue &value, const QString &path, QStringList *lost)
{
    if (!value.isString())
        unlessTexts(value, path, lost);
}

void unlessDefault(const QJsonValue &value, const QString &path, QStringList *lost)
{
    static const QStringList words{QStringLiteral("auto"), QStringLiteral("default"), QStringLiteral("disabled"),
                                   QStringLiteral("medium"), QStringLiteral("text")};
    nameUnless(words.contains(value.toString()), path, lost);
}

void unlessBytes(const QJsonValue &value, const QString &path, QStringList *lost)
{
    if (!chatjson::bytesFrom(value.toString()))
        lost->append(path);
}

void unlessImage(const QJsonValue &value, const QString &path, QStringList *lost)
{
    const ChatPart image = chatjson::imageFrom(value.toString());
    if (image.url.isEmpty() && image.data.isEmpty())
        lost->append(path);
}

} // namespace retryscope::unread
