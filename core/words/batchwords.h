// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "batch/batchrun.h"

#include <QJsonObject>

namespace retryscope {

/// "All", "Failed", "Retried", "Failed over", "Slowest 5 %".
QString toLabel(BatchMode mode);
/// "Line 3: not valid JSON (unterminated string). ..."
QString issueSentence(const LineIssue &issue);
QString faultSentence(const QString &file, const BatchFault &fault);
/// "20 calls, up to 80 requests: about $0.16, at most $0.64. Stops at $0.50."
QString estimateSentence(const BatchEstimate &estimate, std::optional<double> ceiling);
/// "Costs about $0.0021, at most $0.0084", that nothing is charged, or why nobody knows: said before calls are sent that no
/// ceiling stops.
QString sendCostText(const BatchEstimate &estimate);
/// Why it must not begin so, and what to do; empty: it may.
QString ceilingProblem(const BatchEstimate &estimate, std::optional<double> ceiling, bool acceptUnknown);
/// "12 of 80 calls · 4 in flight · 1 failed · $0.04 · 40.0 s left"
QString progressText(const BatchRun &run, int failed);
/// "All 80 calls ended in 12.4 s.", "Stopped by you: 12 of 80 calls ended, ..."
QString endSentence(const BatchReport &report);
/// "✓ First choice", "✗ Rate limited", "– Cancelled", "… In flight"
QString resultText(const BatchRow &row);
/// "$0.0021", "price unknown", "simulated"; empty where nobody was asked.
QString costText(const BatchRow &row);
/// What is shown over the rows, as names and values.
QVector<std::pair<QString, QString>> summaryTexts(const BatchReport &report);

/// What an export holds beside the figures.
enum class BatchTexts : quint8 { None, PromptsAndAnswers };
QJsonObject toJson(const BatchRow &row, const BatchPlan &plan, BatchTexts texts = BatchTexts::None);
/// Without the rows.
QJsonObject summaryJson(const BatchReport &report);
QJsonObject toJson(const BatchReport &report, BatchTexts texts = BatchTexts::None);
QByteArray toCsv(const BatchReport &report, BatchTexts texts = BatchTexts::None);
/// One page that needs nothing else, in light and dark.
QString toHtml(const BatchReport &report, BatchTexts texts = BatchTexts::None);

enum class BatchFileFormat : quint8 { Csv, Json, Html };
QString toKey(BatchFileFormat format); ///< "csv", "json", "html": also the ending
std::optional<BatchFileFormat> batchFileFormatFromKey(QStringView key);
QByteArray encode(const BatchReport &report, BatchFileFormat format, BatchTexts texts = BatchTexts::None);

} // namespace retryscope
