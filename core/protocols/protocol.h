// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "policy/ratelimits.h"
#include "protocols/answertraits.h"
#include "protocols/provider.h"
#include "transport/transport.h"

#include <QJsonObject>

#include <algorithm>
#include <memory>
#include <optional>

namespace retryscope {

/// What has been read of an answer so far.
struct Answer : AnswerTraits
{
    QString text;
    AnswerContent content;
    QString model;                  ///< that answered, in the provider's word, at most 256 characters; empty: it tells none
    QString detail;                 ///< what the provider adds to a refusal, such as its category
    bool complete = false;          ///< a finish reason was read, and no output after it
    bool ended = false;             ///< nothing more is to come
    bool refused = false;           ///< ended by a content filter or a refusal
    int pieces = 0;                 ///< of output that belongs to the answer, thoughts not counted
    bool othersSpoke = false;       ///< output of a choice that is not the answer's own came
    std::optional<int> tokensIn, tokensOut;
    std::optional<int> tokensFresh,
        tokensWritten; ///< of the tokens that went in, where the wire tells them apart: not from the cache, written to it
    std::optional<FailureFacts> failure; ///< an error inside the answer

    void addText(const QString &more)
    {
        text += more;
        pieces += !more.isEmpty();
    }
    void takeModel(const QJsonValue &name)
    {
        if (const QString told = name.toString(); !told.isEmpty())
            model = told.left(256);
    }
    void addToolCall() { toolCalls = true; ++pieces; }
    void addThought(const QString &more)
    {
        content.reasoning += more;
        reasoning = true;
    }
    /// The call at this place among the answer's, made where it is not there yet; at most 256 are kept.
    ToolCall &callAt(qsizetype place)
    {
        place = std::clamp<qsizetype>(place, 0, 255);
        if (content.toolCalls.size() <= place)
            content.toolCalls.resize(place + 1);
        return content.toolCalls[place];
    }
    ToolCall &newCall() { return callAt(content.toolCalls.size()); }
    void addOther() { otherOutput = true; ++pieces; }
    /// Each of the other choices has its finish reason.
    bool othersEnded() const
    {
        return std::none_of(content.others.begin(), content.others.end(),
                            [](const AnswerChoice &c) { return c.finishReason.isEmpty(); });
    }
};

/// Counts of a later event replace those before it, but a 0 that comes late says nothing.
void takeCount(const QJsonValue &count, std::optional<int> *into);

class AnswerWriter;
struct WriterContext;
struct WireError;
struct WrittenError;

/// One wire format: builds the request and reads the JSON objects of its answers, whole or streamed. For callers of its own
/// it goes the other way: reads requests, writes answers and errors.
class Protocol
{
public:
    virtual ~Protocol() = default;
    /// The other way: what a request of this wire asks for; `messages` hold everything that was said. None: it holds no message.
    virtual std::optional<ChatRequest> readRequest(const QByteArray &path, const QJsonObject &body) const = 0;
    virtual HttpRequest buildRequest(const ProviderConfig &provider, const ChatRequest &chat,
                                     const QByteArray &key) const = 0;
    /// Why the request must not be sent on this wire: it has no word for something without which the answer would be another
    /// one. Names the field. Empty: it can be sent.
    virtual QString refusal(const ChatRequest &chat) const { Q_UNUSED(chat) return {}; }
    /// Fields of a request of this wire that readRequest() does not carry; of one for it that buildRequest() has no word for.
    /// See losses.h.
    virtual QStringList unread(const QByteArray &path, const QJsonObject &body) const = 0;
    virtual QStringList unsayable(const ChatRequest &chat) const = 0;
    /// One streamed event; `name` is the SSE event's name.
    virtual void readEvent(const QByteArray &name, const QJsonObject &object, Answer *answer) const = 0;
    virtual void readReply(const QJsonObject &object, Answer *answer) const = 0;
    /// The stream's end mark that is no JSON, such as [DONE].
    virtual bool isEndMark(QByteArrayView data) const { Q_UNUSED(data) return false; }
    /// The wire has no end mark: a stream ends with its connection.
    virtual bool endsWithConnection() const { return false; }

    /// See answerwriter.h and wireerror.h.
    virtual std::unique_ptr<AnswerWriter> writer(const WriterContext &context) const = 0;
    virtual WrittenError writeError(const WireError &error) const = 0;
    virtual QByteArray writeErrorEvent(const WireError &error) const = 0;

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
