// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "telemetry/statscollector.h"

namespace retryscope {
namespace {

QJsonObject counts(const std::map<QString, quint64> &map)
{
    QJsonObject object;
    for (const auto &[key, count] : map)
        object[key] = qint64(count);
    return object;
}

double ratio(quint64 part, quint64 whole) { return whole ? double(part) / double(whole) : 0.0; }

quint64 sum(const std::map<QString, quint64> &map)
{
    quint64 total = 0;
    for (const auto &[key, count] : map)
        total += count;
    return total;
}

} // namespace

void StatsCollector::onEvent(const Event &e)
{
    switch (e.kind) {
    case EventKind::AttemptStarted: ++m_attempts; break;
    case EventKind::FirstToken:
        if (e.firstToken)
            m_firstToken.record(*e.firstToken);
        break;
    case EventKind::AttemptFinished:
        if (e.reason != RetryReason::None && e.reason != RetryReason::Cancelled) {
            ++m_retriesByReason[toKey(e.reason)];
            ++m_providerFailures[e.provider];
        }
        m_maybeTwice += e.delivery == Delivery::MaybeSent;
        m_tokensIn += e.tokensIn.value_or(0);
        m_tokensOut += e.tokensOut.value_or(0);
        break;
    case EventKind::RetryScheduled: m_waiting += e.delay; break;
    case EventKind::CallFinished:
        ++m_total;
        ++m_outcomes[e.outcome];
        m_callTime.record(e.duration);
        if (e.outcome == CallOutcome::Failed) {
            ++m_failed;
            ++m_failedByReason[toKey(e.reason)];
        } else if (e.outcome != CallOutcome::Cancelled) {
            ++m_successful;
        }
        break;
    default: break;
    }
}

quint64 StatsCollector::count(CallOutcome outcome) const
{
    const auto it = m_outcomes.find(outcome);
    return it == m_outcomes.end() ? 0 : it->second;
}

double StatsCollector::amplification() const { return ratio(m_attempts, m_total); }

QJsonObject StatsCollector::toJson() const
{
    QJsonObject o{{QStringLiteral("total_calls"), qint64(m_total)}, {QStringLiteral("successful_calls"), qint64(m_successful)},
                  {QStringLiteral("failed_calls"), qint64(m_failed)}, {QStringLiteral("retries_by_reason"), counts(m_retriesByReason)},
                  {QStringLiteral("provider_failures"), counts(m_providerFailures)}, {QStringLiteral("success_rate"), ratio(m_successful, m_total)},
                  {QStringLiteral("retry_rate"), ratio(sum(m_retriesByReason), m_total)},
                  {QStringLiteral("failed_by_reason"), counts(m_failedByReason)}, {QStringLiteral("attempts"), qint64(m_attempts)},
                  {QStringLiteral("amplification"), amplification()}, {QStringLiteral("maybe_delivered_twice"), qint64(m_maybeTwice)},
                  {QStringLiteral("waiting_s"), toSeconds(m_waiting)}, {QStringLiteral("tokens_in"), m_tokensIn}, {QStringLiteral("tokens_out"), m_tokensOut}};
    for (const auto &[outcome, count] : m_outcomes)
        o[toKey(outcome)] = qint64(count);
    const auto quantile = [&o](const char *key, const LatencyHistogram &h, double q) {
        if (const auto value = h.quantile(q))
            o[QLatin1String(key)] = toSeconds(*value);
    };
    quantile("call_p50_s", m_callTime, 0.5);
    quantile("call_p95_s", m_callTime, 0.95);
    quantile("ttft_p50_s", m_firstToken, 0.5);
    return o;
}

QString StatsCollector::logText() const
{
    QString text = QStringLiteral("API Retry Statistics\n  Total calls: %1\n  Success rate: %2%\n  Retry rate: %3%\n")
                       .arg(m_total).arg(100.0 * ratio(m_successful, m_total), 0, 'f', 1).arg(100.0 * ratio(sum(m_retriesByReason), m_total), 0, 'f', 1);
    const auto list = [&text](const char *title, const std::map<QString, quint64> &map) {
        if (!map.empty())
            text += QStringLiteral("  %1:\n").arg(QLatin1String(title));
        for (const auto &[key, count] : map)
            text += QStringLiteral("    %1: %2\n").arg(key).arg(count);
    };
    list("Retries by reason", m_retriesByReason);
    list("Failures by provider", m_providerFailures);
    return text;
}

} // namespace retryscope
