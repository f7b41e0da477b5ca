// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "history/historydatabase.h"
#include "history/historystore.h"

namespace retryscope {

/// Lets the oldest go, by age and by size, in steps of a few milliseconds so that writing goes on between them.
class HistoryRetention
{
public:
    enum class Step : quint8 { Done, More, Failed };

    explicit HistoryRetention(const HistoryOptions &options) : m_options(options) {}
    /// One transaction. More: call again soon.
    Step step(HistoryDatabase &db, WallTime now);
    /// Bytes that the stored rows take. SQLite: the pages in use. Server: tables and indexes, the events' by their living
    /// rows, because a server's table does not shrink when rows go but is filled again. None, with the problem set, when unknown.
    static std::optional<qint64> usedBytes(HistoryDatabase &db);

private:
    Step byAge(HistoryDatabase &db, WallTime now);
    Step bySize(HistoryDatabase &db);
    bool startShrinking(HistoryDatabase &db);
    Step giveBack(HistoryDatabase &db);
    static std::optional<qint64> remove(HistoryDatabase &db, const QString &sql, const QVariantList &values);

    const HistoryOptions m_options;
    qint64 m_excess = 0;        ///< bytes still to go; above 0 while shrinking
    qint64 m_rowBytes = 0;      ///< server: what one event takes
    bool m_gaveBack = false;
};

} // namespace retryscope
