// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "batch/batchprompts.h"

namespace retryscope {

/// Past the end of the line, where it is one.
bool CsvReader::endOfLine()
{
    if (atEnd())
        return true;
    const char c = m_bytes[m_at];
    if (c != '\n' && c != '\r')
        return false;
    m_at += c == '\r' && m_at + 1 < m_bytes.size() && m_bytes[m_at + 1] == '\n' ? 2 : 1;
    ++m_line;
    return true;
}

void CsvReader::skipLine()
{
    while (!endOfLine())
        ++m_at;
}

/// Behind the opening quote; false where none closes it.
bool CsvReader::readQuoted(QByteArray *field)
{
    while (!atEnd()) {
        const char c = m_bytes[m_at++];
        m_line += c == '\n';
        if (c != '"') {
            *field += c;
        } else if (!atEnd() && m_bytes[m_at] == '"') {
            *field += m_bytes[m_at++];
        } else {
            return true;
        }
    }
    return false;
}

/// After a quote without an end it goes on in the line behind the record's first: one slip costs one record.
CsvReader::Record CsvReader::next()
{
    Record record;
    record.line = m_line;
    const qsizetype begin = m_at;
    for (;;) {
        QByteArray field;
        if (!atEnd() && m_bytes[m_at] == '"') {
            ++m_at;
            if (!readQuoted(&field)) {
                m_at = begin;
                m_line = record.line;
                skipLine();
                record.problem = LineProblem::OpenQuote;
                return record;
            }
            if (!atEnd() && m_bytes[m_at] != m_separator && m_bytes[m_at] != '\n' && m_bytes[m_at] != '\r') {
                skipLine();
                record.problem = LineProblem::AfterQuote;
                return record;
            }
        } else {
            while (!atEnd() && m_bytes[m_at] != m_separator && m_bytes[m_at] != '\n' && m_bytes[m_at] != '\r')
                field += m_bytes[m_at++];
        }
        record.fields.append(field);
        if (!atEnd() && m_bytes[m_at] == m_separator) {
            ++m_at;
            continue;
        }
        endOfLine();
        if (m_at - begin > longestBatchLine)
            record.problem = LineProblem::TooLong;
        return record;
    }
}

} // namespace retryscope
