// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "history/historyretention.h"

#include "history/rolluplevels.h"

#include <QVariant>

#include <utility>

namespace retryscope {
namespace {

constexpr int rowsAStep = 2'000;
constexpr int pagesAStep = 1'000;
constexpr int pagesKept = 250; ///< free ones, for the next rows

struct Removal { QString sql; QVariantList values; };

qint64 before(WallTime now, std::chrono::hours keep) { return (now - keep).time_since_epoch().count(); }

QString removeRows(const char *table, const char *key, const char *time)
{
    return QStringLiteral("DELETE FROM %1 WHERE (%2) IN (SELECT %2 FROM %1 WHERE %3 < ? ORDER BY %3 LIMIT %4)")
        .arg(QLatin1String(table), QLatin1String(key), QLatin1String(time)).arg(rowsAStep);
}

/// Values: level, bucket, level.
QString oldestRollups()
{
    return QStringLiteral("DELETE FROM rollups WHERE level = ? AND bucket < ? AND bucket <= "
                          "(SELECT MAX(bucket) FROM (SELECT bucket FROM rollups WHERE level = ? ORDER BY bucket LIMIT "
                          "%1) AS oldest)")
        .arg(rowsAStep);
}

/// Everything that is too old, each as one step.
std::vector<Removal> tooOld(const HistoryOptions &options, WallTime now)
{
    std::vector<Removal> removals{{removeRows("events", "run, seq", "wall"), {before(now, options.keepEvents)}}};
    for (std::size_t level = 0; level < rollupLevels.size(); ++level)
        removals.push_back({oldestRollups(), {int(level), before(now, rollupLevels[level].keep), int(level)}});
    const qint64 longest = before(now, rollupLevels.back().keep);
    removals.push_back({removeRows("circuits", "run, seq", "wall"), {longest}});
    removals.push_back({QStringLiteral("DELETE FROM runs WHERE last < ?"), {longest}});
    return removals;
}

} // namespace

std::optional<qint64> HistoryRetention::usedBytes(HistoryDatabase &db)
{
    if (!db.isServer()) {
        const auto pages = db.number(QStringLiteral("PRAGMA page_count")),
                   unused = db.number(QStringLiteral("PRAGMA freelist_count")),
                   size = db.number(QStringLiteral("PRAGMA page_size"));
        return pages && unused && size ? std::optional((*pages - *unused) * *size) : std::nullopt;
    }
    return db.number(QStringLiteral(
        "SELECT LEAST(pg_total_relation_size('events'), (SELECT n_live_tup FROM pg_stat_user_tables WHERE relid = "
        "'events'::regclass) "
        "* (SELECT COALESCE(AVG(pg_column_size(e.*)), 0) + 250 FROM (SELECT * FROM events ORDER BY wall DESC LIMIT "
        "500) e))::bigint "
        "+ pg_total_relation_size('rollups') + pg_total_relation_size('circuits') + pg_total_relation_size('runs')"));
}

HistoryRetention::Step HistoryRetention::step(HistoryDatabase &db, WallTime now)
{
    Step done = byAge(db, now);
    if (done == Step::Done)
        done = bySize(db);
    return done == Step::Done ? giveBack(db) : done;
}

std::optional<qint64> HistoryRetention::remove(HistoryDatabase &db, const QString &sql, const QVariantList &values)
{
    QSqlQuery *query = db.statement(sql);
    if (!query)
        return std::nullopt;
    for (qsizetype i = 0; i < values.size(); ++i)
        query->bindValue(int(i), values[i]);
    if (!db.exec(*query))
        return std::nullopt;
    return query->numRowsAffected();
}

HistoryRetention::Step HistoryRetention::byAge(HistoryDatabase &db, WallTime now)
{
    for (const Removal &removal : tooOld(m_options, now)) {
        const auto removed = remove(db, removal.sql, removal.values);
        if (!removed)
            return Step::Failed;
        if (*removed > 0)
            return Step::More;
    }
    return Step::Done;
}

bool HistoryRetention::startShrinking(HistoryDatabase &db)
{
    auto used = usedBytes(db);
    if (used && *used > m_options.maxBytes && db.isServer()) { // its count of rows may be stale
        used = db.run(QStringLiteral("ANALYZE events")) ? usedBytes(db) : std::nullopt;
        const auto rows =
            used ? db.number(QStringLiteral(
                "SELECT GREATEST(1, n_live_tup) FROM pg_stat_user_tables WHERE relid = 'events'::regclass"))
                 : std::nullopt;
        used = rows ? used : std::nullopt;
        m_rowBytes = rows ? std::max<qint64>(1, *used / *rows) : 0;
    }
    m_excess = used && *used > m_options.maxBytes ? *used - m_options.maxBytes / 10 * 9 : 0;
    return used.has_value();
}

HistoryRetention::Step HistoryRetention::bySize(HistoryDatabase &db)
{
    if (m_excess <= 0 && !startShrinking(db))
        return Step::Failed;
    if (m_excess <= 0)
        return Step::Done;
    auto removed = remove(db, removeRows("events", "run, seq", "wall"), {std::numeric_limits<qint64>::max()});
    for (int level = 0; removed == 0 && level < int(rollupLevels.size());
         ++level) // no event is left: the finest roll-ups go
        removed = remove(db, oldestRollups(), {level, std::numeric_limits<qint64>::max(), level});
    if (!removed)
        return Step::Failed;
    const auto used = db.isServer() ? std::nullopt : usedBytes(db);
    m_excess = used ? *used - m_options.maxBytes / 10 * 9 : m_excess - *removed * m_rowBytes;
    if (*removed > 0 && m_excess > 0)
        return Step::More;
    m_excess = 0;
    return Step::Done;
}

HistoryRetention::Step HistoryRetention::giveBack(HistoryDatabase &db)
{
    if (db.isServer()) // autovacuum does it
        return Step::Done;
    const auto unused = db.number(QStringLiteral("PRAGMA freelist_count"));
    if (!unused)
        return Step::Failed;
    if (*unused > pagesKept) {
        if (!db.begin())
            return Step::Failed;
        // a page at a time: the statement gives back one with each step, and Qt makes only one step
        for (int page = 0; page < pagesAStep; ++page)
            db.run(QStringLiteral("PRAGMA incremental_vacuum(1)"));
        if (!db.commit()) {
            db.rollback();
            return Step::Failed;
        }
        const auto now = db.number(QStringLiteral("PRAGMA freelist_count"));
        m_gaveBack = now && *now < *unused;
        if (m_gaveBack) // else the file was made without auto_vacuum
            return Step::More;
    }
    if (std::exchange(m_gaveBack, false)) // only a checkpoint makes the file itself shorter
        db.run(QStringLiteral("PRAGMA wal_checkpoint(PASSIVE)"));
    return Step::Done;
}

} // namespace retryscope
