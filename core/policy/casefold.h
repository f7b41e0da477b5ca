// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>

/// UTF-8 compared without regard to the case of letters: Latin with its marks, Greek and Cyrillic; other scripts that
/// have case keep it. A byte that begins no character is one of its own, equal to itself alone. Nothing is allocated.
namespace retryscope {

/// Takes the first character of a text that is not empty: its code point, or 0xDC00 and the byte for one that begins
/// none.
char32_t takeCharacter(std::string_view *text);
/// The small letter of a capital; anything else as it is.
char32_t folded(char32_t c);

bool startsWithFolded(std::string_view text, std::string_view part);
/// Where `part` begins for the first time, in bytes; npos: nowhere.
std::size_t findFolded(std::string_view text, std::string_view part);
bool isSameFolded(std::string_view a, std::string_view b);
/// The whole text fits the pattern: * stands for any characters, ? for one. The time is bounded by the product of the
/// lengths.
bool fitsWildcardFolded(std::string_view pattern, std::string_view text);

} // namespace retryscope
