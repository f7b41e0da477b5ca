// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QByteArray>
#include <QVector>

namespace retryscope {

/// Takes a JSON array apart while it grows, from bytes split anywhere: an object is given out with its last brace, anything
/// else with the comma or bracket behind it. What is no JSON is given out, too, for the reader to judge. Starts with the array's
/// bracket; what follows its end is dropped. Holds one element at a time.
class ArrayDecoder
{
public:
    QVector<QByteArray> feed(QByteArrayView bytes);
    /// The array's own end was seen.
    bool closed() const { return m_closed; }
    /// Bytes that came since the last whole element.
    qsizetype open() const { return m_closed ? 0 : m_element.size(); }
    /// It stops within an element.
    bool isInside() const { return !m_closed && !m_element.trimmed().isEmpty(); }

private:
    void ends(char c, QVector<QByteArray> *elements);
    void giveOut(QVector<QByteArray> *elements);

    QByteArray m_element; ///< what came of the one that is open
    int m_depth = 0;      ///< 1: between elements
    bool m_inText = false;
    bool m_escaped = false;
    bool m_closed = false;
};

} // namespace retryscope
