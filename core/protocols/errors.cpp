// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"
#include "policy/casefold.h"
#include "policy/retryafter.h"
#include "protocols/errorfields.h"
#include "protocols/registry.h"
#include "protocols/sse.h"

#include <QJsonArray>
#include <QJsonDocument>

#include <algorithm>
#include <charconv>

namespace retryscope {
namespace {

using namespace errors;
constexpr int maxMessage = 2000, maxPlainText = 400, maxTitle = 120, maxDepth = 3;

void readObject(const QJsonObject &object, FailureFacts *facts, int depth);

void setMessage(const QString &text, FailureFacts *facts)
{
    if (facts->message.empty())
        facts->message = toUtf8(clean(text, maxMessage));
}

/// The HTTP status that a body names: a number, or a string of three digits.
int statusOf(const QJsonValue &value)
{
    bool ok = value.isDouble();
    const int status = ok ? value.toInt() : value.toString().size() == 3 ? value.toString().toInt(&ok) : 0;
    return ok && status >= 400 && status < 600 ? status : 0;
}

/// A message is text, but some servers put the next server's JSON into it, or a list of what is wrong.
void readMessage(const QJsonValue &value, FailureFacts *facts, int depth)
{
    if (value.isArray()) { // FastAPI's validation errors
        QStringList lines;
        for (const QJsonValue &item : value.toArray()) {
            QStringList where;
            for (const QJsonValue &part : item[QLatin1String("loc")].toArray())
                where << part.toVariant().toString();
            const QString what = item.isString() ? item.toString() : item[QLatin1String("msg")].toString();
            if (lines.size() < 3 && !what.isEmpty())
                lines << (where.isEmpty() ? what : where.mid(0, 8).join(QLatin1Char('.')) + QLatin1String(": ") + what);
        }
        return setMessage(lines.join(QLatin1String("; ")), facts);
    }
    if (value.isObject()) {
        if (depth < maxDepth)
            readObject(value.toObject(), facts, depth + 1);
        return;
    }
    const QString text = value.toString();
    if (depth < maxDepth && text.startsWith(QLatin1Char('{'))) {
        if (const QJsonDocument nested = QJsonDocument::fromJson(text.toUtf8()); nested.isObject())
            return readObject(nested.object(), facts, depth + 1);
    }
    setMessage(text, facts);
}

void appendMessage(const QString &text, FailureFacts *facts)
{
    facts->message = toUtf8(clean(toText(facts->message) + QStringLiteral(" — ") + text, maxMessage));
}

/// OpenRouter's word on whether another try helps; a header's is stronger.
void readAvailability(const QJsonObject &availability, FailureFacts *facts)
{
    addCode(availability[QLatin1String("code")], facts);
    if (const QJsonValue retryable = availability[QLatin1String("retryable")]; retryable.isBool())
        facts->shouldRetry = retryable.toBool();
    readWaits(availability, facts);
}

/// OpenRouter: who really failed, and its own limits. What is said of an upstream provider is not said of our account.
void readMetadata(const QJsonObject &metadata, FailureFacts *facts, int depth)
{
    for (const char *key : {"error_type", "limit_source", "reason"})
        addCode(metadata[QLatin1String(key)], facts);
    if (metadata.contains(QLatin1String("flagged_input")))
        addCode(QStringLiteral("flagged_input"), facts);
    const QJsonObject headers = metadata[QLatin1String("headers")].toObject();
    for (auto it = headers.begin(); it != headers.end(); ++it) {
        if (it.key().compare(QLatin1String("x-ratelimit-reset"), Qt::CaseInsensitive) == 0)
            facts->resetsAt = timeOf(it.value());
        else if (it.key().compare(QLatin1String("retry-after"), Qt::CaseInsensitive) == 0)
            setHint(durationOf(it.value()), facts);
    }
    readWaits(metadata, facts);
    const bool upstream =
        startsWithFolded(facts->message, "provider returned") || startsWithFolded(facts->message, "upstream");
    const QJsonValue raw = metadata[QLatin1String("raw")];
    const QJsonDocument nested =
        raw.isString() ? QJsonDocument::fromJson(raw.toString().toUtf8()) : QJsonDocument(raw.toObject());
    if (depth < maxDepth && nested.isObject() && !nested.isEmpty()) {
        FailureFacts inner;
        readObject(nested.object(), &inner, depth + 1);
        if (upstream || facts->message.empty()) { // else our own words come first, and its codes only explain them
            facts->relayed = true;
            for (const std::string &code : inner.codes)
                addCode(toText(code), facts);
        }
        if (!inner.message.empty() && facts->message.find(inner.message) == std::string::npos)
            appendMessage(toText(inner.message), facts);
        setHint(inner.hint, facts);
    } else if (raw.isString() && !raw.toString().startsWith(QLatin1Char('<'))) {
        facts->relayed |= upstream;
        appendMessage(raw.toString(), facts);
    }
}

void readFields(const QJsonObject &error, FailureFacts *facts, int depth)
{
    for (const char *key : {"code", "type", "status", "error_code", "error_type", "errorCode", "reason", "__type"})
        addCode(error[QLatin1String(key)], facts);
    for (const Wire &wire : wires()) {
        if (wire.readErrorFields)
            wire.readErrorFields(error, facts);
    }
    for (const char *key : {"message", "msg", "detail", "title", "error_message", "errorMessage", "error_msg",
                            "Message", "error_description"})
        readMessage(error[QLatin1String(key)], facts, depth);
    readWaits(error, facts);
    if (const QJsonValue details = error[QLatin1String("details")]; details.isObject())
        readWaits(details.toObject(), facts);
    if (const QJsonValue availability = error[QLatin1String("availability")]; availability.isObject())
        readAvailability(availability.toObject(), facts);
    if (const QJsonValue metadata = error[QLatin1String("metadata")]; metadata.isObject())
        readMetadata(metadata.toObject(), facts, depth);
    // A 200 that carries an error tells its status inside.
    for (const char *key : {"code", "status", "raw_status_code", "http_code", "http_status"}) {
        if (const int status = statusOf(error[QLatin1String(key)]); facts->status < 300 && status)
            facts->status = status;
    }
}

void readObject(const QJsonObject &object, FailureFacts *facts, int depth)
{
    const QJsonValue error = object[QLatin1String("error")];
    if (error.isObject()) {
        if (error[QLatin1String("error")].isObject() && depth < maxDepth)
            return readObject(error.toObject(), facts, depth + 1);
        readFields(error.toObject(), facts, depth);
        readWaits(object, facts);
        // {"type":"error","error":{…}}: the wrapper's own words say nothing, except where the error has none.
        if (facts->codes.empty())
            addCode(object[QLatin1String("code")], facts);
        return;
    }
    if (error.isString())
        readMessage(error, facts, depth);
    if (const QJsonArray list = error.toArray(); !list.isEmpty() && depth < maxDepth) // Cloudflare
        readObject(list.first().toObject(), facts, depth + 1);
    if (const QJsonValue base = object[QLatin1String("base_resp")]; base.isObject()) { // MiniMax
        addCode(base[QLatin1String("status_code")], facts);
        readMessage(base[QLatin1String("status_msg")], facts, depth);
    }
    if (const QJsonArray errors = object[QLatin1String("errors")].toArray(); !errors.isEmpty() && depth < maxDepth)
        readObject(errors.first().toObject(), facts, depth + 1);
    readFields(object, facts, depth);
}

/// "Limit 30000, Requested 45000", and Google's "limit: 0".
void readLimitsFromText(FailureFacts *facts)
{
    const std::string_view message = facts->message;
    const auto numberAfter = [message](std::string_view word) -> std::optional<qint64> {
        const std::size_t at = findFolded(message, word);
        if (at == std::string_view::npos)
            return std::nullopt;
        const std::string_view rest = message.substr(at + word.size());
        const std::string_view digits = rest.substr(0, rest.find_first_not_of("0123456789"));
        qint64 number = 0;
        const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), number);
        return read.ec == std::errc() ? std::optional(number) : std::nullopt;
    };
    const auto limit = numberAfter("limit "), requested = numberAfter("requested ");
    if (findFolded(message, "request too large") != std::string_view::npos && limit && requested)
        facts->overLimit = *requested > *limit;
    if (std::any_of(facts->codes.begin(), facts->codes.end(),
                    [](const std::string &code) { return isSameFolded(code, "RESOURCE_EXHAUSTED"); }))
        facts->zeroLimit |= numberAfter("limit: ") == 0;
}

