// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "fuzz.h"

#include "transport/responsereader.h"

using namespace retryscope;

namespace {

struct ReadResponse
{
    std::optional<HttpHead> head;
    QByteArray body;
    TransportFailure failure = TransportFailure::None;
    bool whole = false;
};

template <typename Feed> ReadResponse readAll(Feed feed)
{
    ReadResponse read;
    ResponseReader reader;
    feed([&](QByteArrayView piece) {
        while (!piece.isEmpty() && !reader.whole() && !reader.failed()) {
            const qsizetype taken = reader.feed(piece, &read.body);
            MUST(taken > 0 || reader.failed());
            MUST(taken <= piece.size());
            piece = piece.sliced(taken);
            if (read.body.size() > (8 << 20)) // packed bytes may become very many
                return;
        }
    });
    reader.end();
    read.head = reader.head();
    read.failure = reader.failure();
    read.whole = reader.whole();
    return read;
}

} // namespace

/// Any split of the bytes gives the same answer or the same failure, and never both or neither.
FUZZ_TARGET(response)
{
    const QByteArray bytes = fuzz::bytesOf(data, size);
    const ReadResponse whole = readAll([&](auto take) { take(QByteArrayView(bytes)); });
    const ReadResponse pieces = readAll([&](auto take) { fuzz::inPieces(bytes, take); });
    if (whole.body.size() > (8 << 20) || pieces.body.size() > (8 << 20))
        return 0;
    MUST(whole.whole == (whole.failure == TransportFailure::None));
    MUST(whole.whole == pieces.whole && whole.failure == pieces.failure
         && whole.head.has_value() == pieces.head.has_value());
    MUST(!whole.whole || whole.body == pieces.body);
    if (whole.head) {
        MUST(whole.head->status >= 200 && whole.head->status <= 999);
        MUST(whole.head->headers == pieces.head->headers);
        for (const auto &[name, value] : whole.head->headers)
            MUST(!name.contains('\n') && !value.contains('\n'));
    }
    return 0;
}
