// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "policy/circuitbreaker.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace retryscope {
namespace {

// Sequential likelihood ratio: healthy fails 2 % of calls, broken 50 %; false alarms 1e-4, misses 1e-2.
const double failureStep = std::log(0.5 / 0.02);
const double successStep = std::log(0.5 / 0.98);
const double openingThreshold = std::log((1.0 - 0.01) / 1e-4);

} // namespace

std::string_view keyOf(CircuitState state)
{
    static constexpr std::array keys{"closed", "open", "half_open", "isolated"};
    return keys[std::size_t(state)];
}

int severity(CircuitState state)
{
    static constexpr std::array order{0, 2, 1, 3}; // by Closed, Open, HalfOpen, Isolated
    return order[std::size_t(state)];
}

void SlidingCounts::turnTo(SteadyTime now, Duration window)
{
    const Duration each = std::max<Duration>(1ms, window / sliceCount);
    const std::int64_t index = now.time_since_epoch() / each;
    const bool isNext = index == m_index + 1 && window == m_window;
    m_index = index;
    m_window = window;
    m_begins = SteadyTime(index * each);
    m_ends = m_begins + each;
    m_current = std::size_t(index % sliceCount);
    Slice &current = m_slices[m_current];
    if (current.index != index) {
        if (isNext && current.index >= index - sliceCount) { // what leaves the window lies where the next slice does
            m_all -= current.all;
            m_bad -= current.bad;
        }
        current = {index};
    }
    if (!isNext)
        sum();
}

void SlidingCounts::sum()
{
    m_all = m_bad = 0;
    for (const Slice &slice : m_slices) {
        if (slice.index > m_index - sliceCount) {
            m_all += slice.all;
            m_bad += slice.bad;
        }
    }
}

CircuitTransition CircuitBreaker::moveTo(CircuitState to, SteadyTime now, Duration openFor, std::string_view why)
{
    const CircuitTransition transition{m_state, to, openFor, std::string(why)};
    m_state = to;
    m_probeOut = false;
    m_suspected = false;
    ++m_generation; // permits given before belong to another life
    if (to == CircuitState::Open) {
        m_openSince = now;
        m_openUntil = now + openFor;
    }
    if (to == CircuitState::Closed) {
        m_counts = {};
        m_likelihood = 0.0;
        m_reopened = 0;
    }
    if (to == CircuitState::Closed || to == CircuitState::Isolated) {
        m_reason = RetryReason::None;
        m_blocked = false;
    }
    return transition;
}

std::optional<Permit> CircuitBreaker::probe(SteadyTime now, std::optional<CircuitTransition> *change,
                                            std::string_view why)
{
    if (m_state == CircuitState::Open) {
        const auto transition = moveTo(CircuitState::HalfOpen, now, {}, why);
        if (change)
            *change = transition;
    }
    m_probeOut = true;
    return Permit{m_generation, true};
}

std::optional<Permit> CircuitBreaker::acquireShut(SteadyTime now, std::optional<CircuitTransition> *change)
{
    return wouldAllow(now) ? probe(now, change, "open time is over, one probe") : std::nullopt;
}

std::optional<Permit> CircuitBreaker::acquireProbe(SteadyTime now, std::optional<CircuitTransition> *change)
{
    const bool open = m_state == CircuitState::Open || (m_state == CircuitState::HalfOpen && !m_probeOut);
    return open && !m_blocked ? probe(now, change, "an active probe") : std::nullopt;
}

std::optional<Permit> CircuitBreaker::acquireByHand(SteadyTime now, std::optional<CircuitTransition> *change)
{
    if (m_state == CircuitState::Closed)
        return Permit{m_generation, false};
    const bool free = m_state == CircuitState::Open || (m_state == CircuitState::HalfOpen && !m_probeOut);
    return free ? probe(now, change, "tried by hand before its time") : std::nullopt;
}

std::optional<CircuitTransition> CircuitBreaker::letOneTry(SteadyTime now, std::string_view why)
{
    return m_state == CircuitState::Open && !m_blocked ? std::optional(moveTo(CircuitState::HalfOpen, now, {}, why))
                                                       : std::nullopt;
}

void CircuitBreaker::keepOpenUntil(SteadyTime until)
{
    if (m_state == CircuitState::Open && !m_blocked)
        m_openUntil = std::max(m_openUntil, until);
}

