// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/expected.h"
#include "replay/pastincidents.h"

#include <QCommandLineParser>

namespace retryscope::cli {

/// The sentence for a file that is no journal.
QString noEventsIn(const QString &journal);
/// --history, --journal, --since, --until and --calls.
void addRecordOptions(QCommandLineParser &parser);
/// The calls of a journal or of the history, with at least one. Or the exit code; the sentence has been printed.
Expected<Record, int> readRecord(const QCommandLineParser &parser);
/// --incident.
void addIncidentOption(QCommandLineParser &parser);
/// The incident that --incident names, with at least one call. Or the exit code, as above.
Expected<IncidentRecord, int> readIncidentRecord(const QCommandLineParser &parser);
/// "From 2026-11-25 ..., 1 h: 3,412 real calls; left out: 2 cancelled, 0 without an end."
QString recordText(const Record &record);

} // namespace retryscope::cli
