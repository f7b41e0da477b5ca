// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "simulator/policyplay.h"

#include "base/text.h"
#include "policy/attemptlimits.h"
#include "simulator/endings.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <vector>

namespace retryscope {
namespace {

constexpr int maxAttempts = 200; ///< of a configuration that is being edited and need not be valid

constexpr int maxRanges = 24;

/// Passes draws on and keeps them; or repeats those that were kept, and then one value for ever.
class Draws final : public RandomSource
{
public:
    explicit Draws(RandomSource &source) : m_source(&source) {}
    Draws(const std::vector<double> &kept, std::size_t repeated, double then)
        : m_kept(kept.begin(), kept.begin() + std::ptrdiff_t(repeated)), m_then(then)
    {}
    double uniform() override
    {
        if (m_source)
            return m_kept.emplace_back(m_source->uniform());
        return m_next < m_kept.size() ? m_kept[m_next++] : m_then;
    }
    const std::vector<double> &kept() const { return m_kept; }

private:
    RandomSource *m_source = nullptr;
    std::vector<double> m_kept;
    std::size_t m_next = 0;
    double m_then = 0.0;
};

/// Carries out the steps of one machine, as the engine's runner does.
class Player
{
public:
    Player(const RetryConfig &config, const Targets &chain, const PlayScenario &scenario, RandomSource &random,
           const OwnRules &rules)
        : m_config(config), m_chain(chain), m_scenario(scenario), m_failing(toUtf8(scenario.failing)), m_rules(rules),
          m_providers(config, providersOf(chain)), m_budget(config.retryBudgetRatio, config.retryBudgetFloor),
          m_machine(config, chain, {m_providers, m_budget, random})
    {
    }

    /// Up to the end, or until there are so many steps. `drawn` receives for each step how many draws of `draws` were made
    /// before what led to it.
    PolicyPlay play(qsizetype steps = std::numeric_limits<qsizetype>::max(), const Draws *draws = nullptr,
                    std::vector<std::size_t> *drawn = nullptr)
    {
        std::size_t before = 0;
        CallStep step = m_machine.start(m_now);
        while (step.kind != CallStep::Kind::Finish && m_play.attempts < maxAttempts && m_play.steps.size() < steps) {
            const std::size_t now = draws ? draws->kept().size() : 0;
            tellSkips(step);
            switch (step.kind) {
            case CallStep::Kind::Queue:
                m_why = latin1(step.rule);
                step = m_machine.begin(m_now);
                break;
            case CallStep::Kind::Send: step = attempt(step); break;
            case CallStep::Kind::Wait: step = wait(step); break;
            case CallStep::Kind::Finish: break;
            }
            if (drawn)
                drawn->resize(std::size_t(m_play.steps.size()), before);
            before = now;
        }
        tellSkips(step);
        PlayStep end = make(PlayStep::Kind::End, step);
        end.rule = latin1(step.rule);
        m_play.steps.append(end);
        m_play.total = end.at;
        m_play.reason = step.reason;
        m_play.retryIn = step.retryIn;
        return m_play;
    }

private:
    PlayStep make(PlayStep::Kind kind, const CallStep &step) const
    {
        PlayStep made;
        made.kind = kind;
        made.at = m_now - playStart;
        made.provider = toText(m_machine.providerAt(step.target));
        made.reason = step.reason;
        made.attempt = m_play.attempts;
        return made;
    }
    void tellSkips(const CallStep &step)
    {
        for (const Skip &skip : step.skips) {
            PlayStep passed = make(PlayStep::Kind::Skip, step);
            passed.provider = toText(skip.provider);
            passed.skip = skip.why;
            passed.reason = skip.reason;
            m_play.steps.append(passed);
        }
    }
    CallStep wait(const CallStep &step)
    {
        PlayStep waited = make(PlayStep::Kind::Wait, step);
        waited.length = step.delay;
        waited.shortest = waited.longest = step.delay;
        waited.source = step.source;
        m_play.steps.append(waited);
        m_now += step.delay;
        return m_machine.onTimer(m_now);
    }
    CallStep attempt(const CallStep &step)
    {
        ++m_play.attempts;
        if (step.leaves >= 0) {
            PlayStep over = make(PlayStep::Kind::Failover, step);
            over.from = toText(m_machine.providerAt(step.leaves));
            over.rule = m_why;
            m_play.steps.append(over);
        }
        PlayStep made = make(PlayStep::Kind::Attempt, step);
        const AttemptFacts facts = outcome(step, &made);
        made.reason = facts.classification.reason;
        made.rule = latin1(facts.classification.rule);
        m_play.billable += made.billable;
        m_play.steps.append(made);
        m_now += made.length;
        return m_machine.onAttempt(facts, m_now);
    }
    /// The limit that ends an attempt which would last until `ends`; moves `at` to when it does. The engine's own limits decide.
    std::optional<TransportFailure> limitBefore(SteadyTime ends, const CallStep &step, SteadyTime *at) const
    {
        AttemptTimes times{m_config.connectTimeout, m_config.firstTokenTimeout, m_config.idleTimeout, step.timeout,
                           m_config.streamTimeout};
        m_chain[step.target].times.applyTo(&times);
        AttemptLimits limits(times, m_now);
        limits.sent(m_now, m_scenario.streamed);
        std::optional<TransportFailure> cut;
        while (!cut && limits.next(*at) <= ends) {
            *at = limits.next(*at);
            cut = limits.over(*at, m_machine.canMoveOn(*at));
        }
        return cut;
    }
    Classification judged(FailureFacts facts, const CallStep &step) const
    {
        if (m_rules.empty())
            return classify(facts);
        facts.host = m_chain[step.target].host;
        return classify(facts, m_rules);
    }
    AttemptFacts outcome(const CallStep &step, PlayStep *made) const
    {
        const bool fails = m_failing.empty() || m_failing == m_machine.providerAt(step.target);
        const bool silent = fails && m_scenario.reason == RetryReason::NetworkTimeout;
        SteadyTime ended = m_now;
        const auto cut = limitBefore(silent ? SteadyTime::max() : m_now + m_scenario.after, step, &ended);
        made->limited = cut.has_value();
        made->length = cut ? ended - m_now : m_scenario.after;
        AttemptFacts facts;
        if (cut) {
            facts.classification = judged(brokenOff(*cut), step);
            facts.delivery = Delivery::MaybeSent;
            made->billable = true;
        } else if (fails && m_scenario.reason != RetryReason::None) {
            Ending ending = endingFor(m_scenario.reason);
            if (m_scenario.reason == RetryReason::RateLimit || m_scenario.reason == RetryReason::TemporaryFailure)
                ending.facts.hint = m_scenario.hint;
            facts.accepted = ending.facts.status > 0 && ending.facts.status < 300;
            facts.classification = judged(std::move(ending.facts), step);
            facts.delivery = ending.delivery;
            facts.contentShown =
                m_scenario.reason == RetryReason::StreamInterrupted && m_config.streamMode == StreamMode::Live;
            made->billable = facts.accepted || facts.delivery == Delivery::MaybeSent;
        } else {
            facts.accepted = true;
            facts.latency = made->length;
            made->billable = true;
        }
        return facts;
    }

