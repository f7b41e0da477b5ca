// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/protocol.h"

#include "base/text.h"

#include <algorithm>
#include <array>

namespace retryscope {
namespace {

constexpr const char *badOutput = "answer:malformed_function_call", *serverFailed = "answer:finish_reason_error";

/// What a word means; `code` is set where it reports a failure.
struct FinishRow
{
    const char *word; ///< lower case, with underscores
    Finish finish;
    const char *code = nullptr;
};

// Relays send the words of the provider behind them, so all wires share one table.
constexpr FinishRow finishRows[] = {
    {"stop", Finish::Stop},
    {"end_turn", Finish::Stop},
    {"stop_sequence", Finish::Stop},
    {"eos", Finish::Stop},
    {"eos_token", Finish::Stop},
    {"end", Finish::Stop},
    {"complete", Finish::Stop},
    {"completed", Finish::Stop},
    {"finished", Finish::Stop},
    {"done", Finish::Stop},
    {"length", Finish::Length},
    {"max_tokens", Finish::Length},
    {"max_output_tokens", Finish::Length},
    {"model_length", Finish::Length},
    {"max_length", Finish::Length},
    {"token_limit", Finish::Length},
    {"model_context_window_exceeded", Finish::Length},
    {"tool_calls", Finish::ToolCalls},
    {"tool_call", Finish::ToolCalls},
    {"tool_use", Finish::ToolCalls},
    {"function_call", Finish::ToolCalls},
    {"refusal", Finish::Refusal},
    {"content_filter", Finish::ContentFilter},
    {"content_filtered", Finish::ContentFilter},
    {"sensitive", Finish::ContentFilter},
    {"guardrail_intervened", Finish::ContentFilter},
    {"safety", Finish::ContentFilter},
    {"prohibited_content", Finish::ContentFilter},
    {"blocklist", Finish::ContentFilter},
    {"spii", Finish::ContentFilter},
    {"recitation", Finish::ContentFilter},
    {"language", Finish::ContentFilter},
    {"image_safety", Finish::ContentFilter},
    {"image_prohibited_content", Finish::ContentFilter},
    {"image_recitation", Finish::ContentFilter},
    {"escalation", Finish::ContentFilter},
    {"model_armor", Finish::ContentFilter},
    // The model wrote something unusable, which its next try may not.
    {"malformed_function_call", Finish::Other, badOutput},
    {"malformed_response", Finish::Other, badOutput},
    {"unexpected_tool_call", Finish::Other, badOutput},
    {"too_many_tool_calls", Finish::Other, badOutput},
    {"missing_thought_signature", Finish::Other, "invalid_argument"},
    {"pup_limited_disabled", Finish::Other, "permission_denied"},
    // It stopped before its end, whatever stopped it.
    {"pause_turn", Finish::Other},
    {"other", Finish::Other},
    {"finish_reason_unspecified", Finish::Other},
    {"no_image", Finish::Other},
    {"image_other", Finish::Other},
    {"max_messages", Finish::Other},
    {"steered", Finish::Other},
};

/// Null: none of ours.
const FinishRow *rowOf(const QString &word)
{
    const auto row = std::find_if(std::begin(finishRows), std::end(finishRows),
                                  [&](const FinishRow &r) { return word == QLatin1String(r.word); });
    return row == std::end(finishRows) ? nullptr : row;
}

/// Words of a relay whose server failed, such as overloaded_error, network_error or insufficient_system_resource.
bool tellsOfAFailure(const QString &word)
{
    static constexpr std::array parts{"error",      "overload", "fail",        "abort",      "timeout",
                                      "timed_out",  "cancel",   "unavailable", "exhausted",  "insufficient",
                                      "rate_limit", "quota",    "interrupt",   "disconnect", "expired",
                                      "crash",      "killed"};
    return std::any_of(parts.begin(), parts.end(),
                       [&](const char *part) { return word.contains(QLatin1String(part)); });
}

void fail(const QString &word, const QString &message, const char *code, Answer *answer)
{
    if (answer->failure)
        return;
    answer->failure = FailureFacts{.status = 200, .codes = {code}, .message = toUtf8(message)};
    std::vector<std::string> &codes = answer->failure->codes;
    if (word != QLatin1String(code))
        codes.insert(codes.begin(), toUtf8(word)); // it may be an error's own name
}

} // namespace

QString toKey(Finish finish)
{
    static constexpr std::array keys{"", "stop", "length", "tool_calls", "content_filter", "refusal", "other"};
    return QString::fromLatin1(keys[std::size_t(finish)]);
}

QString toKey(AnswerEnd end)
{
    static constexpr std::array keys{"", "mark", "closed", "reset", "silence"};
    return QString::fromLatin1(keys[std::size_t(end)]);
}

QString plainFinish(const QString &reason)
{
    return reason.toLower().replace(QLatin1Char('-'), QLatin1Char('_'));
}

bool isUnfinished(const QString &reason)
{
    const QString word = plainFinish(reason);
    const FinishRow *row = rowOf(word);
    return row ? row->finish == Finish::Other : tellsOfAFailure(word);
}

void takeFinish(const QString &reason, Answer *answer)
{
    if (reason.isEmpty())
        return;
    answer->finishReason = reason.left(64);
    answer->complete = true;
    const QString word = plainFinish(answer->finishReason);
    const FinishRow *row = rowOf(word);
    answer->finish = row ? row->finish : Finish::Other;
    answer->refused |= answer->finish == Finish::ContentFilter || answer->finish == Finish::Refusal;
    if (row && row->code) {
        fail(word, QStringLiteral("The model's output is unusable (%1).").arg(answer->finishReason), row->code, answer);
    } else if (!row && tellsOfAFailure(word)) {
        fail(word, QStringLiteral("The model ended with finish reason %1.").arg(answer->finishReason), serverFailed,
             answer);
    }
}

} // namespace retryscope
