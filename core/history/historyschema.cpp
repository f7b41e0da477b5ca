// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "history/historyschema.h"

namespace retryscope {
namespace {

Migration firstVersion()
{
    return {
        {
            QStringLiteral(
                "CREATE TABLE runs (run BIGINT NOT NULL PRIMARY KEY, started BIGINT NOT NULL, last BIGINT NOT NULL)"),
            QStringLiteral("CREATE TABLE events (run BIGINT NOT NULL, seq BIGINT NOT NULL, wall BIGINT NOT NULL, kind "
                           "TEXT NOT NULL, call BIGINT NOT NULL, "
                           "provider TEXT NOT NULL, reason TEXT NOT NULL, simulated SMALLINT NOT NULL, body TEXT NOT "
                           "NULL, PRIMARY KEY (run, seq))"),
            QStringLiteral("CREATE INDEX events_by_time ON events (wall, run, seq)"),
            QStringLiteral("CREATE INDEX events_by_call ON events (run, call) WHERE call > 0"),
            QStringLiteral("CREATE TABLE circuits (run BIGINT NOT NULL, seq BIGINT NOT NULL, wall BIGINT NOT NULL, "
                           "provider TEXT NOT NULL, model TEXT NOT NULL, "
                           "scope TEXT NOT NULL, state TEXT NOT NULL, open_for_ns BIGINT, why TEXT NOT NULL, simulated "
                           "SMALLINT NOT NULL, PRIMARY KEY (run, seq))"),
            QStringLiteral("CREATE INDEX circuits_by_time ON circuits (wall)"), QStringLiteral(
                "CREATE TABLE rollups (level SMALLINT NOT NULL, bucket BIGINT NOT NULL, run BIGINT NOT NULL, provider "
                "TEXT NOT NULL, model TEXT NOT NULL, "
                "simulated SMALLINT NOT NULL, attempts BIGINT NOT NULL, maybe_twice BIGINT NOT NULL, failovers BIGINT "
                "NOT NULL, waiting_ns BIGINT NOT NULL, "
                "tokens_in BIGINT NOT NULL, tokens_out BIGINT NOT NULL, cost_usd DOUBLE PRECISION NOT NULL, "
                "call_attempts BIGINT NOT NULL, ends TEXT NOT NULL, retries TEXT NOT NULL, "
                "outcomes TEXT NOT NULL, failed_calls TEXT NOT NULL, latency TEXT NOT NULL, first_token TEXT NOT NULL, "
                "PRIMARY KEY (level, bucket, run, provider, model, simulated))"),
        }, {}, {}};
}

/// Filters find the provider that a failover goes to; failures are found without reading the successes.
Migration secondVersion()
{
    return {
        {
            QStringLiteral("ALTER TABLE events ADD COLUMN to_provider TEXT NOT NULL DEFAULT ''"),
            QStringLiteral("CREATE INDEX events_by_reason ON events (reason, wall, run, seq) WHERE reason <> 'none'"),
        },
        {
            QStringLiteral("UPDATE events SET to_provider = json_extract(body, '$.to_provider') WHERE kind = "
                           "'failed_over' AND json_extract(body, '$.to_provider') IS NOT NULL"),
        },
        {
            QStringLiteral("UPDATE events SET to_provider = body::json->>'to_provider' WHERE kind = 'failed_over' AND "
                           "body::json->>'to_provider' IS NOT NULL"),
        }};
}

/// Roll-ups are whole bins of traffic (rows of before have events -1), slowness stands beside the circuits, and calls are
/// found by when they were sent.
Migration thirdVersion()
{
    const QString slowness = QStringLiteral(
        "INSERT INTO circuits (run, seq, wall, provider, model, scope, state, open_for_ns, why, simulated) "
        "SELECT run, seq, wall, provider, '', 'slowness', CASE WHEN %1 THEN 'slow' ELSE 'closed' END, NULL, '', "
        "simulated FROM events WHERE kind = 'degraded_changed'");
    return {{
                QStringLiteral("ALTER TABLE rollups ADD COLUMN submitted BIGINT NOT NULL DEFAULT 0"),
                QStringLiteral("ALTER TABLE rollups ADD COLUMN failures BIGINT NOT NULL DEFAULT 0"),
                QStringLiteral("ALTER TABLE rollups ADD COLUMN failed_over TEXT NOT NULL DEFAULT ''"),
                QStringLiteral("ALTER TABLE rollups ADD COLUMN skips TEXT NOT NULL DEFAULT ''"),
                QStringLiteral("ALTER TABLE rollups ADD COLUMN unpriced BIGINT NOT NULL DEFAULT 0"),
                QStringLiteral("ALTER TABLE rollups ADD COLUMN events BIGINT NOT NULL DEFAULT -1"),
                QStringLiteral("CREATE INDEX calls_by_time ON events (wall, run, seq) WHERE kind = 'call_submitted'"),
            },
            {slowness.arg(QStringLiteral("json_extract(body, '$.degraded') = 1"))},
            {slowness.arg(QStringLiteral("body::json->>'degraded' = 'true'"))}};
}

} // namespace

const std::vector<Migration> &historyMigrations()
{
    static const std::vector<Migration> migrations{firstVersion(), secondVersion(), thirdVersion()};
    return migrations;
}

int historySchemaVersion() { return int(historyMigrations().size()); }

} // namespace retryscope
