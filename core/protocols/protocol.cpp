// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "base/wildcard.h"
#include "protocols/wireformats.h"

#include <QRegularExpression>

#include <algorithm>
#include <array>
#include <tuple>

namespace retryscope {

namespace {

/// "/v1beta/models"
bool beginsWithVersion(const QString &path)
{
    return path.size() > 2 && path.startsWith(QLatin1String("/v")) && path[2] >= u'0' && path[2] <= u'9';
}

/// What may stand behind a base URL that was copied from somewhere as a whole address.
QStringList endpointTails(const Wire &wire)
{
    QStringList tails{QStringLiteral("/chat/completions")};
    for (QString path : {QString::fromLatin1(wire.requestPath), QString::fromLatin1(wire.modelsPath)}) {
        path.truncate(path.indexOf(QLatin1String("/{model}")) < 0 ? path.size()
                                                                  : path.indexOf(QLatin1String("/{model}")));
        tails << (beginsWithVersion(path) ? path.mid(std::max<qsizetype>(0, path.indexOf(QLatin1Char('/'), 1))) : path);
    }
    if (!QLatin1String(wire.requestPath).contains(QLatin1String("{model}")))
        tails.removeOne(QStringLiteral("/models")); // a path of its own on some hosts
    return tails;
}

/// The base URL's path as the wire's paths are to stand behind it: without slashes at its end, without an endpoint that
/// was copied along, with no version twice; the vendor's own where its host stands alone.
QString basePath(const Wire &wire, const QUrl &base)
{
    static const QRegularExpression twice(QStringLiteral("(/v[0-9][^/]*)\\1$")),
        method(QStringLiteral("/models/[^/]*:[A-Za-z]+$"));
    QString path = base.path(QUrl::FullyEncoded);
    const auto chopSlashes = [&path] {
        while (path.endsWith(QLatin1Char('/')))
            path.chop(1);
    };
    chopSlashes();
    if (path.contains(QLatin1Char(':')))
        path.remove(method);
    for (const QString &tail : endpointTails(wire)) {
        if (path.endsWith(tail))
            path.chop(tail.size());
    }
    chopSlashes();
    if (path.count(QLatin1String("/v")) > 1)
        path.replace(twice, QStringLiteral("\\1"));
    const QString version = QString::fromLatin1(wire.requestPath).section(QLatin1Char('/'), 0, 1);
    if (beginsWithVersion(version) && path.endsWith(version))
        path.chop(version.size());
    if (!path.isEmpty())
        return path;
    const QUrl own(QString::fromLatin1(wire.baseUrl));
    return base.host() == own.host() ? own.path() : path;
}

/// Google's names may be written with the path before them.
QString modelName(const QString &model) { return model.startsWith(QLatin1String("models/")) ? model.mid(7) : model; }

} // namespace

QUrl endpoint(const Wire &wire, const QUrl &base, const QString &path, const QString &query)
{
    QUrl url = base;
    url.setPath(basePath(wire, base) + path, QUrl::StrictMode);
    if (!query.isEmpty())
        url.setQuery(query);
    return url;
}

HttpRequest startRequest(const Wire &wire, const ProviderConfig &provider, const ChatRequest &chat,
                         const QByteArray &key)
{
    const bool own = chat.stream && *wire.streamPath;
    QString path = QLatin1String(own ? wire.streamPath : wire.requestPath);
    path.replace(QStringLiteral("{model}"),
                 QString::fromLatin1(QUrl::toPercentEncoding(modelName(modelFor(provider, chat.model)))));
    HttpRequest request;
    request.url = endpoint(wire, provider.baseUrl, path, own ? QString::fromLatin1(wire.streamQuery) : QString());
    request.headers = HttpHeaders{{"Content-Type", "application/json"}} + wire.headers;
    if (!key.isEmpty())
        request.headers.append({wire.keyHeader, wire.keyPrefix + key});
    return request;
}

HttpRequest modelListRequest(const ProviderConfig &provider, const QByteArray &key)
{
    const Wire &wire = wireOf(provider.protocol);
    HttpRequest request;
    request.method = "GET";
    request.url = endpoint(wire, provider.baseUrl, QLatin1String(wire.modelsPath));
    request.headers = HttpHeaders{{"Accept", "application/json"}} + wire.headers;
    if (!key.isEmpty())
        request.headers.append({wire.keyHeader, wire.keyPrefix + key});
    return request;
}

const Protocol &Protocol::of(ProtocolKind kind) { return *wireOf(kind).protocol; }

/// An error of a server that knows nothing of models: words, and not one field of an answer or of an event.
static bool isBareError(const QJsonObject &object)
{
    for (const char *field : {"choices", "candidates", "type", "object", "id", "done", "model", "response", "usage",
                              "event_type", "promptFeedback", "usageMetadata"}) {
        if (object.contains(QLatin1String(field)))
            return false;
    }
    const QJsonValue detail = object[QLatin1String("detail")];
    return !detail.toString().isEmpty() || !detail.toArray().isEmpty()
           || !object[QLatin1String("message")].toString().isEmpty()
           || !object[QLatin1String("errors")].toArray().isEmpty()
           || (object[QLatin1String("status")].toInt() >= 400 && !object[QLatin1String("title")].toString().isEmpty());
}

bool readInnerError(const QJsonObject &object, Answer *answer)
{
    const QJsonValue error = object[QLatin1String("error")];
    const bool flat = object[QLatin1String("object")].toString() == QLatin1String("error"); // Mistral, old vLLM
    const bool listed = error.isArray() && !error.toArray().isEmpty(); // Cloudflare
    const QJsonValue base = object[QLatin1String("base_resp")]; // MiniMax
    const bool inBase = base.isObject() && base[QLatin1String("status_code")].toInt() != 0;
    const bool blank = error.toObject().isEmpty() && !object[QLatin1String("choices")].toArray().isEmpty();
    if (!flat && !listed && !inBase && (!error.isObject() || blank) && error.toString().isEmpty()
        && !isBareError(object))
        return false;
    takeError(object, answer);
    return true;
}

void takeError(const QJsonObject &object, Answer *answer)
{
    answer->failure = FailureFacts{.status = 200};
    FailureFacts &facts = *answer->failure;
    readErrorObject(object, &facts);
    facts.malformed = facts.status < 300 && facts.codes.empty() && facts.message.empty();
    if (facts.malformed)
        facts.message = "The answer holds an error that says nothing.";
    else if (facts.status < 300) // with no better word, the server failed
        facts.codes.emplace_back("answer:error");
}

void takeCount(const QJsonValue &count, std::optional<int> *into)
{
    if (count.isDouble() && (count.toInt() > 0 || !*into))
        *into = count.toInt();
}

Vendor vendorOf(const ProviderConfig &provider)
{
    struct Host { const char *suffix; Vendor vendor; };
    static constexpr Host hosts[] = {
        {"openai.azure.com", Vendor::Azure},   {"cognitiveservices.azure.com", Vendor::Azure},
        {"api.openai.com", Vendor::OpenAi},    {"anthropic.com", Vendor::Anthropic},
        {"googleapis.com", Vendor::Google},    {"mistral.ai", Vendor::Mistral},
        {"openrouter.ai", Vendor::OpenRouter}, {"groq.com", Vendor::Groq},
        {"deepseek.com", Vendor::DeepSeek},    {"x.ai", Vendor::Xai},
        {"cerebras.ai", Vendor::Cerebras},     {"ollama.com", Vendor::Ollama},
    };
    const QString host = provider.baseUrl.host();
    for (const Host &row : hosts) {
        const QLatin1String suffix(row.suffix);
        if (host == suffix || (host.endsWith(suffix) && host[host.size() - suffix.size() - 1] == QLatin1Char('.')))
            return row.vendor;
    }
    if (provider.baseUrl.port() == 11434)
        return Vendor::Ollama;
    return wireOf(provider.protocol).vendor;
}

bool isSameServer(const ProviderConfig &a, const ProviderConfig &b)
{
    const auto place = [](const ProviderConfig &p) {
        return std::tie(p.protocol, p.baseUrl, p.simulated, p.headers, p.query, p.caFile, p.proxy);
    };
    return place(a) == place(b);
}

TrafficKinds kindsOf(const ProviderConfigs &providers)
{
    TrafficKinds kinds;
    for (const ProviderConfig &p : providers)
        (p.simulated ? kinds.simulated : kinds.real) |= p.enabled;
    return kinds;
}

ProviderConfigs inOrder(ProviderConfigs providers)
{
    std::stable_sort(providers.begin(), providers.end(),
                     [](const ProviderConfig &a, const ProviderConfig &b) { return a.priority < b.priority; });
    return providers;
}

QString modelFor(const ProviderConfig &provider, const QString &asked)
{
    if (asked.isEmpty())
        return provider.model;
    const auto named = provider.modelMap.constFind(asked);
    return named != provider.modelMap.constEnd() ? *named : provider.modelMap.value(QStringLiteral("*"), asked);
}

/// The limits that `later` has take the place of those of `times`.
static void lay(const ProviderTimes &later, ProviderTimes *times)
{
    for (const auto member : {&ProviderTimes::connect, &ProviderTimes::firstToken, &ProviderTimes::idle,
                              &ProviderTimes::attempt, &ProviderTimes::stream}) {
        if (later.*member)
            times->*member = later.*member;
    }
}

ProviderTimes timesFor(const ProviderConfig &provider, const QString &asked)
{
    ProviderTimes times = provider.times;
    if (provider.modelTimes.isEmpty())
        return times;
    const QString model = modelName(modelFor(provider, asked));
    QVector<QString> fitting;
    for (auto it = provider.modelTimes.keyBegin(); it != provider.modelTimes.keyEnd(); ++it) {
        if (modelName(*it) == model || fitsWildcard(*it, model))
            fitting.append(*it);
    }
    std::stable_sort(fitting.begin(), fitting.end(), [&model](const QString &a, const QString &b) {
        const bool named = modelName(b) == model;
        return modelName(a) == model ? false : named || a.size() < b.size(); // the name itself comes last
    });
    for (const QString &name : fitting)
        lay(provider.modelTimes[name], &times);
    return times;
}

static constexpr std::array endRuleKeys{"protocol", "mark", "connection"};
QString toKey(EndRule rule) { return QString::fromLatin1(endRuleKeys[std::size_t(rule)]); }
std::optional<EndRule> endRuleFromKey(QStringView key)
{
    for (std::size_t i = 0; i < endRuleKeys.size(); ++i) {
        if (key == QLatin1String(endRuleKeys[i]))
            return EndRule(i);
    }
    return std::nullopt;
}

} // namespace retryscope
