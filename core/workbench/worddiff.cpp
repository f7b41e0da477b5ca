// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "workbench/worddiff.h"

#include <QStringList>

#include <algorithm>

namespace retryscope {
namespace {

constexpr int mostEdits = 3000; ///< what is kept of the search grows with their square

/// Words, and what stands between them, each a token: CJK letters one by one, for they have no spaces.
QVector<QStringView> tokensOf(QStringView text)
{
    enum class Sort { Space, Word, Other };
    const auto sort = [](QChar c) {
        const bool single = c.unicode() >= 0x2e80 && !c.isSurrogate();
        return c.isSpace()                                                          ? Sort::Space
               : (c.isLetterOrNumber() || c.isMark() || c.isSurrogate()) && !single ? Sort::Word
                                                                                    : Sort::Other;
    };
    QVector<QStringView> tokens;
    for (qsizetype at = 0; at < text.size();) {
        qsizetype end = at + 1;
        const Sort first = sort(text[at]);
        while (first != Sort::Other && end < text.size() && sort(text[end]) == first)
            ++end;
        tokens.append(text.mid(at, end - at));
        at = end;
    }
    return tokens;
}

bool isWord(QStringView token) { return !token[0].isSpace(); }

class Differ
{
public:
    Differ(const QVector<QStringView> &first, const QVector<QStringView> &second) : m_a(first), m_b(second) {}

    WordDiff result()
    {
        qsizetype head = 0, tail = 0;
        while (head < m_a.size() && head < m_b.size() && m_a[head] == m_b[head])
            ++head;
        while (tail < m_a.size() - head && tail < m_b.size() - head
               && m_a[m_a.size() - 1 - tail] == m_b[m_b.size() - 1 - tail])
            ++tail;
        for (qsizetype i = 0; i < head; ++i)
            add(DiffPiece::In::Both, m_a[i]);
        middle(head, m_a.size() - tail, m_b.size() - tail);
        for (qsizetype i = m_a.size() - tail; i < m_a.size(); ++i)
            add(DiffPiece::In::Both, m_a[i]);
        return std::move(m_diff);
    }

private:
    /// Myers: the furthest place on each diagonal with so many edits, then back along the way.
    void middle(qsizetype head, qsizetype endA, qsizetype endB)
    {
        const int n = int(endA - head), m = int(endB - head);
        QVector<QVector<int>> steps;
        QVector<int> furthest(2 * std::min(n + m, mostEdits) + 3, 0);
        const int offset = int(furthest.size()) / 2;
        int edits = 0;
        for (; edits <= std::min(n + m, mostEdits); ++edits) {
            steps.append(furthest.mid(offset - edits, 2 * edits + 1));
            if (step(edits, offset, n, m, head, &furthest))
                break;
        }
        if (edits > std::min(n + m, mostEdits))
            return whole(head, endA, endB);
        back(steps, edits, n, m, head);
    }
    bool step(int edits, int offset, int n, int m, qsizetype head, QVector<int> *furthest) const
    {
        QVector<int> &v = *furthest;
        for (int k = -edits; k <= edits; k += 2) {
            const bool down = k == -edits || (k != edits && v[offset + k - 1] < v[offset + k + 1]);
            int x = edits == 0 ? 0 : down ? v[offset + k + 1] : v[offset + k - 1] + 1;
            while (x < n && x - k < m && m_a[head + x] == m_b[head + x - k])
                ++x;
            v[offset + k] = x;
            if (x >= n && x - k >= m)
                return true;
        }
        return false;
    }
    void back(const QVector<QVector<int>> &steps, int edits, int n, int m, qsizetype head)
    {
        struct Edit
        {
            DiffPiece::In in;
            qsizetype at;
        };
        QVector<Edit> way;
        int x = n, y = m;
        for (int d = edits; d > 0; --d) {
            const QVector<int> &v = steps[d]; // as it was before this round: diagonals -d to d
            const int k = x - y;
            const auto at = [&v, d](int diagonal) { return v[diagonal + d]; };
            const bool down = k == -d || (k != d && at(k - 1) < at(k + 1));
            const int beforeX = down ? at(k + 1) : at(k - 1), beforeY = beforeX - (down ? k + 1 : k - 1);
            const int startX = down ? beforeX : beforeX + 1;
            for (; x > startX; --x, --y)
                way.append({DiffPiece::In::Both, head + x - 1});
            way.append(down ? Edit{DiffPiece::In::Second, head + beforeY} : Edit{DiffPiece::In::First, head + beforeX});
            x = beforeX;
            y = beforeY;
        }
        for (; x > 0; --x)
            way.append({DiffPiece::In::Both, head + x - 1});
        for (auto it = way.rbegin(); it != way.rend(); ++it)
            add(it->in, it->in == DiffPiece::In::Second ? m_b[it->at] : m_a[it->at]);
    }
    void whole(qsizetype head, qsizetype endA, qsizetype endB)
    {
        m_diff.coarse = true;
        for (qsizetype i = head; i < endA; ++i)
            add(DiffPiece::In::First, m_a[i]);
        for (qsizetype i = head; i < endB; ++i)
            add(DiffPiece::In::Second, m_b[i]);
    }
    void add(DiffPiece::In in, QStringView token)
    {
        int &count = in == DiffPiece::In::Both    ? m_diff.same
                     : in == DiffPiece::In::First ? m_diff.onlyFirst
                                                  : m_diff.onlySecond;
        count += isWord(token);
        if (m_diff.pieces.isEmpty() || m_diff.pieces.last().in != in)
            m_diff.pieces.append({in, {}});
        m_diff.pieces.last().text += token;
    }

    const QVector<QStringView> &m_a, &m_b;
    WordDiff m_diff;
};

} // namespace

WordDiff diffWords(const QString &first, const QString &second)
{
    const QVector<QStringView> a = tokensOf(first), b = tokensOf(second);
    return Differ(a, b).result();
}

} // namespace retryscope
