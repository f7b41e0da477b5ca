// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "policy/retryconfig.h"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace retryscope {

enum class CircuitState : std::uint8_t { Closed, Open, HalfOpen, Isolated };
std::string_view keyOf(CircuitState state);
/// Orders by how much it keeps out: closed, half open, open, isolated.
int severity(CircuitState state);

struct CircuitTransition
{
    CircuitState from = CircuitState::Closed;
    CircuitState to = CircuitState::Closed;
    Duration openFor{}; ///< when `to` is Open
    std::string why;
    bool operator==(const CircuitTransition &) const = default;
};

/// Counts what happened within a sliding window, and how much of it was bad. The window moves on in tenths, counted from the
/// clock's zero.
class SlidingCounts
{
public:
    void add(bool bad, SteadyTime now, Duration window)
    {
        if (now < m_begins || now >= m_ends || window != m_window) [[unlikely]]
            turnTo(now, window);
        Slice &slice = m_slices[m_current];
        ++slice.all;
        slice.bad += bad;
        ++m_all;
        m_bad += bad;
    }
    /// As of the last that was added.
    std::uint64_t all() const { return m_all; }
    std::uint64_t bad() const { return m_bad; }

private:
    static constexpr int sliceCount = 10;
    struct Slice
    {
        std::int64_t index = -1;
        std::uint32_t all = 0, bad = 0;
    };
    void turnTo(SteadyTime now, Duration window);
    void sum();

    std::array<Slice, sliceCount> m_slices{};
    std::int64_t m_index = -1; ///< of the current slice
    std::size_t m_current = 0;
    std::uint64_t m_all = 0, m_bad = 0;    ///< of all slices of the window
    SteadyTime m_begins{}, m_ends{}; ///< of the current slice
    Duration m_window{};
};

/// Leave to make one attempt. A permit of an older generation changes nothing when it is returned.
struct Permit
{
    std::uint64_t generation = 0;
    bool probe = false;
};

/// Decides whether one thing (a provider, a model of it, an account) may be asked. Two rules open it: the failure
/// ratio over a window with enough calls, and a sequential likelihood test that also works at a few calls a minute.
/// Exactly one probe in HalfOpen; each failed probe doubles the open time up to the bound. A block (a used-up quota,
/// a long server hint) is an open time of its own that no active probe may shorten.
/// Pure: time comes in, nothing is allocated after construction. Not thread-safe.
class CircuitBreaker
{
public:
    /// `life` tells this circuit from earlier ones of the same name, so that their permits mean nothing here.
    explicit CircuitBreaker(SharedRetryConfig config, std::uint32_t life = 0)
        : m_config(std::move(config)), m_generation(std::uint64_t(life) << 32 | 1)
    {}
    explicit CircuitBreaker(const RetryConfig &config) : CircuitBreaker(std::make_shared<const RetryConfig>(config)) {}

    /// A permit, or none. May turn Open into HalfOpen (reported through `change`).
    std::optional<Permit> acquire(SteadyTime now, std::optional<CircuitTransition> *change = nullptr)
    {
        return m_state == CircuitState::Closed ? permit() : acquireShut(now, change);
    }
    /// That of a Closed one.
    Permit permit() const { return {m_generation, false}; }
    /// A permit for an active probe, whenever the circuit is Open for failures; none while it is blocked,
    /// isolated, closed, or being probed.
    std::optional<Permit> acquireProbe(SteadyTime now, std::optional<CircuitTransition> *change = nullptr);
    /// A permit for the attempt that a person insists on: also before an Open circuit's time, blocked or not; none while it is
    /// isolated or being probed.
    std::optional<Permit> acquireByHand(SteadyTime now, std::optional<CircuitTransition> *change = nullptr);
    /// Returns a permit with what its attempt said about the thing.
    std::optional<CircuitTransition> record(Permit permit, HealthSignal signal, SteadyTime now,
                                            RetryReason reason = RetryReason::None)
    {
        return signal == HealthSignal::Success && countSuccess(permit, now) ? std::nullopt
                                                                            : recordNews(permit, signal, now, reason);
    }
    /// record() of one more success of a healthy one, which changes nothing. False: it is not, and nothing was done.
    bool countSuccess(Permit permit, SteadyTime now)
    {
        if (m_likelihood > 0.0 || m_state != CircuitState::Closed || permit.generation != m_generation)
            return false;
        m_counts.add(false, now, m_config->circuitWindow);
        return true;
    }
    /// Something else than an attempt has shown that failures may be over: the next caller is the one probe.
    std::optional<CircuitTransition> letOneTry(SteadyTime now, std::string_view why);
    /// Something else than an attempt has shown that it is not back: an Open circuit admits no caller before `until`.
    void keepOpenUntil(SteadyTime until);
    /// The server's word, or a used-up quota: nothing will be served before `until`.
    std::optional<CircuitTransition> blockUntil(SteadyTime until, SteadyTime now, RetryReason reason,
                                                std::string_view why);

