// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/routing.h"

#include "config/valuetext.h"
#include "engine/targets.h"
#include "protocols/losses.h"
#include "protocols/rawjson.h"
#include "protocols/registry.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QUuid>

#include <algorithm>

namespace retryscope {
namespace {

constexpr qsizetype longestModel = 300;

WireError wrong(const QString &message, const QString &field = {})
{
    return {.reason = RetryReason::InvalidRequest, .message = message, .param = field};
}

bool isEnabled(const Configuration &configuration, const ProviderId &id)
{
    const ProviderConfig *provider = findProvider(configuration, id);
    return provider && provider->enabled;
}

/// The route that a header names: a named one, or providers.
Expected<QVector<ProviderId>, WireError> routeFrom(const QByteArray &header, const Configuration &configuration)
{
    if (const auto named = configuration.routes.constFind(QString::fromUtf8(header.trimmed()));
        named != configuration.routes.constEnd())
        return *named;
    QVector<ProviderId> chain;
    for (const QByteArray &part : header.split(',')) {
        const ProviderId id = QString::fromUtf8(part.trimmed());
        if (id.isEmpty())
            continue;
        if (!isEnabled(configuration, id))
            return Unexpected{wrong(QStringLiteral("The header x-retryscope-route names \"%1\", which is no route and no enabled "
                                                   "provider of the configuration.")
                                        .arg(id))};
        chain.append(id);
    }
    return chain;
}

/// Takes a route's name or a provider's id out of a model's name.
void readModelName(const Configuration &configuration, CallerRequest *caller)
{
    const QString &name = caller->forward.passed.model;
    caller->forward.model = name;
    if (!caller->route.providers.isEmpty() || name.isEmpty())
        return;
    if (const auto route = configuration.routes.constFind(name); route != configuration.routes.constEnd()) {
        caller->route.providers = *route;
        return caller->forward.model.clear();
    }
    const auto isModelOf = [&](const ProviderId &id) {
        const ProviderConfig &provider = *findProvider(configuration, id);
        return provider.model == name || provider.modelMap.contains(name);
    };
    const QVector<ProviderId> enabled = enabledProviders(configuration);
    if (std::any_of(enabled.begin(), enabled.end(), isModelOf)) // a relay's models have slashes in their names, too
        return;
    const qsizetype slash = name.indexOf(QLatin1Char('/'));
    const ProviderId id = slash < 0 ? name : name.first(slash);
    if (!isEnabled(configuration, id))
        return;
    caller->route.providers = {id};
    caller->forward.model = slash < 0 ? QString() : name.mid(slash + 1);
    caller->forward.modelIsExact = !caller->forward.model.isEmpty();
}

std::optional<WireError> readHeaders(const HttpHeaders &headers, const Configuration &configuration, CallerRequest *caller)
{
    if (const QByteArray packed = headerValue(headers, "content-encoding");
        !packed.isEmpty() && packed.toLower() != "identity") {
        WireError unread =
            wrong(QStringLiteral("The body is packed (Content-Encoding: %1), which this gateway does not read. Send "
                                 "it as it is.")
                      .arg(QString::fromLatin1(packed.left(40))));
        unread.status = 415;
        return unread;
    }
    auto route = routeFrom(headerValue(headers, "x-retryscope-route"), configuration);
    if (!route)
        return route.error();
    caller->route.providers = *route;
    caller->forward.callerRepeat = headerValue(headers, "x-stainless-retry-count").toInt();
    const QByteArray lossy = headerValue(headers, "x-retryscope-lossy");
    caller->forward.mayDrop = lossy == "drop";
    if (!lossy.isEmpty() && lossy != "drop" && lossy != "refuse")
        return wrong(QStringLiteral("The header x-retryscope-lossy is drop or refuse."));
    if (const QByteArray mode = headerValue(headers, "x-retryscope-mode"); mode == "live" || mode == "complete")
        caller->forward.mode = mode == "live" ? StreamMode::Live : StreamMode::CompleteAnswer;
    else if (!mode.isEmpty())
        return wrong(QStringLiteral("The header x-retryscope-mode is live or complete."));
    if (const QByteArray text = headerValue(headers, "x-retryscope-deadline"); !text.isEmpty()) {
        const auto time = durationFromText(QString::fromLatin1(text));
        const bool bare = text.back() >= '0' && text.back() <= '9'; // seconds for one, milliseconds for another
        if (bare || !time || *time <= 0s)
            return wrong(QStringLiteral("The header x-retryscope-deadline is a time above zero with its unit, such as 30s or "
                                        "1500ms."));
        caller->forward.deadline = *time;
    }
    return std::nullopt;
}

/// Where it is there twice, the provider might read another one than the gateway has gone by.
std::optional<WireError> readTwice(const ForwardRequest &request)
{
    if (request.passed.modelInPath)
        return std::nullopt;
    const QString name = QString::fromLatin1(nameThatIsTwice(request.passed.body, {"model", "stream"}));
    return name.isEmpty()
               ? std::nullopt
               : std::optional(wrong(QStringLiteral("%1 stands there twice, and readers of JSON differ in which "
                                                    "one counts. Send it once.")
                                         .arg(name),
                                     name));
}

/// What the body of a prompt says.
std::optional<WireError> readPrompt(const Dialect &dialect, ForwardRequest *request)
{
    QJsonParseError problem;
    const QJsonDocument json = QJsonDocument::fromJson(request->passed.body, &problem);
    if (!json.isObject())
        return wrong(problem.error == QJsonParseError::NoError
                         ? QStringLiteral("The body is JSON but no object.")
                         : QStringLiteral("The body is no JSON: %1 at byte %2.").arg(problem.errorString()).arg(problem.offset));
    const QJsonObject body = json.object();
    if (!request->passed.modelInPath) {
        const QJsonValue model = body[QLatin1String("model")];
        if (!model.isString() && !model.isUndefined())
            return wrong(QStringLiteral("model must be a string, which is a model's name."), QStringLiteral("model"));
        request->passed.model = model.toString();
    }
    if (request->passed.model.isEmpty())
        return wrong(QStringLiteral("The request names no model."), QStringLiteral("model"));
    if (request->passed.model.size() > longestModel)
        return wrong(QStringLiteral("The model's name is longer than %1 characters.").arg(longestModel), QStringLiteral("model"));
    request->stream = dialect.stream || (!request->passed.modelInPath && body[QLatin1String("stream")].toBool());
    request->usageWanted = body[QLatin1String("stream_options")][QLatin1String("include_usage")].toBool();
    request->chat = Protocol::of(dialect.words).readRequest(dialect.path, body);
    request->unread =
        unreadFields(dialect.words, dialect.path, body) + unreadHeaders(dialect.words, request->passed.headers);
    if (request->chat)
        request->chat->stream = request->stream;
    return std::nullopt;
}

bool isRepeatable(const Dialect &dialect, const QByteArray &method)
{
    return dialect.action == ServedAction::Prompt || dialect.action == ServedAction::CountTokens || method == "GET"
           || method == "HEAD" || method == "PUT" || method == "DELETE" || method == "OPTIONS";
}

/// Why a request cannot be told to this provider at all: with its fields left out it asks nothing.
WireError nothingToTell(const ProviderConfig &provider, const ForwardRequest &forward)
{
    QStringList fields = forward.unread;
    fields.removeIf(isHint);
    if (!fields.isEmpty())
        return wrong(
            QStringLiteral("%1 of the request cannot be told to %2, which speaks another protocol, and without it the "
                           "request asks nothing.")
                .arg(lossesLine(fields), provider.id),
            fields.first());
    if (forward.isPrompt)
        return wrong(
            QStringLiteral("The request holds no message with anything in it, so there is nothing to tell to %1, which "
                           "speaks another protocol.")
                .arg(provider.id));
    return {.reason = RetryReason::ModelUnavailable,
            .message =
                QStringLiteral("No enabled provider speaks the protocol \"%1\", and this request cannot be translated.")
                    .arg(toKey(forward.passed.words))};
}

/// Why nobody on the route can be asked, by the first of them.
WireError nobodyCanBeTold(const Configuration &configuration, const CallerRequest &caller)
{
    const QVector<ProviderId> route =
        caller.route.providers.isEmpty() ? enabledProviders(configuration) : caller.route.providers;
    const ProviderConfig *first = route.isEmpty() ? nullptr : findProvider(configuration, route.first());
    if (!first)
        return {.reason = RetryReason::ModelUnavailable, .message = QStringLiteral("No provider is enabled.")};
    Losses losses = lossesAt(*first, caller.forward);
    if (!losses.refusal.isEmpty() && !caller.forward.chat)
        return nothingToTell(*first, caller.forward);
    if (!losses.refusal.isEmpty())
        return wrong(losses.refusal, refusedField(*caller.forward.chat));
    losses.fields.removeIf(isHint);
    return wrong(QStringLiteral("%1 of the request cannot be told to %2, which speaks another protocol. Leave it out, or allow "
                                "that with the header x-retryscope-lossy: drop.")
                     .arg(lossesLine(losses.fields), first->id),
                 losses.fields.value(0));
}

} // namespace

Expected<CallerRequest, WireError> readCaller(const ServedRequest &request, const Dialect &dialect,
                                              const Configuration &configuration)
{
    CallerRequest caller;
    ForwardRequest &forward = caller.forward;
    const bool isPrompt = dialect.action == ServedAction::Prompt;
    HttpHeaders headers;
    for (const auto &[name, value] : request.headers) {
        const bool isForm = isPrompt && name.compare("content-type", Qt::CaseInsensitive) == 0
                            && value.startsWith("application/x-www-form-urlencoded");
        if (mayPass(name)) // curl calls every body a form, and what is read here is JSON
            headers.append({name, isForm ? QByteArray("application/json") : value});
    }
    forward.passed = {dialect.words, request.method,           dialect.path, dialect.query, headers, request.body,
                      dialect.model, !dialect.model.isEmpty(), dialect.array};
    forward.isPrompt = isPrompt;
    forward.mayRepeat = isRepeatable(dialect, request.method);
    forward.answerId = QUuid::createUuid().toByteArray(QUuid::Id128);
    if (const auto problem = readHeaders(request.headers, configuration, &caller))
        return Unexpected{*problem};
    if (const auto problem = readTwice(forward))
        return Unexpected{*problem};
    if (forward.isPrompt) {
        if (const auto problem = readPrompt(dialect, &forward))
            return Unexpected{*problem};
    } else if (!forward.passed.modelInPath) {
        const QJsonObject body = QJsonDocument::fromJson(request.body).object();
        forward.passed.model = body[QLatin1String("model")].toString();
    }
    readModelName(configuration, &caller);
    if (chainFor(configuration, forward, caller.route.providers).isEmpty())
        return Unexpected{nobodyCanBeTold(configuration, caller)};
    return caller;
}

QStringList modelNames(const Configuration &configuration)
{
    QStringList names, ids;
    for (const ProviderId &id : enabledProviders(configuration)) {
        const ProviderConfig &provider = *findProvider(configuration, id);
        names << provider.model;
        for (auto it = provider.modelMap.keyBegin(); it != provider.modelMap.keyEnd(); ++it) {
            if (*it != QLatin1String("*"))
                names << *it;
        }
        ids << id;
    }
    names += configuration.routes.keys();
    names += ids;
    names.removeAll(QString());
    names.removeDuplicates();
    return names;
}

} // namespace retryscope
