// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "simulator/certificate.h"

#include "config/retryfields.h"
#include "simulator/parallel.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace retryscope {
namespace {

constexpr double usualShare = 0.7;  // of what is carried: the load, unless it is stated
constexpr double aliveShare = 0.95; // of the calls that end late in a day must be answered
constexpr int scanned = 8, halved = 4;
constexpr double searchedUpTo = 1.1; // of what is carried
constexpr int knobReplications = 5;

/// How long a day goes on after the stall: long enough for a storm to be told from a crowd.
Duration aftermath(const CertificateQuestion &question, const CertificateFormulas &f)
{
    constexpr double patiences = 60, stalls = 60;
    const bool storm = !f.stormFree && question.stall > f.patience;
    double longest = std::max({60.0, question.calls / f.capacity, 10 * toSeconds(question.stall)});
    if (storm)
        longest = std::max(longest, patiences * toSeconds(f.patience));
    if (storm && f.safeLoad) // near the edge a storm takes long to end
        longest = std::max(longest, stalls * toSeconds(question.stall));
    return std::chrono::seconds(qint64(std::min(longest, 7'200.0)));
}

/// One day with one stall, and what became of it.
class StallDay
{
public:
    StallDay(const CertificateQuestion &question, double load, Duration stall, quint64 seed,
             const std::function<bool()> &stopped)
    {
        const CertificateFormulas f = formulasFor(question);
        m_servers = f.carried * toSeconds(question.capacity.service);
        const Duration before = std::max<Duration>(30s, 20 * question.capacity.service);
        m_from = std::size_t((before + stall) / 1s);
        Scenario s;
        s.length = std::chrono::ceil<std::chrono::seconds>(before + stall + aftermath(question, f));
        s.workload.perSecond = load;
        ProviderModel m;
        m.latency.firstToken = 1ns;
        m.latency.tailShare = 0;
        m.latency.tokensPerSecond = 1e9;
        m.capacity.machines = question.capacity.machines;
        m.capacity.service = question.capacity.service;
        m.faults = {{before, stall, FaultMode::Stall}};
        s.models = {m};
        SimulatedPolicy policy = question.policy;
        policy.chain = policy.chain.mid(0, 1);
        SimulationResult run = simulate(s, policy, seed, stopped);
        complete = run.complete;
        m_seconds = std::move(run.seconds);
        m_seconds.pop_back(); // what happened after the day
        double waiting = 0;
        for (const SimulatedSecond &second : m_seconds)
            m_calls.push_back(waiting += double(second.arrived) - second.answered - second.failed);
    }

    /// Calls are answered again.
    bool survived() const
    {
        const std::size_t n = m_seconds.size(), last = (n - m_from) / 3;
        double answered = 0, ended = 0;
        for (std::size_t s = n - last; s < n; ++s) {
            answered += m_seconds[s].answered;
            ended += m_seconds[s].answered + m_seconds[s].failed;
        }
        return answered >= aliveShare * ended && ended > 0;
    }
    /// What the stall has left becomes less, or is no more than chance brings together.
    bool drains() const
    {
        const std::size_t n = m_seconds.size(), ninth = (n - m_from) / 9;
        const double early = mean(m_from, m_from + ninth), late = mean(n - ninth, n);
        constexpr double crowd = 10;
        return late < early || late <= 3 * m_servers + crowd;
    }
    /// s from the stall's end until as few calls are under way as can be worked on at once.
    std::optional<double> recovery() const
    {
        for (std::size_t s = m_from; s < m_calls.size(); ++s) {
            if (m_calls[s] <= m_servers)
                return s > m_from ? double(s - m_from) + 0.5 : 0.0;
        }
        return std::nullopt;
    }
    bool complete = false;

private:
    double mean(std::size_t from, std::size_t to) const
    {
        return std::accumulate(m_calls.begin() + qsizetype(from), m_calls.begin() + qsizetype(to), 0.0)
               / std::max<double>(1.0, double(to - from));
    }

    std::vector<SimulatedSecond> m_seconds;
    std::vector<double> m_calls; ///< under way at each second's end
    std::size_t m_from = 0;      ///< the stall is over
    double m_servers = 0;
};

enum class Asked : quint8 { Load, Trigger, Recovery };

/// Plays a question's days.
class CertificatePlay
{
public:
    CertificatePlay(const std::function<void(double)> &progress, const std::function<bool()> &stopped)
        : m_progress(progress), m_stopped(stopped)
    {}
    /// By replication; none: it does not happen in that one.
    std::vector<std::optional<double>> play(const CertificateQuestion &question, Asked asked, double load)
    {
        std::vector<std::optional<double>> values(std::size_t(question.replications));
        inParallel(values.size(), question.threads, [&](std::size_t n) {
            const quint64 seed = question.seed + n;
            values[n] = asked == Asked::Load      ? safeLoad(question, seed)
                        : asked == Asked::Trigger ? trigger(question, load, seed)
                                                  : recovery(question, load, seed);
            ++m_searches;
            if (m_progress)
                m_progress(std::min(1.0, double(m_searches) / double(m_planned)));
            return !m_cut;
        });
        return values;
    }
    /// So many searches will be made in all.
    void plan(int searches) { m_planned = std::max(1, searches); }
    bool cut() const { return m_cut; }
    quint64 runs() const { return m_runs; }

private:
    StallDay day(const CertificateQuestion &question, double load, Duration stall, quint64 seed)
    {
        ++m_runs;
        StallDay day(question, load, stall, seed, m_stopped);
        if (!day.complete || (m_stopped && m_stopped()))
            m_cut = true;
        return day;
    }
    /// The largest of what survives below the first that does not, between the two nearest that were tried.
    template <typename Survives> std::optional<double> edge(double most, Survives &&survives)
    {
        double good = 0, bad = 0;
        for (int i = 1; i <= scanned && bad == 0 && !m_cut; ++i)
            (survives(most * i / scanned) ? good : bad) = most * i / scanned;
        if (bad == 0)
            return std::nullopt;
        for (int i = 0; i < halved && !m_cut; ++i) {
            const double middle = (good + bad) / 2;
            (survives(middle) ? good : bad) = middle;
        }
        return (good + bad) / 2;
    }
    std::optional<double> safeLoad(const CertificateQuestion &question, quint64 seed)
    {
        const double most = searchedUpTo * formulasFor(question).carried;
        return edge(most,
                    [&](double load) {
                        const StallDay played = day(question, load, question.stall, seed);
                        return played.survived() && played.drains();
                    })
            .value_or(most);
    }
    std::optional<double> trigger(const CertificateQuestion &question, double load, quint64 seed)
    {
        return edge(toSeconds(question.stall),
                    [&](double stall) { return day(question, load, fromSeconds(stall), seed).survived(); });
    }
    std::optional<double> recovery(const CertificateQuestion &question, double load, quint64 seed)
    {
        const StallDay played = day(question, load, question.stall, seed);
        return played.survived() ? played.recovery() : std::nullopt;
    }

    const std::function<void(double)> &m_progress;
    const std::function<bool()> &m_stopped;
    std::atomic<quint64> m_runs{0};
    std::atomic<int> m_searches{0};
    int m_planned = 1;
    std::atomic<bool> m_cut{false};
};

PlayedAnswer *answerIn(Certificate *c, Asked asked)
{
    return asked == Asked::Load ? &c->safeLoad : asked == Asked::Trigger ? &c->trigger : &c->recovery;
}

std::optional<CertificateKnob> *knobIn(Certificate *c, Asked asked)
{
    return asked == Asked::Load ? &c->loadKnob : asked == Asked::Trigger ? &c->triggerKnob : &c->recoveryKnob;
}

/// The step of the search belongs to what is not known.
double stepOf(const CertificateQuestion &question, Asked asked)
{
    const double most = asked == Asked::Load ? searchedUpTo * formulasFor(question).carried : toSeconds(question.stall);
    return asked == Asked::Recovery ? 1.0 : most / scanned / (2 << halved);
}

PlayedAnswer answerOf(const CertificateQuestion &question, Asked asked,
                      const std::vector<std::optional<double>> &values)
{
    PlayedAnswer answer{estimate(values), 0};
    if (!answer.value)
        return answer;
    answer.happened = answer.value->replications;
    if (answer.value->halfWidth)
        *answer.value->halfWidth += stepOf(question, asked);
    return answer;
}

/// What might move it: fields that the formulas name.
QVector<CertificateKnob> knobsFor(const CertificateQuestion &question, Asked asked)
{
    const CertificateFormulas f = formulasFor(question);
    const RetryConfig &c = *question.policy.config;
    const double late = f.capacity * toSeconds(f.patience);
    QVector<CertificateKnob> knobs;
    if (c.maxConcurrent < question.capacity.machines && asked != Asked::Trigger)
        knobs.append({"max_concurrent",
                      double(c.maxConcurrent),
                      double(std::min(question.capacity.machines, 2 * c.maxConcurrent)),
                      {}});
    if (f.stormFree || question.stall <= f.patience)
        return knobs;
    knobs.append({"max_concurrent", double(c.maxConcurrent), std::clamp(std::floor(0.8 * late), 1.0, 10'000.0), {}});
    knobs.append({"attempt_timeout_s", toSeconds(f.patience), std::min(3'600.0, 2 * toSeconds(f.patience)), {}});
    if (f.attempts > 1)
        knobs.append({"max_attempts", double(c.maxAttempts), 1.0, {}});
    return knobs;
}

CertificateQuestion turned(CertificateQuestion question, const CertificateKnob &knob)
{
    RetryConfig config = *question.policy.config;
    for (const RetryConfigField &field : retryConfigFields()) {
        if (QLatin1String(field.key) == QLatin1String(knob.field))
            field.set(config, knob.to);
    }
    config.attemptsPerProvider = std::min(config.attemptsPerProvider, config.maxAttempts);
    question.policy.config = std::make_shared<const RetryConfig>(config);
    for (Target &target : question.policy.chain)
        target.attemptTimeout.reset();
    return question;
}

/// The knob's value makes an error that was not there; a client of an SDK has no limits that ours would take.
bool contradicts(const CertificateQuestion &question, const CertificateQuestion &other)
{
    const ConfigIssues known = validate(*question.policy.config), issues = validate(*other.policy.config);
    return std::any_of(issues.begin(), issues.end(), [&known](const ConfigIssue &issue) {
        return issue.severity == ConfigIssue::Severity::Error && !known.contains(issue);
    });
}

/// By how much the answer is better; what does not happen any more, or happens at all, counts most.
double gain(Asked asked, const std::vector<std::optional<double>> &before,
            const std::vector<std::optional<double>> &after)
{
    const auto mean = [](const std::vector<std::optional<double>> &values, double otherwise) {
        double sum = 0;
        for (const auto &value : values)
            sum += value.value_or(otherwise);
        return sum / double(values.size());
    };
    const double otherwise = asked == Asked::Load ? 0.0 : 1e6;
    const double less = mean(before, otherwise), more = mean(after, otherwise);
    return asked == Asked::Recovery ? less - more : more - less;
}

/// The one that moves the answer most; none: none moves it by more than a step of the search.
std::optional<CertificateKnob> bestKnob(CertificatePlay &play, CertificateQuestion question, Asked asked, double load,
                                        std::vector<std::optional<double>> now)
{
    question.replications = std::min(question.replications, knobReplications);
    now.resize(std::size_t(question.replications));
    std::optional<CertificateKnob> best;
    double most = 2 * stepOf(question, asked);
    for (CertificateKnob knob : knobsFor(question, asked)) {
        const CertificateQuestion other = turned(question, knob);
        if (play.cut() || contradicts(question, other))
            continue;
        const auto values = play.play(other, asked, load);
        const double by = gain(asked, now, values);
        if (by <= most)
            continue;
        most = by;
        knob.then = answerOf(other, asked, values).value;
        best = knob;
    }
    return best;
}

/// The formula's value, and whether it is in the played interval.
std::optional<bool> within(std::optional<double> formula, const PlayedAnswer &played)
{
    if (!formula || !played.value || !played.value->halfWidth)
        return std::nullopt;
    return std::abs(*formula - played.value->mean) <= *played.value->halfWidth;
}

std::optional<bool> timeAgrees(const FormulaTime &formula, const PlayedAnswer &played, int replications)
{
    if (formula.kind == FormulaTime::Kind::NoFormula || replications == 0)
        return std::nullopt;
    if (formula.kind == FormulaTime::Kind::Never)
        return played.happened == 0;
    return played.happened < replications ? std::optional(false) : within(formula.seconds, played);
}

} // namespace

std::optional<bool> loadAgrees(const Certificate &c) { return within(c.formulas.safeLoad, c.safeLoad); }
std::optional<bool> triggerAgrees(const Certificate &c)
{
    return c.isOverloaded() ? std::nullopt : timeAgrees(c.triggerFormula, c.trigger, c.replications);
}
std::optional<bool> recoveryAgrees(const Certificate &c)
{
    return c.isOverloaded() ? std::nullopt : timeAgrees(c.recoveryFormula, c.recovery, c.replications);
}

Certificate certify(const CertificateQuestion &question, const std::function<void(double)> &progress,
                    const std::function<bool()> &stopped)
{
    Certificate c;
    c.formulas = formulasFor(question);
    c.load = question.load.value_or(usualShare * c.formulas.carried);
    c.triggerFormula = triggerByFormula(question, c.load);
    c.recoveryFormula = recoveryByFormula(question, c.load);
    CertificatePlay play(progress, stopped);
    QVector<Asked> all{Asked::Load};
    if (!c.isOverloaded())
        all << Asked::Trigger << Asked::Recovery;
    int searches = 0;
    for (const Asked asked : std::as_const(all))
        searches += question.replications
                    + int(knobsFor(question, asked).size()) * std::min(question.replications, knobReplications);
    play.plan(searches);
    QVector<std::vector<std::optional<double>>> values;
    for (const Asked asked : std::as_const(all)) {
        values.append(play.play(question, asked, c.load));
        *answerIn(&c, asked) = answerOf(question, asked, values.last());
    }
    for (qsizetype i = 0; i < all.size(); ++i) {
        if (all[i] != Asked::Trigger || c.trigger.happened > 0)
            *knobIn(&c, all[i]) = bestKnob(play, question, all[i], c.load, values[i]);
    }
    c.replications = question.replications;
    c.runs = play.runs();
    c.complete = !play.cut();
    return c;
}

} // namespace retryscope
