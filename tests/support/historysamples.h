// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/random.h"
#include "history/historystore.h"

#include <QEventLoop>
#include <QTest>
#include <QTimer>

#include <algorithm>
#include <map>

namespace retryscope {

/// Seeded traffic: whole calls with retries, failovers, circuits and failures, in order of time.
class SampleTraffic
{
public:
    /// One attempt in `circuitOdds` changes a circuit.
    SampleTraffic(quint64 seed, WallTime start, std::chrono::milliseconds step, int circuitOdds = 60)
        : m_random(seed), m_wall(start), m_step(step), m_circuitOdds(circuitOdds) {}

    Events make(int count)
    {
        while (m_rest.size() < count)
            addCall(&m_rest);
        const Events events = m_rest.mid(0, count);
        m_rest.remove(0, count); // the rest of a call comes next time: no number is left out
        return events;
    }
    WallTime wall() const { return m_wall; }

private:
    int pick(int below) { return int(m_random.uniform() * below); }
    Event next(EventKind kind, int attempt, const QString &provider)
    {
        m_wall += std::chrono::milliseconds(pick(int(2 * m_step.count()) + 1));
        Event e;
        e.seq = ++m_seq;
        e.kind = kind;
        e.wall = m_wall;
        e.at = SteadyTime(Duration(m_wall.time_since_epoch()) + Duration(pick(1'000'000)));
        e.call = CallId{m_call};
        e.attempt = attempt;
        e.maxAttempts = 4;
        e.provider = provider;
        e.model = provider + QStringLiteral("-model");
        e.simulated = m_simulated;
        return e;
    }
    void addCall(Events *out)
    {
        static const QStringList providers{QStringLiteral("openai"), QStringLiteral("anthropic"),
                                           QStringLiteral("google_ai"), QStringLiteral("mistral")};
        ++m_call;
        m_simulated = pick(10) == 0;
        QString provider = providers[pick(4)];
        out->append(next(EventKind::CallSubmitted, 0, {}));
        RetryReason reason = RetryReason::None, retryOf = RetryReason::None;
        int attempt = 0;
        do {
            out->append(next(EventKind::AttemptStarted, ++attempt, provider));
            out->last().maybeTwice = pick(20) == 0;
            out->last().reason = retryOf;
            reason = pick(4) ? RetryReason::None : RetryReason(1 + pick(retryReasonCount - 1));
            if (reason == RetryReason::None) {
                out->append(next(EventKind::FirstToken, attempt, provider));
                out->last().firstToken = std::chrono::milliseconds(20 + pick(900));
            }
            Event done = next(EventKind::AttemptFinished, attempt, provider);
            done.reason = reason;
            done.duration = std::chrono::milliseconds(50 + pick(4'000));
            done.status = reason == RetryReason::None ? 200 : 429;
            done.health = reason == RetryReason::None ? HealthSignal::Success : traits(reason).health;
            done.tokensIn = pick(100);
            done.tokensOut = pick(1'000);
            done.tokensCached = *done.tokensIn / 2;
            done.finish = *done.tokensIn % 5 ? QStringLiteral("stop") : QStringLiteral("length");
            done.unreadable = *done.tokensIn % 3;
            done.rule = QStringLiteral("status %1").arg(done.status);
            out->append(done);
            if (pick(m_circuitOdds) == 0) {
                Event circuit = next(EventKind::CircuitChanged, 0, provider);
                circuit.circuitTo = CircuitState(pick(4));
                circuit.scope = pick(5) ? Scope::Provider : Scope::Model;
                out->append(circuit);
            }
            if (reason == RetryReason::None || attempt == 4)
                break;
            Event again = next(pick(2) ? EventKind::RetryScheduled : EventKind::FailedOver, attempt, provider);
            again.reason = reason;
            if (again.kind == EventKind::FailedOver) {
                provider = providers[pick(4)];
                again.toProvider = provider;
                retryOf = RetryReason::None;
            } else {
                retryOf = reason;
                again.delay = std::chrono::milliseconds(pick(3'000));
                again.delaySource = DelaySource::Backoff;
            }
            out->append(again);
        } while (true);
        Event end = next(EventKind::CallFinished, attempt, provider);
        end.reason = reason;
        end.outcome = reason != RetryReason::None ? CallOutcome::Failed
                      : attempt == 1              ? CallOutcome::FirstTry
                                                  : CallOutcome::RecoveredByRetry;
        end.duration = std::chrono::milliseconds(pick(9'000));
        out->append(end);
    }

    SeededRandom m_random;
    WallTime m_wall;
    const std::chrono::milliseconds m_step;
    const int m_circuitOdds;
    Events m_rest;
    quint64 m_seq = 0, m_call = 0;
    bool m_simulated = false;
};

inline constexpr std::chrono::seconds patience{30};

/// Waits, bounded, for what `ask` promises to deliver through the function that it is given.
template <typename Value>
std::optional<Value> await(const std::function<void(QObject *, std::function<void(const Value &)>)> &ask,
                           std::chrono::milliseconds atMost = patience)
{
    QEventLoop loop;
    QObject receiver;
    std::optional<Value> result;
    ask(&receiver, [&](const Value &value) { result = value; loop.quit(); });
    QTimer::singleShot(atMost, &loop, &QEventLoop::quit);
    if (!result)
        loop.exec();
    return result;
}

inline bool flushed(HistoryStore &store, std::chrono::milliseconds atMost = patience)
{
    return await<bool>(
               [&](QObject *receiver, std::function<void(const bool &)> reply) {
                   store.flush(receiver, [reply] { reply(true); });
               }, atMost)
        .value_or(false);
}

inline HistoryWindow windowOf(HistoryStore &store, const HistoryRequest &request)
{
    const auto window = await<HistoryWindow>([&](QObject *receiver, std::function<void(const HistoryWindow &)> reply) {
        store.requestWindow(request, receiver, reply);
    });
    HistoryWindow late;
    late.problem = QStringLiteral("no answer in time");
    return window.value_or(late);
}

inline StoredEvents eventsOf(HistoryStore &store, const EventQuery &query)
{
    const auto events = await<StoredEvents>([&](QObject *receiver, std::function<void(const StoredEvents &)> reply) {
        store.requestEvents(query, receiver, reply);
    });
    StoredEvents late;
    late.problem = QStringLiteral("no answer in time");
    return events.value_or(late);
}

/// The JSON of each, to compare with; what an event's kind does not use is not in it.
inline QList<QJsonObject> jsonOf(const Events &events)
{
    QList<QJsonObject> all;
    for (const Event &e : events)
        all << toJson(e);
    return all;
}

inline QList<QJsonObject> jsonOf(const StoredEvents &stored)
{
    QList<QJsonObject> all;
    for (StoredEvent e : stored.events) {
        e.event.run = 0; // these events have none of their own
        all << toJson(e.event);
    }
    return all;
}

/// Counts again, event by event, without any roll-up. Quantiles are exact: the sorted samples at their rank.
struct NaiveCounts
{
    TrafficBin counts; ///< without its histograms
    std::vector<Duration> latency, firstToken;

    void add(const Event &e)
    {
        const auto reason = std::size_t(e.reason);
        const bool other = e.kind == EventKind::AttemptQueued || e.kind == EventKind::CircuitChanged
                           || e.kind == EventKind::DegradedChanged || e.kind == EventKind::ConfigurationApplied
                           || e.kind == EventKind::ProbeFinished || (e.kind == EventKind::FirstToken && !e.firstToken);
        if (!other)
            (e.simulated ? counts.simulated : counts.real) += 1;
        if (e.kind == EventKind::CallSubmitted) {
            counts.submitted += 1;
        } else if (e.kind == EventKind::ProviderSkipped) {
            counts.skips[std::size_t(e.skip)] += 1;
        } else if (e.kind == EventKind::AttemptStarted) {
            counts.started += 1;
            counts.maybeTwice += e.maybeTwice ? 1 : 0;
            if (e.reason != RetryReason::None)
                counts.retries[reason] += 1;
        } else if (e.kind == EventKind::FirstToken && e.firstToken) {
            firstToken.push_back(*e.firstToken);
        } else if (e.kind == EventKind::AttemptFinished) {
            counts.ends[reason] += 1;
            counts.failures += e.health == HealthSignal::Failure ? 1 : 0;
            counts.tokensIn += quint64(e.tokensIn.value_or(0));
            counts.tokensOut += quint64(e.tokensOut.value_or(0));
            counts.costUsd += e.costUsd.value_or(0);
            if (e.reason == RetryReason::None) {
                latency.push_back(e.duration);
                counts.unpriced += e.costUsd ? 0 : 1;
            }
        } else if (e.kind == EventKind::RetryScheduled) {
            counts.waiting += e.delay;
        } else if (e.kind == EventKind::FailedOver) {
            counts.failovers[reason] += 1;
        } else if (e.kind == EventKind::CallFinished) {
            counts.outcomes[std::size_t(e.outcome)] += 1;
            counts.callAttempts += e.outcome == CallOutcome::Cancelled ? 0 : quint64(e.attempt);
            counts.failedCalls[reason] += e.outcome == CallOutcome::Failed ? 1 : 0;
        }
    }
    static std::optional<Duration> quantile(std::vector<Duration> samples, double q)
    {
        if (samples.empty())
            return std::nullopt;
        std::sort(samples.begin(), samples.end());
        return samples[std::size_t(std::max(1.0, std::ceil(q * double(samples.size())))) - 1];
    }
};

inline bool near(std::optional<Duration> measured, std::optional<Duration> exact)
{
    return measured.has_value() == exact.has_value()
           && (!exact || std::abs(toSeconds(*measured) / toSeconds(*exact) - 1.0) < 0.026);
}

/// Empty when they agree; else what differs.
inline QString difference(const TrafficBin &measured, const NaiveCounts &naive)
{
    TrafficBin sums = measured;
    sums.latency = sums.firstToken = {};
    sums.costUsd = naive.counts.costUsd;
    if (sums != naive.counts)
        return QStringLiteral("sums: %1 attempts for %2, %3 calls for %4")
            .arg(sums.started)
            .arg(naive.counts.started)
            .arg(sums.owed())
            .arg(naive.counts.owed());
    if (std::abs(measured.costUsd - naive.counts.costUsd) > 1e-6)
        return QStringLiteral("cost: %1 for %2").arg(measured.costUsd).arg(naive.counts.costUsd);
    const bool same = near(measured.latency.quantile(0.5), naive.quantile(naive.latency, 0.5))
                      && near(measured.latency.quantile(0.95), naive.quantile(naive.latency, 0.95))
                      && near(measured.firstToken.quantile(0.5), naive.quantile(naive.firstToken, 0.5))
                      && near(measured.firstToken.quantile(0.95), naive.quantile(naive.firstToken, 0.95));
    return same ? QString() : QStringLiteral("quantiles");
}

} // namespace retryscope