bool CircuitBreaker::wouldAllowShut(SteadyTime now) const
{
    switch (m_state) {
    case CircuitState::Closed: return true;
    case CircuitState::Open: return now >= m_openUntil;
    case CircuitState::HalfOpen: return !m_probeOut;
    case CircuitState::Isolated: return false;
    }
    return false;
}

std::optional<CircuitTransition> CircuitBreaker::recordNews(Permit permit, HealthSignal signal, SteadyTime now,
                                                            RetryReason reason)
{
    if (permit.generation != m_generation)
        return std::nullopt;
    if (m_state == CircuitState::HalfOpen) {
        m_probeOut = false;
        if (signal == HealthSignal::Ignored)
            return std::nullopt; // says nothing: the next caller probes
        if (signal == HealthSignal::Success) {
            m_proven = now;
            return moveTo(CircuitState::Closed, now, {}, "the probe succeeded");
        }
        ++m_reopened;
        m_reason = reason;
        m_blocked = false;
        const double grown = toSeconds(m_config->circuitOpenTime) * std::pow(2.0, std::min(m_reopened, 30));
        return moveTo(CircuitState::Open, now, std::min(m_config->circuitMaxOpenTime, fromSeconds(grown)),
                      "the probe failed");
    }
    if (m_state != CircuitState::Closed || signal == HealthSignal::Ignored)
        return std::nullopt;
    const bool failed = signal == HealthSignal::Failure;
    m_likelihood = std::max(0.0, m_likelihood + (failed ? failureStep : successStep));
    m_counts.add(failed, now, m_config->circuitWindow);
    if (!failed || !shouldOpen())
        return std::nullopt;
    m_reason = reason;
    return moveTo(CircuitState::Open, now, m_config->circuitOpenTime, "too many failures");
}

/// After one was counted.
bool CircuitBreaker::shouldOpen() const
{
    return m_likelihood >= openingThreshold
           || (m_counts.all() >= std::uint64_t(m_config->circuitMinCalls)
               && double(m_counts.bad()) >= m_config->circuitFailureRatio * double(m_counts.all()));
}

std::optional<CircuitTransition> CircuitBreaker::blockUntil(SteadyTime until, SteadyTime now, RetryReason reason,
                                                            std::string_view why)
{
    if (until <= now || m_state == CircuitState::Isolated
        || (m_state == CircuitState::Open && m_blocked && m_openUntil >= until))
        return std::nullopt;
    const SteadyTime end = m_state == CircuitState::Open ? std::max(until, m_openUntil) : until;
    m_reason = reason;
    m_blocked = true;
    return moveTo(CircuitState::Open, now, end - now, why);
}

std::optional<CircuitTransition> CircuitBreaker::suspect(SteadyTime now, RetryReason reason, std::string_view why)
{
    if (m_state != CircuitState::Closed || (m_proven && now - *m_proven < m_config->circuitOpenTime))
        return std::nullopt;
    const auto transition = moveTo(CircuitState::HalfOpen, now, {}, why);
    m_reason = reason;
    m_suspected = true;
    return transition;
}

std::optional<CircuitTransition> CircuitBreaker::trust(std::string_view why)
{
    return m_suspected && !m_probeOut ? std::optional(moveTo(CircuitState::Closed, {}, {}, why)) : std::nullopt;
}

std::optional<CircuitTransition> CircuitBreaker::isolate(std::string_view why)
{
    if (m_state == CircuitState::Isolated)
        return std::nullopt;
    return moveTo(CircuitState::Isolated, {}, {}, why);
}

std::optional<CircuitTransition> CircuitBreaker::release(std::string_view why)
{
    if (m_state == CircuitState::Closed)
        return std::nullopt;
    return moveTo(CircuitState::Closed, {}, {}, why);
}

std::optional<SteadyTime> CircuitBreaker::probeAt() const
{
    return m_state == CircuitState::Open ? std::optional(m_openUntil) : std::nullopt;
}

std::optional<bool> SlownessMeter::record(Duration latency, SteadyTime now)
{
    if (m_config->slowAfter <= 0s)
        return std::exchange(m_degraded, false) ? std::optional(false) : std::nullopt;
    m_counts.add(latency > m_config->slowAfter, now, m_config->circuitWindow);
    const std::uint64_t answers = m_counts.all(), slow = m_counts.bad();
    const bool degraded =
        answers >= minAnswers ? double(slow) >= m_config->slowRatio * double(answers) : m_degraded && slow > 0;
    return std::exchange(m_degraded, degraded) == degraded ? std::nullopt : std::optional(degraded);
}

} // namespace retryscope
