// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/chatjson.h"

#include <QJsonDocument>

namespace retryscope::chatjson {

QString imageUrl(const ChatPart &image)
{
    if (!image.url.isEmpty())
        return image.url;
    return QStringLiteral("data:%1;base64,%2").arg(image.mediaType, QString::fromLatin1(image.data.toBase64()));
}

ChatPart imageFrom(const QString &url)
{
    ChatPart image{.kind = ChatPart::Kind::Image};
    const qsizetype comma = url.indexOf(QLatin1Char(','));
    if (!url.startsWith(QLatin1String("data:")) || comma < 0) {
        image.url = url;
        return image;
    }
    image.mediaType = url.mid(5, comma - 5).section(QLatin1Char(';'), 0, 0);
    image.data = QByteArray::fromBase64(QStringView(url).mid(comma + 1).toLatin1());
    return image;
}

QString schemaName(const ResponseFormat &format)
{
    return format.name.isEmpty() ? QStringLiteral("answer") : format.name;
}

QJsonObject objectOf(const QString &json) { return QJsonDocument::fromJson(json.toUtf8()).object(); }

QString argumentsText(const QJsonValue &value)
{
    if (value.isString())
        return value.toString();
    return QString::fromUtf8(QJsonDocument(value.toObject()).toJson(QJsonDocument::Compact));
}

QStringList stringList(const QJsonValue &value)
{
    QStringList texts;
    for (const QJsonValue &text : value.toArray())
        texts << text.toString();
    return texts;
}

QByteArray bodyFor(const ProviderConfig &provider, const ChatRequest &request, QJsonObject body)
{
    for (auto it = request.extra.begin(); it != request.extra.end(); ++it)
        body[it.key()] = it.value();
    const ParameterRules &rules = provider.parameters;
    for (auto it = rules.renamed.begin(); it != rules.renamed.end(); ++it) {
        if (body.contains(it.key()))
            body[it.value()] = body.take(it.key());
    }
    for (const QString &name : rules.removed)
        body.remove(name);
    for (auto it = rules.added.begin(); it != rules.added.end(); ++it)
        body[it.key()] = it.value();
    return QJsonDocument(body).toJson(QJsonDocument::Compact);
}

void addLine(QString *text, const QString &line)
{
    if (!text->isEmpty() && !line.isEmpty())
        *text += QLatin1Char('\n');
    *text += line;
}

void addResult(ChatRequest *chat, const ChatPart &result)
{
    const bool joins = !chat->messages.isEmpty() && chat->messages.last().role == ChatRole::User
                       && !chat->messages.last().parts.isEmpty()
                       && chat->messages.last().parts.last().kind == ChatPart::Kind::ToolResult;
    if (!joins)
        chat->messages.append({ChatRole::User, {}});
    chat->messages.last().parts.append(result);
}

ResponseFormat readFormat(const QString &type, const QString &name, const QJsonObject &schema)
{
    if (type == QLatin1String("json_schema"))
        return {ResponseFormat::Kind::Schema, name, schema};
    return {type == QLatin1String("json_object") ? ResponseFormat::Kind::Json : ResponseFormat::Kind::Text, {}, {}};
}

void readSampling(const QJsonObject &object, const char *temperature, const char *topP, const char *topK,
                  ChatRequest *chat)
{
    const auto number = [&](const char *key) -> std::optional<double> {
        const QJsonValue value = object[QLatin1String(key)];
        return value.isDouble() ? std::optional(value.toDouble()) : std::nullopt;
    };
    chat->temperature = number(temperature);
    chat->topP = number(topP);
    if (const auto k = number(topK); k && *k >= 1 && *k <= 1e6)
        chat->topK = int(*k);
}

} // namespace retryscope::chatjson
