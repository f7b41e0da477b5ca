// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/mistral/mistral.h"
#include "protocols/servedjson.h"

#include <algorithm>

namespace retryscope {

using namespace served;

std::span<const LimitFamily> mistral::limits()
{
    using enum LimitKind;
    // Cerebras shares the tokens of a minute, and only it tells their reset.
    static constexpr LimitFamily families[] = {
        {Requests, false, {"x-ratelimit-limit-req-minute", "x-ratelimit-remaining-req-minute", ""}},
        {Tokens, false, {"x-ratelimit-limit-tokens-minute", "x-ratelimit-remaining-tokens-minute", "x-ratelimit-reset-tokens-minute"}},
        {Tokens, false, {"ratelimitbysize-limit", "ratelimitbysize-remaining", "ratelimitbysize-reset"}},
        {Tokens, false, {"x-ratelimitbysize-limit-minute", "x-ratelimitbysize-remaining-minute", ""}},
        {Tokens, false, {"x-ratelimitbysize-limit-month", "x-ratelimitbysize-remaining-month", ""}},
    };
    return families;
}

HttpHeaders MistralServing::limits(int served) const
{
    return {{"x-ratelimit-limit-req-minute", "500"}, {"x-ratelimit-remaining-req-minute", num(std::max(0, 500 - served % 500))}};
}

} // namespace retryscope
