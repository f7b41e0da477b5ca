// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "fuzz.h"

#include "protocols/sse.h"

using namespace retryscope;

namespace {

struct Decoded
{
    QVector<SseEvent> events;
    QByteArray unframed;
    bool overflowed = false;
};

template <typename Feed> Decoded decode(Feed feed)
{
    Decoded d;
    SseDecoder decoder;
    feed([&](QByteArrayView piece) { d.events += decoder.feed(piece); });
    d.events += decoder.end();
    d.unframed = decoder.unframed();
    d.overflowed = decoder.overflowed();
    return d;
}

void mustEqual(const Decoded &a, const Decoded &b)
{
    MUST(a.events.size() == b.events.size());
    for (qsizetype i = 0; i < a.events.size(); ++i) {
        MUST(a.events[i].name == b.events[i].name);
        MUST(a.events[i].data == b.events[i].data);
    }
    MUST(a.unframed == b.unframed);
    MUST(a.overflowed == b.overflowed);
}

} // namespace

/// Any split of the bytes gives the same events, and no more bytes than came in.
FUZZ_TARGET(sse)
{
    const QByteArray bytes = fuzz::bytesOf(data, size);
    const Decoded whole = decode([&](auto take) { take(QByteArrayView(bytes)); });
    mustEqual(whole, decode([&](auto take) { fuzz::inPieces(bytes, take); }));
    mustEqual(whole, decode([&](auto take) { for (const char &c : bytes) take(QByteArrayView(&c, 1)); }));
    qsizetype total = whole.unframed.size();
    for (const SseEvent &event : whole.events)
        total += event.data.size() + event.name.size();
    MUST(total <= bytes.size() + 1); // a last line without its end gets one in the unframed text
    return 0;
}
