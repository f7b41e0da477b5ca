// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "engine/faultanswers.h"

#include "protocols/registry.h"
#include "protocols/serving.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QUuid>

namespace retryscope {
namespace {

constexpr Duration playedHint = 2s;
constexpr int playedLimit = 500;

ServedContext faultContext(const ProviderConfig &provider, WallTime now)
{
    ServedContext context;
    context.token = QUuid::createUuid().toRfc4122().toHex();
    context.now = now;
    context.model = provider.model;
    context.retryAfter = playedHint;
    context.limit = context.left = playedLimit;
    return context;
}

/// The head of an answer that begins well.
HttpHeaders goodHeaders(const Serving &serving, const ServedContext &context, bool stream)
{
    return HttpHeaders{{"Content-Type", stream ? "text/event-stream; charset=utf-8" : "application/json"}}
           + serving.headers(context);
}

/// An answer as it would begin, streamed where it is asked for so.
FaultAnswer begun(const Serving &serving, const ServedContext &context, const HttpRequest &request)
{
    const auto asked = serving.readRequest(request.url.path().toUtf8(), QJsonDocument::fromJson(request.body).object());
    ServedAnswer answer;
    answer.context = context;
    answer.words = {QStringLiteral("This"), QStringLiteral(" answer"), QStringLiteral(" breaks"), QStringLiteral(" off")};
    answer.tokensIn = asked ? asked->tokens() : 1;
    FaultAnswer played;
    const bool stream = asked && asked->stream;
    played.headers = goodHeaders(serving, context, stream);
    if (stream) {
        played.body = serving.opening(answer);
        for (int word = 0; word < int(answer.words.size()); ++word)
            played.body += serving.delta(answer, word);
    } else {
        const QByteArray whole = request.method == "GET" ? serving.models(context) : serving.whole(answer);
        played.body = whole.left(whole.size() / 2);
    }
    return played;
}

/// Whoever reads the words of the error, in a log of a program that knows nothing of us, is to see that nobody broke. Behind
/// the vendor's own words, which stay whole.
QByteArray saidOnPurpose(const QByteArray &body)
{
    QJsonObject object = QJsonDocument::fromJson(body).object();
    const QLatin1String key("message"), errorKey("error");
    const auto mark = [key](QJsonObject said) {
        if (said[key].isString())
            said[key] = said[key].toString() + QStringLiteral(" (on purpose)");
        return said;
    };
    if (object.isEmpty())
        return body;
    if (object[errorKey].isObject())
        object[errorKey] = mark(object[errorKey].toObject());
    return QJsonDocument(mark(object)).toJson(QJsonDocument::Compact);
}

} // namespace

FaultAnswer faultAnswer(const ProviderConfig &provider, PlayedFault fault, const HttpRequest &request, WallTime now)
{
    const Serving &serving = wireOf(provider.protocol).serving->at(request.url.path().toUtf8());
    ServedContext context = faultContext(provider, now);
    const auto refused = [&](ServedFault as) {
        const ServedError error = serving.error(as, context);
        return FaultAnswer{error.status, error.headers, saidOnPurpose(error.body)};
    };
    switch (fault) {
    case PlayedFault::RateLimit: context.left = 0; return refused(ServedFault::RateLimit);
    case PlayedFault::Unavailable: return refused(ServedFault::Unavailable);
    case PlayedFault::Overloaded: return refused(ServedFault::Busy);
    case PlayedFault::CutStream: return begun(serving, context, request);
    case PlayedFault::Malformed:
        return {200, goodHeaders(serving, context, false), "{\"answer\": this is no JSON, on purpose"};
    default: return refused(ServedFault::ServerError);
    }
}

} // namespace retryscope
