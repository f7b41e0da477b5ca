// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "history/rollupwriter.h"

#include "history/bulkinsert.h"

#include <QVariant>

#include <algorithm>

namespace retryscope {

const char *const rollupSums = "attempts, maybe_twice, failovers, waiting_ns, tokens_in, tokens_out, cost_usd, call_attempts, ends, retries, outcomes, failed_calls, latency, first_token";

namespace {

const QStringList &columns()
{
    static const QStringList all = QStringList{QStringLiteral("level"), QStringLiteral("bucket"), QStringLiteral("run"), QStringLiteral("provider"), QStringLiteral("model"), QStringLiteral("simulated")}
        + QString::fromLatin1(rollupSums).split(QStringLiteral(", "));
    return all;
}

/// Whole rows are written anew: doing it twice changes nothing.
QString replaceSums()
{
    QStringList sets;
    for (const QString &column : columns().mid(6))
        sets << column + QStringLiteral(" = excluded.") + column;
    return QStringLiteral("ON CONFLICT (level, bucket, run, provider, model, simulated) DO UPDATE SET ") + sets.join(QStringLiteral(", "));
}

using std::chrono::milliseconds;

/// Numbers the (provider, model, simulated) of a batch: there are few, and neighbours mostly share theirs.
struct Groups
{
    std::vector<const Event *> all; ///< one of each
    std::size_t last = 0;

    std::size_t find(const Event &e)
    {
        const auto same = [&e](const Event *other) { return e.simulated == other->simulated && e.provider == other->provider && e.model == other->model; };
        if (all.empty() || !same(all[last])) {
            last = std::size_t(std::find_if(all.begin(), all.end(), same) - all.begin());
            if (last == all.size())
                all.push_back(&e);
        }
        return last;
    }
};

} // namespace

void addRow(Rollup *rollup, const QSqlQuery &query, int first)
{
    HistoryCounts &c = rollup->counts;
    c.attempts += query.value(first).toULongLong();
    c.maybeTwice += query.value(first + 1).toULongLong();
    c.failovers += query.value(first + 2).toULongLong();
    c.waiting += Duration(query.value(first + 3).toLongLong());
    c.tokensIn += query.value(first + 4).toLongLong();
    c.tokensOut += query.value(first + 5).toLongLong();
    c.costUsd += query.value(first + 6).toDouble();
    c.callAttempts += query.value(first + 7).toULongLong();
    mergeReasons(&c.ends, query.value(first + 8).toString());
    mergeReasons(&c.retries, query.value(first + 9).toString());
    mergeOutcomes(&c.outcomes, query.value(first + 10).toString());
    mergeReasons(&c.failedCalls, query.value(first + 11).toString());
    rollup->latency.mergeEncoded(query.value(first + 12).toString().toLatin1());
    rollup->firstToken.mergeEncoded(query.value(first + 13).toString().toLatin1());
}

bool RollupWriter::write(HistoryDatabase &db, const Event *events, qsizetype count)
{
    // first by second, then each second once into every level
    const milliseconds width = rollupLevels[0].width;
    Groups groups;
    std::map<std::pair<qint64, std::size_t>, Rollup> finest;
    for (const Event *e = events; e != events + count; ++e) {
        if (Rollup::concerns(*e))
            finest[{bucketStart(e->wall.time_since_epoch().count(), width), groups.find(*e)}].add(*e);
    }
    std::map<RollupKey, bool> changed;
    for (const auto &[second, sums] : finest) {
        const Event &sample = *groups.all[second.second];
        for (int level = 0; level < int(rollupLevels.size()); ++level) {
            const RollupKey key{level, bucketStart(second.first, rollupLevels[std::size_t(level)].width), sample.provider, sample.model, sample.simulated};
            Rollup *into = row(db, key);
            if (!into)
                return false;
            into->add(sums);
            changed[key] = true;
        }
    }
    std::vector<Rows::const_iterator> rows;
    for (const auto &[key, yes] : changed)
        rows.push_back(m_rows.find(key));
    return store(db, rows);
}

Rollup *RollupWriter::row(HistoryDatabase &db, const RollupKey &key)
{
    const auto level = std::size_t(key.level);
    m_newest[level] = std::max(m_newest[level], key.bucket);
    const auto [it, inserted] = m_rows.try_emplace(key);
    if (inserted && key.bucket < m_fresh[level] && !load(db, key, &it->second)) {
        m_rows.erase(it);
        return nullptr;
    }
    return &it->second;
}

bool RollupWriter::load(HistoryDatabase &db, const RollupKey &key, Rollup *rollup) const
{
    QSqlQuery *query = db.statement(QStringLiteral("SELECT %1 FROM rollups WHERE level = ? AND bucket = ? AND run = ? AND provider = ? AND model = ? AND simulated = ?").arg(QLatin1String(rollupSums)));
    if (!query)
        return false;
    const auto text = [](const QString &t) { return t.isNull() ? QString(QLatin1String("")) : t; }; // null would match no row
    const QVariantList values{key.level, key.bucket, m_run, text(key.provider), text(key.model), int(key.simulated)};
    for (int i = 0; i < int(values.size()); ++i)
        query->bindValue(i, values[i]);
    if (!db.exec(*query))
        return false;
    if (query->next())
        addRow(rollup, *query, 0);
    query->finish();
    return true;
}

bool RollupWriter::store(HistoryDatabase &db, const std::vector<Rows::const_iterator> &rows) const
{
    static const QString replace = replaceSums();
    BulkInsert insert(db, QStringLiteral("rollups"), columns(), replace);
    for (const auto &it : rows) {
        const auto &[key, rollup] = *it;
        const HistoryCounts &c = rollup.counts;
        insert << key.level << key.bucket << m_run << key.provider << key.model << int(key.simulated)
               << qint64(c.attempts) << qint64(c.maybeTwice) << qint64(c.failovers) << qint64(c.waiting.count()) << c.tokensIn << c.tokensOut << c.costUsd << qint64(c.callAttempts)
               << encodeReasons(c.ends) << encodeReasons(c.retries) << encodeOutcomes(c.outcomes) << encodeReasons(c.failedCalls)
               << QString::fromLatin1(rollup.latency.encoded()) << QString::fromLatin1(rollup.firstToken.encoded());
    }
    return insert.finish();
}

void RollupWriter::committed()
{
    for (std::size_t level = 0; level < rollupLevels.size(); ++level) {
        const qint64 width = std::chrono::milliseconds(rollupLevels[level].width).count();
        // after forget() only buckets behind the newest are surely not stored; without one, two buckets back may still get late events
        m_fresh[level] = m_fresh[level] == std::numeric_limits<qint64>::max() ? m_newest[level] + width : std::max(m_fresh[level], m_newest[level] - 2 * width);
    }
    std::erase_if(m_rows, [this](const auto &entry) {
        const auto level = std::size_t(entry.first.level);
        return entry.first.bucket < m_newest[level] - 2 * std::chrono::milliseconds(rollupLevels[level].width).count();
    });
}

void RollupWriter::forget()
{
    m_rows.clear();
    m_fresh.fill(std::numeric_limits<qint64>::max());
}

} // namespace retryscope