    const RetryConfig &m_config;
    const Targets &m_chain;
    const PlayScenario &m_scenario;
    const std::string m_failing; ///< by the scenario
    const OwnRules &m_rules;
    ProviderFailoverHandler m_providers;
    RetryBudget m_budget;
    CallMachine m_machine;
    SteadyTime m_now = playStart;
    QLatin1String m_why; ///< the last queue step's
    PolicyPlay m_play;
};

/// The longest wait that the machine still makes: with the highest draw, else the highest that fits.
std::optional<Duration> longestWait(const std::function<std::optional<Duration>(double)> &with)
{
    double fits = 0.0, tooMuch = std::nextafter(1.0, 0.0);
    if (const auto all = with(tooMuch))
        return all;
    std::optional<Duration> longest;
    for (int i = 0; i < 8; ++i) {
        const double middle = (fits + tooMuch) / 2.0;
        const auto wait = with(middle);
        (wait ? fits : tooMuch) = middle;
        longest = wait ? wait : longest;
    }
    return longest;
}

} // namespace

PolicyPlay playPolicy(const RetryConfig &config, const Targets &chain, const PlayScenario &scenario,
                      RandomSource &random, const OwnRules &rules)
{
    Draws draws(random);
    Player player(config, chain, scenario, draws, rules);
    std::vector<std::size_t> drawnBefore; // by step: how many draws were made before what led to it
    PolicyPlay play = player.play(std::numeric_limits<qsizetype>::max(), &draws, &drawnBefore);
    int ranges = 0;
    for (qsizetype i = 0; i < play.steps.size() && ranges < maxRanges; ++i) {
        PlayStep &wait = play.steps[i];
        if (wait.kind != PlayStep::Kind::Wait)
            continue;
        ++ranges;
        const auto with = [&](double chance) -> std::optional<Duration> {
            Draws again(draws.kept(), drawnBefore[std::size_t(i)], chance);
            const PolicyPlay other = Player(config, chain, scenario, again, rules).play(i + 1);
            return other.steps.size() > i && other.steps[i].kind == PlayStep::Kind::Wait
                       ? std::optional(other.steps[i].length)
                       : std::nullopt;
        };
        wait.shortest = std::min(wait.length, with(0.0).value_or(wait.length));
        wait.longest = std::max(wait.length, longestWait(with).value_or(wait.length));
    }
    return play;
}

PolicyPlay playOnce(const RetryConfig &config, const Targets &chain, const PlayScenario &scenario, RandomSource &random,
                    const OwnRules &rules)
{
    return Player(config, chain, scenario, random, rules).play();
}

PlaySummary summarizePlays(const RetryConfig &config, const Targets &chain, const PlayScenario &scenario, quint64 seed,
                           const OwnRules &rules, int samples)
{
    PlaySummary summary;
    summary.answered = true;
    std::vector<Duration> totals;
    const auto add = [&](RandomSource &random) {
        const PolicyPlay play = Player(config, chain, scenario, random, rules).play(); // the ranges are not needed
        summary.attempts = std::max(summary.attempts, play.attempts);
        summary.billable = std::max(summary.billable, play.billable);
        summary.answered &= play.reason == RetryReason::None;
        if (totals.empty() || play.total > summary.longest) {
            summary.longest = play.total;
            summary.rule = play.steps.last().rule;
            summary.reason = play.reason;
        }
        totals.push_back(play.total);
    };
    ScriptedRandom lowest({0.0}), highest({std::nextafter(1.0, 0.0)});
    add(lowest);
    add(highest);
    for (int i = 0; i < samples; ++i) {
        SeededRandom random(seed + quint64(i));
        add(random);
    }
    std::nth_element(totals.begin(), totals.begin() + std::ptrdiff_t(totals.size() / 2), totals.end());
    summary.typical = totals[totals.size() / 2];
    return summary;
}

} // namespace retryscope
