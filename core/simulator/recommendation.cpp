// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "simulator/recommendation.h"

#include "config/retryfields.h"
#include "simulator/arrivals.h"
#include "simulator/parallel.h"
#include "simulator/sweep.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <mutex>
#include <numeric>

namespace retryscope {
namespace {

using Stage = RecommendationProgress::Stage;
using Values = std::array<std::optional<double>, objectiveCount>;
using Shortfall = std::array<double, objectiveCount>;

constexpr qsizetype few = 12;     // candidates, among which is chosen
constexpr int kept = 3, more = 3; // each round keeps a third, and plays it three times as often
constexpr qsizetype atOnce = 8; // candidates of the first round: a stop keeps those before
constexpr int checkedReplications = 20;
constexpr quint64 freshLuck = 1'000'003; // further on than any replication of the search
constexpr double nothingAnswered = 1e6;

/// What nobody would mind: 0.05 points of success, 5 % of p99, 0.02 attempts, 5 % of a call's tokens.
double indifference(const Scenario &s, int objective, double best)
{
    switch (objectives[objective]) {
    case Measure::Success: return 0.0005;
    case Measure::P99: return 0.05 * std::max(best, 0.1);
    case Measure::Attempts: return 0.02;
    default: return 0.05 * (s.workload.promptMedian + s.workload.answerMedian);
    }
}

/// One configuration and what its runs were, by scenario and replication.
struct PlayedCandidate
{
    Candidate candidate;
    std::shared_ptr<const RetryConfig> config;
    std::vector<std::vector<Values>> values;
    int rank = 0;
};

class Search
{
public:
    Search(const RecommendationTask &task, const std::function<void(const RecommendationProgress &)> &progress,
           const std::function<bool()> &stopped)
        : m_task(task), m_progress(progress), m_stopped(stopped)
    {}
    Recommendation run();

private:
    void admit();
    void plan();
    void screen();
    void halve();
    void choose();
    void simplify();
    void check();
    bool play(const std::vector<int> &players, int replications, Stage stage);
    Values runOnce(const Scenario &scenario, const std::shared_ptr<const RetryConfig> &config, quint64 seed, bool *cut);
    void tell(Stage stage, double done);
    void judge(const std::vector<int> &players);
    std::optional<double> mean(int player, std::size_t scenario, int objective) const;
    std::optional<Estimate> over(int player, int less, int objective) const;
    bool asGoodAs(int player, int other) const;
    int add(const RetryConfig &config, Candidate::Origin origin);
    void describe(int player, Candidate *candidate) const;

