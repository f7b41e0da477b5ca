// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "sandbox/sandbox.h"

namespace retryscope {

const QVector<FaultTraits> &faultTable()
{
    static const QVector<FaultTraits> table{
        {Fault::None, "none", "No fault"},
        {Fault::RateLimit, "rate_limit", "Rate limit, with Retry-After"},
        {Fault::RateLimitNoHint, "rate_limit_no_hint", "Rate limit, without a hint"},
        {Fault::QuotaExhausted, "quota_exhausted", "Quota used up"},
        {Fault::Overloaded, "overloaded", "Overloaded"},
        {Fault::ServerError, "server_error", "Internal error (500)"},
        {Fault::Silence, "silence", "Silence"},
        {Fault::SlowFirstToken, "slow_first_token", "Slow first token (8 s)"},
        {Fault::Reset, "reset", "Connection reset"},
        {Fault::CutStream, "cut_stream", "Cut stream"},
        {Fault::StalledStream, "stalled_stream", "Stalled stream"},
        {Fault::MalformedChunk, "malformed_chunk", "Malformed chunk"},
        {Fault::ErrorInStream, "error_in_stream", "Error inside a 200"},
        {Fault::WrongKey, "wrong_key", "Wrong key"},
        {Fault::Outage, "outage", "Outage"},
        {Fault::ModelMissing, "model_missing", "Model is not there"},
        {Fault::ContextLength, "context_length", "Prompt too long"},
        {Fault::ContentFilter, "content_filter", "Content refused"},
        {Fault::EmptyAnswer, "empty_answer", "Empty answer"},
        {Fault::HtmlPage, "html_page", "A proxy's HTML page (502)"},
        {Fault::CleanCut, "clean_cut", "Cut stream, closed in order"},
        {Fault::ErrorAfterWords, "error_after_words", "Error after some words"},
        {Fault::FinishTooEarly, "finish_too_early", "Finish reason before the text"},
        {Fault::FinishEverywhere, "finish_everywhere", "Finish reason in every event"},
        {Fault::NoFinish, "no_finish", "Cut, with an end mark but no finish reason"},
        {Fault::ForeignFinish, "foreign_finish", "A relay's finish reason overloaded_error"},
        {Fault::ReasoningOnly, "reasoning_only", "Thoughts without text"},
        {Fault::ToolCall, "tool_call", "A tool call instead of text"},
        {Fault::Length, "length", "Cut by the token limit"},
        {Fault::UnavailableHint, "unavailable_hint", "Unavailable (503), with Retry-After"},
        {Fault::OverloadedHint, "overloaded_hint", "Overloaded (529), with Retry-After"},
        {Fault::Redirect, "redirect", "Redirect (307) to another provider"},
        {Fault::SlowDrip, "slow_drip", "Slow drip: a few bytes at a time"},
        {Fault::Gzip, "gzip", "Compressed answer (gzip)"},
        {Fault::LoginPage, "login_page", "A login page instead of an answer (200)"},
        {Fault::WrongType, "wrong_type", "Wrong content type"},
        {Fault::KeepAliveOnly, "keep_alive_only", "Signs of life and no answer"},
        {Fault::InvalidRequest, "invalid_request", "A parameter is refused (400)"},
        {Fault::Forbidden, "forbidden", "Not permitted (403)"},
    };
    return table;
}

std::optional<Fault> faultFromKey(QStringView key)
{
    for (const FaultTraits &row : faultTable()) {
        if (key == QLatin1String(row.key))
            return row.fault;
    }
    return std::nullopt;
}

} // namespace retryscope
