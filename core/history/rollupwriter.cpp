// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "history/rollupwriter.h"

#include "history/bulkinsert.h"

#include <QVariant>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace retryscope {

const char *const rollupSums = "attempts, maybe_twice, failovers, waiting_ns, tokens_in, tokens_out, cost_usd, "
                               "call_attempts, ends, retries, outcomes, failed_calls, latency, first_token, "
                               "submitted, failures, failed_over, skips, unpriced, events";

namespace {

const QStringList &columns()
{
    static const QStringList all =
        QStringList{QStringLiteral("level"),    QStringLiteral("bucket"), QStringLiteral("run"),
                    QStringLiteral("provider"), QStringLiteral("model"),  QStringLiteral("simulated")}
        + QString::fromLatin1(rollupSums).split(QStringLiteral(", "));
    return all;
}

/// Whole rows are written anew: doing it twice changes nothing.
QString replaceSums()
{
    QStringList sets;
    for (const QString &column : columns().mid(6))
        sets << column + QStringLiteral(" = excluded.") + column;
    return QStringLiteral("ON CONFLICT (level, bucket, run, provider, model, simulated) DO UPDATE SET ")
           + sets.join(QStringLiteral(", "));
}

using std::chrono::milliseconds;

/// Numbers the (provider, model, simulated) of a batch: there are few, and neighbours mostly share theirs.
struct Groups
{
    std::vector<const Event *> all; ///< one of each
    std::size_t last = 0;

    std::size_t find(const Event &e)
    {
        const auto same = [&e](const Event *other) {
            return e.simulated == other->simulated && e.provider == other->provider && e.model == other->model;
        };
        if (all.empty() || !same(all[last])) {
            last = std::size_t(std::find_if(all.begin(), all.end(), same) - all.begin());
            if (last == all.size())
                all.push_back(&e);
        }
        return last;
    }
};

/// Reads counts as they are, whatever a damaged row holds.
struct Row
{
    const QSqlQuery &query;
    int first;
    qint64 number(int column) const { return query.value(first + column).toLongLong(); }
    quint64 count(int column) const { return quint64(std::clamp<qint64>(number(column), 0, qint64(1) << 53)); }
    QString text(int column) const { return query.value(first + column).toString(); }
    double money(int column) const
    {
        const double value = query.value(first + column).toDouble();
        return std::isfinite(value) ? std::clamp(value, 0.0, 1e12) : 0.0;
    }
};

/// Before version 3 a row counted waits and failovers of one reason together, and knew nothing of what came later.
void addOldRow(TrafficBin *bin, const Row &row)
{
    quint64 failovers = row.count(2);
    ReasonCounts both{};
    mergeReasons(&both, row.text(9));
    for (std::size_t r = 0; r < both.size(); ++r) {
        const quint64 over = std::min(both[r], failovers);
        failovers -= over;
        bin->failovers[r] += over;
        bin->retries[r] += both[r] - over;
        if (traits(RetryReason(r)).health == HealthSignal::Failure)
            bin->failures += bin->ends[r];
    }
    bin->submitted += std::accumulate(bin->outcomes.begin(), bin->outcomes.end(), quint64(0));
}

} // namespace

