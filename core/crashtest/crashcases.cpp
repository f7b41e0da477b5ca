// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "crashtest/crashcase.h"

#include <algorithm>

namespace retryscope {
/// A scope of its own: the faults have names that the engine uses, too.
namespace crashtable {
namespace {

using enum Fault;
using enum Whom;
using enum CrashGoal;
using enum CallPace;

QVector<FaultSetting> always(Fault fault) { return {{fault, 1.0, {}, 0}}; }
QVector<FaultSetting> times(int requests, Fault fault) { return {{fault, 1.0, {}, requests}}; }
QVector<FaultSetting> once(Fault fault) { return times(1, fault); }
QVector<FaultSetting> lasting(Duration time, Fault fault) { return {{fault, 1.0, time, 0}}; }
QVector<FaultSetting> share(double probability, Fault fault) { return {{fault, probability, {}, 0}}; }
/// The first `requests` are well.
QVector<FaultSetting> after(int requests, Fault fault) { return times(requests, None) + always(fault); }

QVector<FaultSetting> flapping(int rounds, Fault fault)
{
    QVector<FaultSetting> steps;
    for (int i = 0; i < rounds; ++i)
        steps += once(fault) + once(None);
    return steps;
}

QVector<Trouble> first(const QVector<FaultSetting> &steps) { return {{First, steps}}; }
QVector<Trouble> all(const QVector<FaultSetting> &steps) { return {{All, steps}}; }
QVector<Trouble> both(const QVector<FaultSetting> &steps, const QVector<FaultSetting> &second)
{
    return {{First, steps}, {Second, second}};
}

// clang-format off: a row of few lines is a row

/// An error, or nothing at all, in place of an answer: once, or until somebody else is asked.
QVector<CrashCase> refusals()
{
    return {
        {"server_error_once", "One internal error", "The first provider answers one request with 500.",
         "Asks again after a short wait, or asks somebody else.", first(once(ServerError)), {.most = 2}},
        {"server_error", "Internal errors without end", "The first provider answers every request with 500.",
         "Gives up on it after a few attempts and asks somebody else.", first(always(ServerError)), {.most = 4}},
        {"proxy_page", "A proxy's error page", "A proxy in between answers one request with 502 and an HTML page.",
         "Goes by the status, reads nothing into the page, and asks again.", first(once(HtmlPage)), {.most = 2}},
        {"overloaded_once", "Overloaded once", "The first provider says once that it is overloaded.",
         "Asks again after a short wait, or asks somebody else.", first(once(Overloaded)), {.most = 2}},
        {"overloaded", "Overloaded without end", "The first provider says to every request that it is overloaded.",
         "Takes its load elsewhere after a few attempts.", first(always(Overloaded)), {.most = 4}},
        {"unavailable_hint", "Unavailable, with a time",
         "The first provider answers one request with 503 and Retry-After: 2.",
         "Does not come back before the two seconds are over, or asks somebody else.", first(once(UnavailableHint)),
         {.most = 2}},
        {"overloaded_hint", "Overloaded, with a time",
         "The first provider answers one request with 529 and Retry-After: 2.",
         "Does not come back before the two seconds are over, or asks somebody else.", first(once(OverloadedHint)),
         {.most = 2}},
        {"rate_limit_once", "Rate limited once",
         "The first provider answers one request with 429 and Retry-After: 2.",
         "Does not come back before the two seconds are over, or asks somebody else.", first(once(RateLimit)),
         {.most = 2}},
        {"rate_limit", "Rate limited without end",
         "The first provider answers every request with 429 and Retry-After: 2.",
         "Waits once or twice, then asks somebody else.", first(always(RateLimit)), {.most = 4, .within = 20s}},
        {"rate_limit_no_hint", "Rate limited, without a time",
         "The first provider answers every request with 429 and does not say for how long.",
         "Backs off by itself, then asks somebody else.", first(always(RateLimitNoHint)), {.most = 4, .within = 20s}},
        {"rate_limit_long", "Rate limited for 20 s",
         "The first provider answers one request with 429 and Retry-After: 20.",
         "Asks somebody else instead of letting the caller wait.", first(once(RateLimit)),
         {.most = 2, .waits = true, .hint = 20s}},
        {"hint_absurd", "Retry-After of a month", "The first provider answers with 429 and a Retry-After of 30 days.",
         "Never sleeps on it: asks somebody else at once.", first(always(RateLimit)), {.most = 1, .hint = 24h * 30}},
        {"hint_zero", "Retry-After of nothing",
         "The first provider answers every request with 429 and Retry-After: 0.",
         "Keeps to its own backoff instead of asking in a hot loop.", first(always(RateLimit)),
         {.most = 4, .hint = 0s}},
        {"quota_spent", "Quota used up", "The first provider says that the account's quota is used up.",
         "Asks it once, does not repeat, and asks somebody else.", first(always(QuotaExhausted)), {.most = 1}},
        {"key_revoked", "Key refused", "The first provider refuses the key with 401.",
         "Asks once with each key, and then somebody else.", first(always(WrongKey)), {.most = 1}},
        {"forbidden", "Not permitted", "The first provider answers 403: this project may not use the model.",
         "Does not repeat it, and asks somebody else.", first(always(Forbidden)), {.most = 1}},
        {"model_gone", "Model gone", "The first provider says that the model does not exist.",
         "Does not repeat it, and asks somebody else.", first(always(ModelMissing)), {.most = 1}},
        {"context_first", "Prompt too long for the first",
         "The first provider says that the prompt is too long for its model.",
         "Asks the next one, whose window may be larger.", first(always(ContextLength)), {.most = 1}},
        {"content_refused", "Prompt refused by a filter", "The first provider's filter refuses the prompt.",
         "Says so, or asks another provider; never sends it again to the same one.", first(always(ContentFilter)),
         {.goal = AnswerOrSaid, .most = 1}},
        {"parameter_refused", "A parameter refused", "The first provider answers 400: a parameter is not supported.",
         "Says what was refused, or asks another provider; never repeats the same request.",
         first(always(InvalidRequest)), {.goal = AnswerOrSaid, .most = 1}},
        {"login_page", "A login page",
         "A login page comes with status 200 in place of each answer of the first provider.",
         "Never tells it as an answer, and asks somebody else.", first(always(LoginPage)), {.most = 4}},
        {"redirect", "Sent elsewhere", "The first provider redirects each prompt to another address (307).",
         "Does not carry prompt and key to an address that nobody configured, and asks somebody else.",
         first(always(Redirect)), {.most = 2}},
    };
}

/// Connections and time.
QVector<CrashCase> connections()
{
    return {
        {"refused", "Nobody listens", "Nobody listens at the first provider's address.",
         "Asks somebody else at once.", {}, {.refused = true}},
        {"reset_once", "One reset", "The first provider's connection is reset once, before any answer.",
         "Asks again.", first(once(Reset)), {.most = 2}},
        {"reset", "Resets without end", "Every connection to the first provider is reset.",
         "Gives up on it after a few attempts and asks somebody else.", first(always(Outage)), {.most = 4}},
        {"silence", "A hang", "The first provider takes the prompt and never answers.",
         "Asks somebody else within the time that a person waits.", first(always(Silence)),
         {.most = 2, .within = 45s, .waits = true}},
        {"silence_whole", "A hang, not streamed",
         "The first provider takes a prompt whose answer is not streamed, and never answers.",
         "Asks somebody else once an answer cannot be expected any more.", first(always(Silence)),
         {.most = 2, .within = 90s, .stream = false, .waits = true}},
        {"keep_alive_only", "Signs of life only",
         "The first provider sends a comment every second, and never a word.",
         "Does not take comments for an answer, and asks somebody else.", first(always(KeepAliveOnly)),
         {.most = 2, .within = 45s, .waits = true}},
        {"slow_first_token", "Slow to begin", "The first provider takes 8 s for its first word.",
         "Waits, for it is alive, or asks somebody else; the caller has an answer soon.",
         first(always(SlowFirstToken)), {.most = 2, .within = 20s, .waits = true}},
        {"slow_drip", "A few bytes at a time", "The answer comes in pieces of a few bytes, cut anywhere.",
         "Puts it together, whole.", first(always(SlowDrip)), {.most = 1}},
        {"stalled_stream", "A stream that stalls", "The first provider falls silent in the middle of its answer.",
         "Notices, and says that the answer is cut, or has it again unseen.", first(once(StalledStream)),
         {.goal = AnswerOrSaid, .most = 1, .within = 60s, .waits = true}},
    };
}

/// Answers that are not what they should be.
QVector<CrashCase> answers()
{
    return {
        {"cut_stream", "A cut stream", "The connection breaks in the middle of a streamed answer.",
         "Says that it is cut, or has it again unseen; never tells it as whole.", first(once(CutStream)),
         {.goal = AnswerOrSaid, .most = 1}},
        {"clean_cut", "A cut stream, closed in order",
         "The stream ends in the middle of the answer as if it were whole, but without its end mark.",
         "Knows by the end mark that it is cut; never tells it as whole.", first(once(CleanCut)),
         {.goal = AnswerOrSaid, .most = 1}},
        {"no_finish", "An end without a finish reason",
         "The answer stops in its middle, with an end mark but no finish reason.",
         "Does not take the end mark for the end of the answer.", first(once(NoFinish)),
         {.goal = AnswerOrSaid, .most = 1}},
        {"foreign_finish", "A relay's error as finish reason",
         "The answer stops in its middle with the finish reason overloaded_error, as some relays tell failures.",
         "Takes it for the failure that it is.", first(once(ForeignFinish)), {.goal = AnswerOrSaid, .most = 1}},
        {"cut_body", "A cut body", "An answer that is not streamed breaks off before its announced length.",
         "Asks again.", first(once(CutStream)), {.most = 1, .stream = false}},
        {"half_json", "Half a JSON", "An answer that is not streamed is half a JSON document, and closed in order.",
         "Cannot read it, and asks again.", first(once(CleanCut)), {.most = 1, .stream = false}},
        {"malformed_event", "An event that cannot be read", "One event of the stream is broken JSON.",
         "Says that a piece is missing, or asks again; never hides the hole.", first(once(MalformedChunk)),
         {.goal = AnswerOrSaid, .most = 1}},
        {"error_in_200", "An error in a 200",
         "The first provider answers one request with status 200 and an error in the body.",
         "Sees the error, and asks again.", first(once(ErrorInStream)), {.most = 1, .stream = false}},
        {"error_in_stream", "An error in a stream",
         "A stream begins with status 200, and its first event is an error.", "Sees the error, and asks again.",
         first(once(ErrorInStream)), {.most = 1}},
        {"error_after_words", "An error after some words",
         "The stream turns into an error after a third of the answer.",
         "Says that the answer is cut, or has it again unseen.", first(once(ErrorAfterWords)),
         {.goal = AnswerOrSaid, .most = 1}},
        {"empty_answer", "An empty answer", "One answer holds nothing, with status 200 and a finish reason.",
         "Takes it for a failure, and asks again.", first(once(EmptyAnswer)), {.most = 1}},
        {"thoughts_only", "Thoughts and no text", "One answer holds the model's thoughts, and no text.",
         "Takes it for a failure, and asks again.", first(once(ReasoningOnly)), {.most = 1}},
        {"finish_too_early", "A finish reason before the text", "The finish reason comes before the text.",
         "Reads on: the whole text is the answer.", first(always(FinishTooEarly)), {.most = 1}},
        {"finish_everywhere", "A finish reason in every event",
         "Every event of the stream carries the finish reason.", "Reads on: the whole text is the answer.",
         first(always(FinishEverywhere)), {.most = 1}},
        {"wrong_type", "Wrong content type", "The stream is labelled as JSON.",
         "Looks at the bytes: the text is the answer.", first(always(WrongType)), {.most = 1}},
        {"wrong_type_whole", "Wrong content type, not streamed", "A JSON answer is labelled as a stream of events.",
         "Looks at the bytes: the text is the answer.", first(always(WrongType)), {.most = 1, .stream = false}},
        {"gzip", "A packed answer", "The answer comes packed with gzip.", "Unpacks it as it comes.",
         first(always(Gzip)), {.most = 1}},
        {"length", "Cut by the token limit", "The model stops in the middle, because its token limit is reached.",
         "Tells the text, and that the limit cut it; asks nobody again.", first(always(Length)),
         {.goal = Told, .most = 1}},
        {"tool_call", "A tool call instead of text", "The model wants a tool called, and says nothing.",
         "Tells the call as what it is; asks nobody again.", first(always(ToolCall)), {.goal = Told, .most = 1}},
    };
}

/// One after the other, several at once, and many calls.
QVector<CrashCase> sequences()
{
    return {
        {"from_bad_to_worse", "One trouble after the other",
         "The first provider is overloaded, then resets a connection, then limits the rate; then it is well.",
         "Comes through, by waiting or by asking somebody else.",
         first(once(Overloaded) + once(Reset) + once(RateLimit)), {.most = 3, .within = 20s}},
        {"flapping", "Up and down", "Every other request to the first provider fails with 500, ten calls long.",
         "Answers every call, and does not give up on a provider that still answers.",
         first(flapping(5, ServerError)), {.most = 5, .within = 60s, .waits = true, .calls = 10}},
        {"half", "Every second request fails",
         "Half of all requests to the first provider fail with 500, twenty calls long.",
         "Answers every call, and does not double the load for long.", first(share(0.5, ServerError)),
         {.most = 30, .within = 60s, .waits = true, .calls = 20}},
        {"down_for_long", "Down for twenty calls", "The first provider answers twenty calls in a row with 500.",
         "Stops asking it after some failures, and answers every call from elsewhere.", first(always(ServerError)),
         {.most = 10, .within = 60s, .waits = true, .calls = 20}},
        {"recovery", "Down for 30 s, then back",
         "The first provider fails for 30 s and is well afterwards; one call a second for a minute.",
         "Answers every call, and has the first provider back in use soon.", first(lasting(30s, ServerError)),
         {.most = 15, .within = 0s, .waits = true, .calls = 60, .pace = Steady, .comesBack = true}},
        {"burst_limited", "Twenty at once, limited",
         "Twenty calls come at once, and the first provider limits each of them.",
         "Answers all of them from elsewhere, without a storm on the first.", first(always(RateLimitNoHint)),
         {.most = 40, .within = 60s, .waits = true, .calls = 20, .pace = Together}},
        {"slow_day", "Slow all day", "The first provider takes 8 s for the first word of each of four calls.",
         "Keeps answering.", first(always(SlowFirstToken)), {.within = 60s, .waits = true, .calls = 4}},
        {"key_revoked_midway", "Key revoked midway",
         "The first provider refuses the key from the third of eight calls on.",
         "Answers every call from elsewhere, and soon stops knocking with the dead key.", first(after(2, WrongKey)),
         {.most = 4, .within = 60s, .waits = true, .calls = 8}},
        {"quota_midway", "Quota used up midway",
         "The first provider's quota is used up from the third of eight calls on.",
         "Asks it once more at the most, and answers every call from elsewhere.", first(after(2, QuotaExhausted)),
         {.most = 2, .within = 60s, .waits = true, .calls = 8}},
        {"model_gone_midway", "Model gone midway",
         "The first provider's model is gone from the third of eight calls on.",
         "Asks for it once more at the most, and answers every call from elsewhere.", first(after(2, ModelMissing)),
         {.most = 2, .within = 60s, .waits = true, .calls = 8}},
        {"hint_absurd_midway", "Blocked for a day midway",
         "From the third of eight calls on the first provider answers 429 with a Retry-After of a day.",
         "Leaves it alone, and answers every call from elsewhere.", first(after(2, RateLimit)),
         {.most = 2, .within = 60s, .waits = true, .calls = 8, .hint = 24h}},
        {"herd", "All told the same time",
         "A hundred programs, standing for a thousand, are told in one instant to come back in 2 s.",
         "Comes back spread over time, so that the provider is not hit by all of them in one instant.",
         first(lasting(1900ms, RateLimit)), {.most = 200, .within = 30s, .programs = 100}},
    };
}

/// Where the fallback is in trouble, too.
QVector<CrashCase> fallbacks()
{
    return {
        {"two_down", "The first two down", "The first provider answers 500 and the second resets every connection.",
         "Comes through to the third.", both(always(ServerError), always(Outage)),
         {.most = 4, .within = 20s, .providers = 3}},
        {"fallback_key", "The fallback's key refused",
         "The first provider answers 500, and the second refuses its key.", "Comes through to the third.",
         both(always(ServerError), always(WrongKey)), {.most = 4, .within = 20s, .providers = 3}},
        {"fallback_limited", "The fallback limited",
         "The first provider answers 500, and the second one request with 429 and Retry-After: 2.",
         "Waits for the second, or asks the third.", both(always(ServerError), once(RateLimit)),
         {.most = 4, .within = 20s, .providers = 2}},
        {"fallback_refuses", "The fallback refuses what the first accepts",
         "The first provider fails twice with 500, and the second refuses the request itself (400).",
         "Asks on, or says what the fallback refused; never repeats it there.",
         both(times(2, ServerError), always(InvalidRequest)),
         {.goal = AnswerOrSaid, .most = 4, .within = 20s, .providers = 2}},
        {"limited_then_too_long", "Limited, then too long",
         "The first provider limits the rate for 50 s, and the prompt is too long for the second.",
         "Comes through to the third.", both(always(RateLimit), always(ContextLength)),
         {.most = 2, .within = 20s, .providers = 3, .hint = 50s}},
        {"all_limited", "All limited for 2 s", "Every provider answers 429 with Retry-After: 2, for two seconds.",
         "Waits as told, and answers.", all(lasting(2s, RateLimit)), {.most = 3, .within = 20s}},
        {"all_limited_long", "All limited for 20 s",
         "Every provider answers 429 with Retry-After: 20, for twenty seconds.",
         "Waits for the soonest, or says when it will be.", all(lasting(20s, RateLimit)),
         {.goal = AnswerOrSaid, .most = 2, .within = 60s, .waits = true, .hint = 20s}},
        {"all_down", "All down", "Every provider answers every request with 500.",
         "Ends with an error that says so, after a few attempts.", all(always(ServerError)),
         {.goal = Said, .most = 4, .within = 30s}},
        {"all_reset", "All unreachable", "Every connection to every provider is reset.",
         "Ends with an error that says so, after a few attempts.", all(always(Outage)),
         {.goal = Said, .most = 4, .within = 30s}},
        {"all_silent", "All hang", "Every provider takes the prompt and never answers.",
         "Ends by its own deadline, with an error that says so.", all(always(Silence)),
         {.goal = Said, .most = 3, .within = 180s, .waits = true}},
        {"all_spent", "All quotas used up", "Every provider says that the quota is used up.",
         "Ends at once, with each asked once.", all(always(QuotaExhausted)), {.goal = Said, .most = 1}},
        {"all_keys_refused", "All keys refused", "Every provider refuses its key.",
         "Ends at once, with each key tried once.", all(always(WrongKey)), {.goal = Said, .most = 1}},
        {"context_all", "Too long for all", "The prompt is too long for every provider.",
         "Ends at once, with each asked once.", all(always(ContextLength)), {.goal = Said, .most = 1}},
    };
}

// clang-format on

} // namespace
} // namespace crashtable

const QVector<CrashCase> &crashCases()
{
    static const QVector<CrashCase> table = crashtable::refusals() + crashtable::connections() + crashtable::answers()
                                             + crashtable::sequences() + crashtable::fallbacks();
    return table;
}

const CrashCase *crashCase(QStringView key)
{
    const QVector<CrashCase> &table = crashCases();
    const auto it =
        std::find_if(table.begin(), table.end(), [key](const CrashCase &c) { return key == QLatin1String(c.key); });
    return it == table.end() ? nullptr : &*it;
}

} // namespace retryscope
