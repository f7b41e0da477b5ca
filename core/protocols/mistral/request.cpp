// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/mistral/mistral.h"

namespace retryscope {

static constexpr const char *efforts[] = {"none", "minimal", "low", "medium", "high", "xhigh"};

MistralProtocol::MistralProtocol()
    : OpenAiProtocol(
        {ProtocolKind::Mistral, "max_tokens", false, "random_seed", "any", false, true, true, true, efforts})
{}

std::optional<ServedRefusal> MistralServing::checkAccess(const QByteArray &target, const HttpHeaders &headers,
                                                         bool keyRequired) const
{
    const auto missing = OpenAiServing::checkAccess(target, headers, keyRequired);
    return missing ? std::optional(ServedRefusal{401, QStringLiteral("Unauthorized"), {}}) : std::nullopt;
}

/// What is missing or has the wrong form is 422 with its place; streams tell their usage unasked.
Expected<ServedPrompt, ServedRefusal> MistralServing::readRequest(const QByteArray &path, const QJsonObject &body) const
{
    auto prompt = OpenAiServing::readRequest(path, body);
    if (prompt) {
        prompt->includeUsage = false;
        return prompt;
    }
    ServedRefusal refusal = prompt.error();
    if (!refusal.param.isEmpty() && refusal.param != QLatin1String("n")
        && refusal.param != QLatin1String("tool_choice"))
        refusal.status = 422;
    return Unexpected{refusal};
}

} // namespace retryscope
