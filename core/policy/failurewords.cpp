// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "policy/failurewords.h"

#include "policy/casefold.h"

#include <algorithm>

namespace retryscope::rules {
namespace {

constexpr WordRule wordRules[] = {
    // A rate in the clothes of a quota, before the quotas
    {"request quota exceed", "words:rate", limited},
    {"rate quota", "words:rate", limited},
    {"throttl", "words:rate", limited},
    // Money and quota
    {"insufficient balance", "words:balance", usedUp},
    {"insufficient credit", "words:balance", usedUp},
    {"insufficient fund", "words:balance", usedUp},
    {"insufficient quota", "words:balance", usedUp},
    {"insufficient budget", "words:balance", usedUp},
    {"not enough balance", "words:balance", usedUp},
    {"not enough credit", "words:balance", usedUp},
    {"not enough quota", "words:balance", usedUp},
    {"balance exhaust", "words:balance", usedUp},
    {"balance deplet", "words:balance", usedUp},
    {"balance low", "words:balance", usedUp},
    {"balance negative", "words:balance", usedUp},
    {"credit exhaust", "words:balance", usedUp},
    {"credit deplet", "words:balance", usedUp},
    {"credit exceed", "words:balance", usedUp},
    {"credit limit", "words:balance", usedUp},
    {"out credit", "words:balance", usedUp},
    {"no credit", "words:balance", usedUp},
    {"quota exhaust", "words:balance", usedUp},
    {"quota deplet", "words:balance", usedUp},
    {"quota reach", "words:balance", usedUp},
    {"budget exceed", "words:budget", usedUp},
    {"budget exhaust", "words:budget", usedUp},
    {"budget limit", "words:budget", usedUp},
    {"budget reach", "words:budget", usedUp},
    {"spend limit", "words:budget", usedUp},
    {"spend exceed", "words:budget", usedUp},
    {"spend cap", "words:budget", usedUp},
    {"cost limit", "words:budget", usedUp},
    {"arrear", "words:billing", usedUp},
    {"overdue", "words:billing", usedUp},
    {"unpaid", "words:billing", usedUp},
    {"bill", "words:billing", usedUp},
    {"payment", "words:billing", usedUp},
    {"prepaid", "words:billing", usedUp},
    {"postpaid", "words:billing", usedUp},
    {"recharge", "words:billing", usedUp},
    {"not purchas", "words:billing", usedUp},
    {"unpurchas", "words:billing", usedUp},
    {"subscription expire", "words:billing", usedUp},
    {"plan expire", "words:billing", usedUp},
    {"usage limit", "words:quota", usedUp},
    {"monthly limit", "words:quota", usedUp},
    {"monthly quota", "words:quota", usedUp},
    {"weekly limit", "words:quota", usedUp},
    {"weekly quota", "words:quota", usedUp},
    {"daily limit", "words:quota", usedUp},
    {"daily quota", "words:quota", usedUp},
    {"free tier", "words:quota", usedUpModel},
    {"quota exceed", "words:quota", usedUpModel},
    // The model
    {"model access denied", "words:model_denied", deniedModel},
    {"model not allow", "words:model_denied", deniedModel},
    {"model permission", "words:model_denied", deniedModel},
    {"model block", "words:model_denied", deniedModel},
    {"model not found", "words:model", noModel},
    {"model not exist", "words:model", noModel},
    {"model not available", "words:model", noModel},
    {"model not support", "words:model", noModel},
    {"model not open", "words:model", noModel},
    {"model unknown", "words:model", noModel},
    {"model invalid", "words:model", noModel},
    {"model unsupported", "words:model", noModel},
    {"model unavailable", "words:model", noModel},
    {"model decommission", "words:model", noModel},
    {"model deprecat", "words:model", noModel},
    {"model retire", "words:model", noModel},
    {"model no such", "words:model", noModel},
    {"model terms", "words:model", noModel},
    {"deployment not found", "words:model", noModel},
    {"endpoint not found", "words:model", noModel},
    {"endpoint not running", "words:model", noModel},
    {"deployment not running", "words:model", noModel},
    // Keys and permissions
    {"invalid api key", "words:key", wrongKey},
    {"incorrect api key", "words:key", wrongKey},
    {"missing api key", "words:key", wrongKey},
    {"expire api key", "words:key", wrongKey},
    {"invalid apikey", "words:key", wrongKey},
    {"invalid access key", "words:key", wrongKey},
    {"invalid token", "words:key", wrongKey},
    {"invalid signature", "words:key", wrongKey},
    {"signature not match", "words:key", wrongKey},
    {"unrecognized client", "words:key", wrongKey},
    {"expire token", "words:key", wrongKey},
    {"authenticat", "words:key", wrongKey},
    {"unauthenticated", "words:key", wrongKey},
    {"unauthorized", "words:key", wrongKey},
    {"access denied", "words:permission", notAllowed},
    {"permission", "words:permission", notAllowed},
    {"forbidden", "words:permission", notAllowed},
    {"suspend", "words:permission", notAllowed},
    {"restricted", "words:permission", notAllowed},
    {"account disabled", "words:permission", notAllowed},
    {"account deactivated", "words:permission", notAllowed},
    // The prompt and its content
    {"context length", "words:context_length", tooLong},
    {"context window", "words:context_length", tooLong},
    {"context size", "words:context_length", tooLong},
    {"prompt too long", "words:context_length", tooLong},
    {"input too long", "words:context_length", tooLong},
    {"content filter", "words:content", filtered},
    {"content policy", "words:content", filtered},
    {"data inspection", "words:content", filtered},
    {"sensitive", "words:content", filtered},
    {"moderation", "words:content", filtered},
    {"guardrail", "words:content", filtered},
    {"prohibited content", "words:content", filtered},
    // Rate and capacity
    {"rate limit", "words:rate", limited},
    {"ratelimit", "words:rate", limited},
    {"rate exceed", "words:rate", limited},
    {"too many request", "words:rate", limited},
    {"request limit", "words:rate", limited},
    {"concurren", "words:rate", limited},
    {"model not ready", "words:capacity", fullModel},
    {"overload", "words:capacity", overloaded},
    {"capacity", "words:capacity", fullModel},
    {"busy", "words:capacity", overloaded},
    {"queue", "words:capacity", fullModel},
    {"no available channel", "words:capacity", fullModel},
    {"temporarily unavailable", "words:capacity", overloaded},
    // Servers
    {"service unavailable", "words:server", broken},
    {"internal error", "words:server", broken},
    {"internal server", "words:server", broken},
    {"system error", "words:server", broken},
    {"bad gateway", "words:server", broken},
};

constexpr std::size_t tableSize = 1 << 12;
/// By three letters: no stem is shorter that begins a row, and "no" and "not" never do.
constexpr std::size_t slotOf(const char *at)
{
    std::uint32_t letters = 0;
    for (std::size_t i = 0; i < 3; ++i)
        letters |= std::uint32_t(std::uint8_t(at[i])) << 8 * i;
    return (letters * 2'654'435'761u) >> 20;
}
constexpr std::string_view firstStem(std::string_view stems)
{
    while (stems.starts_with("no ") || stems.starts_with("not "))
        stems.remove_prefix(stems.find(' ') + 1);
    return stems;
}
/// Which words can be the first telling stem of a row: one look a word instead of one comparison a row.
constexpr auto wordStarts = [] {
    std::array<bool, tableSize> begins{};
    for (const WordRule &row : wordRules)
        begins[slotOf(firstStem(row.stems).data())] = true;
    return begins;
}();

/// The words of a code: split at anything that is no letter, and where capitals begin one.
struct Words
{
    explicit Words(std::string_view code)
    {
        for (std::size_t i = 0; i < code.size() && size < bytes.size(); ++i) {
            const char c = code[i], next = i + 1 < code.size() ? code[i + 1] : ' ';
            const bool upper = c >= 'A' && c <= 'Z', lower = c >= 'a' && c <= 'z';
            const bool nextLower = next >= 'a' && next <= 'z';
            if (!upper && !lower) {
                endWord();
                continue;
            }
            if (upper && size > begin && (wasLower || nextLower))
                endWord();
            bytes[size++] = upper ? char(c - 'A' + 'a') : c;
            wasLower = lower;
        }
        endWord();
    }
    void endWord()
    {
        if (size > begin && count < words.size())
            words[count++] = {bytes.data() + begin, size - begin};
        begin = size;
        wasLower = false;
    }
    bool any(std::string_view stem) const
    {
        return std::any_of(words.begin(), words.begin() + count,
                           [stem](std::string_view w) { return stem.size() < 4 ? w == stem : w.starts_with(stem); });
    }
    bool all(std::string_view stems) const
    {
        while (!stems.empty()) {
            const auto end = std::min(stems.find(' '), stems.size());
            if (!any(stems.substr(0, end)))
                return false;
            stems.remove_prefix(std::min(end + 1, stems.size()));
        }
        return true;
    }
    bool telling() const
    {
        return std::any_of(words.begin(), words.begin() + count,
                           [](std::string_view w) { return w.size() >= 3 && wordStarts[slotOf(w.data())]; });
    }
    std::array<char, 120> bytes;
    std::array<std::string_view, 16> words;
    std::size_t size = 0, begin = 0, count = 0;
    bool wasLower = false;
};

/// What money is called; said with one of `lacks` near it, it is gone.
constexpr std::string_view nouns[] = {"balance",     "credit",        "funds",        "budget",    "quota",
                                      "prepaid",     "wallet",        "allocation",   "allowance", "spend",
                                      "usage limit", "monthly limit", "weekly limit", "key limit", "free tier",
                                      "inference limit",
                                      "saldo",       "guthaben"};
constexpr std::string_view lacks[] = {
    "insufficient",  "not enough",   "isn't enough", "exhausted",     "depleted",     "used up",      "used all",
    "run out",       "ran out",      "out of ",      "too low",       "is low",       "negative",     "below zero",
    "below 0",       "exceeded",     "exceeding",    "has reached",   "have reached", "been reached", "is reached",
    "reached its",   "reached your", "reached the",  "reached their", "hit your",     "hit the",      "overdrawn",
    "no remaining",  "has no ",      "have no ",     "no credit",     "no balance",   "no funds",     "no prepaid",
    "no more",       "not have any", "n't have any", "not have enough", "n't have enough",
    "lack",         "inadequate",   "expired",       "are over",     "is over",      "insuficiente",
    "insufficiente", "tidak",        "nicht",        "aufgebraucht"};
/// These alone say it.
constexpr std::string_view phrases[] = {"arrears", "overdue", "past due", "unpaid", "payment required",
                                        "add a payment method", "please recharge", "recharge your", "please top up",
                                        "top up your", "top-up your", "buy more credits", "purchase more credits",
                                        "add more credits", "add funds", "plan and billing", "billing hard limit",
                                        "billing is not", "billing has been disabled", "enable billing",
                                        "requires billing", "in good standing", "subscription has expired",
                                        "plan has expired", "solde insuffisant", "fonds insuffisants", "sin saldo",
                                        "fondos insuficientes", "yetersiz bakiye", "bakiye yetersiz",
                                        "onvoldoende saldo", "onvoldoende tegoed"};
constexpr std::string_view foreignPhrases[] = {"余额不足", "余额为", "余额已", "餘額不足", "余额用", "欠费", "欠費", "充值", "儲值",
                                               "额度不足", "额度已", "额度用", "額度不足", "額度已", "配额不足", "配额已", "资源包不足",
                                               "无可用资源包", "套餐已到期", "残高不足", "残高が", "クレジットが不足", "クレジット不足", "잔액",
                                               "크레딧이 부족", "크레딧 부족", "충전", "недостаточно средств",
                                               "недостаточно кредит", "недостаточный баланс", "баланс исчерпан",
                                               "пополните", "недостатньо коштів", "crédito insuficiente",
                                               "créditos insuficientes", "crédits insuffisants",
                                               "crédit insuffisant", "crédit épuisé", "crédits épuisés",
                                               "brak środków", "niewystarczające środki", "số dư",
                                               "guthaben erschöpft", "رصيد",
                                               "ยอดเงิน"};
/// A limit of seconds or minutes; what it says of credit is advice.
constexpr std::string_view rates[] = {"rate limit", "ratelimit", "too many requests", "per minute", "per second",
                                      "per min",    "/min",      "requests per",      "tokens per", "concurren"};

constexpr auto moneyBeginnings = [] {
    std::array<bool, tableSize> begins{};
    for (const std::string_view noun : nouns)
        begins[slotOf(noun.data())] = true;
    for (const std::string_view phrase : phrases)
        begins[slotOf(phrase.data())] = true;
    return begins;
}();

bool isLacking(std::string_view text, std::size_t at, std::size_t length)
{
    constexpr std::size_t reach = 44;
    const std::size_t from = at > reach ? at - reach : 0;
    const std::string_view near = text.substr(from, at - from + length + reach);
    return std::any_of(std::begin(lacks), std::end(lacks),
                       [near](std::string_view lack) { return near.find(lack) != std::string_view::npos; });
}

bool hasForeignPhrase(std::string_view message)
{
    static const auto beginnings = [] { // by the low bits of the first letter: one look a letter
        std::array<bool, 256> begins{};
        for (std::string_view phrase : foreignPhrases)
            begins[takeCharacter(&phrase) & 0xff] = true;
        return begins;
    }();
    while (!message.empty()) {
        const std::string_view here = message;
        if (beginnings[folded(takeCharacter(&message)) & 0xff]
            && std::any_of(std::begin(foreignPhrases), std::end(foreignPhrases),
                           [here](std::string_view phrase) { return startsWithFolded(here, phrase); }))
            return true;
    }
    return false;
}

} // namespace

FoldedText::FoldedText(std::string_view text)
{
    while (!text.empty() && size < bytes.size()) {
        const char32_t c = takeCharacter(&text);
        foreign |= c > 0x7f;
        bytes[size++] = c > 0x7f ? ' ' : char(folded(c));
    }
}

const WordRule *findWords(std::span<const std::string> codes)
{
    const WordRule *best = nullptr;
    for (const std::string &code : codes) {
        if (code.starts_with("cloudcode:") || code.starts_with("answer:"))
            continue;
        const Words words(code);
        if (!words.telling())
            continue;
        const bool denied = words.any("not") || words.any("no");
        for (const WordRule &row : wordRules) {
            if (best && &row >= best)
                break;
            const bool denies = row.stems.starts_with("no") || row.stems.find(" no") != std::string_view::npos;
            if (denied == denies && words.all(row.stems))
                best = &row;
        }
    }
    return best;
}

bool saysMoneyIsGone(const FoldedText &folded, std::string_view message)
{
    const std::string_view text = folded.view();
    bool gone = folded.foreign && hasForeignPhrase(message);
    for (std::size_t i = 0; i + 4 <= text.size() && !gone; ++i) {
        if (!moneyBeginnings[slotOf(text.data() + i)])
            continue;
        const std::string_view rest = text.substr(i);
        for (const std::string_view noun : nouns)
            gone |= rest.starts_with(noun) && isLacking(text, i, noun.size());
        for (const std::string_view phrase : phrases)
            gone |= rest.starts_with(phrase);
    }
    return gone && std::none_of(std::begin(rates), std::end(rates), [text](std::string_view rate) {
               std::size_t at = text.find(rate);
               while (at != std::string_view::npos && text.substr(at + rate.size()).starts_with("error"))
                   at = text.find(rate, at + 1); // the name of a class says no more than the status
               return at != std::string_view::npos;
           });
}

bool saysWholeDay(const FoldedText &text)
{
    return text.has("per month") || text.has("/ month") || text.has("/month") || text.has("/ day")
           || text.has("per day") || text.has("per-day") || text.has("daily") || text.has("/day") || text.has("byday")
           || text.has("per 86400");
}

} // namespace retryscope::rules