void addRow(TrafficBin *rollup, const QSqlQuery &query, int first, bool simulated)
{
    const Row row{query, first};
    TrafficBin bin;
    bin.started = row.count(0);
    bin.maybeTwice = row.count(1);
    bin.waiting = Duration(std::clamp<qint64>(row.number(3), 0, Duration(24h * 36'525).count()));
    bin.tokensIn = row.count(4);
    bin.tokensOut = row.count(5);
    bin.costUsd = row.money(6);
    bin.callAttempts = row.count(7);
    mergeReasons(&bin.ends, row.text(8));
    mergeOutcomes(&bin.outcomes, row.text(10));
    mergeReasons(&bin.failedCalls, row.text(11));
    bin.latency.mergeEncoded(row.text(12).toLatin1());
    bin.firstToken.mergeEncoded(row.text(13).toLatin1());
    const bool old = row.number(19) < 0;
    if (old) {
        addOldRow(&bin, row);
    } else {
        mergeReasons(&bin.retries, row.text(9));
        bin.submitted = row.count(14);
        bin.failures = row.count(15);
        mergeReasons(&bin.failovers, row.text(16));
        mergeSkips(&bin.skips, row.text(17));
        bin.unpriced = row.count(18);
    }
    (simulated ? bin.simulated : bin.real) = old ? std::max<quint64>(1, bin.started + bin.callAttempts) : row.count(19);
    rollup->merge(bin);
}

bool RollupWriter::write(HistoryDatabase &db, const Event *events, qsizetype count)
{
    // first by second, then each second once into every level
    const milliseconds width = rollupLevels[0].width;
    Groups groups;
    std::map<std::pair<qint64, std::size_t>, TrafficBin> finest;
    for (const Event *e = events; e != events + count; ++e) {
        if (TrafficBin::concerns(*e))
            finest[{bucketStart(e->wall.time_since_epoch().count(), width), groups.find(*e)}].add(*e);
    }
    std::map<RollupKey, bool> changed;
    for (const auto &[second, sums] : finest) {
        const Event &sample = *groups.all[second.second];
        for (int level = 0; level < int(rollupLevels.size()); ++level) {
            const RollupKey key{level, bucketStart(second.first, rollupLevels[std::size_t(level)].width),
                                sample.provider, sample.model, sample.simulated};
            TrafficBin *into = row(db, key);
            if (!into)
                return false;
            into->merge(sums);
            changed[key] = true;
        }
    }
    std::vector<Rows::const_iterator> rows;
    for (const auto &[key, yes] : changed)
        rows.push_back(m_rows.find(key));
    return store(db, rows);
}

TrafficBin *RollupWriter::row(HistoryDatabase &db, const RollupKey &key)
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

bool RollupWriter::load(HistoryDatabase &db, const RollupKey &key, TrafficBin *rollup) const
{
    QSqlQuery *query = db.statement(QStringLiteral("SELECT %1 FROM rollups WHERE level = ? AND bucket = ? AND run = ? "
                                                   "AND provider = ? AND model = ? AND simulated = ?")
                                        .arg(QLatin1String(rollupSums)));
    if (!query)
        return false;
    const auto text = [](const QString &t) {
        return t.isNull() ? QString(QLatin1String("")) : t;
    }; // null would match no row
    const QVariantList values{key.level, key.bucket, m_run, text(key.provider), text(key.model), int(key.simulated)};
    for (int i = 0; i < int(values.size()); ++i)
        query->bindValue(i, values[i]);
    if (!db.exec(*query))
        return false;
    if (query->next())
        addRow(rollup, *query, 0, key.simulated);
    query->finish();
    return true;
}

bool RollupWriter::store(HistoryDatabase &db, const std::vector<Rows::const_iterator> &rows) const
{
    static const QString replace = replaceSums();
    BulkInsert insert(db, QStringLiteral("rollups"), columns(), replace);
    for (const auto &it : rows) {
        const auto &[key, rollup] = *it;
        insert << key.level << key.bucket << m_run << key.provider << key.model << int(key.simulated)
               << qint64(rollup.started) << qint64(rollup.maybeTwice) << 0 << qint64(rollup.waiting.count())
               << qint64(rollup.tokensIn) << qint64(rollup.tokensOut) << rollup.costUsd << qint64(rollup.callAttempts)
               << encodeReasons(rollup.ends) << encodeReasons(rollup.retries) << encodeOutcomes(rollup.outcomes)
               << encodeReasons(rollup.failedCalls) << QString::fromLatin1(rollup.latency.encoded())
               << QString::fromLatin1(rollup.firstToken.encoded()) << qint64(rollup.submitted)
               << qint64(rollup.failures) << encodeReasons(rollup.failovers) << encodeSkips(rollup.skips)
               << qint64(rollup.unpriced) << qint64(rollup.real + rollup.simulated);
    }
    return insert.finish();
}

void RollupWriter::committed()
{
    for (std::size_t level = 0; level < rollupLevels.size(); ++level) {
        const qint64 width = std::chrono::milliseconds(rollupLevels[level].width).count();
        // after forget() only buckets behind the newest are surely not stored; without one, two buckets back may still get late events
        m_fresh[level] = m_fresh[level] == std::numeric_limits<qint64>::max()
                             ? m_newest[level] + width
                             : std::max(m_fresh[level], m_newest[level] - 2 * width);
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
