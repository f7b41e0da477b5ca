// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "policy/failureclassifier.h"

#include "policy/failurewords.h"
#include "policy/retryafter.h"

#include <algorithm>
#include <span>

namespace retryscope {
namespace {

using namespace rules;

/// Beyond it a wait is a quota's, within it a rate's (the rule of Google's own clients).
constexpr Duration longestRateWait = 5min;
/// A limit of 0 ends when somebody changes the plan: look again tomorrow.
constexpr Duration zeroLimitBlock = 24h;

Classification make(const Outcome &what, const char *rule, const FailureFacts &facts, int retryLimit = 0);

Classification makeSilent(const FailureFacts &facts)
{
    Classification c = make({StreamInterrupted, Scope::Provider, Does::Retry, HealthSignal::Failure, Rank::Soft},
                            "stream:silence", facts);
    c.awayFirst = true;
    return c;
}

Classification make(const Outcome &what, const char *rule, const FailureFacts &facts, int retryLimit)
{
    Classification c;
    c.reason = what.reason;
    c.scope = what.scope;
    c.retryHere = what.does == Does::Retry;
    c.failoverHelps = what.does != Does::Stop;
    c.health = what.health;
    c.hint = believable(facts.hint);
    c.retryLimit = retryLimit;
    c.rule = rule;
    return c;
}

Outcome traitsOf(RetryReason reason)
{
    const ReasonTraits &t = traits(reason);
    return {reason, t.scope,
            t.retryHere       ? Does::Retry
            : t.failoverHelps ? Does::Away
                              : Does::Stop,
            t.health, Rank::Soft};
}

std::optional<Duration> untilNextMonth(WallTime wall)
{
    const std::chrono::year_month_day today{std::chrono::floor<std::chrono::days>(wall)};
    const auto next = std::chrono::sys_days((today.year() / today.month() + std::chrono::months(1)) / 1);
    return WallTime(next) - wall;
}

/// How far the clocks of California are behind UTC: an hour less from the second Sunday of March to the first one of
/// November, both at two in the morning, as it has been since 2007.
std::chrono::hours behindPacific(WallTime at)
{
    using namespace std::chrono;
    constexpr hours winter(8), summer(7);
    const year now = year_month_day{floor<days>(at - winter)}.year();
    const WallTime forward = sys_days(now / March / Sunday[2]) + winter + hours(2);
    const WallTime back = sys_days(now / November / Sunday[1]) + summer + hours(2);
    return at >= forward && at < back ? summer : winter;
}

std::optional<Duration> untilMidnightPacific(WallTime wall)
{
    const auto today = std::chrono::floor<std::chrono::days>(wall - behindPacific(wall));
    const WallTime midnight = today + std::chrono::days(1); // by the clock there, which changes two hours after one
    return midnight + behindPacific(midnight + std::chrono::hours(8)) - wall;
}

/// What the response says, else what the calendar says.
std::optional<Duration> blockedFor(Until until, const FailureFacts &facts)
{
    const bool dated = facts.wall != WallTime{};
    if (facts.resetsAt && dated) {
        if (const auto left =
                believable(fromSeconds(std::chrono::duration<double>(*facts.resetsAt - facts.wall).count())))
            return left;
    }
    if (const auto hint = believable(facts.hint); hint && *hint > longestRateWait)
        return hint;
    if (until == Until::Unknown || !dated)
        return std::nullopt;
    return until == Until::NextMonthUtc ? untilNextMonth(facts.wall) : untilMidnightPacific(facts.wall);
}

Classification makeBlocked(const Outcome &what, const char *rule, const FailureFacts &facts,
                           Until until = Until::Unknown)
{
    Classification c = make(what, rule, facts);
    if (what.reason == QuotaExhausted) {
        c.blockFor = blockedFor(until, facts);
        c.hint.reset(); // the same request is not repeated here
    }
    return c;
}

Classification makeZeroLimit(const char *rule, const FailureFacts &facts)
{
    Classification c = makeBlocked(usedUpModel, rule, facts);
    c.blockFor = zeroLimitBlock;
    return c;
}

bool anyCodeContains(const FailureFacts &facts, std::initializer_list<std::string_view> parts)
{
    for (const std::string &code : facts.codes) {
        for (const std::string_view part : parts) {
            if (code.size() > part.size() && code.find(part) != std::string::npos)
                return true;
        }
    }
    return false;
}

/// RESOURCE_EXHAUSTED says everything from "wait a second" to "pay"; the quota's name and the delay tell which.
Classification googleQuota(const CodeRule &row, const FailureFacts &facts)
{
    const auto hint = believable(facts.hint);
    if (facts.status == 402)
        return makeBlocked(usedUp, "google:prepaid_credit_gone", facts);
    if (facts.zeroLimit)
        return makeZeroLimit("google:zero_limit", facts);
    const bool longWait = hint && *hint > longestRateWait;
    if (anyCodeContains(facts, {"PerDay", "Daily"})) {
        if (!hint || longWait)
            return makeBlocked(usedUpModel, "google:per_day", facts, Until::MidnightPacific);
        return make(limited, "google:per_day_short_wait", facts, 1); // both were seen; once is enough to find out
    }
    if (longWait)
        return makeBlocked(usedUpModel, "google:long_wait", facts);
    const bool perMinute = row.wait == 0 && anyCodeContains(facts, {"PerMinute"});
    Classification c = make(limited, perMinute ? "google:per_minute" : row.rule, facts);
    const int wait = perMinute ? 60 : row.wait;
    if (!hint && wait)
        c.hint = std::chrono::seconds(wait);
    return c;
}

Classification byCode(const CodeRule &row, const FailureFacts &facts)
{
    switch (row.twist) {
    case Twist::GoogleQuota: return googleQuota(row, facts);
    case Twist::TooLargeAt413:
        if (facts.status == 413)
            return make(tooLong, "groq:request_too_large", facts);
        break;
    case Twist::InFlight:
        if (!believable(facts.hint)) // a 402 that names no wait does not pass
            return makeBlocked(usedUp, row.rule, facts);
        break;
    case Twist::None: break;
    }
    Classification c = makeBlocked(row.what, row.rule, facts, row.until);
    c.retryLimit = row.retryLimit;
    if (!c.hint && row.wait)
        c.hint = std::chrono::seconds(row.wait);
    return c;
}

bool isOneOf(int status, std::initializer_list<int> statuses)
{
    return std::find(statuses.begin(), statuses.end(), status) != statuses.end();
}

/// A quota's own word, where no code says it as well. What is said of one request, a prompt or a model stays so.
bool mayHideMoney(const CodeRule *code)
{
    if (!code)
        return true;
    switch (code->what.reason) {
    case QuotaExhausted:
    case ContextLength:
    case ContentFilter:
    case ModelUnavailable:
    case MalformedResponse: return false;
    default: return code->twist != Twist::GoogleQuota;
    }
}

Classification makeMoneyGone(const FoldedText &text, const FailureFacts &facts)
{
    const bool free = text.has("free tier") || text.has("free quota") || text.has("free allocation");
    return makeBlocked(free && text.has("model") ? usedUpModel : usedUp, "text:balance", facts);
}

std::optional<Classification> byText(const FailureFacts &facts, const FoldedText &text)
{
    if (text.size == 0)
        return std::nullopt;
    const TextRule *row = findText(text.view(), facts.vendor);
    // What is said of models and accounts in general says nothing of a limit; what is said of this request does.
    const bool general = row && row->vendor == Vendor::Unknown && row->what.scope != Scope::Request;
    if (row && !(general && isOneOf(facts.status, {401, 402, 429, 529})))
        return makeBlocked(row->what, row->rule, facts, row->until);
    // The same overflow is a 200, a 400, a 403 or a 500, by server and version.
    if (facts.status < 300 || isOneOf(facts.status, {400, 403, 413, 422, 500})) {
        if (const TextRule *overflow = findOverflow(text.view()))
            return make(overflow->what, overflow->rule, facts);
    }
    return std::nullopt;
}

/// A path that nobody serves, rather than a model that is not there.
bool isWrongPath(const FailureFacts &facts, const FoldedText &text)
{
    if (facts.status != 404)
        return false;
    static constexpr std::string_view plain[] = {"not found",      "404 page not found",
                                                 "404 not found",  "page not found",
                                                 "404: not found", "no route matched with those values"};
    std::string_view words = text.view();
    while (words.ends_with('.') || words.ends_with('!'))
        words.remove_suffix(1);
    return facts.html || std::find(std::begin(plain), std::end(plain), words) != std::end(plain)
           || words.starts_with("cannot post") || words.starts_with("invalid url");
}

/// What only headers and numbers tell.
std::optional<Classification> byLimits(const FailureFacts &facts)
{
    if (facts.status == 429 && facts.zeroLimit)
        return makeZeroLimit("limits:zero_limit", facts);
    if (facts.overLimit && (facts.status == 429 || facts.status < 300))
        return make(tooLong, "openai:request_too_large", facts);
    if (facts.overLimit && facts.status == 413)
        return make(tooLong, "groq:request_too_large", facts);
    return std::nullopt;
}

std::optional<Classification> byStatus(const CodeRule *weak, const FailureFacts &facts)
{
    const StatusRule *row = facts.status >= 300 ? findStatus(facts.status) : nullptr;
    if (weak && (!row || row->what.reason == weak->what.reason))
        return byCode(*weak, facts);
    if (!row)
        return std::nullopt;
    if (facts.vendor == Vendor::Cerebras && (facts.status == 400 || facts.status == 413) && facts.message.empty()
        && facts.codes.empty())
        return make(tooLong, "cerebras:empty_body", facts);
    if (facts.vendor == Vendor::Groq && facts.status == 422) // the model's dice, by its documentation
        return make(badOutput, "groq:422", facts, 1);
    Classification c = makeBlocked(row->what, row->rule, facts);
    c.retryLimit = row->retryLimit;
    return c;
}

Classification byAnswer(const FailureFacts &facts)
{
    if (const TransportRule *row = findTransport(facts.transport))
        return make(row->what, row->rule, facts);
    if (facts.html)
        return make(traitsOf(MalformedResponse), "body:html", facts, 1); // a portal or a wrong address rarely goes away
    if (facts.malformed)
        return make(traitsOf(MalformedResponse), "body:malformed", facts);
    if (facts.silent)
        return makeSilent(facts);
    if (facts.streamCut)
        return make(traitsOf(StreamInterrupted), "stream:no_end_mark", facts);
    if (facts.empty)
        return make(badOutput, "body:empty_answer", facts, 1);
    return make(traitsOf(Unknown), "unknown", facts);
}

/// The server's own word on retrying, below the hard stops. Asked for on a request that we would not repeat, it is
/// followed as often as the official clients do.
void applyShouldRetry(const FailureFacts &facts, Classification *c)
{
    if (!facts.shouldRetry || facts.status < 300 || *facts.shouldRetry == c->retryHere)
        return;
    c->retryHere = *facts.shouldRetry;
    c->retryLimit = c->retryHere ? 2 : 0;
    c->rule = c->retryHere ? "header:x-should-retry=true" : "header:x-should-retry=false";
}

bool isHard(const Classification &c)
{
    switch (c.reason) {
    case QuotaExhausted:
    case Authentication:
    case Permission:
    case ContextLength:
    case ContentFilter:
    case Cancelled: return true;
    default: return false;
    }
}

/// A day's limit that says no wait lasts until the day is over; with a short wait, once is enough to find out.
std::optional<Classification> byDay(const FailureFacts &facts, const FoldedText &text, bool limitedByCode)
{
    if ((!limitedByCode && facts.status != 429) || !saysWholeDay(text))
        return std::nullopt;
    const auto hint = believable(facts.hint);
    if (!hint)
        return makeBlocked(usedUpModel, "text:per_day", facts);
    return *hint > longestRateWait ? std::nullopt : std::optional(make(limited, "text:per_day_short_wait", facts, 1));
}

Classification byWords(const WordRule &row, const FailureFacts &facts)
{
    return makeBlocked(row.what, row.rule, facts);
}

/// A permission's general code, where the sentence says that it is about this one model.
Classification narrowed(const Classification &c, const FoldedText &text, const FailureFacts &facts)
{
    if (c.reason != Permission || c.scope != Scope::Account)
        return c;
    const TextRule *row = findText(text.view(), facts.vendor);
    return row && row->what.scope == Scope::Model && row->what.reason != QuotaExhausted
               ? make(row->what, row->rule, facts)
               : c;
}

/// An error inside a 200 that has no code has no status either: what it says in few words has to tell.
const WordRule *wordsInsteadOfStatus(const CodeRule *code, const FailureFacts &facts, const FoldedText &text)
{
    constexpr std::size_t fewWords = 100; // characters; a longer sentence speaks of too much
    const bool says = code && code->code == "answer:error" && facts.status < 300 && text.size <= fewWords;
    return says ? findWords(std::span(&facts.message, 1)) : nullptr;
}

Classification decide(const FailureFacts &facts, bool *hard)
{
    const CodeRule *code = findCode(facts.codes);
    const bool sure = code && code->what.rank == Rank::Hard;
    *hard = sure;
    const bool vague =
        sure && (code->code.starts_with("not_found") || code->code == "notfounderror"); // of a model, or of a path
    if (sure && !mayHideMoney(code) && !vague)
        return byCode(*code, facts);
    if (code && code->twist == Twist::InFlight)
        return byCode(*code, facts);
    const WordRule *words = sure ? nullptr : findWords(facts.codes);
    if (words && words->what.reason == QuotaExhausted && mayHideMoney(code))
        return byWords(*words, facts);
    const FoldedText text(facts.message);
    const bool exhausted = code && code->twist == Twist::GoogleQuota;
    if ((exhausted || mayHideMoney(code)) && text.size > 0) {
        // A vendor's own sentence knows more, such as when it ends.
        if (const TextRule *row = findText(text.view(), facts.vendor); row && row->what.reason == QuotaExhausted)
            return makeBlocked(row->what, row->rule, facts, row->until);
        if (!exhausted && saysMoneyIsGone(text, facts.message))
            return makeMoneyGone(text, facts);
    }
    if (exhausted)
        return byCode(*code, facts);
    if ((!sure || vague) && isWrongPath(facts, text))
        return make(elsewhere, "status:404_path", facts);
    if (sure)
        return narrowed(byCode(*code, facts), text, facts);
    if (words && words->what.rank == Rank::Hard)
        return narrowed(byWords(*words, facts), text, facts);
    if (const auto c = byLimits(facts))
        return *c;
    const bool soft = code && code->what.rank == Rank::Soft;
    if (const auto c = byDay(facts, text, soft && code->what.reason == RateLimit))
        return *c;
    if (soft)
        return byCode(*code, facts);
    if (words && words->what.rank == Rank::Soft)
        return byWords(*words, facts);
    if (const auto c = byText(facts, text))
        return *c;
    if (const WordRule *said = wordsInsteadOfStatus(code, facts, text))
        return byWords(*said, facts);
    if (const auto c = byStatus(code, facts))
        return *c;
    return byAnswer(facts);
}

} // namespace

void shutForLongWait(Classification *c)
{
    if (!c->retryHere || c->scope == Scope::Request || !c->hint || *c->hint <= longestRateWait)
        return;
    c->retryHere = false;
    c->blockFor = c->hint;
}

Classification classify(const FailureFacts &facts)
{
    if (facts.transport != TransportFailure::None
        && (facts.status == 0 || facts.transport == TransportFailure::Cancelled))
        return byAnswer(facts);
    bool hard = false;
    Classification c = decide(facts, &hard);
    if (!hard && !isHard(c))
        applyShouldRetry(facts, &c);
    // An upstream's account is not ours: only the model behind it is gone.
    if (facts.relayed && c.scope == Scope::Account && !c.rule.starts_with("openrouter:") && facts.status != 402)
        c.scope = Scope::Model;
    if (c.reason == RateLimit && !c.hint)
        c.hint = blockedFor(Until::Unknown, facts); // when the body says that the limit comes back
    shutForLongWait(&c);
    return c;
}

} // namespace retryscope
