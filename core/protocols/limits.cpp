// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "policy/retryafter.h"
#include "protocols/protocol.h"

#include <algorithm>
#include <array>
#include <bit>
#include <string_view>

namespace retryscope {
namespace {

/// A family of headers that together tell one window.
struct Family
{
    LimitKind kind;
    bool continuous;
    std::array<std::string_view, 3> names; ///< limit, remaining, reset, in lower case; empty: not sent
};

using enum LimitKind;
// OpenAI, Azure and Groq share names; Azure's resets are plain seconds, the others' are Go durations. Mistral and
// Cerebras share the tokens of a minute; only Cerebras tells their reset.
constexpr Family families[] = {
    {Requests, true, {"x-ratelimit-limit-requests", "x-ratelimit-remaining-requests", "x-ratelimit-reset-requests"}},
    {Tokens, true, {"x-ratelimit-limit-tokens", "x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"}},
    {Tokens, true, {"x-ratelimit-limit-tokens_usage_based", "x-ratelimit-remaining-tokens_usage_based", "x-ratelimit-reset-tokens_usage_based"}},
    {Requests, true, {"anthropic-ratelimit-requests-limit", "anthropic-ratelimit-requests-remaining", "anthropic-ratelimit-requests-reset"}},
    {Tokens, true, {"anthropic-ratelimit-tokens-limit", "anthropic-ratelimit-tokens-remaining", "anthropic-ratelimit-tokens-reset"}},
    {InputTokens, true, {"anthropic-ratelimit-input-tokens-limit", "anthropic-ratelimit-input-tokens-remaining", "anthropic-ratelimit-input-tokens-reset"}},
    {OutputTokens, true, {"anthropic-ratelimit-output-tokens-limit", "anthropic-ratelimit-output-tokens-remaining", "anthropic-ratelimit-output-tokens-reset"}},
    {Requests, false, {"x-ratelimit-limit-req-minute", "x-ratelimit-remaining-req-minute", ""}},
    {Tokens, false, {"x-ratelimit-limit-tokens-minute", "x-ratelimit-remaining-tokens-minute", "x-ratelimit-reset-tokens-minute"}},
    {Requests, false, {"x-ratelimit-limit-requests-minute", "x-ratelimit-remaining-requests-minute", "x-ratelimit-reset-requests-minute"}},
    {Requests, false, {"x-ratelimit-limit-requests-per-minute", "x-ratelimit-remaining-requests-per-minute", "x-ratelimit-reset-requests-per-minute"}},
    {Tokens, false, {"x-ratelimit-limit-tokens-per-minute", "x-ratelimit-remaining-tokens-per-minute", "x-ratelimit-reset-tokens-per-minute"}}, // DigitalOcean
    {Requests, false, {"x-ratelimit-limit-requests-per-day", "x-ratelimit-remaining-requests-per-day", "x-ratelimit-reset-requests-per-day"}},
    {Tokens, false, {"x-ratelimit-limit-tokens-per-day", "x-ratelimit-remaining-tokens-per-day", "x-ratelimit-reset-tokens-per-day"}},
    {Tokens, false, {"x-ratelimit-limit-tokens-day", "x-ratelimit-remaining-tokens-day", "x-ratelimit-reset-tokens-day"}},
    {Requests, false, {"x-ratelimit-limit-requests-day", "x-ratelimit-remaining-requests-day", "x-ratelimit-reset-requests-day"}},
    {Tokens, false, {"ratelimitbysize-limit", "ratelimitbysize-remaining", "ratelimitbysize-reset"}},
    {Tokens, false, {"x-ratelimitbysize-limit-minute", "x-ratelimitbysize-remaining-minute", ""}},
    {Tokens, false, {"x-ratelimitbysize-limit-month", "x-ratelimitbysize-remaining-month", ""}},
    {Requests, false, {"x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"}}, // OpenRouter
    {Requests, false, {"ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"}},       // IETF, to draft 06
};

std::optional<qint64> parseCount(QByteArrayView text)
{
    text = text.trimmed();
    const auto digits = std::find_if_not(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
    const qsizetype length = digits - text.begin();
    // "100, 100;w=60" of older drafts: the first number is the limit.
    if (length == 0 || length > 18 || (length < text.size() && *digits != ',' && *digits != ';'))
        return std::nullopt;
    return text.first(length).toByteArray().toLongLong();
}

/// "burst";q=100;w=60, or limit=100: one parameter of a list's item.
std::optional<qint64> parameter(QByteArrayView item, QByteArrayView name)
{
    for (qsizetype from = 0; from < item.size();) {
        qsizetype end = item.indexOf(';', from);
        end = end < 0 ? item.size() : end;
        const QByteArrayView part = item.sliced(from, end - from).trimmed();
        if (part.size() > name.size() && part.startsWith(name) && part[name.size()] == '=')
            return parseCount(part.sliced(name.size() + 1));
        from = end + 1;
    }
    return std::nullopt;
}

QByteArrayView itemName(QByteArrayView item)
{
    const qsizetype end = item.indexOf(';');
    return (end < 0 ? item : item.first(end)).trimmed();
}

QList<QByteArrayView> items(QByteArrayView list)
{
    QList<QByteArrayView> result;
    for (qsizetype from = 0; from < list.size() && result.size() < 8;) {
        qsizetype end = from;
        for (bool quoted = false; end < list.size() && (quoted || list[end] != ','); ++end)
            quoted ^= list[end] == '"';
        if (const QByteArrayView item = list.sliced(from, end - from).trimmed(); !item.isEmpty())
            result.append(item);
        from = end + 1;
    }
    return result;
}

std::optional<Duration> seconds(std::optional<qint64> count)
{
    if (!count)
        return std::nullopt;
    const Duration d = fromSeconds(double(*count));
    return d > maxHint ? std::nullopt : std::optional(d);
}

/// RateLimit: "default";r=50;t=30 with RateLimit-Policy: "default";q=100;w=60 (structured fields), or draft 07's
/// limit=100, remaining=50, reset=5.
void readStructured(QByteArrayView rateLimit, QByteArrayView policy, LimitWindows *windows)
{
    const QList<QByteArrayView> policies = items(policy), limits = items(rateLimit);
    LimitWindow old;
    for (const QByteArrayView item : limits) {
        if (const auto v = parameter(item, "limit"))
            old.limit = v;
        if (const auto v = parameter(item, "remaining"))
            old.remaining = v;
        if (const auto v = seconds(parameter(item, "reset")))
            old.resetIn = v;
        LimitWindow window{.remaining = parameter(item, "r"), .resetIn = seconds(parameter(item, "t"))};
        if (!window.remaining)
            continue;
        for (const QByteArrayView p : policies) {
            if (itemName(p) == itemName(item))
                window.limit = parameter(p, "q");
        }
        windows->append(window);
    }
    if (old.limit || old.remaining)
        windows->append(old);
    if (!limits.isEmpty())
        return;
    for (const QByteArrayView p : policies) {
        if (const auto quota = parameter(p, "q"); quota && !p.contains("qu=\"content-bytes\""))
            windows->append({.limit = quota});
    }
}

/// A header's name in lower case, without the heap; cut where no known name is as long.
struct FoldedName
{
    explicit FoldedName(const QByteArray &name)
    {
        for (const char c : QByteArrayView(name).first(std::min<qsizetype>(name.size(), qsizetype(bytes.size()))))
            bytes[size++] = c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c;
    }
    std::string_view view() const { return {bytes.data(), size}; }
    std::array<char, 64> bytes;
    std::size_t size = 0;
};

bool namesALimit(std::string_view name)
{
    return name.starts_with("x-ratelimit") || name.starts_with("ratelimit") || name.starts_with("anthropic-ratelimit");
}

bool worthShowing(std::string_view name)
{
    static constexpr std::array<std::string_view, 18> names{
        "retry-after", "retry-after-ms", "x-should-retry", "x-request-id", "request-id", "x-generation-id", "apim-request-id",
        "x-ms-request-id", "x-ms-region", "x-correlation-id", "openai-processing-ms", "openai-version", "server-timing",
        "x-envoy-upstream-service-time", "date", "content-type", "cf-ray", "server"};
    return namesALimit(name) || std::find(names.begin(), names.end(), name) != names.end();
}

/// What one pass over the headers finds; the first of a name counts.
struct FoundHeaders
{
    explicit FoundHeaders(const HttpHeaders &headers)
    {
        for (const auto &[name, value] : headers) {
            const FoldedName folded(name);
            if (folded.view() == "date" && !date)
                date = &value;
            else if (namesALimit(folded.view()))
                note(folded.view(), value);
        }
    }
    void note(std::string_view name, const QByteArray &value)
    {
        const std::pair<std::string_view, const QByteArray **> singles[] = {
            {"ratelimit", &rateLimit}, {"ratelimit-policy", &policy}, {"anthropic-ratelimit-unified-status", &unifiedStatus}, {"anthropic-ratelimit-unified-reset", &unifiedReset}};
        for (const auto &[single, place] : singles) {
            if (name == single && !*place)
                *place = &value;
        }
        for (std::size_t f = 0; f < std::size(families); ++f) {
            for (std::size_t field = 0; field < 3; ++field) {
                if (families[f].names[field] == name && !found[f][field]) {
                    found[f][field] = &value;
                    seen |= 1u << f;
                    return;
                }
            }
        }
    }
    std::array<std::array<const QByteArray *, 3>, std::size(families)> found{};
    quint32 seen = 0; ///< families with a header
    const QByteArray *date = nullptr, *rateLimit = nullptr, *policy = nullptr, *unifiedStatus = nullptr, *unifiedReset = nullptr;
};

} // namespace

LimitWindows readLimits(ProtocolKind, const HttpHeaders &headers, WallTime now)
{
    const FoundHeaders h(headers);
    LimitWindows windows;
    if (!h.seen && !h.rateLimit && !h.policy && !h.unifiedStatus)
        return windows;
    const WallTime serverNow = h.date ? parseHttpDate(*h.date).value_or(now) : now;
    for (quint32 left = h.seen; left; left &= left - 1) {
        const auto f = std::size_t(std::countr_zero(left));
        const auto [limit, remaining, reset] = h.found[f];
        LimitWindow window{families[f].kind, limit ? parseCount(*limit) : std::nullopt, remaining ? parseCount(*remaining) : std::nullopt,
                           reset ? parseReset(*reset, serverNow) : std::nullopt, families[f].continuous};
        if (window.limit || window.remaining || window.resetIn)
            windows.append(window);
    }
    readStructured(h.rateLimit ? *h.rateLimit : QByteArrayView(), h.policy ? *h.policy : QByteArrayView(), &windows);
    if (h.unifiedStatus && *h.unifiedStatus == "rejected") // subscriptions tell no numbers, only that the window is shut
        windows.append({.remaining = 0, .resetIn = h.unifiedReset ? parseReset(*h.unifiedReset, serverNow) : std::nullopt});
    return windows;
}

QVector<std::pair<QString, QString>> seenHeaders(const HttpHeaders &headers)
{
    constexpr int maxHeaders = 48, maxValue = 200;
    QVector<std::pair<QString, QString>> seen;
    for (const auto &[name, value] : headers) {
        const FoldedName folded(name);
        if (!worthShowing(folded.view()))
            continue;
        QString text = QString::fromLatin1(value.left(maxValue));
        text.removeIf([](QChar c) { return c < QLatin1Char(' ') || c.unicode() == 0x7f; });
        seen.append({QString::fromLatin1(folded.bytes.data(), qsizetype(folded.size)), text});
        if (seen.size() == maxHeaders)
            break;
    }
    return seen;
}

} // namespace retryscope
