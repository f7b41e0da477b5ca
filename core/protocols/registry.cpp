// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/registry.h"

#include "protocols/anthropic/anthropic.h"
#include "protocols/googleai/googleai.h"
#include "protocols/mistral/mistral.h"
#include "protocols/openai/responses.h"

#include <algorithm>

namespace retryscope {
namespace {

/// Names that relays and vendors of OpenAI's wire send; none of them is OpenAI's own.
std::span<const LimitFamily> relayLimits()
{
    using enum LimitKind;
    static constexpr LimitFamily families[] = {
        {Requests, false,
         {"x-ratelimit-limit-requests-minute", "x-ratelimit-remaining-requests-minute",
          "x-ratelimit-reset-requests-minute"}},
        {Requests, false,
         {"x-ratelimit-limit-requests-per-minute", "x-ratelimit-remaining-requests-per-minute",
          "x-ratelimit-reset-requests-per-minute"}},
        {Tokens, false,
         {"x-ratelimit-limit-tokens-per-minute", "x-ratelimit-remaining-tokens-per-minute",
          "x-ratelimit-reset-tokens-per-minute"}}, // DigitalOcean
        {Requests, false,
         {"x-ratelimit-limit-requests-per-day", "x-ratelimit-remaining-requests-per-day",
          "x-ratelimit-reset-requests-per-day"}},
        {Tokens, false,
         {"x-ratelimit-limit-tokens-per-day", "x-ratelimit-remaining-tokens-per-day",
          "x-ratelimit-reset-tokens-per-day"}},
        {Tokens, false,
         {"x-ratelimit-limit-tokens-day", "x-ratelimit-remaining-tokens-day",
          "x-ratelimit-reset-tokens-day"}}, // Cerebras
        {Requests, false,
         {"x-ratelimit-limit-requests-day", "x-ratelimit-remaining-requests-day", "x-ratelimit-reset-requests-day"}},
        {Requests, false, {"x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"}}, // OpenRouter
        {Requests, false, {"ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"}},       // IETF, to draft 06
    };
    return families;
}

std::vector<Wire> makeWires()
{
    static const OpenAiProtocol openAi({.kind = ProtocolKind::OpenAi,
                                        .maxTokensKey = "max_completion_tokens",
                                        .streamOptions = true,
                                        .metadata = false}), // it takes it with "store" alone
        compatible({ProtocolKind::OpenAiCompatible, "max_tokens", true, "seed", "required", true});
    static const OpenAiResponsesProtocol responses;
    static const AnthropicProtocol anthropic;
    static const GoogleAiProtocol googleAi;
    static const MistralProtocol mistral;
    static const OpenAiServing openAiServing;
    static const AnthropicServing anthropicServing;
    static const GoogleAiServing googleAiServing;
    static const MistralServing mistralServing;
    return {
        {.kind = ProtocolKind::OpenAi,
         .key = "openai",
         .label = "OpenAI",
         .pricedAs = "openai",
         .tracedAs = "openai",
         .tracedDoing = "chat",
         .requestPath = "/chat/completions",
         .streamPath = "",
         .streamQuery = "",
         .modelsPath = "/models",
         .keyHeader = "Authorization",
         .keyPrefix = "Bearer ",
         .headers = {},
         .endMark = "[DONE]",
         .baseUrl = "https://api.openai.com/v1",
         .model = "gpt-4o-mini",
         .keyVariable = "OPENAI_API_KEY",
         .servedPath = "/v1",
         .vendor = Vendor::Unknown,
         .limits = openai::limits(),
         .readErrorFields = openai::readErrorFields,
         .readErrorHeaders = nullptr,
         .protocol = &openAi,
         .serving = &openAiServing},
        {.kind = ProtocolKind::Anthropic,
         .key = "anthropic",
         .label = "Anthropic",
         .pricedAs = "anthropic",
         .tracedAs = "anthropic",
         .tracedDoing = "chat",
         .requestPath = "/v1/messages",
         .streamPath = "",
         .streamQuery = "",
         .modelsPath = "/v1/models",
         .keyHeader = "x-api-key",
         .keyPrefix = "",
         .headers = {{"anthropic-version", "2023-06-01"}},
         .endMark = "message_stop",
         .baseUrl = "https://api.anthropic.com",
         .model = "claude-haiku-4-5",
         .keyVariable = "ANTHROPIC_API_KEY",
         .servedPath = "",
         .vendor = Vendor::Anthropic,
         .limits = anthropic::limits(),
         .readErrorFields = anthropic::readErrorFields,
         .readErrorHeaders = nullptr,
         .protocol = &anthropic,
         .serving = &anthropicServing},
        {.kind = ProtocolKind::GoogleAi,
         .key = "google_ai",
         .label = "Google AI",
         .pricedAs = "google_ai",
         .tracedAs = "gcp.gemini",
         .tracedDoing = "generate_content",
         .requestPath = "/models/{model}:generateContent",
         .streamPath = "/models/{model}:streamGenerateContent",
         .streamQuery = "alt=sse",
         .modelsPath = "/models",
         .keyHeader = "x-goog-api-key",
         .keyPrefix = "",
         .headers = {},
         .endMark = "",
         .baseUrl = "https://generativelanguage.googleapis.com/v1beta",
         .model = "gemini-2.5-flash",
         .keyVariable = "GEMINI_API_KEY",
         .servedPath = "/v1beta",
         .vendor = Vendor::Google,
         .limits = googleai::limits(),
         .readErrorFields = googleai::readErrorFields,
         .readErrorHeaders = nullptr,
         .protocol = &googleAi,
         .serving = &googleAiServing},
        {.kind = ProtocolKind::Mistral,
         .key = "mistral",
         .label = "Mistral",
         .pricedAs = "mistral",
         .tracedAs = "mistral_ai",
         .tracedDoing = "chat",
         .requestPath = "/v1/chat/completions",
         .streamPath = "",
         .streamQuery = "",
         .modelsPath = "/v1/models",
         .keyHeader = "Authorization",
         .keyPrefix = "Bearer ",
         .headers = {},
         .endMark = "[DONE]",
         .baseUrl = "https://api.mistral.ai",
         .model = "mistral-small-latest",
         .keyVariable = "MISTRAL_API_KEY",
         .servedPath = "",
         .vendor = Vendor::Mistral,
         .limits = mistral::limits(),
         .readErrorFields = nullptr,
         .readErrorHeaders = mistral::readErrorHeaders,
         .protocol = &mistral,
         .serving = &mistralServing},
        {.kind = ProtocolKind::OpenAiCompatible,
         .key = "openai_compatible",
         .label = "OpenAI-compatible",
         .pricedAs = "openai_compatible",
         .tracedAs = "",
         .tracedDoing = "chat",
         .requestPath = "/chat/completions",
         .streamPath = "",
         .streamQuery = "",
         .modelsPath = "/models",
         .keyHeader = "Authorization",
         .keyPrefix = "Bearer ",
         .headers = {},
         .endMark = "[DONE]",
         .baseUrl = "",
         .model = "",
         .keyVariable = "",
         .servedPath = "/v1",
         .vendor = Vendor::Unknown,
         .limits = relayLimits(),
         .readErrorFields = nullptr,
         .readErrorHeaders = nullptr,
         .protocol = &compatible,
         .serving = &openAiServing},
        {.kind = ProtocolKind::OpenAiResponses,
         .key = "openai_responses",
         .label = "OpenAI Responses",
         .pricedAs = "openai",
         .tracedAs = "openai",
         .tracedDoing = "chat",
         .requestPath = "/responses",
         .streamPath = "",
         .streamQuery = "",
         .modelsPath = "/models",
         .keyHeader = "Authorization",
         .keyPrefix = "Bearer ",
         .headers = {},
         .endMark = "response.completed",
         .baseUrl = "",
         .model = "",
         .keyVariable = "",
         .servedPath = "/v1",
         .vendor = Vendor::Unknown,
         .limits = {},
         .readErrorFields = nullptr,
         .readErrorHeaders = nullptr,
         .protocol = &responses,
         .serving = &openAiServing}, // beside chat completions, at its own path
    };
}

const std::vector<Wire> &table()
{
    static const std::vector<Wire> rows = makeWires();
    return rows;
}

} // namespace

std::span<const Wire> wires() { return table(); }

const Wire &wireOf(ProtocolKind kind)
{
    return *std::find_if(table().begin(), table().end(), [kind](const Wire &wire) { return wire.kind == kind; });
}

const Wire *wireFromKey(QStringView key)
{
    const auto wire =
        std::find_if(table().begin(), table().end(), [key](const Wire &w) { return key == QLatin1String(w.key); });
    return wire == table().end() ? nullptr : &*wire;
}

QStringList wireKeys()
{
    QStringList keys;
    for (const Wire &wire : wires())
        keys << QString::fromLatin1(wire.key);
    return keys;
}

const Wire &wireServedAs(QStringView provider)
{
    const qsizetype dash = provider.indexOf(QLatin1Char('-'));
    const Wire *wire = wireFromKey(dash < 0 ? provider : provider.first(dash));
    return wire ? *wire : wireOf(ProtocolKind::OpenAiCompatible);
}

const QStringList &keyHeaders()
{
    static const QStringList names = [] {
        QStringList all{QStringLiteral("api-key")}; // Azure
        for (const Wire &wire : wires())
            all << QString::fromLatin1(wire.keyHeader).toLower();
        all.removeDuplicates();
        return all;
    }();
    return names;
}

const QStringList &wireHeaders()
{
    static const QStringList names = [] {
        QStringList all;
        for (const Wire &wire : wires()) {
            for (const auto &[name, value] : wire.headers)
                all << QString::fromLatin1(name).toLower();
        }
        return all;
    }();
    return names;
}

QString toKey(ProtocolKind kind) { return QString::fromLatin1(wireOf(kind).key); }

std::optional<ProtocolKind> protocolFromKey(QStringView key)
{
    const Wire *wire = wireFromKey(key);
    return wire ? std::optional(wire->kind) : std::nullopt;
}

} // namespace retryscope
