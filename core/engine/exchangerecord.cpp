// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "engine/exchangerecord.h"

#include <algorithm>

namespace retryscope {

void ExchangeRecord::append(const ExchangeRecord &piece)
{
    if (piece.isStarted()) {
        method = piece.method;
        url = piece.url;
        requestHeaders = piece.requestHeaders;
        requestBody = piece.requestBody;
        requestSize = piece.requestSize;
    }
    const auto take = [](std::optional<Duration> *into, const std::optional<Duration> &from) {
        if (from)
            *into = from;
    };
    take(&sent, piece.sent);
    take(&head, piece.head);
    take(&firstByte, piece.firstByte);
    take(&firstToken, piece.firstToken);
    take(&ended, piece.ended);
    if (piece.status) {
        status = piece.status;
        responseHeaders = piece.responseHeaders;
    }
    raw += piece.raw;
    received = std::max(received, piece.received);
    truncated |= piece.truncated;
    onPurpose |= piece.onPurpose;
    events += piece.events;
    eventCount = std::max(eventCount, piece.eventCount);
    reasoning += piece.reasoning;
    if (!piece.toolCalls.isEmpty())
        toolCalls = piece.toolCalls;
    if (piece.ended) {
        gaveUp = piece.gaveUp;
        reason = piece.reason;
        rule = piece.rule;
        message = piece.message;
    }
}

} // namespace retryscope