void readText(FailureFacts *facts)
{
    if (facts->message.empty())
        return;
    setHint(findWait(facts->message), facts);
    if (!facts->resetsAt)
        facts->resetsAt = findReset(facts->message);
    readLimitsFromText(facts);
}

/// Only the title of a page is worth a look, and bounded.
QString namePage(const QByteArray &body)
{
    const QByteArray lower = body.left(4096).toLower();
    const qsizetype open = lower.indexOf("<title");
    const qsizetype from = open < 0 ? -1 : lower.indexOf('>', open) + 1;
    const qsizetype to = from <= 0 ? -1 : lower.indexOf("</title", from);
    const QString title = to < 0 ? QString() : clean(QString::fromUtf8(body.sliced(from, to - from)), maxTitle);
    const QString kind = lower.startsWith("<?xml") || lower.startsWith("<error") ? QStringLiteral("an XML document")
                                                                                 : QStringLiteral("an HTML page");
    return title.isEmpty() ? QStringLiteral("(%1 instead of JSON)").arg(kind)
                           : QStringLiteral("(%1 instead of JSON: “%2”)").arg(kind, title);
}

/// The first object in the body: whole, wrapped in an array, the first line of several, or inside an event.
QJsonObject firstObject(const QByteArray &body)
{
    const QJsonDocument json = QJsonDocument::fromJson(body);
    if (json.isObject())
        return json.object();
    if (json.isArray())
        return json.array().first().toObject();
    if (const qsizetype line = body.indexOf('\n'); line > 0 && body.startsWith('{'))
        return QJsonDocument::fromJson(body.left(line)).object();
    if (body.startsWith("data:") || body.startsWith("event:")) {
        SseDecoder decoder;
        QVector<SseEvent> events = decoder.feed(body);
        events += decoder.end();
        for (const SseEvent &event : std::as_const(events)) {
            if (const QJsonDocument data = QJsonDocument::fromJson(event.data); data.isObject())
                return data.object();
        }
    }
    return {};
}

