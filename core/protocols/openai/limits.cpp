// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/openai/openai.h"
#include "protocols/servedjson.h"

#include <algorithm>

namespace retryscope {

using namespace served;

std::span<const LimitFamily> openai::limits()
{
    using enum LimitKind;
    // OpenAI, Azure and Groq share names; Azure's resets are plain seconds, the others' are Go durations.
    static constexpr LimitFamily families[] = {
        {Requests, true, {"x-ratelimit-limit-requests", "x-ratelimit-remaining-requests", "x-ratelimit-reset-requests"}},
        {Tokens, true, {"x-ratelimit-limit-tokens", "x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"}},
        {Tokens, true, {"x-ratelimit-limit-tokens_usage_based", "x-ratelimit-remaining-tokens_usage_based", "x-ratelimit-reset-tokens_usage_based"}},
    };
    return families;
}

HttpHeaders OpenAiServing::limits(int served) const
{
    return {{"x-request-id", "req_sim_" + num(served)}, {"x-ratelimit-limit-requests", "500"},
            {"x-ratelimit-remaining-requests", num(std::max(0, 500 - served % 500))}, {"x-ratelimit-reset-requests", "120ms"}};
}

} // namespace retryscope
