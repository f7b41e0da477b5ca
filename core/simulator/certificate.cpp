// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "simulator/certificate.h"

#include "config/retryfields.h"
#include "simulator/parallel.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace retryscope {
namespace {

constexpr double usualShare = 0.7;  // of what is carried: the load, unless it is stated
constexpr double aliveShare = 0.95; // of the calls that end late in a day must be answered
constexpr int scanned = 8, halved = 4;
constexpr double searchedUpTo = 1.1; // of what is carried
constexpr int knobReplications = 5;

/// The stalls that a load has to survive, the longest first: all of the question's, and shorter ones around what makes a
/// difference to a client that waits. In a stall that outlasts the deadline all calls have failed by its end and leave
/// nothing behind; one of a patience or two leaves all of them, and their retries.
QVector<double> stallsOf(const CertificateQuestion &question, const CertificateFormulas &f)
{
    const double longest = toSeconds(question.stall), patience = toSeconds(f.patience),
                 deadline = toSeconds(question.policy.config->deadline);
    QVector<double> stalls{longest};
    if (f.stormFree || longest <= patience)
        return stalls;
    constexpr double apart = 1.4; // each costs a day for each load
    for (const double stall :
         {deadline, longest / 2, deadline / 2, 4 * patience, 2 * patience, 1.2 * patience, patience}) {
        const bool near = std::any_of(stalls.begin(), stalls.end(),
                                      [&](double other) { return stall < other * apart && other < stall * apart; });
        if (stall < longest && !near)
            stalls.append(stall);
    }
    std::sort(stalls.begin(), stalls.end(), std::greater<>());
    return stalls;
}

/// What became of one day, or of one search over many.
struct StallAnswer
{
    std::optional<double> value; ///< none: it does not happen
    bool open = false;           ///< `value` is where the day was cut off; more is true
};
using StallAnswers = std::vector<StallAnswer>;

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

/// s that a day goes on for a recovery to be seen: thrice what the formula says, within bounds of what can be played.
double recoverySeconds(const CertificateQuestion &question, const CertificateFormulas &f, double load)
{
    constexpr double times = 3, longest = 86'400, calls = 200'000;
    const FormulaTime formula = recoveryByFormula(question, load);
    double expected = formula.seconds;
    if (formula.kind == FormulaTime::Kind::NoFormula
        && load < f.carried) // what waits is as old as the deadline at most
        expected = load * std::min(toSeconds(question.stall), toSeconds(question.policy.config->deadline))
                   / (f.carried - load);
    return std::min({times * expected, longest, calls / std::max(load, 1e-3)});
}

/// One day with one stall, and what became of it.
class StallDay
{
public:
    /// `atLeast`: s that the day goes on after the stall.
    StallDay(const CertificateQuestion &question, double load, Duration stall, double atLeast, quint64 seed,
             const std::function<bool()> &stopped)
    {
        const CertificateFormulas f = formulasFor(question);
        m_servers = f.carried * toSeconds(question.capacity.service);
        const Duration before = std::max<Duration>(30s, 20 * question.capacity.service);
        m_from = std::size_t((before + stall) / 1s);
        Scenario s;
        const Duration after = std::max(aftermath(question, f), fromSeconds(atLeast));
        s.length = std::chrono::ceil<std::chrono::seconds>(before + stall + after);
        s.mostCalls = std::numeric_limits<qint64>::max(); // the question's numbers bound them
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
        policy.chain.resize(1);
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
    /// s that were played after the stall.
    double played() const { return double(m_seconds.size() - m_from); }
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
    /// By replication.
    StallAnswers play(const CertificateQuestion &question, Asked asked, double load)
    {
        StallAnswers values(std::size_t(question.replications));
        inParallel(values.size(), question.threads, [&](std::size_t n) {
            const quint64 seed = daySeed(question.seed, n);
            values[n] = asked == Asked::Load      ? StallAnswer{safeLoad(question, seed)}
                        : asked == Asked::Trigger ? StallAnswer{trigger(question, load, seed)}
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
    StallDay day(const CertificateQuestion &question, double load, Duration stall, quint64 seed, double atLeast = 0)
    {
        ++m_runs;
        StallDay day(question, load, stall, atLeast, seed, m_stopped);
        if (!day.complete || (m_stopped && m_stopped()))
            m_cut = true;
        return day;
    }
    /// The largest of what survives below the first that does not, between the two nearest that were tried: steps up to
    /// `most`, and `others` among them.
    template <typename Survives> std::optional<double> edge(double most, QVector<double> others, Survives &&survives)
    {
        for (int i = 1; i <= scanned; ++i)
            others.append(most * i / scanned);
        std::sort(others.begin(), others.end());
        double good = 0, bad = 0;
        for (auto at = others.cbegin(); at != others.cend() && bad == 0 && !m_cut; ++at)
            (survives(*at) ? good : bad) = *at;
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
        const CertificateFormulas f = formulasFor(question);
        const double most = searchedUpTo * f.carried;
        const QVector<double> stalls = stallsOf(question, f);
        return edge(most, {},
                    [&](double load) {
                        return std::all_of(stalls.begin(), stalls.end(), [&](double stall) {
                            const StallDay played = day(question, load, fromSeconds(stall), seed);
                            return played.survived() && played.drains();
                        });
                    })
            .value_or(most);
    }
    std::optional<double> trigger(const CertificateQuestion &question, double load, quint64 seed)
    {
        return edge(toSeconds(question.stall), stallsOf(question, formulasFor(question)).mid(1),
                    [&](double stall) { return day(question, load, fromSeconds(stall), seed).survived(); });
    }
    StallAnswer recovery(const CertificateQuestion &question, double load, quint64 seed)
    {
        const double seconds = recoverySeconds(question, formulasFor(question), load);
        const StallDay played = day(question, load, question.stall, seed, seconds);
        if (!played.survived())
            return {};
        const auto after = played.recovery();
        return {after.value_or(played.played()), !after};
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

PlayedAnswer answerOf(const CertificateQuestion &question, Asked asked, const StallAnswers &values)
{
    PlayedAnswer answer;
    std::vector<std::optional<double>> known;
    for (const StallAnswer &value : values) {
        answer.open += value.open;
        answer.happened += value.value && !value.open;
        if (value.open)
            answer.cutAfter = *value.value; // the same in all
        known.push_back(value.value);
    }
    if (answer.open > 0) // a mean of those that were soon over says too little
        return answer;
    answer.value = estimate(known);
    if (answer.value && answer.value->halfWidth)
        *answer.value->halfWidth += stepOf(question, asked);
    return answer;
}

/// A load at which some stall tipped some day is not safe, whatever the stalls did that its own search has tried.
void keepBelow(const CertificateQuestion &question, double tipped, StallAnswers *loads)
{
    const double most = std::max(0.0, tipped - stepOf(question, Asked::Load));
    for (StallAnswer &load : *loads) {
        if (load.value)
            load.value = std::min(*load.value, most);
    }
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
    if (QLatin1String(knob.field) == QLatin1String("attempt_timeout_s")) { // a provider's own would hide it
        for (Target &target : question.policy.chain)
            target.attemptTimeout.reset();
    }
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
double gain(Asked asked, const StallAnswers &before, const StallAnswers &after)
{
    const auto mean = [](const StallAnswers &values, double otherwise) {
        double sum = 0;
        for (const StallAnswer &answer : values)
            sum += answer.value.value_or(otherwise);
        return sum / double(values.size());
    };
    const double otherwise = asked == Asked::Load ? 0.0 : 1e6;
    const double less = mean(before, otherwise), more = mean(after, otherwise);
    return asked == Asked::Recovery ? less - more : more - less;
}

/// The one that moves the answer most; none: none moves it by more than a step of the search. `tried`: so many were played.
std::optional<CertificateKnob> bestKnob(CertificatePlay &play, CertificateQuestion question, Asked asked, double load,
                                        StallAnswers now, int *tried)
{
    question.replications = std::min(question.replications, knobReplications);
    now.resize(std::size_t(question.replications));
    std::optional<CertificateKnob> best;
    double most = 2 * stepOf(question, asked);
    for (CertificateKnob knob : knobsFor(question, asked)) {
        const CertificateQuestion other = turned(question, knob);
        if (play.cut() || contradicts(question, other))
            continue;
        ++*tried;
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
        return played.open > 0 ? std::nullopt : std::optional(played.happened == 0);
    if (played.open > 0)
        return formula.seconds > played.cutAfter ? std::nullopt : std::optional(false);
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
    QVector<StallAnswers> values;
    for (const Asked asked : std::as_const(all)) {
        values.append(play.play(question, asked, c.load));
        *answerIn(&c, asked) = answerOf(question, asked, values.last());
    }
    if (c.trigger.happened > 0) {
        keepBelow(question, c.load, &values.first());
        c.safeLoad = answerOf(question, Asked::Load, values.first());
    }
    for (qsizetype i = 0; i < all.size(); ++i) {
        if (all[i] != Asked::Trigger || c.trigger.happened > 0)
            *knobIn(&c, all[i]) = bestKnob(play, question, all[i], c.load, values[i], &answerIn(&c, all[i])->tried);
    }
    c.replications = question.replications;
    c.runs = play.runs();
    c.complete = !play.cut();
    return c;
}

} // namespace retryscope
