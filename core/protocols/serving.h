// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/expected.h"
#include "base/time.h"
#include "transport/transport.h"

#include <QJsonObject>
#include <QStringList>
#include <QVector>

#include <optional>

namespace retryscope {

/// How a served answer finishes; Foreign: with a word that reports a failure behind a relay.
enum class ServedFinish : quint8 { Stop, Filter, Length, ToolCalls, Foreign, None };

/// What a provider may refuse a request with. Unavailable and Busy are 503 and 529 with a hint.
enum class ServedFault : quint8 {
    RateLimit, RateLimitNoHint, QuotaExhausted, Overloaded, ServerError, WrongKey, ModelMissing, ContextLength,
    ContentFilter, Unavailable, Busy,
};

/// What a path of a wire is for.
enum class ServedAction : quint8 { None, Prompt, Models, Model, CountTokens };

/// A function that the model may call.
struct ServedTool
{
    QString name, description;
    QJsonValue schema; ///< of its arguments
};
enum class ServedToolChoice : quint8 { Auto, None, Any };

/// What a request asks for, as far as a server looks at it.
struct ServedPrompt
{
    QString model;
    QString text;              ///< of the last turn of the user
    QStringList toolResults;   ///< where the last turn answers tool calls
    int images = 0;            ///< in the last turn
    int characters = 0;        ///< of all turns
    bool stream = false;
    bool includeUsage = false; ///< a stream is to end with its usage
    QVector<ServedTool> tools;
    ServedToolChoice choice = ServedToolChoice::Auto;
    QStringList allowedTools;  ///< where the choice is Any; empty: every tool
    bool json = false;         ///< the answer is to be JSON
    QJsonValue schema;         ///< that it is to fit; undefined: any object
    std::optional<int> maxTokens;
    QStringList stops;
    int tokens() const { return characters / 4 + 1 + images * 85; }
};

/// A request that cannot be served, before it is told in a wire's words.
struct ServedRefusal
{
    int status = 400;
    QString message;
    QString param; ///< the field that is at fault; may be empty
};

/// What a server knows of one exchange.
struct ServedContext
{
    QByteArray token;      ///< 32 hex digits, never twice: the ids are made of it
    WallTime now{};
    QString model;
    Duration retryAfter{}; ///< what a hint tells
    int limit = 500, left = 500; ///< requests of a minute
};

struct ServedCall
{
    QString name;
    QJsonObject arguments;
};

/// What a served answer says.
struct ServedAnswer
{
    ServedContext context;
    QStringList words;         ///< joined as they are
    QVector<ServedCall> calls; ///< where the finish is ToolCalls
    QString stopWord;          ///< that ended it; empty: none
    int tokensIn = 0;
    bool includeUsage = true;  ///< OpenAI sends streamed usage only when asked
    ServedFinish finish = ServedFinish::Stop; ///< ToolCalls: it is tool calls, and no text
    bool finishEverywhere = false; ///< every event carries the finish reason
    bool thoughts = false;     ///< the words are the model's thoughts, and there is no text
    int tokensOut() const { return int(words.size()) + 12 * int(calls.size()); }
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
    /// What answers this path: this one, or another interface of the same vendor.
    virtual const Serving &at(const QByteArray &path) const { Q_UNUSED(path) return *this; }
    virtual ServedAction action(const QByteArray &method, const QByteArray &path) const = 0;
    /// None: the headers and the query are as the wire wants them. `keyRequired`: one without a key is refused.
    virtual std::optional<ServedRefusal> checkAccess(const QByteArray &target, const HttpHeaders &headers,
                                                     bool keyRequired) const = 0;
    /// Of Prompt and CountTokens.
    virtual Expected<ServedPrompt, ServedRefusal> readRequest(const QByteArray &path,
                                                              const QJsonObject &body) const = 0;

    virtual QByteArray whole(const ServedAnswer &answer) const = 0;
    virtual QByteArray opening(const ServedAnswer &) const { return {}; }
    /// A finish reason that comes before the text.
    virtual QByteArray early(const ServedAnswer &answer) const = 0;
    /// The event of one of the answer's words.
    virtual QByteArray delta(const ServedAnswer &answer, int word) const = 0;
    virtual QByteArray ending(const ServedAnswer &answer) const = 0;
    virtual QByteArray errorEvent(const ServedContext &context) const = 0;

    /// The list of models; of the one that the path names, none where there is no such.
    virtual QByteArray models(const ServedContext &context) const = 0;
    virtual std::optional<QByteArray> model(const QByteArray &path, const ServedContext &context) const = 0;
    virtual QByteArray tokenCount(int) const { return {}; }

    /// Status 0: this wire has no error for it, and tells it in an answer.
    virtual ServedError error(ServedFault fault, const ServedContext &context) const = 0;
    virtual ServedError refuse(const ServedRefusal &refusal, const ServedContext &context) const = 0;
    /// What every response carries.
    virtual HttpHeaders headers(const ServedContext &context) const = 0;
    /// The rate limits that every answer tells.
    virtual HttpHeaders limits(const ServedContext &context) const = 0;
};

} // namespace retryscope
