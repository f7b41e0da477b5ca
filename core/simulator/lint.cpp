// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "simulator/lint.h"

#include "base/random.h"
#include "simulator/policyplay.h"

#include <algorithm>
#include <array>

namespace retryscope {
namespace {

constexpr Duration longestShut = 15min;

/// What no second attempt on the same provider changes, unless an own rule says so.
constexpr std::array neverHereAgain{RetryReason::Authentication, RetryReason::Permission, RetryReason::InvalidRequest,
                                    RetryReason::ContextLength, RetryReason::ContentFilter};

/// Looks at one configuration; each function is one question.
class Linter
{
public:
    Linter(const RetryConfig &config, const Targets &chain, const OwnRules &rules, const std::optional<LintLoad> &load)
        : m_config(config), m_chain(chain), m_rules(rules), m_load(load)
    {}

    QVector<LintFinding> run()
    {
        if (m_config.deadline < m_config.minAttemptTime)
            add(LintRule::NothingFits, "deadline_s", m_config.deadline, m_config.minAttemptTime);
        else if (!m_chain.empty() && m_config.maxAttempts > 1)
            playIt();
        lookAtBudget();
        lookAtRetries();
        lookAtLimits();
        lookAtCircuit();
        return m_findings;
    }

private:
    LintFinding &add(LintRule rule, const char *key, Duration limit = {}, Duration other = {})
    {
        m_findings.append({rule, QStringLiteral("retry.") + QLatin1String(key), limit, other});
        return m_findings.last();
    }
    /// The play with the shortest waits.
    PolicyPlay best(RetryReason reason, const std::string &failing) const
    {
        PlayScenario scenario;
        scenario.reason = reason;
        scenario.after = 1ms;
        scenario.failing = toText(failing);
        ScriptedRandom lowest({0.0});
        return playOnce(m_config, m_chain, scenario, lowest, m_rules);
    }
    static bool outOfTime(const PolicyPlay &play)
    {
        const QLatin1String rule = play.steps.last().rule;
        return rule == QLatin1String("no time is left for another attempt")
               || rule == QLatin1String("no wait fits the deadline");
    }

    void playIt()
    {
        int most = 0;
        bool time = true;
        for (const RetryReason reason :
             {RetryReason::ServerError, RetryReason::RateLimit, RetryReason::TemporaryFailure, RetryReason::Network}) {
            const PolicyPlay play = best(reason, {});
            if (play.attempts > most)
                time = outOfTime(play);
            most = std::max(most, play.attempts);
        }
        if (most < m_config.maxAttempts && time) {
            LintFinding &found = add(most == 1 ? LintRule::NoSecondAttempt : LintRule::AttemptsNeverFit,
                                     most == 1 ? "deadline_s" : "max_attempts", m_config.deadline);
            found.made = most;
            found.allowed = m_config.maxAttempts;
        }
        if (providersOf(m_chain).size() < 2)
            return;
        const std::string &first = m_chain.front().provider;
        if (const PolicyPlay silent = best(RetryReason::NetworkTimeout, first);
            silent.attempts == 1 && outOfTime(silent) && m_config.unconfirmedDelivery == UnconfirmedDelivery::Repeat)
            add(LintRule::SilenceTakesAll, "failover_reserve_s", m_config.deadline, m_config.failoverReserve);
        const PolicyPlay failed = best(RetryReason::ServerError, first);
        if (failed.reason != RetryReason::None && failed.steps.last().rule == QLatin1String("max attempts reached"))
            add(LintRule::NoneLeftForOthers, "attempts_per_provider").made = failed.attempts;
    }

