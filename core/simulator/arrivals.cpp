// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "simulator/arrivals.h"

#include "simulator/keyedrandom.h"

#include <boost/math/special_functions/gamma.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace retryscope {
namespace {

constexpr double daySeconds = 86'400.0, wave = 0.8; // of the mean rate, up and down
constexpr quint64 ofTheStart = ~quint64(0); // a key of no gap and no spell

} // namespace

/// In seconds, at the mean rate of calls.
double Arrivals::gap()
{
    const DrawKey key{m_seed, Purpose::Arrival, m_n++, 0};
    const double mean = m_workload.callsATask() / m_workload.perSecond;
    if (m_workload.kind != Workload::Kind::Renewal)
        return mean * exponentialAt(key);
    const double shape = 1.0 / (m_workload.cv * m_workload.cv);
    const double u = std::clamp(uniformAt(key), 1e-12, 1.0 - 1e-12);
    return boost::math::gamma_p_inv(shape, u) * mean / shape;
}

/// What is left of the gap that the day begins in: the longer one is, the likelier it is that, and any part of it may be over.
double Arrivals::firstGap()
{
    if (m_workload.kind != Workload::Kind::Renewal)
        return gap(); // what is left of an exponential one is another
    const double mean = m_workload.callsATask() / m_workload.perSecond;
    const double shape = 1.0 / (m_workload.cv * m_workload.cv);
    const double u = std::clamp(uniformAt({m_seed, Purpose::Arrival, m_n, 0}), 1e-12, 1.0 - 1e-12),
                 left = uniformAt({m_seed, Purpose::Arrival, ofTheStart, 0});
    ++m_n;
    return left * boost::math::gamma_p_inv(shape + 1.0, u) * mean / shape;
}

std::optional<Duration> Arrivals::next()
{
    switch (m_workload.kind) {
    case Workload::Kind::Agents: return std::nullopt;
    case Workload::Kind::Trace:
        return m_n < quint64(m_workload.trace.size()) ? std::optional(m_workload.trace[qsizetype(m_n++)].at)
                                                      : std::nullopt;
    case Workload::Kind::Poisson:
    case Workload::Kind::Renewal: m_at += m_n == 0 ? firstGap() : gap(); break;
    case Workload::Kind::Diurnal: { // a gap of the mean rate, stretched to where the wave has let so much through
        double left = gap() * m_workload.perSecond;
        const double step = 1.0;
        for (;;) {
            const double rate =
                m_workload.perSecond * (1.0 - wave * std::cos(2.0 * std::numbers::pi * m_at / daySeconds));
            if (left <= rate * step) {
                m_at += left / rate;
                break;
            }
            left -= rate * step;
            m_at += step;
        }
        break;
    }
    case Workload::Kind::OnOff: {
        const double on = toSeconds(m_workload.on), off = toSeconds(m_workload.off);
        double left = gap() * on / (on + off); // while on, the rate is higher
        while (m_at + left > m_onUntil) {
            left -= std::max(0.0, m_onUntil - m_at);
            ++m_spell;
            const bool beginsOn =
                m_spell == 1 && uniformAt({m_seed, Purpose::Arrival, ofTheStart, 0}) < on / (on + off); // as any moment may
            const double pause = beginsOn ? 0.0 : off * exponentialAt({m_seed, Purpose::Arrival, m_spell, 1});
            m_at = std::max(m_at, m_onUntil) + pause;
            m_onUntil = m_at + on * exponentialAt({m_seed, Purpose::Arrival, m_spell, 2});
        }
        m_at += left;
        break;
    }
    }
    return fromSeconds(m_at);
}

CallLengths lengthsOf(const Workload &workload, quint64 seed, quint64 call)
{
    if (workload.kind == Workload::Kind::Trace && call >= 1 && call <= quint64(workload.trace.size())) {
        const TraceRow &row = workload.trace[qsizetype(call - 1)];
        return {double(row.promptTokens), double(row.answerTokens)};
    }
    const auto drawn = [&](double median, double spread, Purpose purpose) {
        constexpr double most = 1e15; // all of them whole numbers
        const double factor = spread > 0.0 ? std::exp(spread * normalAt({seed, purpose, call, 0})) : 1.0;
        return double(qint64(std::clamp(median * factor, 1.0, most) + 0.5));
    };
    return {drawn(workload.promptMedian, workload.promptSpread, Purpose::Prompt),
            drawn(workload.answerMedian, workload.answerSpread, Purpose::Answer)};
}

std::shared_ptr<const DrawnCalls> DrawnDay::of(const Scenario &scenario, quint64 seed,
                                               const std::function<bool()> &stopped)
{
    constexpr double most = 2e5;
    constexpr std::size_t between =
        1 << 12; // arrivals, from one look at `stopped` to the next: less than a millisecond
    if (scenario.workload.kind == Workload::Kind::Agents || scenario.expectedCalls() > most)
        return nullptr;
    const std::lock_guard lock(m_mutex);
    if (m_calls && m_scenario == &scenario && m_seed == seed)
        return m_calls;
    const auto drawn = std::make_shared<DrawnCalls>();
    Arrivals arrivals(scenario.workload, seed);
    for (auto at = arrivals.next(); at && *at < scenario.length; at = arrivals.next()) {
        if (stopped && drawn->arrivals.size() % between == 0 && stopped())
            return nullptr;
        drawn->arrivals.push_back(*at);
        for (int i = 0; i < scenario.workload.callsATask(); ++i) {
            const quint64 call = drawn->lengths.size() + 1;
            drawn->lengths.push_back(lengthsOf(scenario.workload, seed, call));
            drawn->firstTokens.push_back(firstTokenDraw(seed, call, 1));
        }
    }
    m_scenario = &scenario;
    m_seed = seed;
    return m_calls = drawn;
}

Duration thinkTime(const Workload &workload, quint64 seed, quint64 agent, quint64 turn)
{
    return fromSeconds(toSeconds(workload.think) * exponentialAt({seed, Purpose::Arrival, agent, turn}));
}

} // namespace retryscope
