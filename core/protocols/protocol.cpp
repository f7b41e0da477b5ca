// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/wireformats.h"

#include <QJsonDocument>

#include <array>

namespace retryscope {

QByteArray toBody(const QJsonObject &object) { return QJsonDocument(object).toJson(QJsonDocument::Compact); }

QUrl endpoint(const QUrl &base, const QString &path, const QString &query)
{
    QUrl url = base;
    QString whole = base.path(QUrl::FullyEncoded);
    while (whole.endsWith(QLatin1Char('/')))
        whole.chop(1);
    url.setPath(whole + path, QUrl::StrictMode);
    if (!query.isEmpty())
        url.setQuery(query);
    return url;
}

HttpRequest startRequest(const Wire &wire, const ProviderConfig &provider, const Prompt &prompt, const QByteArray &key)
{
    const bool own = prompt.stream && *wire.streamPath;
    QString path = QLatin1String(own ? wire.streamPath : wire.requestPath);
    path.replace(QStringLiteral("{model}"), QString::fromLatin1(QUrl::toPercentEncoding(prompt.model.isEmpty() ? provider.model : prompt.model)));
    HttpRequest request;
    request.url = endpoint(provider.baseUrl, path, own ? QString::fromLatin1(wire.streamQuery) : QString());
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
    request.url = endpoint(provider.baseUrl, QLatin1String(wire.modelsPath));
    request.headers = HttpHeaders{{"Accept", "application/json"}} + wire.headers;
    if (!key.isEmpty())
        request.headers.append({wire.keyHeader, wire.keyPrefix + key});
    return request;
}

const Protocol &Protocol::of(ProtocolKind kind) { return *wireOf(kind).protocol; }

bool readInnerError(const QJsonObject &object, Answer *answer)
{
    const QJsonValue error = object[QLatin1String("error")];
    const bool flat = object[QLatin1String("object")].toString() == QLatin1String("error"); // Mistral, old vLLM
    const bool listed = error.isArray() && !error.toArray().isEmpty(); // Cloudflare
    const QJsonValue base = object[QLatin1String("base_resp")]; // MiniMax
    const bool inBase = base.isObject() && base[QLatin1String("status_code")].toInt() != 0;
    if (!flat && !listed && !inBase && !error.isObject() && (!error.isString() || error.toString().isEmpty()))
        return false;
    takeError(object, answer);
    return true;
}

QJsonObject firstChoice(const QJsonArray &choices)
{
    for (const QJsonValue &choice : choices) {
        if (choice[QLatin1String("index")].toInt() == 0)
            return choice.toObject();
    }
    return {};
}

void takeError(const QJsonObject &object, Answer *answer)
{
    answer->failure = FailureFacts{.status = 200};
    readErrorObject(object, &*answer->failure);
    if (answer->failure->status < 300) // with no better word, the server failed
        answer->failure->codes.append(QStringLiteral("answer:error"));
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
        {"openai.azure.com", Vendor::Azure}, {"cognitiveservices.azure.com", Vendor::Azure}, {"api.openai.com", Vendor::OpenAi},
        {"anthropic.com", Vendor::Anthropic}, {"googleapis.com", Vendor::Google}, {"mistral.ai", Vendor::Mistral},
        {"openrouter.ai", Vendor::OpenRouter}, {"groq.com", Vendor::Groq}, {"deepseek.com", Vendor::DeepSeek},
        {"x.ai", Vendor::Xai}, {"cerebras.ai", Vendor::Cerebras}, {"ollama.com", Vendor::Ollama},
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
