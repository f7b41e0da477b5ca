// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/expected.h"
#include "replay/record.h"

#include <QCommandLineParser>

namespace retryscope::cli {

/// --history, --journal, --since and --until.
void addRecordOptions(QCommandLineParser &parser);
/// The calls of a journal or of the history, with at least one. Or the exit code; the sentence has been printed.
Expected<Record, int> readRecord(const QCommandLineParser &parser);
/// "From 2026-11-25 ..., 1 h: 3,412 calls; left out: 2 cancelled, 0 without an end."
QString recordText(const Record &record);

} // namespace retryscope::cli
