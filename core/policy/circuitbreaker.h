// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "policy/retryconfig.h"

#include <QMetaType>

#include <deque>
#include <optional>

namespace retryscope {

enum class CircuitState : quint8 { Closed, Open, HalfOpen, Isolated };
QString toKey(CircuitState state);

struct CircuitTransition
{
    CircuitState from = CircuitState::Closed;
    CircuitState to = CircuitState::Closed;
    Duration openFor{}; ///< when `to` is Open
    QString why;
    bool operator==(const CircuitTransition &) const = default;
};

/// Leave to make one attempt. A permit of an older generation changes nothing when it is returned.
struct Permit
{
    quint64 generation = 0;
    bool probe = false;
};

/// Decides whether a provider may be asked. Two rules open it: the failure ratio over a window with enough calls,
/// and a sequential likelihood test that also works at a few calls a minute. Exactly one probe in HalfOpen;
/// each failed probe doubles the open time up to the bound.
class CircuitBreaker
{
public:
    explicit CircuitBreaker(const RetryConfig &config) : m_config(config) {}

    /// A permit, or none. May turn Open into HalfOpen (reported through `change`).
    std::optional<Permit> acquire(SteadyTime now, std::optional<CircuitTransition> *change = nullptr);
    /// Returns a permit with what its attempt said about the provider.
    std::optional<CircuitTransition> record(Permit permit, HealthSignal signal, SteadyTime now);
    /// A server's word that nothing will be served before `until` (long hint, used-up quota).
    std::optional<CircuitTransition> blockUntil(SteadyTime until, SteadyTime now, const QString &why);

    std::optional<CircuitTransition> isolate();
    std::optional<CircuitTransition> release();

    CircuitState state() const { return m_state; }
    /// When an Open circuit allows its probe; none in other states.
    std::optional<SteadyTime> probeAt() const;
    bool wouldAllow(SteadyTime now) const;
    void setConfig(const RetryConfig &config) { m_config = config; }

private:
    CircuitTransition moveTo(CircuitState to, SteadyTime now, Duration openFor, const QString &why);
    bool shouldOpen() const;

    struct Sample { SteadyTime at; bool failed; };
    RetryConfig m_config;
    CircuitState m_state = CircuitState::Closed;
    quint64 m_generation = 1;
    bool m_probeOut = false;
    std::deque<Sample> m_samples;
    double m_likelihood = 0.0;
    int m_reopened = 0;
    SteadyTime m_openUntil{};
};

} // namespace retryscope
Q_DECLARE_METATYPE(retryscope::CircuitState)
