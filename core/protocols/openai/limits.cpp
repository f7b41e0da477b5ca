// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/openai/openai.h"
#include "protocols/servedjson.h"

namespace retryscope {

using namespace served;

std::span<const LimitFamily> openai::limits()
{
    using enum LimitKind;
    // OpenAI, Azure and Groq share names; Azure's resets are plain seconds, the others' are Go durations.
    static constexpr LimitFamily families[] = {
        {Requests, true,
         {"x-ratelimit-limit-requests", "x-ratelimit-remaining-requests", "x-ratelimit-reset-requests"}},
        {Tokens, true, {"x-ratelimit-limit-tokens", "x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"}},
        {Tokens, true,
         {"x-ratelimit-limit-tokens_usage_based", "x-ratelimit-remaining-tokens_usage_based",
          "x-ratelimit-reset-tokens_usage_based"}},
    };
    return families;
}

namespace {

/// As Go writes a duration: 120ms, 2s, 1m30s.
QByteArray goDuration(Duration d)
{
    const auto ms = std::chrono::ceil<std::chrono::milliseconds>(d).count();
    if (ms < 1000)
        return num(ms) + "ms";
    const auto whole = ms / 1000;
    return (whole >= 60 ? num(whole / 60) + "m" : QByteArray()) + num(whole % 60)
           + (ms % 1000 ? "." + num(ms % 1000).rightJustified(3, '0') : QByteArray()) + "s";
}

} // namespace

HttpHeaders OpenAiServing::headers(const ServedContext &c) const
{
    return {{"x-request-id", "req_" + c.token},
            {"openai-processing-ms", "12"},
            {"openai-version", "2020-10-01"},
            {"openai-organization", "org-simulated"}};
}

HttpHeaders OpenAiServing::limits(const ServedContext &c) const
{
    const Duration reset = c.left == 0 ? c.retryAfter : Duration(60s) / c.limit;
    return {{"x-ratelimit-limit-requests", num(c.limit)},
            {"x-ratelimit-remaining-requests", num(c.left)},
            {"x-ratelimit-reset-requests", goDuration(reset)}};
}

namespace {

constexpr NamedModel listed[] = {{"gpt-4o-mini"}, {"gpt-4o"}, {"gpt-4.1"}, {"openai-sim"}, {"sim"}};

QByteArray entry(const NamedModel &model)
{
    return R"({"id":")" + QByteArray(model.id) + R"(","object":"model","created":1790000000,"owned_by":"simulated"})";
}

} // namespace

QByteArray OpenAiServing::models(const ServedContext &) const
{
    return R"({"object":"list","data":[)" + entriesOf(listed, entry) + "]}";
}

std::optional<QByteArray> OpenAiServing::model(const QByteArray &path, const ServedContext &) const
{
    return entryAt(path, listed, entry);
}

} // namespace retryscope
