// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "fuzz.h"

#include "protocols/rawjson.h"

#include <QJsonDocument>
#include <QJsonObject>

using namespace retryscope;

static QJsonObject objectOf(const QByteArray &text) { return QJsonDocument::fromJson(text).object(); }
/// As it would be written: a byte order mark at the start of a text is told from none where two objects are compared, but not
/// where one is taken out, written or shown.
static QByteArray written(const QJsonObject &object) { return QJsonDocument(object).toJson(QJsonDocument::Compact); }

/// Whatever a reader of JSON takes for an object is one here too, and each change gives what it would have made of it.
FUZZ_TARGET(rawobject)
{
    const QByteArray bytes = fuzz::bytesOf(data, size);
    const auto raw = RawObject::read(bytes);
    if (raw)
        MUST(raw->text() == bytes);
    if (!QJsonDocument::fromJson(bytes).isObject())
        return 0;
    MUST(raw);
    const QJsonObject naive = objectOf(bytes);
    MUST(raw->contains("model") == naive.contains(QStringLiteral("model")));
    RawObject set = *raw, removed = *raw, renamed = *raw;
    set.set("model", "\"y\"");
    QJsonObject expected = naive;
    expected[QLatin1String("model")] = QStringLiteral("y");
    MUST(written(objectOf(set.text())) == written(expected));
    removed.remove("model");
    expected.remove(QStringLiteral("model"));
    MUST(written(objectOf(removed.text())) == written(expected));
    renamed.rename("model", "other");
    expected = naive;
    if (expected.contains(QStringLiteral("model")))
        expected[QLatin1String("other")] = expected.take(QStringLiteral("model"));
    MUST(written(objectOf(renamed.text())) == written(expected));
    return 0;
}
