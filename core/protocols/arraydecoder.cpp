// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/arraydecoder.h"

namespace retryscope {

QVector<QByteArray> ArrayDecoder::feed(QByteArrayView bytes)
{
    QVector<QByteArray> elements;
    for (qsizetype i = 0; i < bytes.size() && !m_closed; ++i) {
        const char c = bytes[i];
        const bool between = m_depth <= 1 && !m_inText && (c == ',' || c == ']' || m_depth == 0);
        if (!between)
            m_element.append(c);
        if (m_inText) {
            m_inText = m_escaped || c != '"';
            m_escaped = !m_escaped && c == '\\';
        } else if (c == '"') {
            m_inText = true;
        } else if (c == '[' || c == '{') {
            ++m_depth;
        } else if (c == ',' || c == ']' || c == '}') {
            ends(c, &elements);
        }
    }
    return elements;
}

void ArrayDecoder::ends(char c, QVector<QByteArray> *elements)
{
    if (c == ',') {
        if (m_depth == 1)
            giveOut(elements);
    } else if (m_depth > 1) {
        if (--m_depth == 1 && c == '}')
            giveOut(elements);
    } else if (c == ']') {
        giveOut(elements);
        m_closed = true;
    }
}

void ArrayDecoder::giveOut(QVector<QByteArray> *elements)
{
    if (!m_element.trimmed().isEmpty())
        elements->append(m_element.trimmed());
    m_element.resize(0); // keeps its memory for the next one
}

} // namespace retryscope
