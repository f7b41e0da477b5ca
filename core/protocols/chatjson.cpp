// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/chatjson.h"

#include "protocols/rawjson.h"

#include <QCryptographicHash>
#include <QJsonDocument>
#include <QUuid>

#include <algorithm>

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
    const QString type = url.mid(5, comma - 5);
    image.mediaType = type.section(QLatin1Char(';'), 0, 0);
    if (type.endsWith(QLatin1String(";base64"), Qt::CaseInsensitive))
        image.data = bytesFrom(url.mid(comma + 1)).value_or(QByteArray());
    return image;
}

std::optional<QByteArray> bytesFrom(const QString &base64)
{
    QByteArray text = base64.toUtf8();
    text.removeIf([](char c) { return c == '\r' || c == '\n' || c == ' ' || c == '\t'; });
    text.replace('-', '+').replace('_', '/');
    auto bytes = QByteArray::fromBase64Encoding(text, QByteArray::AbortOnBase64DecodingErrors);
    return bytes && !bytes.decoded.isEmpty() ? std::optional(std::move(bytes.decoded)) : std::nullopt;
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

bool isWhole(const QString &arguments)
{
    const QStringView text = QStringView(arguments).trimmed();
    return text.endsWith(QLatin1Char('}')) && QJsonDocument::fromJson(text.toUtf8()).isObject();
}

QByteArray argumentsJson(const ToolCall &call)
{
    if (call.arguments.trimmed().isEmpty())
        return "{}";
    return isWhole(call.arguments) ? compacted(call.arguments.toUtf8())
                                   : R"({"arguments":)" + jsonString(call.arguments) + '}';
}

/// Before a text that is JSON to be; nobody else can have it.
static const QString &writtenMark()
{
    static const QString mark = QUuid::createUuid().toString(QUuid::Id128);
    return mark;
}

QJsonValue asWritten(const QByteArray &json) { return writtenMark() + QString::fromUtf8(json); }

/// With what asWritten() has put there.
static QByteArray withWritten(const QByteArray &body)
{
    const QByteArray begin = '"' + writtenMark().toLatin1();
    QByteArray out;
    qsizetype done = 0;
    for (qsizetype at = body.indexOf(begin); at >= 0; at = body.indexOf(begin, done)) {
        const qsizetype end = rawjson::skipString(body, at);
        out += QByteArrayView(body).sliced(done, at - done);
        out += rawjson::unquoted(body.mid(at, end - at)).mid(begin.size() - 1);
        done = end;
    }
    return done == 0 ? body : out + body.mid(done);
}

QJsonValue schemaOf(const QJsonObject &schema, const WrittenText &written, PropertyOrder order)
{
    return written.text.isEmpty() ? QJsonValue(schema) : asWritten(schemaText(schema, written.text, order));
}

QJsonObject parametersOf(const QJsonObject &schema)
{
    QJsonObject parameters = schema;
    const bool refers = schema.contains(QLatin1String("$ref"));
    if (!schema.contains(QLatin1String("type")) && !refers)
        parameters[QLatin1String("type")] = QStringLiteral("object");
    const auto has = [&](const char *key) { return schema.contains(QLatin1String(key)); };
    const bool elsewhere = refers || has("anyOf") || has("oneOf") || has("allOf");
    if (parameters.value(QLatin1String("type")) == QLatin1String("object") && !has("properties") && !elsewhere)
        parameters[QLatin1String("properties")] = QJsonObject();
    return parameters;
}

QString argumentsText(const ToolCall &call)
{
    return call.arguments.trimmed().isEmpty() ? QStringLiteral("{}") : call.arguments;
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
    return withWritten(QJsonDocument(body).toJson(QJsonDocument::Compact));
}

namespace {

using Calls = QVector<ToolCall *>;

/// The call that a result answers, by its id, else by its name, else the first.
ToolCall *answeredBy(const ToolCall &result, const Calls &open)
{
    const auto at = std::find_if(open.begin(), open.end(), [&result](const ToolCall *call) {
        return result.id.isEmpty() ? result.name.isEmpty() || call->name == result.name : call->id == result.id;
    });
    return at == open.end() ? nullptr : *at;
}

void pair(ToolCall *result, Calls *open)
{
    ToolCall *call = answeredBy(*result, *open);
    if (!call)
        return;
    open->removeOne(call);
    result->id = call->id;
    if (result->name.isEmpty())
        result->name = call->name;
}

} // namespace

QVector<ChatMessage> pairedTurns(const ChatRequest &chat)
{
    QVector<ChatMessage> turns = chat.turns();
    Calls open;
    int made = 0;
    for (ChatMessage &message : turns) {
        for (ChatPart &part : message.parts) {
            if (part.kind == ChatPart::Kind::ToolCall) {
                if (part.call.id.isEmpty())
                    part.call.id = QStringLiteral("call_made_%1").arg(++made);
                open.append(&part.call);
            } else if (part.kind == ChatPart::Kind::ToolResult) {
                pair(&part.call, &open);
            }
        }
    }
    return turns;
}

bool beginsTheAnswer(const ChatRequest &chat)
{
    return chat.text.isEmpty() && !chat.messages.isEmpty() && chat.messages.last().role == ChatRole::Assistant;
}

static bool isPlain(QChar c) { return c.unicode() < 0x80 && c.isLetterOrNumber(); }

QString mistralId(const QString &id)
{
    constexpr qsizetype length = 9;
    if (id.size() == length && std::all_of(id.begin(), id.end(), isPlain))
        return id;
    QString out;
    for (QByteArray hash = id.toUtf8(); out.size() < length;) {
        hash = QCryptographicHash::hash(hash, QCryptographicHash::Sha256);
        for (const QChar c : QString::fromLatin1(hash.toBase64())) {
            if (isPlain(c))
                out += c;
        }
    }
    return out.left(length);
}

QString anthropicId(const QString &id)
{
    QString out = id;
    for (QChar &c : out) {
        if (!isPlain(c) && c != QLatin1Char('-'))
            c = QLatin1Char('_');
    }
    return out;
}

QString effortOf(int budget)
{
    return budget <= 0      ? QStringLiteral("none")
           : budget < 1024  ? QStringLiteral("minimal")
           : budget < 4096  ? QStringLiteral("low")
           : budget < 16384 ? QStringLiteral("medium")
                            : QStringLiteral("high");
}

void addPart(const ChatPart &part, ChatMessage *message)
{
    const bool empty = part.kind == ChatPart::Kind::Image      ? part.url.isEmpty() && part.data.isEmpty()
                       : part.kind == ChatPart::Kind::ToolCall ? part.call.name.isEmpty()
                                                               : part == ChatPart();
    if (!empty)
        message->parts.append(part);
}

void addMessage(const ChatMessage &message, ChatRequest *chat)
{
    if (!message.parts.isEmpty())
        chat->messages.append(message);
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

void readPenalties(const QJsonObject &object, const char *frequency, const char *presence, const char *choices,
                   ChatRequest *chat)
{
    const auto penalty = [&](const char *key) -> std::optional<double> {
        const QJsonValue value = object[QLatin1String(key)];
        return value.isDouble() && value.toDouble() != 0 ? std::optional(value.toDouble()) : std::nullopt;
    };
    chat->frequencyPenalty = penalty(frequency);
    chat->presencePenalty = penalty(presence);
    if (const int wanted = object[QLatin1String(choices)].toInt(1); wanted >= 1 && wanted <= mostChoices)
        chat->choices = wanted;
}

} // namespace retryscope::chatjson
