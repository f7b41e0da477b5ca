// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/servedjson.h"

#include "protocols/wireerror.h"

#include <QDateTime>
#include <QJsonArray>
#include <QJsonDocument>
#include <QStringBuilder>

#include <algorithm>
#include <cmath>

namespace retryscope::served {

QByteArray json(const QString &text)
{
    const auto plain = [](QChar c) { return c >= u' ' && c < u'\x7f' && c != u'"' && c != u'\\'; };
    if (std::all_of(text.begin(), text.end(), plain)) // nearly every word of every stream
        return '"' % text.toLatin1() % '"';
    return QJsonDocument(QJsonArray{text}).toJson(QJsonDocument::Compact).sliced(1).chopped(1);
}

QByteArray json(const QJsonObject &object) { return QJsonDocument(object).toJson(QJsonDocument::Compact); }

QByteArray event(const QByteArray &data, const QByteArray &name)
{
    return (name.isEmpty() ? QByteArray() : "event: " + name + "\n") % "data: " % data % "\n\n";
}

QByteArray utc(const ServedContext &c, Duration later)
{
    const auto at = std::chrono::ceil<std::chrono::seconds>(c.now.time_since_epoch() + later);
    return QDateTime::fromSecsSinceEpoch(at.count(), Qt::UTC).toString(Qt::ISODate).toLatin1();
}

QByteArray finishWord(const ServedAnswer &a, std::array<const char *, 4> words)
{
    if (a.finish == ServedFinish::None)
        return "null";
    return '"' + QByteArray(a.finish == ServedFinish::Foreign ? "overloaded_error" : words[std::size_t(a.finish)])
           + '"';
}

HttpHeaders jsonHeaders(HttpHeaders more)
{
    more.prepend({"Content-Type", "application/json"});
    return more;
}

HttpHeaders retryAfter(Duration d) { return jsonHeaders({{"Retry-After", num(int(std::ceil(toSeconds(d))))}}); }

int statusOf(const WireError &error, int ofReason) { return error.status ? error.status : ofReason; }

HttpHeaders errorHeaders(const WireError &error, const char *idHeader)
{
    HttpHeaders headers = error.retryAfter ? retryAfter(*error.retryAfter) : jsonHeaders();
    if (*idHeader && !error.requestId.isEmpty())
        headers += HttpHeaders{{idHeader, error.requestId}};
    if (error.reason == RetryReason::QuotaExhausted) // a 429 that no SDK is to repeat
        headers += HttpHeaders{{"x-should-retry", "false"}};
    return headers;
}

QString worded(const QString &message, const char *words)
{
    return message.contains(QLatin1String(words), Qt::CaseInsensitive)
               ? message
               : QLatin1String(words) + QLatin1String(": ") + message;
}

QByteArray lastOf(const QByteArray &path) { return path.mid(path.lastIndexOf('/') + 1); }

QByteArray entriesOf(std::span<const NamedModel> models, ModelEntry entry)
{
    QByteArrayList list;
    for (const NamedModel &model : models)
        list << entry(model);
    return list.join(',');
}

std::optional<QByteArray> entryAt(const QByteArray &path, std::span<const NamedModel> models, ModelEntry entry)
{
    const auto it = std::find_if(models.begin(), models.end(),
                                 [id = lastOf(path)](const NamedModel &model) { return id == model.id; });
    return it == models.end() ? std::nullopt : std::optional(entry(*it));
}

Content readContent(const QJsonValue &content)
{
    if (content.isString())
        return {content.toString(), 0};
    Content read;
    for (const QJsonValue &part : content.toArray()) {
        read.text += part.isString() ? part.toString() : part[QLatin1String("text")].toString();
        read.images += part[QLatin1String("type")].toString().contains(QLatin1String("image"));
    }
    return read;
}

std::optional<ServedRefusal> readLimit(const QJsonValue &value, const char *param, std::optional<int> *into)
{
    if (value.isUndefined() || value.isNull())
        return std::nullopt;
    if (!value.isDouble() || value.toInt() < 1)
        return ServedRefusal{400, QStringLiteral("%1 must be a whole number from 1 on.").arg(QLatin1String(param)),
                             QLatin1String(param)};
    *into = value.toInt();
    return std::nullopt;
}

QStringList readStops(const QJsonValue &value)
{
    QStringList stops = value.isString() ? QStringList{value.toString()} : QStringList();
    for (const QJsonValue &one : value.toArray())
        stops << one.toString();
    stops.removeAll(QString());
    return stops;
}

std::optional<ServedRefusal> checkTools(const ServedPrompt &prompt, bool chosen)
{
    if (chosen && prompt.tools.isEmpty())
        return ServedRefusal{400, QStringLiteral("tool_choice is only allowed where tools are given."),
                             QStringLiteral("tool_choice")};
    for (const QString &name : prompt.allowedTools) {
        if (std::none_of(prompt.tools.begin(), prompt.tools.end(),
                         [&](const ServedTool &tool) { return tool.name == name; }))
            return ServedRefusal{400, QStringLiteral("The tool \"%1\" is not among the tools.").arg(name),
                                 QStringLiteral("tool_choice")};
    }
    return std::nullopt;
}

} // namespace retryscope::served
