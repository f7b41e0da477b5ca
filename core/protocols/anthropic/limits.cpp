// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/anthropic/anthropic.h"
#include "protocols/servedjson.h"

namespace retryscope {

using namespace served;

std::span<const LimitFamily> anthropic::limits()
{
    using enum LimitKind;
    static constexpr LimitFamily families[] = {
        {Requests, true,
         {"anthropic-ratelimit-requests-limit", "anthropic-ratelimit-requests-remaining",
          "anthropic-ratelimit-requests-reset"}},
        {Tokens, true,
         {"anthropic-ratelimit-tokens-limit", "anthropic-ratelimit-tokens-remaining",
          "anthropic-ratelimit-tokens-reset"}},
        {InputTokens, true,
         {"anthropic-ratelimit-input-tokens-limit", "anthropic-ratelimit-input-tokens-remaining",
          "anthropic-ratelimit-input-tokens-reset"}},
        {OutputTokens, true,
         {"anthropic-ratelimit-output-tokens-limit", "anthropic-ratelimit-output-tokens-remaining",
          "anthropic-ratelimit-output-tokens-reset"}},
    };
    return families;
}

HttpHeaders AnthropicServing::headers(const ServedContext &c) const
{
    return {{"request-id", "req_" + c.token.left(24)},
            {"anthropic-organization-id", "00000000-0000-4000-8000-000000000000"}};
}

HttpHeaders AnthropicServing::limits(const ServedContext &c) const
{
    return {{"anthropic-ratelimit-requests-limit", num(c.limit)},
            {"anthropic-ratelimit-requests-remaining", num(c.left)},
            {"anthropic-ratelimit-requests-reset", utc(c, c.left == 0 ? c.retryAfter : Duration(60s) / c.limit)}};
}

namespace {

constexpr NamedModel listed[] = {{"claude-haiku-4-5", "Claude Haiku 4.5"},
                                 {"claude-sonnet-4-5", "Claude Sonnet 4.5"},
                                 {"anthropic-sim", "Simulated"}};

QByteArray entry(const NamedModel &model)
{
    return R"({"type":"model","id":")" + QByteArray(model.id) + R"(","display_name":")" + model.label
           + R"(","created_at":"2026-01-01T00:00:00Z","lifecycle":"active","deprecated_at":null,)"
           + R"("retires_at":null,"capabilities":null,"line":null,"max_input_tokens":200000,"max_tokens":64000})";
}

} // namespace

QByteArray AnthropicServing::models(const ServedContext &) const
{
    return R"({"data":[)" + entriesOf(listed, entry) + R"(],"has_more":false,"first_id":")" + std::begin(listed)->id
           + R"(","last_id":")" + std::rbegin(listed)->id + "\"}";
}

std::optional<QByteArray> AnthropicServing::model(const QByteArray &path, const ServedContext &) const
{
    return entryAt(path, listed, entry);
}

} // namespace retryscope
