// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "policy/ratelimits.h"
#include "protocols/provider.h"
#include "transport/transport.h"

#include <QJsonObject>

#include <optional>

namespace retryscope {

/// What has been read of an answer so far.
struct Answer
{
    QString text;
    QString finishReason;
    QString detail;                 ///< what the provider adds to a refusal, such as its category
    bool complete = false;          ///< the protocol's own end was seen
    bool ended = false;             ///< and nothing more is to come
    bool refused = false;           ///< ended by a content filter or a refusal
    bool otherOutput = false;       ///< tool calls and the like: empty text is then no fault
    int undecodable = 0;            ///< stream events that could not be read and were skipped
    std::optional<int> tokensIn, tokensOut;
    std::optional<FailureFacts> failure; ///< an error inside the answer
};

/// One wire format: builds the request and reads the JSON objects of its answers, whole or streamed.
class Protocol
{
public:
    virtual ~Protocol() = default;
    virtual HttpRequest buildRequest(const ProviderConfig &provider, const Prompt &prompt, const QByteArray &key) const = 0;
    /// One streamed event; `name` is the SSE event's name.
    virtual void readEvent(const QByteArray &name, const QJsonObject &object, Answer *answer) const = 0;
    virtual void readReply(const QJsonObject &object, Answer *answer) const = 0;
    /// The stream's end mark that is no JSON, such as [DONE].
    virtual bool isEndMark(QByteArrayView data) const { Q_UNUSED(data) return false; }

    static const Protocol &of(ProtocolKind kind);
};

/// Reads an error body in any of the known shapes, JSON or not, into codes, message and hint. The message is bounded
/// and a page is only named.
void readErrorBody(const QByteArray &body, FailureFacts *facts);
void readErrorObject(const QJsonObject &object, FailureFacts *facts);
/// retry-after-ms, retry-after, x-should-retry, limits; a header's hint wins over the body's. Sets `wall` where it is
/// not set: the response's Date, or `now` without one.
void readErrorHeaders(const HttpHeaders &headers, WallTime now, FailureFacts *facts);

/// The limits that a response's headers tell; none where it tells none. `now` only where the response has no Date.
LimitWindows readLimits(ProtocolKind kind, const HttpHeaders &headers, WallTime now);
/// The headers worth showing, in order: limits, waits, request ids, timing, date, type. Never credentials, cookies or
/// account names; at most 48 of at most 200 characters.
QVector<std::pair<QString, QString>> seenHeaders(const HttpHeaders &headers);

/// By the host, then by the protocol.
Vendor vendorOf(const ProviderConfig &provider);

} // namespace retryscope