    void lookAtBudget()
    {
        const double share = m_config.retryBudgetRatio;
        if (m_config.maxAttempts < 2)
            return;
        if (share <= 0.0 && m_config.retryBudgetFloor == 0)
            add(LintRule::NoRetryBudget, "retry_budget_ratio");
        if (share >= double(m_config.maxAttempts - 1))
            add(LintRule::BudgetNeverHolds, "retry_budget_ratio").made = m_config.maxAttempts - 1;
        if (m_load && m_load->perSecond < m_load->served && m_load->perSecond * (1 + share) > m_load->served) {
            LintFinding &found = add(LintRule::BudgetCannotSave, "retry_budget_ratio");
            found.load = m_load->perSecond;
            found.capacity = m_load->served;
            found.share = share;
        }
    }

    void lookAtRetries()
    {
        for (std::size_t i = 0; i < m_rules.size(); ++i) {
            if (m_rules[i].reason == RetryReason::QuotaExhausted && m_rules[i].retryHere.value_or(false))
                m_findings.append({LintRule::SpentQuotaRetried, QStringLiteral("rules[%1].retry_here").arg(i)});
        }
        if (!m_config.honourServerHints && m_config.maxAttempts > 1)
            add(LintRule::HintsIgnored, "honour_server_hints");
        for (const RetryReason reason : neverHereAgain) {
            const int own = m_config.overrides[std::size_t(reason)].maxAttempts.value_or(1);
            const bool ruled = std::any_of(m_rules.begin(), m_rules.end(), [reason](const OwnRule &rule) {
                return rule.reason == reason && rule.retryHere.value_or(false);
            });
            if (own < 2 || ruled)
                continue;
            const QString key = QStringLiteral("reasons.%1.max_attempts").arg(toKey(reason));
            LintFinding &found = add(LintRule::RetriesWithoutEffect, qPrintable(key));
            found.reason = reason;
            found.allowed = own;
        }
        if (m_config.baseDelay <= 0s && m_config.maxAttempts > 1)
            add(LintRule::NoWait, "base_delay_s");
        const auto keyed = [](const Target &target) { return target.takesIdempotencyKey; };
        if (m_config.unconfirmedDelivery == UnconfirmedDelivery::RepeatWithKey && m_config.maxAttempts > 1
            && !m_chain.empty() && std::none_of(m_chain.begin(), m_chain.end(), keyed))
            add(LintRule::KeyNobodyTakes, "unconfirmed_delivery");
    }

    void lookAtLimits()
    {
        const RetryConfig &c = m_config;
        Duration attempt = m_chain.empty() ? c.attemptTimeout : 0s; // the longest that a target may have
        for (const Target &target : m_chain)
            attempt = std::max(attempt, target.attemptTimeout.value_or(c.attemptTimeout));
        if (c.firstTokenTimeout > attempt)
            add(LintRule::FirstTokenUnreached, "first_token_timeout_s", c.firstTokenTimeout, attempt);
        if (c.connectTimeout > attempt)
            add(LintRule::ConnectUnreached, "connect_timeout_s", c.connectTimeout, attempt);
        if (c.idleTimeout > c.streamTimeout)
            add(LintRule::IdleUnreached, "idle_timeout_s", c.idleTimeout, c.streamTimeout);
        if (c.slowAfter >= attempt)
            add(LintRule::SlowUnreached, "slow_after_s", c.slowAfter, attempt);
    }

    void lookAtCircuit()
    {
        const RetryConfig &c = m_config;
        if (c.circuitFailureRatio * c.circuitMinCalls <= 1.0)
            add(LintRule::OneFailureOpens, "circuit_min_calls").allowed = c.circuitMinCalls;
        if (c.probeInterval <= 0s && c.circuitMaxOpenTime > longestShut)
            add(LintRule::ClosesLate, "circuit_max_open_time_s", c.circuitMaxOpenTime);
    }

    const RetryConfig &m_config;
    const Targets &m_chain;
    const OwnRules &m_rules;
    const std::optional<LintLoad> &m_load;
    QVector<LintFinding> m_findings;
};

} // namespace

QVector<LintFinding> lint(const RetryConfig &config, const Targets &chain, const OwnRules &rules,
                          const std::optional<LintLoad> &load)
{
    return Linter(config, chain, rules, load).run();
}

} // namespace retryscope
