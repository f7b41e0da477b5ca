// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "history/historydatabase.h"

#include <array>
#include <vector>

namespace retryscope {

/// Gathers rows and writes them with as few prepared statements as there can be. Within one transaction of the owner.
class BulkInsert
{
public:
    /// `conflict` follows the values, such as "ON CONFLICT DO NOTHING".
    BulkInsert(HistoryDatabase &db, const QString &table, const QStringList &columns, const QString &conflict);
    /// The next value of the row; a null text is an empty one. A full statement is executed at the next value or finish().
    template <typename T> BulkInsert &operator<<(const T &value)
    {
        if (m_values.size() == largest * m_width)
            m_ok = m_ok && write();
        if constexpr (std::is_same_v<T, QString>)
            m_values.emplace_back(value.isNull() ? QString(QLatin1String("")) : value);
        else
            m_values.emplace_back(value);
        return *this;
    }
    /// Executes what is left; false when anything failed (see the database's problem()).
    bool finish();

private:
    static constexpr std::size_t largest = 64; ///< rows a statement
    static constexpr std::size_t mostValues = 32 * largest;
    bool write();
    bool write(std::size_t from, std::size_t rows);
    QString statementText(std::size_t rows) const;
    static const QString &name(std::size_t value);

    HistoryDatabase &m_db;
    const std::size_t m_width;
    QString m_head, m_tail;
    std::array<QString, 7> m_texts; ///< of 1, 2, 4 and so on up to `largest` rows
    std::vector<QVariant> m_values;
    bool m_ok = true;
};

} // namespace retryscope
