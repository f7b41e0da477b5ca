// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "history/historystore.h"
#include "support/historysamples.h"

namespace retryscope {

/// A program's calls to `first`, a second apart, and what they met: from one call to another it fails at once, and `second` answers
/// in its place.
/// | field     | what                                                    |
/// | start     | when the first call comes                               |
/// | failing   | the first call (from 0) that `first` fails, and how many    |
/// | served    | `second` answers those; else they fail for good              |
/// | tokens    | of each answered call, in and out; 0: not told          |
struct IncidentStory
{
    WallTime start{};
    qint64 run = 7;
    bool simulated = false;
    int calls = 120, failingFrom = 40, failing = 20;
    bool served = true;
    int tokens = 0;
    QString first = QStringLiteral("a"), second = QStringLiteral("b");

    Events events() const
    {
        Events all;
        quint64 seq = 0;
        const auto add = [&](EventKind kind, int call, Duration after, const QString &provider, int attempt) -> Event & {
            Event e;
            e.run = run;
            e.seq = ++seq;
            e.kind = kind;
            e.call = CallId{quint64(call + 1)};
            e.wall = start + std::chrono::duration_cast<WallTime::duration>(call * 1s + after);
            e.at = SteadyTime(1h + call * 1s + after);
            e.provider = provider;
            e.attempt = attempt;
            e.simulated = simulated;
            all.append(e);
            return all.last();
        };
        const auto attempt = [&](int call, Duration from, const QString &provider, int number, bool fails) {
            add(EventKind::AttemptStarted, call, from, provider, number);
            Event &done = add(EventKind::AttemptFinished, call, from + (fails ? 50ms : 300ms), provider, number);
            done.duration = fails ? 50ms : 300ms;
            done.reason = fails ? RetryReason::ServerError : RetryReason::None;
            done.health = fails ? HealthSignal::Failure : HealthSignal::Success;
            done.delivery = Delivery::Answered;
            if (!fails && tokens > 0)
                done.tokensIn = done.tokensOut = tokens;
        };
        for (int call = 0; call < calls; ++call) {
            const bool fails = call >= failingFrom && call < failingFrom + failing;
            add(EventKind::CallSubmitted, call, 0ms, {}, 0);
            attempt(call, 0ms, first, 1, fails);
            if (fails && served) {
                Event &over = add(EventKind::FailedOver, call, 50ms, first, 1);
                over.reason = RetryReason::ServerError;
                over.toProvider = second;
                attempt(call, 50ms, second, 2, false);
            }
            const bool failed = fails && !served;
            const Duration took = failed ? 50ms : fails ? 350ms : 300ms;
            Event &end = add(EventKind::CallFinished, call, took, fails && served ? second : first, fails && served ? 2 : 1);
            end.duration = took;
            end.reason = failed ? RetryReason::ServerError : RetryReason::None;
            end.outcome = failed  ? CallOutcome::Failed
                          : fails ? CallOutcome::RecoveredByFailover
                                  : CallOutcome::FirstTry;
            end.rule = failed ? QStringLiteral("max attempts reached") : QStringLiteral("answered");
            if (!failed && tokens > 0)
                end.tokensIn = end.tokensOut = tokens;
        }
        return all;
    }
};

/// Writes each as a program of its own does, and waits.
inline bool keepStories(const HistoryLocation &location, const QVector<IncidentStory> &stories)
{
    for (const IncidentStory &story : stories) {
        HistoryOptions options;
        options.run = story.run;
        HistoryStore store(location, options);
        store.append(story.events());
        if (!flushed(store) || !store.end(patience))
            return false;
    }
    return true;
}

/// In the order in which a history gives them.
inline Events inOrder(Events events)
{
    std::stable_sort(events.begin(), events.end(), [](const Event &x, const Event &y) { return x.wall < y.wall; });
    return events;
}

} // namespace retryscope
