// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/time.h"
#include "transport/transport.h"

#include <QJsonObject>
#include <QStringList>

#include <optional>

namespace retryscope {

/// How a served answer finishes; Foreign: with a word that reports a failure behind a relay.
enum class ServedFinish : quint8 { Stop, Filter, Length, ToolCalls, Foreign, None };

/// What a provider may refuse a request with.
enum class ServedFault : quint8 { RateLimit, RateLimitNoHint, QuotaExhausted, Overloaded, ServerError, WrongKey, ModelMissing, ContextLength, ContentFilter };

/// What a request asks for, as far as a server looks at it.
struct ServedPrompt
{
    QString model;
    QString text;              ///< of the last message
    bool stream = false;
    bool includeUsage = false; ///< a stream is to end with its usage
};

/// What a served answer says.
struct ServedAnswer
{
    QString model;
    QStringList words;
    int tokensIn = 0;
    bool includeUsage = true; ///< OpenAI sends streamed usage only when asked
    ServedFinish finish = ServedFinish::Stop; ///< ToolCalls: it is a tool call, and no text
    bool finishEverywhere = false; ///< every event carries the finish reason
    bool thoughts = false;    ///< the words are the model's thoughts, and there is no text
};

struct ServedError
{
    int status = 0;
    HttpHeaders headers;
    QByteArray body;
};

/// The server's side of one wire: what it reads of a request, and the bodies, events, endings and errors that it writes.
class Serving
{
public:
    virtual ~Serving() = default;
    /// A POST to this path is a prompt.
    virtual bool takes(const QByteArray &path) const = 0;
    /// None: the body holds no message.
    virtual std::optional<ServedPrompt> readRequest(const QByteArray &path, const QJsonObject &body) const = 0;
    virtual QByteArray whole(const ServedAnswer &answer) const = 0;
    virtual QByteArray opening(const ServedAnswer &) const { return {}; }
    /// A finish reason that comes before the text.
    virtual QByteArray early(const ServedAnswer &answer) const = 0;
    virtual QByteArray delta(const ServedAnswer &answer, const QString &text) const = 0;
    virtual QByteArray ending(const ServedAnswer &answer) const = 0;
    virtual QByteArray errorEvent() const = 0;
    /// Status 0: this wire has no error for it, and tells it in an answer.
    virtual ServedError error(ServedFault fault, Duration retryAfter) const = 0;
    virtual ServedError badRequest(int status, const QString &message) const = 0;
    /// The rate-limit headers that every answer carries.
    virtual HttpHeaders limits(int served) const = 0;
};

} // namespace retryscope
