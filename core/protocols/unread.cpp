// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/unread.h"

#include <algorithm>

namespace retryscope::unread {

QString join(const QString &path, const char *name)
{
    return path.isEmpty() ? QString::fromLatin1(name) : path + QLatin1Char('.') + QLatin1String(name);
}

void lookInto(const QJsonValue &object, const QString &path, std::span<const Field> fields, QStringList *lost)
{
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
    const QJsonArray all = list.toArray();
    for (qsizetype i = 0; i < all.size(); ++i)
        look(all[i], path + QLatin1Char('[') + QString::number(i) + QLatin1Char(']'), lost);
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

void unlessOne(const QJsonValue &value, const QString &path, QStringList *lost)
{
    nameUnless(value.isDouble() && value.toDouble() == 1, path, lost);
}

void unlessEmpty(const QJsonValue &value, const QString &path, QStringList *lost)
{
    nameUnless(value == QJsonValue(QString()) || value == QJsonValue(QJsonArray())
                   || value == QJsonValue(QJsonObject()),
               path, lost);
}

void unlessDefault(const QJsonValue &value, const QString &path, QStringList *lost)
{
    static const QStringList words{QStringLiteral("auto"), QStringLiteral("default"), QStringLiteral("disabled"),
                                   QStringLiteral("medium"), QStringLiteral("text")};
    nameUnless(words.contains(value.toString()), path, lost);
}

} // namespace retryscope::unread
