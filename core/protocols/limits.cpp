// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"
#include "policy/retryafter.h"
#include "protocols/wireformats.h"

#include <algorithm>
#include <array>
#include <bit>
#include <string_view>
#include <vector>

namespace retryscope {
namespace {

/// The families of all wires: a relay sends those of the wire behind it.
const std::vector<LimitFamily> &families()
{
    static const std::vector<LimitFamily> all = [] {
        std::vector<LimitFamily> gathered;
        for (const Wire &wire : wires())
            gathered.insert(gathered.end(), wire.limits.begin(), wire.limits.end());
        return gathered;
    }();
    return all;
}
constexpr std::size_t mostFamilies = 32;

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
        windows->push_back(window);
    }
    if (old.limit || old.remaining)
        windows->push_back(old);
    if (!limits.isEmpty())
        return;
    for (const QByteArrayView p : policies) {
        if (const auto quota = parameter(p, "q"); quota && !p.contains("qu=\"content-bytes\""))
            windows->push_back({.limit = quota});
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
    /// X-Rate-Limit-…: the same names with one hyphen more.
    void joinWords()
    {
        constexpr std::size_t hyphen = 6;
        if (view().starts_with("x-rate-limit"))
            std::copy(bytes.begin() + hyphen + 1, bytes.begin() + size--, bytes.begin() + hyphen);
    }
    std::string_view view() const { return {bytes.data(), size}; }
    std::array<char, 64> bytes;
    std::size_t size = 0;
};

bool namesALimit(std::string_view name)
{
    return name.starts_with("x-ratelimit") || name.starts_with("x-rate-limit") || name.starts_with("ratelimit")
           || name.starts_with("anthropic-ratelimit");
}

bool worthShowing(std::string_view name)
{
    static constexpr std::array<std::string_view, 18> names{"retry-after", "retry-after-ms", "x-should-retry",
                                                            "x-request-id", "request-id", "x-generation-id",
                                                            "apim-request-id", "x-ms-request-id", "x-ms-region",
                                                            "x-correlation-id", "openai-processing-ms",
                                                            "openai-version", "server-timing",
                                                            "x-envoy-upstream-service-time", "date", "content-type",
                                                            "cf-ray", "server"};
    return namesALimit(name) || std::find(names.begin(), names.end(), name) != names.end();
}

/// What one pass over the headers finds; the first of a name counts.
struct FoundHeaders
{
    explicit FoundHeaders(const HttpHeaders &headers)
    {
        for (const auto &[name, value] : headers) {
            FoldedName folded(name);
            folded.joinWords();
            if (folded.view() == "date" && !date)
                date = &value;
            else if (namesALimit(folded.view()))
                note(folded.view(), value);
        }
    }
    void note(std::string_view name, const QByteArray &value)
    {
        if (name.ends_with("ratelimit-reset-after")) // seconds, where the name without it may be a time
            name.remove_suffix(6);
        const std::pair<std::string_view, const QByteArray **> singles[] = {
            {"ratelimit", &rateLimit},
            {"ratelimit-policy", &policy},
            {"anthropic-ratelimit-unified-status", &unifiedStatus},
            {"anthropic-ratelimit-unified-reset", &unifiedReset}};
        for (const auto &[single, place] : singles) {
            if (name == single && !*place)
                *place = &value;
        }
        for (std::size_t f = 0; f < std::min(known.size(), mostFamilies); ++f) {
            for (std::size_t field = 0; field < 3; ++field) {
                if (known[f].names[field] == name && !found[f][field]) {
                    found[f][field] = &value;
                    seen |= 1u << f;
                    return;
                }
            }
        }
    }
    const std::vector<LimitFamily> &known = families();
    std::array<std::array<const QByteArray *, 3>, mostFamilies> found{};
    quint32 seen = 0; ///< families with a header
    const QByteArray *date = nullptr, *rateLimit = nullptr, *policy = nullptr, *unifiedStatus = nullptr,
                     *unifiedReset = nullptr;
};

} // namespace

LimitWindows readLimits(ProtocolKind, const HttpHeaders &headers, WallTime now)
{
    const FoundHeaders h(headers);
    LimitWindows windows;
    if (!h.seen && !h.rateLimit && !h.policy && !h.unifiedStatus)
        return windows;
    const WallTime serverNow = h.date ? parseHttpDate(viewOf(*h.date)).value_or(now) : now;
    for (quint32 left = h.seen; left; left &= left - 1) {
        const auto f = std::size_t(std::countr_zero(left));
        const auto [limit, remaining, reset] = h.found[f];
        LimitWindow window{h.known[f].kind, limit ? parseCount(*limit) : std::nullopt,
                           remaining ? parseCount(*remaining) : std::nullopt,
                           reset ? parseReset(viewOf(*reset), serverNow) : std::nullopt, h.known[f].continuous};
        if (window.limit || window.remaining || window.resetIn)
            windows.push_back(window);
    }
    readStructured(h.rateLimit ? *h.rateLimit : QByteArrayView(), h.policy ? *h.policy : QByteArrayView(), &windows);
    if (h.unifiedStatus
        && *h.unifiedStatus == "rejected") // subscriptions tell no numbers, only that the window is shut
        windows.push_back({.remaining = 0,
                        .resetIn = h.unifiedReset ? parseReset(viewOf(*h.unifiedReset), serverNow) : std::nullopt});
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
