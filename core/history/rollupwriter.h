// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "history/historydatabase.h"
#include "history/rollup.h"

#include <array>
#include <map>

namespace retryscope {

/// Keeps the roll-ups of one run. Each run owns its rows, so that programs that share a database never overwrite each
/// other's; readers add them up. The newest buckets stay in memory, so that a batch writes and seldom reads.
class RollupWriter
{
public:
    explicit RollupWriter(qint64 run) : m_run(run) { m_fresh.fill(std::numeric_limits<qint64>::min()); }

    /// Adds the events and writes the rows that changed. False: the transaction must be rolled back and forget() called.
    bool write(HistoryDatabase &db, const Event *events, qsizetype count);
    /// After a commit: lets old buckets go.
    void committed();
    /// After a failure, or on another database: what is in memory may not be what is stored.
    void forget();

private:
    using Rows = std::map<RollupKey, TrafficBin>;
    TrafficBin *row(HistoryDatabase &db, const RollupKey &key);
    bool load(HistoryDatabase &db, const RollupKey &key, TrafficBin *rollup) const;
    bool store(HistoryDatabase &db, const std::vector<Rows::const_iterator> &rows) const;

    const qint64 m_run;
    Rows m_rows;
    std::array<qint64, rollupLevels.size()> m_newest{};  ///< latest bucket seen
    std::array<qint64, rollupLevels.size()> m_fresh{};   ///< buckets from here on are in memory or nowhere
};

/// Adds a row of `SELECT rollupSums` to a roll-up; `first` is the index of its first column. Numbers that cannot be are
/// moved into what can: a damaged row costs only itself.
extern const char *const rollupSums;
void addRow(TrafficBin *rollup, const QSqlQuery &query, int first, bool simulated);

} // namespace retryscope
