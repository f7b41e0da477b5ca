// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/servedjson.h"

#include <QJsonArray>
#include <QJsonDocument>

#include <cmath>

namespace retryscope::served {

QByteArray json(const QString &text) { return QJsonDocument(QJsonArray{text}).toJson(QJsonDocument::Compact).sliced(1).chopped(1); }

QByteArray event(const QByteArray &data, const QByteArray &name)
{
    return (name.isEmpty() ? QByteArray() : "event: " + name + "\n") + "data: " + data + "\n\n";
}

QByteArray finishWord(const ServedAnswer &a, std::array<const char *, 4> words)
{
    if (a.finish == ServedFinish::None)
        return "null";
    return '"' + QByteArray(a.finish == ServedFinish::Foreign ? "overloaded_error" : words[std::size_t(a.finish)]) + '"';
}

HttpHeaders jsonHeaders(HttpHeaders more)
{
    more.prepend({"Content-Type", "application/json"});
    return more;
}

HttpHeaders retryAfter(Duration d) { return jsonHeaders({{"Retry-After", num(int(std::ceil(toSeconds(d))))}}); }

} // namespace retryscope::served
