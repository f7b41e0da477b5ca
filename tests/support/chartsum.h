// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "charts/charttable.h"

#include <QLocale>

namespace retryscope {

/// What a person would get who adds up a column of a chart's table.
inline quint64 columnSum(const ChartTable &table, int column)
{
    quint64 sum = 0;
    for (const QStringList &row : table.rows)
        sum += QLocale().toULongLong(row.value(column));
    return sum;
}

} // namespace retryscope
