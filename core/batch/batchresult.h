// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "batch/batchcost.h"

#include <QHash>

namespace retryscope {

/// What is to be run.
struct BatchPlan
{
    QString name; ///< of the file, or what it is called
    BatchPrompts prompts;
    int runs = 1;        ///< of each prompt; all prompts once, then again
    int concurrency = 4; ///< calls at once
    Duration spacing{};  ///< between two starts, at least
    Route route;
    std::optional<double> ceiling; ///< US dollars; none: whatever it costs
    bool acceptUnknown = false;    ///< go on where a price is not known and the ceiling cannot be kept
    bool keepAnswers = false;
    QHash<ProviderId, QString> names; ///< as people read them; of the configuration that it runs with
    QString nameOf(const ProviderId &provider) const { return names.value(provider, provider); }
    qint64 calls() const { return qint64(prompts.size()) * runs; }
};
inline constexpr int mostBatchCalls = 20'000, mostBatchConcurrency = 256;

enum class RowState : quint8 { Running, Done };

/// One call of a batch.
struct BatchRow
{
    int number = 0; ///< from 1, in the order in which they began
    int prompt = 0; ///< its place among the prompts, from 0
    int run = 1;    ///< from 1
    RowState state = RowState::Running;
    CallId call;
    ProviderId provider; ///< being asked, or asked last
    QString model;
    CallOutcome outcome = CallOutcome::None;
    RetryReason reason = RetryReason::None;
    int status = 0;
    int attempts = 0, retries = 0, failovers = 0;
    Duration began{}; ///< since the batch began
    Duration duration{};
    std::optional<Duration> firstToken; ///< since the start of its attempt
    std::optional<int> tokensIn, tokensOut;
    std::optional<double> costUsd;
    Finish finish = Finish::Unknown;
    QString finishReason;  ///< where finish is Other: the provider's own word
    QString rule, message; ///< of a failure: the policy's, and the provider's own words
    QString answer;        ///< where answers are kept
    bool simulated = false;
    bool isServed() const { return retryscope::isServed(outcome); }
    QString finishWord() const { return finishReason.isEmpty() ? toKey(finish) : finishReason; }
};
using BatchRows = QVector<BatchRow>;

enum class BatchMode : quint8 { All, Failed, Retried, FailedOver, Slowest };
inline constexpr int batchModeCount = int(BatchMode::Slowest) + 1;
QString toKey(BatchMode mode);
/// The rows that belong there, by their places. Slowest: the slowest twentieth of the calls that ended by themselves, one at
/// least.
QVector<int> rowsOf(const BatchRows &rows, BatchMode mode);

/// How it came to its end.
enum class BatchEnd : quint8 {
    Complete,
    Stopped,      ///< by a person
    Ceiling,      ///< the next call might have gone beyond it
    PriceUnknown, ///< the configuration was changed to somebody whose price is not known
};
QString toKey(BatchEnd end);

struct BatchSummary
{
    int began = 0, ended = 0, served = 0, failed = 0, cancelled = 0, secondChoice = 0;
    int retried = 0, failedOver = 0; ///< calls
    int requests = 0;
    std::optional<Duration> median, p95, slowest, firstToken; ///< of served calls; firstToken: the median
    qint64 tokensIn = 0, tokensOut = 0;
    double cost = 0;                      ///< of the calls whose cost is known
    int costUnknown = 0;                  ///< calls that ended, and whose cost is not
    bool simulated = false, real = false; ///< some were
    /// Of the calls that ended by themselves.
    std::optional<double> share() const
    {
        return served + failed > 0 ? std::optional(double(served) / (served + failed)) : std::nullopt;
    }
};
BatchSummary summaryOf(const BatchRows &rows);

/// What came of it. A value; cheap to copy.
struct BatchReport
{
    BatchPlan plan;
    BatchRows rows;
    BatchEnd end = BatchEnd::Complete;
    WallTime at{};
    Duration took{};
    double spent = 0, uncertain = 0; ///< at real providers; see CostLedger
};

} // namespace retryscope