    const RecommendationTask &m_task;
    const std::function<void(const RecommendationProgress &)> &m_progress;
    const std::function<bool()> &m_stopped;
    std::vector<PlayedCandidate> m_players;
    std::vector<int> m_alive; ///< best first; the current one, 0, is always among them
    int m_chosen = -1;
    bool m_cut = false;
    std::atomic<bool> m_tooMany{false};
    DrawnDay m_day;
    std::mutex m_mutex;
    double m_planned = 1, m_done = 0;
    quint64 m_runs = 0;
    Recommendation m_result;
};

void Search::tell(Stage stage, double done)
{
    const std::lock_guard lock(m_mutex);
    ++m_runs;
    m_done += done;
    if (m_progress)
        m_progress({stage, std::min(1.0, m_done / m_planned)});
}

Values Search::runOnce(const Scenario &scenario, const std::shared_ptr<const RetryConfig> &config, quint64 seed,
                       bool *cut)
{
    const auto calls = m_day.of(scenario, seed, m_stopped);
    SimulatedPolicy policy = m_task.current;
    policy.config = config;
    const SimulationResult run = simulate(scenario, policy, seed, m_stopped, {}, calls.get());
    *cut = !run.complete;
    if (run.tooMany)
        m_tooMany = true;
    Values values;
    for (int o = 0; o < objectiveCount; ++o)
        values[std::size_t(o)] = valueOf(objectives[o], run);
    return values;
}

/// Up to so many replications of each; false: it was stopped, and these players are as they were.
bool Search::play(const std::vector<int> &players, int replications, Stage stage)
{
    struct Job
    {
        int player;
        std::size_t scenario;
        int n;
    };
    std::vector<Job> jobs;
    for (int n = 0; n < replications; ++n) {
        for (std::size_t s = 0; s < std::size_t(m_task.scenarios.size()); ++s) {
            for (const int p : players) {
                if (n >= m_players[std::size_t(p)].candidate.replications)
                    jobs.push_back({p, s, n});
            }
        }
    }
    std::vector<Values> found(jobs.size());
    std::atomic<bool> cut{false};
    inParallel(jobs.size(), m_task.threads, [&](std::size_t i) {
        const Job &job = jobs[i];
        const Scenario &scenario = m_task.scenarios[qsizetype(job.scenario)];
        bool ended = m_stopped && m_stopped();
        if (!ended)
            found[i] = runOnce(scenario, m_players[std::size_t(job.player)].config,
                               daySeed(m_task.seed, quint64(job.n)), &ended);
        if (ended)
            cut = true;
        else
            tell(stage, scenario.expectedCalls());
        return !ended;
    });
    m_cut |= cut;
    if (cut)
        return false;
    for (std::size_t i = 0; i < jobs.size(); ++i)
        m_players[std::size_t(jobs[i].player)].values[jobs[i].scenario].push_back(found[i]);
    for (const int p : players)
        m_players[std::size_t(p)].candidate.replications =
            std::max(m_players[std::size_t(p)].candidate.replications, replications);
    return true;
}

int Search::add(const RetryConfig &config, Candidate::Origin origin)
{
    PlayedCandidate player;
    player.candidate.config = config;
    player.candidate.origin = origin;
    player.config = std::make_shared<const RetryConfig>(config);
    player.values.resize(std::size_t(m_task.scenarios.size()));
    m_players.push_back(std::move(player));
    return int(m_players.size()) - 1;
}

void Search::admit()
{
    for (const Candidate &candidate : candidatesFor(m_task)) {
        const bool current = candidate.origin == Candidate::Origin::Current;
        if (const auto why = current ? std::nullopt : rejectedFor(m_task, candidate.config)) {
            ++m_result.rejected[std::size_t(*why)];
            continue;
        }
        m_players[std::size_t(add(candidate.config, candidate.origin))].candidate.preset = candidate.preset;
    }
}

void Search::plan()
{
    double searched = 0, all = 0;
    for (const Scenario &s : m_task.scenarios)
        searched += s.expectedCalls();
    for (const Scenario &s : m_task.heldOut)
        all += s.expectedCalls();
    all += searched;
    double candidates = double(m_players.size());
    int replications = m_task.replications;
    m_planned = candidates * replications * searched;
    while (candidates > double(few)) {
        candidates = std::max(double(few), std::ceil(candidates / kept));
        m_planned += candidates * (more - 1) * replications * searched;
        replications *= more;
    }
    constexpr double fields = 10;
    m_planned += fields * replications * searched + 2 * checkedReplications * all;
}

std::optional<double> Search::mean(int player, std::size_t scenario, int objective) const
{
    std::vector<std::optional<double>> values;
    for (const Values &v : m_players[std::size_t(player)].values[scenario])
        values.push_back(v[std::size_t(objective)]);
    const auto e = estimate(values);
    return e ? std::optional(e->mean) : std::nullopt;
}

/// Shortfalls from the best of these, then ranks: peeled front by front.
void Search::judge(const std::vector<int> &players)
{
    for (const int p : players)
        m_players[std::size_t(p)].candidate.shortfall.fill(0.0);
    for (std::size_t s = 0; s < std::size_t(m_task.scenarios.size()); ++s) {
        for (int o = 0; o < objectiveCount; ++o) {
            const double sign = objectives[o] == Measure::Success ? -1.0 : 1.0;
            std::optional<double> best;
            for (const int p : players) {
                if (const auto value = mean(p, s, o))
                    best = best ? std::min(*best, sign * *value) : sign * *value;
            }
            const double unit = indifference(m_task.scenarios[qsizetype(s)], o, best.value_or(0.0));
            for (const int p : players) {
                const auto value = mean(p, s, o);
                double &worst = m_players[std::size_t(p)].candidate.shortfall[std::size_t(o)];
                worst = std::max(worst, value ? (sign * *value - best.value_or(0.0)) / unit : nothingAnswered);
            }
        }
    }
    const auto beats = [this](int a, int b) { // nowhere worse, and somewhere so much better that one would mind
        const Shortfall &x = m_players[std::size_t(a)].candidate.shortfall,
                        &y = m_players[std::size_t(b)].candidate.shortfall;
        bool better = false;
        for (std::size_t o = 0; o < x.size(); ++o) {
            if (x[o] > y[o])
                return false;
            better |= x[o] < y[o] - 1.0;
        }
        return better;
    };
    std::vector<int> left = players;
    for (int rank = 0; !left.empty(); ++rank) {
        std::vector<int> front, rest;
        for (const int p : left) {
            const bool beaten = std::any_of(left.begin(), left.end(), [&](int other) { return beats(other, p); });
            (beaten ? rest : front).push_back(p);
        }
        for (const int p : front.empty() ? rest : front)
            m_players[std::size_t(p)].rank = rank;
        left = front.empty() ? std::vector<int>() : rest;
    }
}

void Search::screen()
{
    for (std::size_t begin = 0; begin < m_players.size(); begin += atOnce) {
        std::vector<int> some;
        for (std::size_t p = begin; p < std::min(m_players.size(), begin + std::size_t(atOnce)); ++p)
            some.push_back(int(p));
        if (!play(some, m_task.replications, Stage::Screening))
            break;
        m_alive.insert(m_alive.end(), some.begin(), some.end());
    }
    m_result.played = int(m_alive.size());
    m_result.tooMany = m_tooMany;
}

void Search::halve()
{
    int replications = m_task.replications;
    const auto order = [this] {
        judge(m_alive);
        const auto sum = [](const Shortfall &s) { return std::accumulate(s.begin(), s.end(), 0.0); };
        std::stable_sort(m_alive.begin(), m_alive.end(), [&](int a, int b) {
            const PlayedCandidate &x = m_players[std::size_t(a)], &y = m_players[std::size_t(b)];
            return x.rank != y.rank ? x.rank < y.rank : sum(x.candidate.shortfall) < sum(y.candidate.shortfall);
        });
    };
    order();
    while (!m_cut && qsizetype(m_alive.size()) > few) {
        m_alive.resize(std::size_t(std::max(few, (qsizetype(m_alive.size()) + kept - 1) / kept)));
        if (std::find(m_alive.begin(), m_alive.end(), 0) == m_alive.end())
            m_alive.back() = 0;
        replications *= more;
        if (!play(m_alive, replications, Stage::Halving))
            break;
        order();
    }
}

/// Over the scenarios, by replication. `less`: what is subtracted; -1: nothing.
std::optional<Estimate> Search::over(int player, int less, int objective) const
{
    const PlayedCandidate &p = m_players[std::size_t(player)];
    std::vector<std::optional<double>> values;
    int replications = p.candidate.replications;
    if (less >= 0)
        replications = std::min(replications, m_players[std::size_t(less)].candidate.replications);
    for (int n = 0; n < replications; ++n) {
        double sum = 0;
        int there = 0;
        for (std::size_t s = 0; s < p.values.size(); ++s) {
            const auto value = p.values[s][std::size_t(n)][std::size_t(objective)];
            const auto other = less < 0
                                   ? std::optional(0.0)
                                   : m_players[std::size_t(less)].values[s][std::size_t(n)][std::size_t(objective)];
            there += value && other;
            sum += value && other ? *value - *other : 0.0;
        }
        values.push_back(there > 0 ? std::optional(sum / there) : std::nullopt);
    }
    return estimate(values);
}

/// The knee of the front: its largest shortfall, in units that nobody would mind, is the smallest.
void Search::choose()
{
    std::vector<int> front, fit;
    for (const int p : m_alive) {
        if (m_players[std::size_t(p)].rank == 0)
            front.push_back(p);
    }
    for (const int p : front) {
        const auto success = over(p, 0, 0);
        if (p == 0 || !success || isNone(*success) || success->mean > 0)
            fit.push_back(p);
    }
    if (fit.empty())
        fit.push_back(0);
    Shortfall least = m_players[std::size_t(fit.front())].candidate.shortfall;
    for (const int p : fit) {
        for (std::size_t o = 0; o < least.size(); ++o)
            least[o] = std::min(least[o], m_players[std::size_t(p)].candidate.shortfall[o]);
    }
    const auto score = [&](int p) {
        double worst = 0, sum = 0;
        for (std::size_t o = 0; o < least.size(); ++o) {
            const double behind = m_players[std::size_t(p)].candidate.shortfall[o] - least[o];
            worst = std::max(worst, behind);
            sum += behind;
        }
        return std::pair(worst, sum);
    };
    m_chosen = *std::min_element(fit.begin(), fit.end(), [&](int a, int b) { return score(a) < score(b); });
}

/// In no scenario and no objective worse than one would mind.
bool Search::asGoodAs(int player, int other) const
{
    for (std::size_t s = 0; s < std::size_t(m_task.scenarios.size()); ++s) {
        for (int o = 0; o < objectiveCount; ++o) {
            const double sign = objectives[o] == Measure::Success ? -1.0 : 1.0;
            const auto a = mean(player, s, o), b = mean(other, s, o);
            if (!a && b)
                return false;
            if (a && b && sign * (*a - *b) > indifference(m_task.scenarios[qsizetype(s)], o, *b))
                return false;
        }
    }
    return true;
}

/// Takes back, one by one and then all of those together, the fields that make no difference.
void Search::simplify()
{
    if (m_chosen <= 0)
        return;
    const RetryConfig &current = *m_task.current.config;
    const int replications = m_players[std::size_t(m_chosen)].candidate.replications;
    RetryConfig simple = *m_players[std::size_t(m_chosen)].config;
    std::vector<int> variants;
    std::vector<const RetryConfigField *> fields;
    for (const RetryConfigField &field : retryConfigFields()) {
        RetryConfig config = *m_players[std::size_t(m_chosen)].config;
        if (field.get(config) == field.get(current))
            continue;
        field.set(config, field.get(current));
        if (rejectedFor(m_task, config))
            continue;
        variants.push_back(add(config, Candidate::Origin::Simplified));
        fields.push_back(&field);
    }
    if (variants.empty() || !play(variants, replications, Stage::Simplifying))
        return;
    for (std::size_t v = 0; v < variants.size(); ++v) {
        if (asGoodAs(variants[v], m_chosen))
            fields[v]->set(simple, fields[v]->get(current));
    }
    if (simple == *m_players[std::size_t(m_chosen)].config)
        return;
    if (simple == current) {
        m_chosen = asGoodAs(0, m_chosen) ? 0 : m_chosen;
        return;
    }
    if (rejectedFor(m_task, simple))
        return;
    const int all = add(simple, Candidate::Origin::Simplified);
    if (!play({all}, replications, Stage::Simplifying) || !asGoodAs(all, m_chosen))
        return;
    std::replace(m_alive.begin(), m_alive.end(), m_chosen, all);
    m_chosen = all;
    judge(m_alive);
    m_players[std::size_t(all)].rank = 0;
}

/// With luck that the search has not seen, and in scenarios that it has not.
void Search::check()
{
    const QVector<Scenario> all = m_task.scenarios + m_task.heldOut;
    const std::shared_ptr<const RetryConfig> configs[] = {m_players[0].config, m_players[std::size_t(m_chosen)].config};
    const std::size_t runs = std::size_t(all.size()) * checkedReplications * 2;
    std::vector<Values> found(runs);
    std::atomic<bool> cut{false};
    inParallel(runs, m_task.threads, [&](std::size_t i) {
        const Scenario &scenario = all[qsizetype(i / 2 / checkedReplications)];
        bool ended = m_stopped && m_stopped();
        if (!ended)
            found[i] = runOnce(scenario, configs[i % 2], daySeed(m_task.seed, freshLuck + i / 2 % checkedReplications),
                               &ended);
        cut = cut || ended;
        if (!ended)
            tell(Stage::Checking, scenario.expectedCalls());
        return !ended;
    });
    m_cut |= cut;
    if (cut)
        return;
    std::array<std::vector<std::optional<double>>, objectiveCount> sums;
    for (qsizetype s = 0; s < all.size(); ++s) {
        ScenarioCheck check{all[s].name, s >= m_task.scenarios.size(), {}, {}, {}};
        for (std::size_t o = 0; o < objectiveCount; ++o) {
            std::vector<std::optional<double>> now, then, less;
            for (std::size_t n = 0; n < checkedReplications; ++n) {
                const std::size_t at = (std::size_t(s) * checkedReplications + n) * 2;
                now.push_back(found[at][o]);
                then.push_back(found[at + 1][o]);
                less.push_back(now.back() && then.back() ? std::optional(*then.back() - *now.back()) : std::nullopt);
                if (!check.heldOut && sums[o].size() <= n)
                    sums[o].push_back(0.0);
                if (!check.heldOut && sums[o][n])
                    sums[o][n] = less.back()
                                     ? std::optional(*sums[o][n] + *less.back() / double(m_task.scenarios.size()))
                                     : std::nullopt;
            }
            check.current[o] = estimate(now);
            check.chosen[o] = estimate(then);
            check.less[o] = estimate(less);
        }
        m_result.checks.append(check);
    }
    for (std::size_t o = 0; o < objectiveCount; ++o)
        m_result.less[o] = estimate(sums[o]);
}

void Search::describe(int player, Candidate *candidate) const
{
    *candidate = m_players[std::size_t(player)].candidate;
    for (int o = 0; o < objectiveCount; ++o) {
        candidate->values[std::size_t(o)] = over(player, -1, o);
        candidate->lessCurrent[std::size_t(o)] = over(player, 0, o);
    }
}

Recommendation Search::run()
{
    admit();
    plan();
    screen();
    if (m_alive.empty()) {
        m_result.current.config = *m_task.current.config;
        m_result.current.origin = Candidate::Origin::Current;
        m_result.runs = m_runs;
        return m_result;
    }
    halve();
    choose();
    if (!m_cut)
        simplify();
    m_result.simplified = !m_cut;
    if (!m_cut)
        check();
    m_result.tooMany = m_tooMany;
    describe(0, &m_result.current);
    std::vector<int> front;
    for (const int p : m_alive) {
        if (m_players[std::size_t(p)].rank == 0 || p == m_chosen)
            front.push_back(p);
    }
    std::stable_sort(front.begin(), front.end(), [this](int a, int b) {
        return over(a, -1, 0).value_or(Estimate{}).mean > over(b, -1, 0).value_or(Estimate{}).mean;
    });
    for (const int p : front) {
        if (p == m_chosen)
            m_result.chosen = int(m_result.front.size());
        m_result.front.append(Candidate());
        describe(p, &m_result.front.last());
    }
    const RetryConfig &chosen = *m_players[std::size_t(m_chosen)].config;
    for (const RetryConfigField &field : retryConfigFields()) {
        const double from = field.get(*m_task.current.config), to = field.get(chosen);
        if (from != to)
            m_result.changes.append({&field, from, to});
    }
    m_result.runs = m_runs;
    m_result.complete = !m_cut;
    return m_result;
}

} // namespace

Recommendation recommend(const RecommendationTask &task,
                         const std::function<void(const RecommendationProgress &)> &progress,
                         const std::function<bool()> &stopped)
{
    return Search(task, progress, stopped).run();
}

std::optional<Duration> timeLeft(double share, Duration elapsed)
{
    constexpr double tooLittle = 0.01;
    if (share < tooLittle)
        return std::nullopt;
    return fromSeconds(toSeconds(elapsed) * (1.0 - std::min(1.0, share)) / share);
}

} // namespace retryscope
