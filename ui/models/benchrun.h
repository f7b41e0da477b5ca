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
    QString text;          ///< of the answer, as far as it came

    bool isRunning() const { return progress.isRunning(); }
    const std::optional<CallResult> &result() const { return progress.result(); }
    void onEvent(const Event &event);
    void onText(const QString &piece);
    void onFinished(const CallResult &result);
};

/// A column's letter, and how its call ended.
struct BenchEntry
{
    QString letter;
    CallResult result;
};
/// "Fastest: A, 1.4 s. Cheapest: B, $0.0006. Longest: A, 210 tokens." Of those that succeeded; what two share is nobody's,
/// and what is not known of all is not said.
QString rankingText(const QVector<BenchEntry> &entries);

/// "Attempt 1, OpenAI: 429 rate limited", then what its headers told of limits, then the headers that were looked at.
QString headersText(const Events &events, const QHash<ProviderId, QString> &names);
/// What happened, a line each, with its time since the call began.
QString stepsText(const Events &events);

} // namespace retryscope
