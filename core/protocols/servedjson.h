// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/serving.h"

#include <array>
#include <span>

namespace retryscope {
struct WireError;
}

namespace retryscope::served {

// What the wires write their JSON of: templates in the providers' own shapes, filled with already encoded JSON.

/// The text as a JSON string, with its quotes.
QByteArray json(const QString &text);
QByteArray json(const QJsonObject &object);
/// One server-sent event.
QByteArray event(const QByteArray &data, const QByteArray &name = {});
inline QByteArray num(qint64 n) { return QByteArray::number(n); }
inline QString text(const ServedAnswer &a) { return a.words.join(QString()); }
/// Since 1970.
inline qint64 seconds(const ServedContext &c)
{
    return std::chrono::duration_cast<std::chrono::seconds>(c.now.time_since_epoch()).count();
}
/// Seconds in UTC, as Anthropic writes times; `later` is rounded up.
QByteArray utc(const ServedContext &c, Duration later = {});
/// A finish reason as JSON, in the words of one wire: stop, filter, length, tool calls.
QByteArray finishWord(const ServedAnswer &a, std::array<const char *, 4> words);
HttpHeaders jsonHeaders(HttpHeaders more = {});
/// Rounded up to whole seconds.
HttpHeaders retryAfter(Duration d);
/// The error's own status, or that of its reason.
int statusOf(const WireError &error, int ofReason);
/// Type, request id by the vendor's name (empty: it has none), Retry-After, and x-should-retry where no repeat helps.
HttpHeaders errorHeaders(const WireError &error, const char *idHeader);
/// The sentence with the vendor's words before it, where clients know the error by those alone.
QString worded(const QString &message, const char *words);
/// The last part of a path.
QByteArray lastOf(const QByteArray &path);

/// A model that a server lists; any other name is answered, too.
struct NamedModel
{
    const char *id, *label = "";
};
using ModelEntry = QByteArray (*)(const NamedModel &);
/// The entries of all, with commas between; and of the one that the path names.
QByteArray entriesOf(std::span<const NamedModel> models, ModelEntry entry);
std::optional<QByteArray> entryAt(const QByteArray &path, std::span<const NamedModel> models, ModelEntry entry);
/// The text of a string or of the parts of a list, and how many images are among them.
struct Content
{
    QString text;
    int images = 0;
};
Content readContent(const QJsonValue &content);
/// A positive whole number, or none; a refusal where there is something else.
std::optional<ServedRefusal> readLimit(const QJsonValue &value, const char *param, std::optional<int> *into);
/// A string or a list of them.
QStringList readStops(const QJsonValue &value);
/// Tools that are to be called although there are none, or that are not there.
std::optional<ServedRefusal> checkTools(const ServedPrompt &prompt, bool chosen);

} // namespace retryscope::served
