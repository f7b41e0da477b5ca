// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "history/bulkinsert.h"

#include <bit>

namespace retryscope {

BulkInsert::BulkInsert(HistoryDatabase &db, const QString &table, const QStringList &columns, const QString &conflict)
    : m_db(db), m_width(std::size_t(columns.size())),
      m_head(QStringLiteral("INSERT INTO %1 (%2) VALUES ").arg(table, columns.join(QStringLiteral(", ")))),
      m_tail(QLatin1Char(' ') + conflict)
{
    Q_ASSERT(largest * m_width <= mostValues);
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

/// By their names: Qt makes a name of a number anew for each value that it is given by its place.
const QString &BulkInsert::name(std::size_t value)
{
    static const std::vector<QString> names = [] {
        std::vector<QString> all;
        for (std::size_t i = 0; i < mostValues; ++i)
            all.push_back(QStringLiteral(":v%1").arg(i));
        return all;
    }();
    return names[value];
}

QString BulkInsert::statementText(std::size_t rows) const
{
    QString text = m_head;
    for (std::size_t i = 0; i < rows * m_width; ++i) {
        text += i == 0 ? QLatin1String("(") : i % m_width == 0 ? QLatin1String("), (") : QLatin1String(", ");
        text += name(i);
    }
    return text + QLatin1Char(')') + m_tail;
}

bool BulkInsert::write(std::size_t from, std::size_t rows)
{
    QString &text = m_texts[std::size_t(std::countr_zero(rows))];
    if (text.isEmpty())
        text = statementText(rows);
    QSqlQuery *query = m_db.statement(text);
    if (!query)
        return false;
    for (std::size_t i = 0; i < rows * m_width; ++i)
        query->bindValue(name(i), m_values[from * m_width + i]);
    return m_db.exec(*query);
}

} // namespace retryscope
