// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "fuzz.h"

#include "http/requestparser.h"

#include <QVector>

using namespace retryscope;

namespace {

struct Served
{
    QVector<ServedRequest> requests;
    QVector<bool> open;
    int error = 0;
};

template <typename Feed> Served serve(Feed feed)
{
    Served served;
    RequestParser parser;
    feed([&](QByteArrayView piece) {
        parser.feed(piece);
        while (const auto request = parser.next()) {
            served.requests.append(*request);
            served.open.append(parser.keepAlive());
        }
    });
    served.error = parser.error();
    return served;
}

} // namespace

/// Any split of the bytes gives the same requests and the same refusal, within the limits.
FUZZ_TARGET(served_request)
{
    const QByteArray bytes = fuzz::bytesOf(data, size);
    const Served whole = serve([&](auto take) { take(QByteArrayView(bytes)); });
    const Served pieces = serve([&](auto take) { fuzz::inPieces(bytes, take); });
    MUST(whole.error == 0 || whole.error == 400 || whole.error == 413 || whole.error == 417 || whole.error == 431
         || whole.error == 501);
    MUST(whole.error == pieces.error);
    MUST(whole.requests.size() == pieces.requests.size());
    MUST(whole.open == pieces.open);
    for (qsizetype i = 0; i < whole.requests.size(); ++i) {
        const ServedRequest &a = whole.requests[i], &b = pieces.requests[i];
        MUST(a.method == b.method && a.target == b.target && a.headers == b.headers && a.body == b.body);
        MUST(!a.method.isEmpty() && !a.target.isEmpty());
        MUST(a.body.size() <= qsizetype(RequestParser::bodyLimit));
        qsizetype head = 0;
        for (const auto &[name, value] : a.headers) {
            MUST(!name.isEmpty() && !name.contains(' ') && !value.contains('\n') && !value.contains('\r'));
            head += name.size() + value.size();
        }
        MUST(head <= qsizetype(2 * RequestParser::headerLimit)); // and as much again for the trailer of a chunked body
    }
    return 0;
}
