// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "policy/casefold.h"

namespace retryscope {
namespace {

constexpr bool within(char32_t c, char32_t first, char32_t last) { return c >= first && c <= last; }

/// The small letter follows its capital, which is even.
constexpr bool isEvenCapital(char32_t c)
{
    return c % 2 == 0
           && ((within(c, 0x100, 0x136) && c != 0x130) || within(c, 0x14A, 0x176) || c == 0x1A0
               || within(c, 0x1E00, 0x1E94) || within(c, 0x1EA0, 0x1EFE));
}
constexpr bool isOddCapital(char32_t c)
{
    return c % 2 == 1 && (within(c, 0x139, 0x147) || within(c, 0x179, 0x17D) || c == 0x1AF);
}

/// Takes one character of both; whether they are the same.
bool takeSame(std::string_view *a, std::string_view *b)
{
    const char32_t first = takeCharacter(a), second = takeCharacter(b);
    return first == second || folded(first) == folded(second);
}

} // namespace

char32_t takeCharacter(std::string_view *text)
{
    const auto byte = [text](std::size_t i) { return static_cast<unsigned char>((*text)[i]); };
    const unsigned char lead = byte(0);
    const std::size_t length = lead < 0x80   ? 1
                               : lead < 0xC2 ? 0
                               : lead < 0xE0 ? 2
                               : lead < 0xF0 ? 3
                               : lead < 0xF5 ? 4
                                             : 0;
    char32_t c = length < 2 ? lead : lead & (0xFFu >> (length + 1));
    bool whole = length > 0 && length <= text->size();
    for (std::size_t i = 1; i < length && whole; ++i) {
        whole = (byte(i) & 0xC0) == 0x80;
        c = c << 6 | (byte(i) & 0x3Fu);
    }
    constexpr char32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    whole = whole && c >= least[length] && c <= 0x10FFFF && !within(c, 0xD800, 0xDFFF);
    text->remove_prefix(whole ? length : 1);
    return whole ? c : 0xDC00 + lead;
}

char32_t folded(char32_t c)
{
    if (within(c, 'A', 'Z') || (within(c, 0xC0, 0xDE) && c != 0xD7) || (within(c, 0x391, 0x3A9) && c != 0x3A2)
        || within(c, 0x410, 0x42F))
        return c + 0x20;
    if (c < 0x80)
        return c;
    if (within(c, 0x400, 0x40F))
        return c + 0x50;
    if (isEvenCapital(c) || isOddCapital(c))
        return c + 1;
    return c == 0x178 ? 0xFF : c;
}

bool startsWithFolded(std::string_view text, std::string_view part)
{
    while (!part.empty()) {
        if (text.empty() || !takeSame(&text, &part))
            return false;
    }
    return true;
}

std::size_t findFolded(std::string_view text, std::string_view part)
{
    for (std::string_view rest = text;; takeCharacter(&rest)) {
        if (startsWithFolded(rest, part))
            return text.size() - rest.size();
        if (rest.empty())
            return std::string_view::npos;
    }
}

bool isSameFolded(std::string_view a, std::string_view b)
{
    while (!a.empty() && !b.empty()) {
        if (!takeSame(&a, &b))
            return false;
    }
    return a.empty() && b.empty();
}

bool fitsWildcardFolded(std::string_view pattern, std::string_view text)
{
    bool starred = false;
    std::string_view afterStar, mark; // goes back to the last star only
    while (!text.empty()) {
        std::string_view p = pattern, t = text;
        if (pattern.starts_with('*')) {
            pattern.remove_prefix(1);
            starred = true;
            afterStar = pattern;
            mark = text;
        } else if (pattern.starts_with('?')) {
            pattern.remove_prefix(1);
            takeCharacter(&text);
        } else if (!pattern.empty() && takeSame(&p, &t)) {
            pattern = p;
            text = t;
        } else if (starred) {
            takeCharacter(&mark);
            pattern = afterStar;
            text = mark;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*') == std::string_view::npos;
}

} // namespace retryscope