    /// Somebody else saw it fail: while it is Closed, the next caller is the one probe. None where a probe of our own has
    /// succeeded within the open time: then what others see is not what we see.
    std::optional<CircuitTransition> suspect(SteadyTime now, RetryReason reason, std::string_view why);
    /// That word is over: Closed again, where nobody tries it just now.
    std::optional<CircuitTransition> trust(std::string_view why);

    std::optional<CircuitTransition> isolate(std::string_view why = "isolated by hand");
    std::optional<CircuitTransition> release(std::string_view why = "released by hand");

    CircuitState state() const { return m_state; }
    /// Why it is not closed; None where a person isolated it.
    RetryReason reason() const { return m_reason; }
    /// When an Open circuit allows its probe; none in other states.
    std::optional<SteadyTime> probeAt() const;
    bool wouldAllow(SteadyTime now) const
    {
        if (m_state == CircuitState::Closed) [[likely]]
            return true;
        return wouldAllowShut(now);
    }
    bool blocked() const { return m_blocked; }
    /// HalfOpen on somebody else's word alone.
    bool suspected() const { return m_suspected; }
    /// Since when it has been Open; meaningless in other states.
    SteadyTime openSince() const { return m_openSince; }
    void setConfig(SharedRetryConfig config) { m_config = std::move(config); }

private:
    bool wouldAllowShut(SteadyTime now) const;
    std::optional<CircuitTransition> recordNews(Permit permit, HealthSignal signal, SteadyTime now, RetryReason reason);
    std::optional<Permit> acquireShut(SteadyTime now, std::optional<CircuitTransition> *change);
    CircuitTransition moveTo(CircuitState to, SteadyTime now, Duration openFor, std::string_view why);
    std::optional<Permit> probe(SteadyTime now, std::optional<CircuitTransition> *change, std::string_view why);
    bool shouldOpen() const;

    SharedRetryConfig m_config;
    CircuitState m_state = CircuitState::Closed;
    RetryReason m_reason = RetryReason::None;
    std::uint64_t m_generation;
    bool m_probeOut = false;
    bool m_blocked = false;
    bool m_suspected = false; ///< HalfOpen on somebody else's word
    std::optional<SteadyTime> m_proven; ///< when a probe succeeded last
    SlidingCounts m_counts;             ///< calls; bad: failures
    double m_likelihood = 0.0;
    int m_reopened = 0;
    SteadyTime m_openSince{}, m_openUntil{};
};

/// Tells a slow provider from a broken one: degraded while the share of slow answers in the window is too high.
class SlownessMeter
{
public:
    /// Fewer answers than this in a window say nothing.
    static constexpr int minAnswers = 5;

    explicit SlownessMeter(SharedRetryConfig config) : m_config(std::move(config)) {}
    explicit SlownessMeter(const RetryConfig &config) : SlownessMeter(std::make_shared<const RetryConfig>(config)) {}
    /// The first token, or the whole answer where it was not streamed. The new state when it changed.
    std::optional<bool> record(Duration latency, SteadyTime now);
    bool degraded() const { return m_degraded; }
    void setConfig(SharedRetryConfig config) { m_config = std::move(config); }

private:
    SharedRetryConfig m_config;
    SlidingCounts m_counts; ///< answers; bad: slow
    bool m_degraded = false;
};

} // namespace retryscope
