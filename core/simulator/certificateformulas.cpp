// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
// What a certificate says without playing.
#include "simulator/certificate.h"

#include <algorithm>
#include <cmath>

namespace retryscope {
namespace {

constexpr double budgetMinute = 60.0;
constexpr const char *boundKeys[] = {"machines", "slots", "attempts", "budget", "short_stall", "herd"};

/// Load and service as flows instead of single calls: how long an attempt that is sent now would wait, while each that
/// waits beyond patience is sent again, as often and as far as the budget goes.
class StallFlow
{
public:
    StallFlow(const CertificateQuestion &question, const CertificateFormulas &f, double load, double stall)
        : m_step(toSeconds(f.patience) / stepsAPatience), m_stall(stall)
    {
        const RetryConfig &c = *question.policy.config;
        const double tokens = std::max<double>(c.retryBudgetFloor, 1.0);
        const double refill = c.retryBudgetRatio * load + c.retryBudgetFloor / budgetMinute;
        std::vector<std::vector<double>> sent(std::size_t(f.attempts)); // by attempt, then by step
        const double servers = f.carried * toSeconds(question.capacity.service);
        double budget = tokens, there = 0, wait = stall, gap = 0;
        m_waits.push_back(wait);
        std::vector<std::size_t> delays{0};
        for (int k = 1; k < f.attempts; ++k) {
            gap = std::min(toSeconds(c.maxDelay), toSeconds(c.baseDelay) * std::pow(c.exponentialBase, k - 1));
            delays.push_back(std::size_t((toSeconds(f.patience) + gap) / m_step));
        }
        const std::size_t steps = std::size_t((stall + patiences * toSeconds(f.patience)) / m_step);
        for (std::size_t n = 0; n < steps && n < mostSteps; ++n) {
            double all = load;
            sent[0].push_back(load);
            budget = std::min(tokens, budget + refill * m_step);
            for (std::size_t k = 1; k < sent.size(); ++k) {
                const bool late = n >= delays[k] && m_waits[n - delays[k]] > toSeconds(f.patience);
                const double again = late ? std::min(sent[k - 1][n - delays[k]], budget / m_step) : 0.0;
                budget -= again * m_step;
                sent[k].push_back(again);
                all += again;
            }
            const double left = stall - double(n + 1) * m_step; // of the stall
            there = std::max(0.0, there + (left > 0.0 ? all : all - f.capacity) * m_step);
            wait = std::max(0.0, left) + std::max(0.0, there - servers) / f.capacity;
            m_waits.push_back(wait);
        }
        m_collapsed = wait > toSeconds(f.patience) && load * f.attempts > f.capacity;
    }
    bool collapsed() const { return m_collapsed; }
    /// s from the stall's end until all that is there can be worked on at once; none: it is not in sight.
    std::optional<double> recovery() const
    {
        for (std::size_t n = std::size_t(m_stall / m_step); n < m_waits.size(); ++n) {
            if (m_waits[n] <= 0.0)
                return double(n) * m_step - m_stall;
        }
        return std::nullopt;
    }

private:
    static constexpr double stepsAPatience = 50, patiences = 60;
    static constexpr std::size_t mostSteps = 200'000;
    double m_step, m_stall;
    std::vector<double> m_waits;
    bool m_collapsed = false;
};

/// The smallest for which it holds, where it holds for `highest`.
template <typename Holds> double smallest(double highest, Holds &&holds)
{
    constexpr int halvings = 24;
    double lowest = 0;
    for (int i = 0; i < halvings; ++i) {
        const double middle = (lowest + highest) / 2;
        (holds(middle) ? highest : lowest) = middle;
    }
    return highest;
}

/// Attempts a call while all are too late.
double amplification(const CertificateQuestion &question, const CertificateFormulas &f, double load)
{
    const RetryConfig &c = *question.policy.config;
    const double allowed = c.retryBudgetRatio + c.retryBudgetFloor / budgetMinute / std::max(load, 1e-9);
    return 1.0 + std::min(double(f.attempts - 1), allowed);
}

/// Where silence is repeated: the largest load whose storm would end.
void stormLoad(const CertificateQuestion &question, CertificateFormulas *f)
{
    const RetryConfig &c = *question.policy.config;
    const double byAttempts = f->capacity / f->attempts;
    const double byBudget = (f->capacity - c.retryBudgetFloor / budgetMinute) / (1.0 + c.retryBudgetRatio);
    const double stall = toSeconds(question.stall);
    const double byStall =
        smallest(f->carried, [&](double load) { return StallFlow(question, *f, load, stall).collapsed(); });
    const double safe = std::max({byAttempts, byBudget, byStall});
    constexpr double more = 1.01; // than what bounds it without an end to the stall
    f->bound = safe > more * std::max(byAttempts, byBudget) ? LoadBound::ShortStall
               : byBudget > byAttempts                      ? LoadBound::Budget
                                                            : LoadBound::Attempts;
    if (safe < f->carried)
        f->safeLoad = safe;
    else
        f->bound = *f->safeLoad < f->capacity ? LoadBound::Slots : LoadBound::Machines;
}

} // namespace

QString toKey(LoadBound bound) { return QLatin1String(boundKeys[int(bound)]); }

CertificateFormulas formulasFor(const CertificateQuestion &question)
{
    const RetryConfig &c = *question.policy.config;
    CertificateFormulas f;
    f.capacity = question.capacity.perSecond();
    const int servers = std::min(question.capacity.machines, c.maxConcurrent);
    f.carried = servers / toSeconds(question.capacity.service);
    f.patience = std::min(question.policy.chain.front().attemptTimeout.value_or(c.attemptTimeout), c.deadline);
    const double fits = std::floor(toSeconds(c.deadline - c.minAttemptTime) / toSeconds(f.patience)) + 1.0;
    if (question.policy.plain)
        f.attempts = int(std::clamp(fits, 1.0, double(c.maxAttempts)));
    f.stormFree = c.maxConcurrent <= f.capacity * toSeconds(f.patience);
    f.bound = servers < question.capacity.machines ? LoadBound::Slots : LoadBound::Machines;
    f.safeLoad = f.carried;
    if (f.stormFree || question.stall <= f.patience)
        return f;
    if (question.policy.plain)
        stormLoad(question, &f);
    else {
        f.bound = LoadBound::Herd;
        f.safeLoad.reset();
    }
    return f;
}

FormulaTime triggerByFormula(const CertificateQuestion &question, double load)
{
    const CertificateFormulas f = formulasFor(question);
    if (load >= f.carried)
        return {FormulaTime::Kind::Known, 0};
    if (f.stormFree || question.stall <= f.patience)
        return {FormulaTime::Kind::Never, 0};
    if (!question.policy.plain)
        return {FormulaTime::Kind::NoFormula, 0};
    const double longest = toSeconds(question.stall);
    const auto collapses = [&](double stall) { return StallFlow(question, f, load, stall).collapsed(); };
    if (load * amplification(question, f, load) <= f.capacity || !collapses(longest))
        return {FormulaTime::Kind::Never, 0};
    return {FormulaTime::Kind::Known, smallest(longest, collapses)};
}

FormulaTime recoveryByFormula(const CertificateQuestion &question, double load)
{
    const CertificateFormulas f = formulasFor(question);
    const double servers = f.carried * toSeconds(question.capacity.service), stall = toSeconds(question.stall);
    if (load >= f.carried)
        return {FormulaTime::Kind::Never, 0};
    if (question.stall <= f.patience)
        return {FormulaTime::Kind::Known, std::max(0.0, load * stall - servers) / (f.carried - load)};
    if (!question.policy.plain || f.stormFree)
        return {FormulaTime::Kind::NoFormula, 0};
    const StallFlow flow(question, f, load, stall);
    if (const auto after = flow.recovery())
        return {FormulaTime::Kind::Known, *after};
    return {FormulaTime::Kind::Never, 0};
}

} // namespace retryscope
