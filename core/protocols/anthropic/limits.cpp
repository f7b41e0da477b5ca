// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/anthropic/anthropic.h"
#include "protocols/servedjson.h"

#include <QDateTime>

namespace retryscope {

using namespace served;

std::span<const LimitFamily> anthropic::limits()
{
    using enum LimitKind;
    static constexpr LimitFamily families[] = {
        {Requests, true, {"anthropic-ratelimit-requests-limit", "anthropic-ratelimit-requests-remaining", "anthropic-ratelimit-requests-reset"}},
        {Tokens, true, {"anthropic-ratelimit-tokens-limit", "anthropic-ratelimit-tokens-remaining", "anthropic-ratelimit-tokens-reset"}},
        {InputTokens, true, {"anthropic-ratelimit-input-tokens-limit", "anthropic-ratelimit-input-tokens-remaining", "anthropic-ratelimit-input-tokens-reset"}},
        {OutputTokens, true, {"anthropic-ratelimit-output-tokens-limit", "anthropic-ratelimit-output-tokens-remaining", "anthropic-ratelimit-output-tokens-reset"}},
    };
    return families;
}

HttpHeaders AnthropicServing::limits(int served) const
{
    const QByteArray reset = QDateTime::currentDateTimeUtc().addSecs(1).toString(Qt::ISODate).toLatin1();
    return {{"request-id", "req_sim_" + num(served)}, {"anthropic-ratelimit-requests-limit", "500"},
            {"anthropic-ratelimit-requests-remaining", num(500 - served % 500)}, {"anthropic-ratelimit-requests-reset", reset}};
}

} // namespace retryscope
