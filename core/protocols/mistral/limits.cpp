// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/mistral/mistral.h"
#include "protocols/servedjson.h"

namespace retryscope {

using namespace served;

std::span<const LimitFamily> mistral::limits()
{
    using enum LimitKind;
    // Cerebras shares the tokens of a minute, and only it tells their reset.
    static constexpr LimitFamily families[] = {
        {Requests, false, {"x-ratelimit-limit-req-minute", "x-ratelimit-remaining-req-minute", ""}},
        {Tokens, false,
         {"x-ratelimit-limit-tokens-minute", "x-ratelimit-remaining-tokens-minute", "x-ratelimit-reset-tokens-minute"}},
        {Tokens, false, {"ratelimitbysize-limit", "ratelimitbysize-remaining", "ratelimitbysize-reset"}},
        {Tokens, false, {"x-ratelimitbysize-limit-minute", "x-ratelimitbysize-remaining-minute", ""}},
        {Tokens, false, {"x-ratelimitbysize-limit-month", "x-ratelimitbysize-remaining-month", ""}},
    };
    return families;
}

HttpHeaders MistralServing::headers(const ServedContext &c) const
{
    return {{"mistral-correlation-id", c.token}, {"x-kong-request-id", c.token}};
}

HttpHeaders MistralServing::limits(const ServedContext &c) const
{
    return {{"x-ratelimit-limit-req-minute", num(c.limit)}, {"x-ratelimit-remaining-req-minute", num(c.left)}};
}

namespace {

constexpr NamedModel listed[] = {{"mistral-small-latest"}, {"mistral-large-latest"}, {"mistral-sim"}};

QByteArray entry(const NamedModel &model)
{
    return R"({"id":")" + QByteArray(model.id)
           + R"(","object":"model","created":1790000000,"owned_by":"mistralai","capabilities":{"completion_chat":true,"completion_fim":false,"function_calling":true,)"
           + R"("fine_tuning":false,"vision":true,"classification":false},"name":")" + model.id
           + R"(","description":"A simulated model.","max_context_length":131072,"aliases":[],"deprecation":null,)"
           + R"("default_model_temperature":0.3,"type":"base"})";
}

} // namespace

QByteArray MistralServing::models(const ServedContext &) const
{
    return R"({"object":"list","data":[)" + entriesOf(listed, entry) + "]}";
}

std::optional<QByteArray> MistralServing::model(const QByteArray &path, const ServedContext &) const
{
    return entryAt(path, listed, entry);
}

} // namespace retryscope
