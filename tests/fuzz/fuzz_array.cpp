// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "fuzz.h"

#include "protocols/arraydecoder.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

using namespace retryscope;

namespace {

struct DecodedArray
{
    QVector<QByteArray> elements;
    bool closed = false, inside = false;
    bool operator==(const DecodedArray &) const = default;
};

template <typename Feed> DecodedArray decodeArray(Feed feed)
{
    DecodedArray d;
    ArrayDecoder decoder;
    feed([&](QByteArrayView piece) { d.elements += decoder.feed(piece); });
    d.closed = decoder.closed();
    d.inside = decoder.isInside();
    return d;
}

} // namespace

/// Any split of an array gives the same elements, no more bytes than came in, and of a good one exactly its own.
FUZZ_TARGET(array)
{
    const QByteArray bytes = '[' + fuzz::bytesOf(data, size);
    const DecodedArray whole = decodeArray([&](auto take) { take(QByteArrayView(bytes)); });
    MUST(whole == decodeArray([&](auto take) { fuzz::inPieces(bytes, take); }));
    MUST(whole == decodeArray([&](auto take) { for (const char &c : bytes) take(QByteArrayView(&c, 1)); }));
    MUST(!whole.closed || !whole.inside);
    qsizetype total = 0;
    for (const QByteArray &element : whole.elements) {
        MUST(!element.trimmed().isEmpty());
        total += element.size();
    }
    MUST(total <= bytes.size());
    const QJsonDocument json = QJsonDocument::fromJson(bytes);
    if (!json.isArray())
        return 0;
    const QJsonArray array = json.array();
    MUST(whole.closed && whole.elements.size() == array.size());
    for (qsizetype i = 0; i < array.size(); ++i)
        MUST(!array[i].isObject() || QJsonDocument::fromJson(whole.elements[i]).object() == array[i].toObject());
    return 0;
}
