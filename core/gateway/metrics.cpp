// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/metrics.h"

#include <algorithm>
#include <span>

namespace retryscope {
namespace {

QByteArray simulatedLabel(bool simulated) { return simulated ? "true" : "false"; }
QByteArray resultOf(RetryReason reason)
{
    return reason == RetryReason::None ? "ok" : reason == RetryReason::Cancelled ? "cancelled" : "failed";
}

/// A name is whatever a program wrote.
constexpr qsizetype longestLabel = 200;

QByteArray escaped(QByteArray value)
{
    return value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
}

QByteArray labelled(std::span<const char *const> names, const QByteArrayList &values, const QByteArray &more = {})
{
    QByteArrayList parts;
    for (std::size_t i = 0; i < names.size(); ++i)
        parts << names[i] + QByteArray("=\"") + escaped(values.value(qsizetype(i))) + '"';
    if (!more.isEmpty())
        parts << more;
    return parts.isEmpty() ? QByteArray() : '{' + parts.join(',') + '}';
}

QByteArray number(double value) { return QByteArray::number(value, 'g', 12); }

void head(QByteArray *text, const char *name, const char *type, const char *help)
{
    *text += QByteArray("# HELP ") + name + ' ' + help + "\n# TYPE " + name + ' ' + type + '\n';
}

template <typename Series>
void counters(QByteArray *text, const char *name, const char *help, std::span<const char *const> labels,
              const Series &series)
{
    if (series.empty())
        return;
    head(text, name, "counter", help);
    for (const auto &[values, count] : series)
        *text += name + labelled(labels, values) + ' ' + number(double(count)) + '\n';
}

template <typename Series>
void histograms(QByteArray *text, const char *name, const char *help, std::span<const char *const> labels,
                const Series &series)
{
    if (series.empty())
        return;
    head(text, name, "histogram", help);
    for (const auto &[values, histogram] : series) {
        double bound = 0.01;
        quint64 below = 0;
        for (const quint64 bucket : histogram.buckets) {
            below += bucket;
            *text += QByteArray(name) + "_bucket" + labelled(labels, values, "le=\"" + number(bound) + '"') + ' '
                     + QByteArray::number(below) + '\n';
            bound *= 2;
        }
        *text += QByteArray(name) + "_bucket" + labelled(labels, values, "le=\"+Inf\"") + ' '
                 + QByteArray::number(histogram.count) + '\n' + name + "_sum" + labelled(labels, values) + ' '
                 + number(histogram.sum) + '\n' + name + "_count" + labelled(labels, values) + ' '
                 + QByteArray::number(histogram.count) + '\n';
    }
}

constexpr const char *callLabels[] = {"outcome", "simulated"};
constexpr const char *attemptLabels[] = {"provider", "model", "result", "error_type", "simulated"};
constexpr const char *retryLabels[] = {"provider", "reason", "simulated"};
constexpr const char *delayLabels[] = {"provider", "reason", "source"};
constexpr const char *failoverLabels[] = {"from", "to", "reason"};
constexpr const char *transitionLabels[] = {"provider", "from", "to"};
constexpr const char *modelLabels[] = {"provider", "model", "simulated"};
constexpr const char *tokenLabels[] = {"provider", "model", "type", "simulated"};
constexpr const char *stateLabels[] = {"provider", "state"};
constexpr const char *providerLabels[] = {"provider"};

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

void present(QByteArray *text, const HealthSnapshot &now, int requests)
{
    head(text, "retryscope_build_info", "gauge", "The version that runs.");
    *text += "retryscope_build_info{version=\"" RETRYSCOPE_VERSION "\",qt=\"" QT_VERSION_STR "\"} 1\n";
    head(text, "retryscope_gateway_requests_active", "gauge", "Requests of programs that are being answered.");
    *text += "retryscope_gateway_requests_active " + QByteArray::number(requests) + '\n';
    if (now.providers.empty())
        return;
    head(text, "retryscope_requests_active", "gauge", "Attempts that run.");
    for (const ProviderReport &p : now.providers)
        *text += "retryscope_requests_active" + labelled(providerLabels, {p.id.toUtf8()}) + ' '
                 + QByteArray::number(p.inFlight) + '\n';
    head(text, "retryscope_circuit_state", "gauge", "1 for the state that the provider's own circuit is in.");
    for (const ProviderReport &p : now.providers) {
        CircuitState state = CircuitState::Closed;
        for (const CircuitReport &circuit : p.circuits)
            state = circuit.scope == Scope::Provider ? circuit.state : state;
        for (const CircuitState each :
             {CircuitState::Closed, CircuitState::Open, CircuitState::HalfOpen, CircuitState::Isolated})
            *text += "retryscope_circuit_state" + labelled(stateLabels, {p.id.toUtf8(), toKey(each).toUtf8()})
                     + (each == state ? " 1\n" : " 0\n");
    }
    QByteArray health;
    for (const ProviderReport &p : now.providers) {
        if (const auto value = healthOf(p.state))
            health += "retryscope_provider_health" + labelled(providerLabels, {p.id.toUtf8()}) + ' ' + number(*value) + '\n';
    }
    if (health.isEmpty())
        return;
    head(text, "retryscope_provider_health", "gauge", "1 well, 0.5 slow or failing, 0 down; absent while nothing is known.");
    *text += health;
}

} // namespace

template <typename Value> Value &Metrics::at(Series<Value> &series, const Labels &labels)
{
    if (series.size() < maxSeries || series.contains(labels))
        return series[labels];
    return series[Labels(labels.size(), "(other)")];
}

void Metrics::add(Histogram &histogram, Duration value)
{
    const double seconds = toSeconds(value);
    double bound = 0.01;
    for (quint64 &bucket : histogram.buckets) {
        if (seconds <= bound) {
            ++bucket;
            break;
        }
        bound *= 2;
    }
    ++histogram.count;
    histogram.sum += seconds;
}

void Metrics::onAttempt(const Event &e)
{
    const QByteArray provider = e.provider.toUtf8(), model = e.model.left(longestLabel).toUtf8(), simulated = simulatedLabel(e.simulated);
    const QByteArray error = e.reason == RetryReason::None ? QByteArray() : toKey(e.reason).toUtf8();
    ++at(m_attempts, {provider, model, resultOf(e.reason), error, simulated});
    add(at(m_attemptTime, {provider, model, resultOf(e.reason), error, simulated}), e.duration);
    if (e.firstToken)
        add(at(m_firstToken, {provider, model, simulated}), *e.firstToken);
    if (e.tokensIn)
        at(m_tokens, {provider, model, "input", simulated}) += quint64(std::max(0, *e.tokensIn));
    if (e.tokensOut)
        at(m_tokens, {provider, model, "output", simulated}) += quint64(std::max(0, *e.tokensOut));
    if (e.costUsd)
        at(m_cost, {provider, model, simulated}) += *e.costUsd;
}

void Metrics::onEvent(const Event &e)
{
    const QByteArray provider = e.provider.toUtf8(), reason = toKey(e.reason).toUtf8();
    switch (e.kind) {
    case EventKind::CallFinished:
        ++at(m_calls, {toKey(e.outcome).toUtf8(), simulatedLabel(e.simulated)});
        return add(at(m_callTime, {toKey(e.outcome).toUtf8(), simulatedLabel(e.simulated)}), e.duration);
    case EventKind::CallSubmitted: m_callerRepeats += e.callerRepeat > 0; return;
    case EventKind::AttemptFinished: return onAttempt(e);
    case EventKind::AttemptStarted:
        if (e.reason != RetryReason::None)
            ++at(m_retries, {provider, reason, simulatedLabel(e.simulated)});
        return;
    case EventKind::RetryScheduled:
        return add(at(m_delays, {provider, reason, toKey(e.delaySource).toUtf8()}), e.delay);
    case EventKind::FailedOver: ++at(m_failovers, {provider, e.toProvider.toUtf8(), reason}); return;
    case EventKind::CircuitChanged:
        if (e.scope == Scope::Provider)
            ++at(m_transitions, {provider, toKey(e.circuitFrom).toUtf8(), toKey(e.circuitTo).toUtf8()});
        return;
    default: return;
    }
}

QByteArray Metrics::text(const HealthSnapshot &now, int requests) const
{
    QByteArray text;
    present(&text, now, requests);
    counters(&text, "retryscope_calls_total", "Calls that ended, by how.", callLabels, m_calls);
    head(&text, "retryscope_caller_repeats_total", "counter", "Calls that a program's own SDK sent again.");
    text += "retryscope_caller_repeats_total " + QByteArray::number(m_callerRepeats) + '\n';
    counters(&text, "retryscope_attempts_total", "Attempts that ended.", attemptLabels, m_attempts);
    counters(&text, "retryscope_retries_total", "Attempts that repeat one on the same provider.", retryLabels, m_retries);
    counters(&text, "retryscope_failovers_total", "Attempts that went on to another provider.", failoverLabels,
             m_failovers);
    counters(&text, "retryscope_circuit_transitions_total", "Changes of a provider's circuit.", transitionLabels,
             m_transitions);
    counters(&text, "retryscope_cost_usd_total", "Known costs of attempts, in US dollars.", modelLabels, m_cost);
    counters(&text, "retryscope_tokens_total", "Tokens that went in and out, where the provider told.", tokenLabels,
             m_tokens);
    histograms(&text, "retryscope_call_duration_seconds", "From the request to the end of its answer.", callLabels,
               m_callTime);
    histograms(&text, "gen_ai_client_operation_duration_seconds", "Of an attempt.", attemptLabels, m_attemptTime);
    histograms(&text, "gen_ai_client_operation_time_to_first_chunk_seconds", "Of an attempt, until its first output.",
               modelLabels, m_firstToken);
    histograms(&text, "retryscope_retry_delay_seconds", "Waits before an attempt.", delayLabels, m_delays);
    return text;
}

} // namespace retryscope
