// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/expected.h"
#include "simulator/scenario.h"

#include <QByteArray>

namespace retryscope {

// What the What-if page reads and writes. What goes wrong is a sentence: what, where, and what to do.

Expected<Scenario, QString> readScenarioFile(const QString &path);
Expected<QVector<TraceRow>, QString> readTraceFile(const QString &path);
/// Whole or not at all. The sentence is empty when it was written.
QString writeWhole(const QString &path, const QByteArray &bytes);
/// Why it cannot be played; empty: it can.
QString scenarioProblem(const Scenario &scenario);

} // namespace retryscope
