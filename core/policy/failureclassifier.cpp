// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "policy/failureclassifier.h"

#include "policy/failurerules.h"
#include "policy/retryafter.h"

#include <QDateTime>
#include <QTimeZone>

namespace retryscope {
namespace {

using namespace rules;

/// Beyond it a wait is a quota's, within it a rate's (the rule of Google's own clients).
constexpr Duration longestRateWait = 5min;
/// A limit of 0 ends when somebody changes the plan: look again tomorrow.
constexpr Duration zeroLimitBlock = 24h;

Classification make(const Outcome &what, const char *rule, const FailureFacts &facts, int retryLimit = 0)
{
    Classification c;
    c.reason = what.reason;
    c.scope = what.scope;
    c.retryHere = what.does == Does::Retry;
    c.failoverHelps = what.does != Does::Stop;
    c.health = what.health;
    c.hint = believable(facts.hint);
    c.retryLimit = retryLimit;
    c.rule = QLatin1String(rule);
    return c;
}

Outcome traitsOf(RetryReason reason)
{
    const ReasonTraits &t = traits(reason);
    return {reason, t.scope, t.retryHere ? Does::Retry : t.failoverHelps ? Does::Away : Does::Stop, t.health, Rank::Soft};
}

std::optional<Duration> untilNextMonth(WallTime wall)
{
    const std::chrono::year_month_day today{std::chrono::floor<std::chrono::days>(wall)};
    const auto next = std::chrono::sys_days((today.year() / today.month() + std::chrono::months(1)) / 1);
    return WallTime(next) - wall;
}

std::optional<Duration> untilMidnightPacific(WallTime wall)
{
    static const QTimeZone named("America/Los_Angeles"); // a machine without zone data counts without summer time
    static const QTimeZone zone = named.isValid() ? named : QTimeZone(-8 * 3600);
    const QDateTime now = QDateTime::fromMSecsSinceEpoch(wall.time_since_epoch().count(), zone);
    const QDateTime midnight = now.date().addDays(1).startOfDay(zone);
    return std::chrono::milliseconds(now.msecsTo(midnight));
}

/// What the response says, else what the calendar says.
std::optional<Duration> blockedFor(Until until, const FailureFacts &facts)
{
    const bool dated = facts.wall != WallTime{};
    if (facts.resetsAt && dated) {
        if (const auto left = believable(fromSeconds(std::chrono::duration<double>(*facts.resetsAt - facts.wall).count())))
            return left;
    }
    if (const auto hint = believable(facts.hint); hint && *hint > longestRateWait)
        return hint;
    if (until == Until::Unknown || !dated)
        return std::nullopt;
    return until == Until::NextMonthUtc ? untilNextMonth(facts.wall) : untilMidnightPacific(facts.wall);
}

Classification makeBlocked(const Outcome &what, const char *rule, const FailureFacts &facts, Until until = Until::Unknown)
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

bool anyCodeContains(const FailureFacts &facts, std::initializer_list<QLatin1String> parts)
{
    for (const QString &code : facts.codes) {
        for (const QLatin1String part : parts) {
            if (code.size() > part.size() && QStringView(code).contains(part))
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
    if (anyCodeContains(facts, {QLatin1String("PerDay"), QLatin1String("Daily")})) {
        if (!hint || longWait)
            return makeBlocked(usedUpModel, "google:per_day", facts, Until::MidnightPacific);
        return make(limited, "google:per_day_short_wait", facts, 1); // both were seen; once is enough to find out
    }
    if (longWait)
        return makeBlocked(usedUpModel, "google:long_wait", facts);
    const bool perMinute = row.wait == 0 && anyCodeContains(facts, {QLatin1String("PerMinute")});
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
            return make(tooLongHere, "groq:request_too_large", facts);
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

/// Lower-cased ASCII; what is none becomes a space.
struct FoldedText
{
    explicit FoldedText(QStringView text)
    {
        for (const QChar c : text.first(std::min<qsizetype>(text.size(), qsizetype(bytes.size())))) {
            const char16_t u = c.unicode();
            bytes[size++] = u > 0x7f ? ' ' : u >= 'A' && u <= 'Z' ? char(u - 'A' + 'a') : char(u);
        }
    }
    std::string_view view() const { return {bytes.data(), size}; }
    std::array<char, 2000> bytes;
    std::size_t size = 0;
};

std::optional<Classification> byText(const FailureFacts &facts)
{
    if (facts.message.isEmpty())
        return std::nullopt;
    const FoldedText text(facts.message);
    if (const TextRule *row = findText(text.view(), facts.vendor))
        return makeBlocked(row->what, row->rule, facts, row->until);
    // The same overflow is a 200, a 400 or a 500, by server and version.
    if (facts.status < 300 || facts.status == 400 || facts.status == 413 || facts.status == 422 || facts.status == 500) {
        if (const TextRule *row = findOverflow(text.view()))
            return make(row->what, row->rule, facts);
    }
    return std::nullopt;
}

/// What only headers and numbers tell.
std::optional<Classification> byLimits(const FailureFacts &facts)
{
    if (facts.status == 429 && facts.zeroLimit)
        return makeZeroLimit("limits:zero_limit", facts);
    if (facts.overLimit && (facts.status == 429 || facts.status < 300))
        return make(tooLong, "openai:request_too_large", facts);
    if (facts.overLimit && facts.status == 413)
        return make(tooLongHere, "groq:request_too_large", facts);
    return std::nullopt;
}

std::optional<Classification> byStatus(const CodeRule *weak, const FailureFacts &facts)
{
    const StatusRule *row = facts.status >= 300 ? findStatus(facts.status) : nullptr;
    if (weak && (!row || row->what.reason == weak->what.reason))
        return byCode(*weak, facts);
    if (!row)
        return std::nullopt;
    if (facts.vendor == Vendor::Cerebras && (facts.status == 400 || facts.status == 413) && facts.message.isEmpty() && facts.codes.isEmpty())
        return make(tooLong, "cerebras:empty_body", facts);
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
    c->rule = QLatin1String(c->retryHere ? "header:x-should-retry=true" : "header:x-should-retry=false");
}

bool isHard(const Classification &c)
{
    switch (c.reason) {
    case QuotaExhausted: case Authentication: case Permission: case ContextLength: case ContentFilter: case Cancelled: return true;
    default: return false;
    }
}

Classification decide(const FailureFacts &facts, bool *hard)
{
    const CodeRule *code = findCode(facts.codes);
    if (code && code->what.rank == Rank::Hard) {
        *hard = true;
        return byCode(*code, facts);
    }
    if (code && code->twist == Twist::GoogleQuota)
        return byCode(*code, facts);
    if (const auto c = byLimits(facts))
        return *c;
    if (code && code->what.rank == Rank::Soft)
        return byCode(*code, facts);
    if (const auto c = byText(facts))
        return *c;
    if (const auto c = byStatus(code, facts))
        return *c;
    return byAnswer(facts);
}

} // namespace

Classification classify(const FailureFacts &facts)
{
    if (facts.transport != TransportFailure::None && (facts.status == 0 || facts.transport == TransportFailure::Cancelled))
        return byAnswer(facts);
    bool hard = false;
    Classification c = decide(facts, &hard);
    if (!hard && !isHard(c))
        applyShouldRetry(facts, &c);
    // An upstream's account is not ours: only the model behind it is gone.
    if (facts.relayed && c.scope == Scope::Account && !c.rule.startsWith(QLatin1String("openrouter:")))
        c.scope = Scope::Model;
    if (c.reason == RateLimit && !c.hint)
        c.resetIn = facts.resetIn ? facts.resetIn : blockedFor(Until::Unknown, facts); // what the body says of the reset
    return c;
}

} // namespace retryscope
