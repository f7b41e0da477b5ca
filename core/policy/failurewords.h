// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "policy/failurerules.h"

#include <array>

/// What is read out of words where no row knows the code: families of codes, and what a message says, last of all.
namespace retryscope::rules {

/// Lower-cased ASCII of the first 2000 characters of UTF-8; what is none becomes a space.
struct FoldedText
{
    explicit FoldedText(std::string_view text);
    std::string_view view() const { return {bytes.data(), size}; }
    bool has(std::string_view part) const { return view().find(part) != std::string_view::npos; }
    std::array<char, 2000> bytes;
    std::size_t size = 0;
    bool foreign = false; ///< letters beyond ASCII were among it
};

/// A family of codes: every stem begins a word of the code, in any order. INSUFFICIENT_BALANCE, InsufficientBalance and
/// balance-insufficient are one.
struct WordRule
{
    std::string_view stems; ///< lower case, separated by a space
    const char *rule;
    Outcome what;
};

/// The first row that matches one of the codes; none where none does.
const WordRule *findWords(std::span<const std::string> codes);

/// The message says that money, credit, a plan or a budget is gone, in any of many languages. Never what a rate limit
/// says, even where it advises to pay more.
bool saysMoneyIsGone(const FoldedText &text, std::string_view message);
/// The message speaks of a limit of a whole day, or of more.
bool saysWholeDay(const FoldedText &text);

} // namespace retryscope::rules
