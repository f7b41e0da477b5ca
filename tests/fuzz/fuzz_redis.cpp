// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "fuzz.h"

#include "fleet/redisreader.h"

using namespace retryscope;

namespace {

qsizetype bytesIn(const RedisValue &value)
{
    qsizetype bytes = value.text.size();
    for (const RedisValue &one : value.list)
        bytes += bytesIn(one);
    return bytes;
}

bool same(const RedisValue &a, const RedisValue &b)
{
    if (a.kind != b.kind || a.text != b.text || a.number != b.number || a.list.size() != b.list.size())
        return false;
    for (qsizetype i = 0; i < a.list.size(); ++i) {
        if (!same(a.list[i], b.list[i]))
            return false;
    }
    return true;
}

struct ReadValues
{
    QVector<RedisValue> values;
    bool good = true;
};

template <typename Feed> ReadValues read(Feed feed)
{
    ReadValues all;
    RedisReader reader;
    feed([&](QByteArrayView piece) {
        if (!all.good)
            return;
        reader.feed(piece.toByteArray());
        while (const auto value = reader.next())
            all.values.append(*value);
        all.good = reader.problem().isEmpty();
    });
    return all;
}

} // namespace

/// Any split of the bytes gives the same values, which hold no more than came in; but what came together with bytes that are
/// refused may be refused with them.
FUZZ_TARGET(redis)
{
    const QByteArray bytes = fuzz::bytesOf(data, size);
    const ReadValues whole = read([&](auto take) { take(QByteArrayView(bytes)); });
    const ReadValues pieces = read([&](auto take) { fuzz::inPieces(bytes, take); });
    MUST(whole.good == pieces.good);
    MUST(whole.good ? whole.values.size() == pieces.values.size() : whole.values.size() <= pieces.values.size());
    qsizetype total = 0;
    for (qsizetype i = 0; i < whole.values.size(); ++i) {
        MUST(same(whole.values[i], pieces.values[i]));
        total += bytesIn(whole.values[i]);
    }
    MUST(total <= bytes.size());
    return 0;
}