/// The longest wait that any of the lines names. Proxies join several lines with commas, which dates hold too.
std::optional<Duration> longestRetryAfter(const HttpHeaders &headers, WallTime now, std::optional<WallTime> serverNow)
{
    std::optional<Duration> longest;
    const auto take = [&](QByteArrayView text) {
        const auto wait = believable(parseRetryAfter(viewOf(text), now, serverNow));
        if (wait && (!longest || *wait > *longest))
            longest = wait;
        return wait.has_value();
    };
    for (const auto &[name, value] : headers) {
        const bool waits = name.compare("retry-after", Qt::CaseInsensitive) == 0
                           || name.compare("x-retry-after", Qt::CaseInsensitive) == 0;
        if (!waits || take(value))
            continue;
        const QList<QByteArray> parts = value.left(400).split(',');
        for (qsizetype i = 0; i < parts.size(); ++i) {
            if (!take(parts[i]) && i + 1 < parts.size() && take(parts[i] + ',' + parts[i + 1]))
                ++i;
        }
    }
    return longest;
}

} // namespace

void readErrorObject(const QJsonObject &object, FailureFacts *facts)
{
    readObject(object, facts, 0);
    readText(facts);
}

void readErrorBody(const QByteArray &body, FailureFacts *facts)
{
    QByteArray text = body.startsWith("\xEF\xBB\xBF") ? body.sliced(3).trimmed() : body.trimmed();
    if (const QJsonObject object = firstObject(text); !object.isEmpty())
        return readErrorObject(object, facts);
    if (text.startsWith('<')) {
        facts->html = true;
        facts->message = toUtf8(namePage(text));
        return;
    }
    if (text != "{}" && text != "[]" && text != "null")
        facts->message = toUtf8(clean(QString::fromUtf8(text.left(maxPlainText)), maxPlainText));
    readText(facts);
}

void readErrorHeaders(const HttpHeaders &headers, WallTime now, FailureFacts *facts)
{
    const auto serverNow = parseHttpDate(viewOf(headerValue(headers, "date")));
    if (facts->wall == WallTime{})
        facts->wall = serverNow.value_or(now);
    QByteArray ms = headerValue(headers, "retry-after-ms").trimmed();
    if (ms.isEmpty())
        ms = headerValue(headers, "x-ms-retry-after-ms").trimmed();
    std::optional<Duration> hint = ms.isEmpty() ? std::nullopt : believable(parseDuration(viewOf(ms + "ms")));
    if (!hint)
        hint = longestRetryAfter(headers, now, serverNow);
    for (const char *name : {"x-ratelimit-reset-after", "x-rate-limit-reset-after"}) {
        if (!hint && facts->status == 429)
            hint = believable(parseDuration(viewOf(headerValue(headers, name))));
    }
    if (hint)
        facts->hint = hint;
    const QByteArray should = headerValue(headers, "x-should-retry").trimmed().toLower();
    if (should == "true" || should == "false")
        facts->shouldRetry = should == "true";
    for (const char *name : {"x-amzn-errortype", "x-ms-error-code"}) { // the body may only have a sentence
        const QByteArray code = headerValue(headers, name);
        addCode(QString::fromLatin1(code.split(':').first().trimmed()), facts);
    }
    for (const Wire &wire : wires()) {
        if (wire.readErrorHeaders)
            wire.readErrorHeaders(headers, facts);
    }
}

} // namespace retryscope
