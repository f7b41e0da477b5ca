// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/attempttimeline.h"
#include "models/callprogress.h"

namespace retryscope {

/// One prompt on its way to one target, and all that has come back: what a column of the bench shows.
struct BenchRun
{
    CallId call;           ///< none: nothing was sent yet
    Prompt prompt;
    Route route;
    CallProgress progress;
    AttemptTimeline timeline;
    Events events;         ///< of the call
    ExchangeRecords exchanges; ///< by attempt: what went over the wire
    QString text;          ///< of the answer, as far as it came

    bool isRunning() const { return progress.isRunning(); }
    const std::optional<CallResult> &result() const { return progress.result(); }
    void onEvent(const Event &event);
    void onExchange(const ExchangeRecord &piece);
    void onText(const QString &piece);
    void onFinished(const CallResult &result);
};

/// A column's letter, and how its call ended.
struct BenchEntry
{
    QString letter;
    CallResult result;
};
/// "Fastest: A, 1.4 s. Cheapest: B, $0.0006. Longest: A, 210 tokens." Of those that succeeded; what two share is
/// nobody's, and what is not known of all is not said.
QString rankingText(const QVector<BenchEntry> &entries);

/// Of each attempt: what its headers told of limits, then all that was sent and answered.
QString headersText(const BenchRun &run, const QHash<ProviderId, QString> &names);
/// What happened and what streamed in, a line each in the order of time, with its time since the call began. The newest
/// `mostEventLines`.
QString eventsText(const BenchRun &run);
inline constexpr qsizetype mostEventLines = 3'000;
/// The body of each request and answer as it went over the wire; of a long one the beginning.
QString rawText(const BenchRun &run, const QHash<ProviderId, QString> &names);

} // namespace retryscope
