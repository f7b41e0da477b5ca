// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "fuzz.h"

#include "protocols/arraydecoder.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

using namespace retryscope;

namespace {

struct Decoded
{
    QVector<QByteArray> elements;
    bool closed = false, inside = false;
    bool operator==(const Decoded &) const = default;
};

template <typename Feed> Decoded decode(Feed feed)
{
    Decoded d;
    ArrayDecoder decoder;
    feed([&](QByteArrayView piece) { d.elements += decoder.feed(piece); });
    d.closed = decoder.closed();
    d.inside = decoder.isInside();
    return d;
}

} // namespace

/// Any split of an array gives the same elements, no more bytes than came in, and of a good one exactly its own.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const QByteArray bytes = '[' + fuzz::bytesOf(data, size);
    const Decoded whole = decode([&](auto take) { take(QByteArrayView(bytes)); });
    MUST(whole == decode([&](auto take) { fuzz::inPieces(bytes, take); }));
    MUST(whole == decode([&](auto take) { for (const char &c : bytes) take(QByteArrayView(&c, 1)); }));
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
