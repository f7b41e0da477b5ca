// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "policy/circuitbreaker.h"

#include <algorithm>
#include <cmath>

namespace retryscope {
namespace {

// Sequential likelihood ratio: healthy fails 2 % of calls, broken 50 %; false alarms 1e-4, misses 1e-2.
const double failureStep = std::log(0.5 / 0.02);
const double successStep = std::log(0.5 / 0.98);
const double openingThreshold = std::log((1.0 - 0.01) / 1e-4);

} // namespace

QString toKey(CircuitState state)
{
    static constexpr std::array keys{"closed", "open", "half_open", "isolated"};
    return QString::fromLatin1(keys[std::size_t(state)]);
}

CircuitTransition CircuitBreaker::moveTo(CircuitState to, SteadyTime now, Duration openFor, const QString &why)
{
    const CircuitTransition transition{m_state, to, openFor, why};
    m_state = to;
    m_probeOut = false;
    ++m_generation; // permits given before belong to another life
    if (to == CircuitState::Open)
        m_openUntil = now + openFor;
    if (to == CircuitState::Closed) {
        m_samples.clear();
        m_likelihood = 0.0;
        m_reopened = 0;
    }
    return transition;
}

std::optional<Permit> CircuitBreaker::acquire(SteadyTime now, std::optional<CircuitTransition> *change)
{
    if (m_state == CircuitState::Closed)
        return Permit{m_generation, false};
    if (!wouldAllow(now))
        return std::nullopt;
    if (m_state == CircuitState::Open) {
        const auto transition = moveTo(CircuitState::HalfOpen, now, {}, QStringLiteral("open time is over, one probe"));
        if (change)
            *change = transition;
    }
    m_probeOut = true;
    return Permit{m_generation, true};
}

bool CircuitBreaker::wouldAllow(SteadyTime now) const
{
    switch (m_state) {
    case CircuitState::Closed: return true;
    case CircuitState::Open: return now >= m_openUntil;
    case CircuitState::HalfOpen: return !m_probeOut;
    case CircuitState::Isolated: return false;
    }
    return false;
}

std::optional<CircuitTransition> CircuitBreaker::record(Permit permit, HealthSignal signal, SteadyTime now)
{
    if (permit.generation != m_generation)
        return std::nullopt;
    if (m_state == CircuitState::HalfOpen) {
        m_probeOut = false;
        if (signal == HealthSignal::Ignored)
            return std::nullopt; // says nothing: the next caller probes
        if (signal == HealthSignal::Success)
            return moveTo(CircuitState::Closed, now, {}, QStringLiteral("the probe succeeded"));
        ++m_reopened;
        const double grown = toSeconds(m_config.circuitOpenTime) * std::pow(2.0, std::min(m_reopened, 30));
        return moveTo(CircuitState::Open, now, std::min(m_config.circuitMaxOpenTime, fromSeconds(grown)),
                      QStringLiteral("the probe failed"));
    }
    if (m_state != CircuitState::Closed || signal == HealthSignal::Ignored)
        return std::nullopt;
    const bool failed = signal == HealthSignal::Failure;
    m_likelihood = std::max(0.0, m_likelihood + (failed ? failureStep : successStep));
    m_samples.push_back({now, failed});
    while (!m_samples.empty() && (now - m_samples.front().at > m_config.circuitWindow || m_samples.size() > 10'000))
        m_samples.pop_front();
    if (!failed || !shouldOpen())
        return std::nullopt;
    return moveTo(CircuitState::Open, now, m_config.circuitOpenTime, QStringLiteral("too many failures"));
}

bool CircuitBreaker::shouldOpen() const
{
    if (m_likelihood >= openingThreshold)
        return true;
    const auto calls = std::ptrdiff_t(m_samples.size());
    const auto failures = std::count_if(m_samples.begin(), m_samples.end(), [](const Sample &s) { return s.failed; });
    return calls >= m_config.circuitMinCalls && double(failures) >= m_config.circuitFailureRatio * double(calls);
}

std::optional<CircuitTransition> CircuitBreaker::blockUntil(SteadyTime until, SteadyTime now, const QString &why)
{
    if (m_state == CircuitState::Isolated || (m_state == CircuitState::Open && m_openUntil >= until))
        return std::nullopt;
    return moveTo(CircuitState::Open, now, until - now, why);
}

std::optional<CircuitTransition> CircuitBreaker::isolate()
{
    if (m_state == CircuitState::Isolated)
        return std::nullopt;
    return moveTo(CircuitState::Isolated, {}, {}, QStringLiteral("isolated by hand"));
}

std::optional<CircuitTransition> CircuitBreaker::release()
{
    if (m_state == CircuitState::Closed)
        return std::nullopt;
    return moveTo(CircuitState::Closed, {}, {}, QStringLiteral("released by hand"));
}

std::optional<SteadyTime> CircuitBreaker::probeAt() const
{
    return m_state == CircuitState::Open ? std::optional(m_openUntil) : std::nullopt;
}

} // namespace retryscope
