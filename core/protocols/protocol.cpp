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

const Protocol &Protocol::of(ProtocolKind kind)
{
    static const OpenAiProtocol openAi({"/chat/completions", "max_completion_tokens", true});
    static const OpenAiProtocol mistral({"/v1/chat/completions", "max_tokens", false});
    static const OpenAiProtocol compatible({"/chat/completions", "max_tokens", true});
    static const AnthropicProtocol anthropic;
    static const GoogleAiProtocol googleAi;
    switch (kind) {
    case ProtocolKind::OpenAi: return openAi;
    case ProtocolKind::Anthropic: return anthropic;
    case ProtocolKind::GoogleAi: return googleAi;
    case ProtocolKind::Mistral: return mistral;
    case ProtocolKind::OpenAiCompatible: return compatible;
    }
    return compatible;
}

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
    switch (provider.protocol) {
    case ProtocolKind::Anthropic: return Vendor::Anthropic;
    case ProtocolKind::GoogleAi: return Vendor::Google;
    case ProtocolKind::Mistral: return Vendor::Mistral;
    default: return Vendor::Unknown; // anyone may stand behind it
    }
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

static constexpr std::array protocolKeys{"openai", "anthropic", "google_ai", "mistral", "openai_compatible"};
QString toKey(ProtocolKind kind) { return QString::fromLatin1(protocolKeys[std::size_t(kind)]); }
std::optional<ProtocolKind> protocolFromKey(QStringView key)
{
    for (std::size_t i = 0; i < protocolKeys.size(); ++i) {
        if (key == QLatin1String(protocolKeys[i]))
            return ProtocolKind(i);
    }
    return std::nullopt;
}

} // namespace retryscope
