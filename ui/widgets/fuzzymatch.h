// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QVector>

#include <optional>

namespace retryscope {

/// How well letters that were typed fit a text.
struct FuzzyMatch
{
    int score = 0;           ///< higher fits better; only comparable for one pattern
    QVector<int> positions;  ///< of the letters that were found, rising
};

/// The letters of `pattern` in their order somewhere in `text`, without regard to case and spaces; beginnings of words
/// and letters in a row count more. None when a letter is missing. An empty pattern fits everything with score 0.
std::optional<FuzzyMatch> fuzzyMatch(const QString &pattern, const QString &text);

} // namespace retryscope
