// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "telemetry/statscollector.h"

#include "base/writtencost.h"

namespace retryscope {
namespace {

const QString otherKey = QStringLiteral("(other)");

double ratio(quint64 part, quint64 whole) { return whole ? double(part) / double(whole) : 0.0; }

/// Stays within a century instead of wrapping: a journal may hold anything.
void add(Duration &total, Duration more)
{
    constexpr Duration zero{}, century = 24h * 36'525;
    total = std::min(total + std::clamp(more, zero, century), century);
}

/// The row of `key`, made when there is room, else that of "(other)".
template <typename Map> auto &bounded(Map &map, const QString &key, std::size_t limit)
{
    if (const auto it = map.find(key); it != map.end())
        return it->second;
    return map[map.size() - map.count(otherKey) < limit ? key : otherKey];
}

std::map<QString, quint64> byKey(const std::array<quint64, retryReasonCount> &counts)
{
    std::map<QString, quint64> map;
    for (int i = 0; i < retryReasonCount; ++i) {
        if (counts[std::size_t(i)])
            map[toKey(RetryReason(i))] = counts[std::size_t(i)];
    }
    return map;
}

QJsonObject toObject(const std::map<QString, quint64> &map)
{
    QJsonObject object;
    for (const auto &[key, count] : map)
        object[key] = qint64(count);
    return object;
}

void putQuantiles(QJsonObject &o, const char *name, const LatencyHistogram &histogram)
{
    static constexpr std::pair<const char *, double> quantiles[] = {
        {"p50", 0.50}, {"p90", 0.90}, {"p95", 0.95}, {"p99", 0.99}};
    for (const auto &[label, q] : quantiles) {
        if (const auto value = histogram.quantile(q))
            o[QStringLiteral("%1_%2_s").arg(QLatin1String(name), QLatin1String(label))] = toSeconds(*value);
    }
}

/// What all attempts, a provider's and a model's have in common.
void putAttempts(QJsonObject &o, const AttemptStats &a)
{
    o[QLatin1String("attempts")] = qint64(a.started);
    o[QLatin1String("maybe_sent")] = qint64(a.maybeSent);
    o[QLatin1String("maybe_delivered_twice")] = qint64(a.maybeTwice);
    o[QLatin1String("tokens_in")] = a.tokensIn;
    o[QLatin1String("tokens_out")] = a.tokensOut;
    o[QLatin1String("cost_usd")] = writtenCost(a.costUsd);
    o[QLatin1String("simulated_cost_usd")] = writtenCost(a.simulatedCostUsd);
    if (a.onPurpose > 0)
        o[QLatin1String("on_purpose")] = qint64(a.onPurpose);
    o[QLatin1String("unpriced_attempts")] = qint64(a.unpriced);
    putQuantiles(o, "attempt", a.duration);
    putQuantiles(o, "ttft", a.firstToken);
}

QJsonObject rowObject(const AttemptStats &a)
{
    QJsonObject o{{QStringLiteral("answered"), qint64(a.answered)},
                  {QStringLiteral("failed"), qint64(a.failed)},
                  {QStringLiteral("cancelled"), qint64(a.cancelled)},
                  {QStringLiteral("failed_by_reason"), toObject(byKey(a.failedByReason))}};
    putAttempts(o, a);
    return o;
}

void onAttemptFinished(AttemptStats &a, const Event &e)
{
    if (e.reason == RetryReason::None) {
        ++a.answered;
        a.duration.record(e.duration);
        a.unpriced += !e.costUsd;
    } else if (e.reason == RetryReason::Cancelled) {
        ++a.cancelled;
    } else {
        ++a.failed;
        ++a.failedByReason[std::size_t(e.reason)];
    }
    a.onPurpose += e.onPurpose;
    a.maybeSent += e.delivery == Delivery::MaybeSent;
    a.tokensIn += e.tokensIn.value_or(0);
    a.tokensOut += e.tokensOut.value_or(0);
    (e.simulated ? a.simulatedCostUsd : a.costUsd) += e.costUsd.value_or(0.0);
}

} // namespace

StatsCollector::Provider &StatsCollector::provider(const ProviderId &id)
{
    return bounded(m_providers, id, maxProviders);
}

template <typename Update> void StatsCollector::update(const Event &e, Update update)
{
    Provider &row = provider(e.provider);
    update(m_attempts);
    update(row.all);
    update(bounded(row.models, e.model, maxModels));
}

void StatsCollector::onEvent(const Event &e)
{
    switch (e.kind) {
    case EventKind::AttemptStarted:
        update(e, [&e](AttemptStats &a) { ++a.started; a.maybeTwice += e.maybeTwice; });
        break;
    case EventKind::FirstToken:
        if (e.firstToken)
            update(e, [&e](AttemptStats &a) { a.firstToken.record(*e.firstToken); });
        break;
    case EventKind::AttemptFinished:
        update(e, [&e](AttemptStats &a) { onAttemptFinished(a, e); });
        break;
    case EventKind::RetryScheduled:
        add(m_waiting, e.delay);
        if (!e.provider.isEmpty()) // none: whom the wait is for is not known yet
            add(provider(e.provider).waiting, e.delay);
        break;
    case EventKind::CallFinished: onCallFinished(e); break;
    default: break;
    }
}

void StatsCollector::onCallFinished(const Event &e)
{
    ++m_total;
    ++m_outcomes[std::size_t(e.outcome)];
    if (e.outcome == CallOutcome::Cancelled)
        return;
    m_callTime.record(e.duration);
    if (e.outcome == CallOutcome::Failed) {
        ++m_failed;
        ++m_callsFailedByReason[std::size_t(e.reason)];
    } else {
        ++m_successful;
        ++provider(e.provider).callsWon;
    }
}

double StatsCollector::amplification() const { return ratio(m_attempts.started, m_total); }

QJsonObject StatsCollector::toJson() const
{
    QJsonObject failures, providers;
    for (const auto &[id, row] : m_providers) {
        if (row.all.failed)
            failures[id] = qint64(row.all.failed);
        QJsonObject models, o = rowObject(row.all);
        for (const auto &[model, a] : row.models)
            models[model] = rowObject(a);
        o[QLatin1String("calls_answered")] = qint64(row.callsWon);
        o[QLatin1String("waiting_s")] = toSeconds(row.waiting);
        o[QLatin1String("models")] = models;
        providers[id] = o;
    }
    QJsonObject o{{QStringLiteral("total_calls"), qint64(m_total)},
                  {QStringLiteral("successful_calls"), qint64(m_successful)},
                  {QStringLiteral("failed_calls"), qint64(m_failed)},
                  {QStringLiteral("retries_by_reason"), toObject(byKey(m_attempts.failedByReason))},
                  {QStringLiteral("provider_failures"), failures},
                  {QStringLiteral("success_rate"), ratio(m_successful, m_successful + m_failed)},
                  {QStringLiteral("retry_rate"), ratio(m_attempts.failed, m_total)},
                  {QStringLiteral("failed_by_reason"), toObject(byKey(m_callsFailedByReason))},
                  {QStringLiteral("amplification"), amplification()},
                  {QStringLiteral("waiting_s"), toSeconds(m_waiting)},
                  {QStringLiteral("providers"), providers}};
    putAttempts(o, m_attempts);
    putQuantiles(o, "call", m_callTime);
    for (const CallOutcome outcome : {CallOutcome::FirstTry, CallOutcome::SecondChoice, CallOutcome::RecoveredByRetry,
                                      CallOutcome::RecoveredByFailover, CallOutcome::Failed, CallOutcome::Cancelled})
        o[retryscope::toKey(outcome)] = qint64(count(outcome));
    return o;
}

QString StatsCollector::logText() const
{
    const quint64 owed = m_successful + m_failed, cancelled = count(CallOutcome::Cancelled);
    const auto percent = [](quint64 part, quint64 whole) {
        return QString::number(100.0 * ratio(part, whole), 'f', 1) + QLatin1Char('%');
    };
    QString text = QStringLiteral("API Retry Statistics\n  Total calls: %1\n").arg(m_total);
    if (cancelled)
        text += QStringLiteral("  Cancelled: %1\n").arg(cancelled);
    text += QStringLiteral("  Success rate: %1\n  Retry rate: %2\n")
                .arg(cancelled && owed == 0 ? QStringLiteral("–") : percent(m_successful, owed),
                     percent(m_attempts.failed, m_total));
    const auto list = [&text](const char *title, const std::map<QString, quint64> &map) {
        if (!map.empty())
            text += QStringLiteral("  %1:\n").arg(QLatin1String(title));
        for (const auto &[key, count] : map)
            text += QStringLiteral("    %1: %2\n").arg(key).arg(count);
    };
    std::map<QString, quint64> failures;
    for (const auto &[id, row] : m_providers) {
        if (row.all.failed)
            failures[id] = row.all.failed;
    }
    list("Retries by reason", byKey(m_attempts.failedByReason));
    list("Failures by provider", failures);
    return text;
}

} // namespace retryscope
