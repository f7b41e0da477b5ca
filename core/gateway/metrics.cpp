// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/metrics.h"

#include <algorithm>

namespace retryscope {
namespace {

using enum MetricKind;

constexpr MetricLabel simulatedLabel{"simulated", "retryscope.simulated"}, providerLabel{"provider", "retryscope.endpoint"},
    modelLabel{"model", "gen_ai.request.model"}, reasonLabel{"reason", "retryscope.retry.reason"};
constexpr MetricLabel ofBuild[] = {{"version", "retryscope.version"}, {"qt", "retryscope.qt"}};
constexpr MetricLabel ofCall[] = {{"outcome", "retryscope.outcome"}, simulatedLabel};
constexpr MetricLabel ofAttempt[] = {providerLabel, modelLabel, {"result", "retryscope.result"}, {"error_type", "error.type"},
                                     simulatedLabel};
constexpr MetricLabel ofRetry[] = {providerLabel, reasonLabel, simulatedLabel};
constexpr MetricLabel ofDelay[] = {providerLabel, reasonLabel, {"source", "retryscope.delay.source"}};
constexpr MetricLabel ofFailover[] = {{"from", "retryscope.failover.from"}, {"to", "retryscope.failover.to"}, reasonLabel};
constexpr MetricLabel ofTransition[] = {providerLabel, {"from", "retryscope.circuit.from"}, {"to", "retryscope.circuit.to"}};
constexpr MetricLabel ofModel[] = {providerLabel, modelLabel, simulatedLabel};
constexpr MetricLabel ofTokens[] = {providerLabel, modelLabel, {"type", "gen_ai.token.type"}, simulatedLabel};
constexpr MetricLabel ofState[] = {providerLabel, {"state", "retryscope.circuit.state"}};
constexpr MetricLabel ofProvider[] = {providerLabel};

constexpr MetricFamily build{"retryscope_build_info", "retryscope.build.info", "", Gauge, "The version that runs.", ofBuild},
    requests{"retryscope_gateway_requests_active", "retryscope.gateway.requests.active", "{request}", UpDown,
             "Requests of programs that are being answered.", {}},
    active{"retryscope_requests_active", "retryscope.requests.active", "{request}", UpDown, "Attempts that run.", ofProvider},
    circuit{"retryscope_circuit_state", "retryscope.circuit.state", "", Gauge,
            "1 for the state that the provider's own circuit is in.", ofState},
    health{"retryscope_provider_health", "retryscope.provider.health", "", Gauge,
           "1 well, 0.5 slow or failing, 0 down; absent while nothing is known.", ofProvider},
    budget{"retryscope_retry_budget_remaining_ratio", "retryscope.retry.budget.remaining", "1", Gauge,
           "What is left of the retry budget, which all providers share: 1 is all of it.", {}},
    dropped{"retryscope_events_dropped_total", "retryscope.events.dropped", "{event}", Counter,
            "Spans, log records, notices of incidents and lines of the access log that could not be handed over.", {}},
    calls{"retryscope_calls_total", "retryscope.calls", "{call}", Counter, "Calls that ended, by how.", ofCall},
    repeats{"retryscope_caller_repeats_total", "retryscope.caller.repeats", "{call}", Counter,
            "Calls that a program's own SDK sent again.", {}},
    attempts{"retryscope_attempts_total", "retryscope.attempts", "{attempt}", Counter, "Attempts that ended.", ofAttempt},
    retries{"retryscope_retries_total", "retryscope.retries", "{retry}", Counter,
            "Attempts that repeat one on the same provider.", ofRetry},
    failovers{"retryscope_failovers_total", "retryscope.failovers", "{failover}", Counter,
              "Attempts that went on to another provider.", ofFailover},
    transitions{"retryscope_circuit_transitions_total", "retryscope.circuit.transitions", "{transition}", Counter,
                "Changes of a provider's circuit.", ofTransition},
    cost{"retryscope_cost_usd_total", "retryscope.cost.usd", "{USD}", Counter, "Known costs of attempts, in US dollars.", ofModel},
    tokens{"retryscope_tokens_total", "retryscope.tokens", "{token}", Counter,
           "Tokens that went in and out, where the provider told.", ofTokens},
    callTime{"retryscope_call_duration_seconds", "retryscope.call.duration", "s", Histogram,
             "From the request to the end of its answer.", ofCall},
    attemptTime{"gen_ai_client_operation_duration_seconds", "gen_ai.client.operation.duration", "s", Histogram, "Of an attempt.",
                ofAttempt},
    firstToken{"gen_ai_client_operation_time_to_first_chunk_seconds", "gen_ai.client.operation.time_to_first_chunk", "s",
               Histogram, "Of an attempt, until its first output.", ofModel},
    tokenUsage{"gen_ai_client_token_usage", "gen_ai.client.token.usage", "{token}", Histogram, "Tokens of an attempt.", ofTokens,
               {1.0, 4.0}},
    delays{"retryscope_retry_delay_seconds", "retryscope.retry.delay", "s", Histogram, "Waits before an attempt.", ofDelay};

QByteArray simulatedValue(bool simulated) { return simulated ? "true" : "false"; }
QByteArray resultOf(RetryReason reason)
{
    return reason == RetryReason::None ? "ok" : reason == RetryReason::Cancelled ? "cancelled" : "failed";
}

/// A name is whatever a program wrote.
constexpr qsizetype longestLabel = 200;

MetricSeries one(const MetricFamily &family, double value, const QByteArrayList &labels = {}) { return {&family, {{labels, value, {}}}}; }

MetricSeries listed(const MetricFamily &family, const std::map<QByteArrayList, double> &series)
{
    MetricSeries all{&family, {}};
    for (const auto &[labels, value] : series)
        all.points.push_back({labels, value, {}});
    return all;
}

MetricSeries listed(const MetricFamily &family, const std::map<QByteArrayList, MetricHistogram> &series)
{
    MetricSeries all{&family, {}};
    for (const auto &[labels, histogram] : series)
        all.points.push_back({labels, 0.0, histogram});
    return all;
}

/// 1 well, 0.5 slow, failing or being probed, 0 down or isolated; none while nothing is known.
std::optional<double> healthOf(ProviderState state)
{
    switch (state) {
    case ProviderState::Unproven: return std::nullopt;
    case ProviderState::Well: return 1.0;
    case ProviderState::Slow:
    case ProviderState::Failing:
    case ProviderState::Probing: return 0.5;
    case ProviderState::Down:
    case ProviderState::Isolated: break;
    }
    return 0.0;
}

CircuitState ownCircuit(const ProviderReport &provider)
{
    CircuitState state = CircuitState::Closed;
    for (const CircuitReport &report : provider.circuits)
        state = report.scope == Scope::Provider ? report.state : state;
    return state;
}

void addPresent(MetricSet *set, const HealthSnapshot &judged, const MetricsNow &now)
{
    set->push_back(one(build, 1.0, {RETRYSCOPE_VERSION, QT_VERSION_STR}));
    set->push_back(one(requests, now.requests));
    set->push_back(one(budget, now.retryBudgetLeft));
    set->push_back(one(dropped, double(now.dropped)));
    MetricSeries running{&active, {}}, circuits{&circuit, {}}, states{&health, {}};
    for (const ProviderReport &p : judged.providers) {
        running.points.push_back({{p.id.toUtf8()}, double(p.inFlight), {}});
        for (const CircuitState each :
             {CircuitState::Closed, CircuitState::Open, CircuitState::HalfOpen, CircuitState::Isolated})
            circuits.points.push_back({{p.id.toUtf8(), toKey(each).toUtf8()}, each == ownCircuit(p) ? 1.0 : 0.0, {}});
        if (const auto value = healthOf(p.state))
            states.points.push_back({{p.id.toUtf8()}, *value, {}});
    }
    set->push_back(running);
    set->push_back(circuits);
    set->push_back(states);
}

} // namespace

template <typename Value> Value &Metrics::at(Series<Value> &series, const Labels &labels)
{
    if (series.size() < maxSeries || series.contains(labels))
        return series[labels];
    return series[Labels(labels.size(), "(other)")];
}

void Metrics::onAttempt(const Event &e)
{
    const QByteArray provider = e.provider.toUtf8(), model = e.model.left(longestLabel).toUtf8(),
                     simulated = simulatedValue(e.simulated);
    const QByteArray error = e.reason == RetryReason::None ? QByteArray() : toKey(e.reason).toUtf8();
    ++at(m_attempts, {provider, model, resultOf(e.reason), error, simulated});
    at(m_attemptTime, {provider, model, resultOf(e.reason), error, simulated}).add(toSeconds(e.duration), attemptTime.bounds);
    if (e.firstToken)
        at(m_firstToken, {provider, model, simulated}).add(toSeconds(*e.firstToken), firstToken.bounds);
    for (const auto &[type, count] : {std::pair("input", e.tokensIn), std::pair("output", e.tokensOut)}) {
        if (!count)
            continue;
        at(m_tokens, {provider, model, type, simulated}) += std::max(0, *count);
        at(m_tokenUsage, {provider, model, type, simulated}).add(std::max(0, *count), tokenUsage.bounds);
    }
    if (e.costUsd)
        at(m_cost, {provider, model, simulated}) += *e.costUsd;
}

void Metrics::onEvent(const Event &e)
{
    const QByteArray provider = e.provider.toUtf8(), reason = toKey(e.reason).toUtf8();
    switch (e.kind) {
    case EventKind::CallFinished:
        ++at(m_calls, {toKey(e.outcome).toUtf8(), simulatedValue(e.simulated)});
        return at(m_callTime, {toKey(e.outcome).toUtf8(), simulatedValue(e.simulated)}).add(toSeconds(e.duration), callTime.bounds);
    case EventKind::CallSubmitted: m_callerRepeats += e.callerRepeat > 0; return;
    case EventKind::AttemptFinished: return onAttempt(e);
    case EventKind::AttemptStarted:
        if (e.reason != RetryReason::None)
            ++at(m_retries, {provider, reason, simulatedValue(e.simulated)});
        return;
    case EventKind::RetryScheduled:
        return at(m_delays, {provider, reason, toKey(e.delaySource).toUtf8()}).add(toSeconds(e.delay), delays.bounds);
    case EventKind::FailedOver: ++at(m_failovers, {provider, e.toProvider.toUtf8(), reason}); return;
    case EventKind::CircuitChanged:
        if (e.scope == Scope::Provider)
            ++at(m_transitions, {provider, toKey(e.circuitFrom).toUtf8(), toKey(e.circuitTo).toUtf8()});
        return;
    default: return;
    }
}

MetricSet Metrics::set(const HealthSnapshot &judged, const MetricsNow &now) const
{
    MetricSet set;
    addPresent(&set, judged, now);
    set.push_back(listed(calls, m_calls));
    set.push_back(one(repeats, m_callerRepeats));
    for (const auto &[family, series] : {std::pair(&attempts, &m_attempts), std::pair(&retries, &m_retries),
                                         std::pair(&failovers, &m_failovers), std::pair(&transitions, &m_transitions),
                                         std::pair(&cost, &m_cost), std::pair(&tokens, &m_tokens)})
        set.push_back(listed(*family, *series));
    for (const auto &[family, series] : {std::pair(&callTime, &m_callTime), std::pair(&attemptTime, &m_attemptTime),
                                         std::pair(&firstToken, &m_firstToken), std::pair(&tokenUsage, &m_tokenUsage),
                                         std::pair(&delays, &m_delays)})
        set.push_back(listed(*family, *series));
    return set;
}

} // namespace retryscope
