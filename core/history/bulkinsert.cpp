// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "history/bulkinsert.h"

#include <bit>

namespace retryscope {

BulkInsert::BulkInsert(HistoryDatabase &db, const QString &table, const QStringList &columns, const QString &conflict)
    : m_db(db), m_width(std::size_t(columns.size())),
      m_head(QStringLiteral("INSERT INTO %1 (%2) VALUES ").arg(table, columns.join(QStringLiteral(", ")))),
      m_row(QStringLiteral("(?%1)").arg(QStringLiteral(", ?").repeated(columns.size() - 1))),
      m_tail(QLatin1Char(' ') + conflict)
{
    m_values.reserve(largest * m_width);
}

bool BulkInsert::finish()
{
    m_ok = m_ok && write();
    m_values.clear();
    return m_ok;
}

bool BulkInsert::write()
{
    const std::size_t rows = m_values.size() / m_width;
    for (std::size_t done = 0; done < rows;) { // powers of two: few texts to prepare
        const std::size_t step = std::bit_floor(rows - done);
        if (!write(done, step))
            return false;
        done += step;
    }
    m_values.clear();
    return true;
}

bool BulkInsert::write(std::size_t from, std::size_t rows)
{
    QSqlQuery *query =
        m_db.statement(m_head + m_row + (QStringLiteral(", ") + m_row).repeated(qsizetype(rows) - 1) + m_tail);
    if (!query)
        return false;
    for (std::size_t i = 0; i < rows * m_width; ++i)
        query->bindValue(int(i), m_values[from * m_width + i]);
    return m_db.exec(*query);
}

} // namespace retryscope
