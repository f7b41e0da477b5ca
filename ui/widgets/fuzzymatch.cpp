// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/fuzzymatch.h"

#include <limits>

namespace retryscope {
namespace {

constexpr int found = 10, inARow = 15, wordStart = 20, textStart = 8, perGap = 1;
constexpr int never = std::numeric_limits<int>::min() / 2;

bool startsWord(const QString &text, qsizetype at)
{
    return at == 0 || !text[at - 1].isLetterOrNumber() || (text[at].isUpper() && text[at - 1].isLower());
}

} // namespace

std::optional<FuzzyMatch> fuzzyMatch(const QString &pattern, const QString &text)
{
    QString letters;
    for (const QChar c : pattern) {
        if (!c.isSpace())
            letters.append(c.toCaseFolded());
    }
    const qsizetype n = letters.size(), m = text.size();
    if (n == 0)
        return FuzzyMatch{};
    if (n > m)
        return std::nullopt;
    // best[i][j]: letters 0..i, with letter i found at j. The texts are short: a table is the simplest honest answer.
    QVector<QVector<int>> best(n, QVector<int>(m, never)), from(n, QVector<int>(m, -1));
    for (qsizetype i = 0; i < n; ++i) {
        for (qsizetype j = i; j < m; ++j) {
            if (text[j].toCaseFolded() != letters[i])
                continue;
            const int here = found + (startsWord(text, j) ? wordStart : 0) + (j == 0 ? textStart : 0);
            if (i == 0) {
                best[i][j] = here - int(j) * perGap;
                continue;
            }
            for (qsizetype k = i - 1; k < j; ++k) {
                if (best[i - 1][k] == never)
                    continue;
                const int score = best[i - 1][k] + here + (k == j - 1 ? inARow : -int(j - k) * perGap);
                if (score > best[i][j]) {
                    best[i][j] = score;
                    from[i][j] = int(k);
                }
            }
        }
    }
    qsizetype end = -1;
    for (qsizetype j = 0; j < m; ++j) {
        if (best[n - 1][j] != never && (end < 0 || best[n - 1][j] > best[n - 1][end]))
            end = j;
    }
    if (end < 0)
        return std::nullopt;
    FuzzyMatch match{best[n - 1][end], QVector<int>(n)};
    for (qsizetype i = n; i-- > 0;) {
        match.positions[i] = int(end);
        end = from[i][end];
    }
    return match;
}

} // namespace retryscope
