// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QString>
#include <QVector>

namespace retryscope {

/// A run of text that two answers share, or that only one of them has.
struct DiffPiece
{
    enum class In : quint8 { Both, First, Second };
    In in = In::Both;
    QString text;
    bool operator==(const DiffPiece &) const = default;
};

struct WordDiff
{
    QVector<DiffPiece> pieces;
    int same = 0, onlyFirst = 0, onlySecond = 0; ///< words
    bool coarse = false; ///< they differ too much to be told word by word: the middle is told as a whole
    /// 0 to 1: the share of all words that both have.
    double likeness() const
    {
        const int all = 2 * same + onlyFirst + onlySecond;
        return all == 0 ? 1.0 : 2.0 * same / all;
    }
};

/// Which words (with the white space between them) two texts share, in order, with as few differences as there can be. The pieces
/// of Both and First put together are the first text, those of Both and Second the second.
WordDiff diffWords(const QString &first, const QString &second);

} // namespace retryscope
