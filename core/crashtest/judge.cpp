// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "crashtest/crashfacts.h"
#include "engine/targets.h"

#include <algorithm>

namespace retryscope {
namespace {

constexpr double mostLost = 0.2;        ///< share of several calls, beyond it they are not merely some
constexpr Duration longestHint = 60s;   ///< that is looked at for coming back too soon
constexpr Duration leastSpread = 300ms; ///< of programs that were told the same time
constexpr int herdFromOn = 10;          ///< programs that came back: fewer are no herd

struct Found
{
    CrashFinding finding;
    CrashVerdict verdict;
    double counted = 0, wanted = 0;
};

/// The verdicts from the best to the worst.
int gravity(CrashVerdict verdict)
{
    switch (verdict) {
    case CrashVerdict::Pass:
    case CrashVerdict::LeftOut: return 0;
    case CrashVerdict::Partial: return 1;
    case CrashVerdict::Safe: return 2;
    case CrashVerdict::Fail: return 3;
    }
    return 3;
}

bool isTroubled(const CrashCase &what, int place)
{
    return std::any_of(what.troubles.begin(), what.troubles.end(), [place](const Trouble &t) {
        return t.whom == Whom::All || (t.whom == Whom::First ? place == 0 : place == 1);
    });
}

class Judge
{
public:
    Judge(const CrashCase &what, const Stage &stage, const CrashFacts &facts)
        : m_case(what), m_terms(what.terms), m_stage(stage), m_facts(facts)
    {}
    Found worst()
    {
        ending();
        truth();
        load();
        answers();
        hints();
        herd();
        back();
        time();
        return m_worst;
    }

private:
    void find(const Found &found)
    {
        if (m_worst.finding == CrashFinding::None || gravity(found.verdict) > gravity(m_worst.verdict))
            m_worst = found;
    }
    int count(bool (*of)(const std::optional<CallResult> &)) const
    {
        return int(std::count_if(m_facts.calls.begin(), m_facts.calls.end(), of));
    }
    void ending()
    {
        if (const int open = count([](const auto &call) { return !call; }); open > 0)
            find({CrashFinding::NotEnded, CrashVerdict::Fail, toSeconds(m_facts.took), toSeconds(m_terms.within)});
    }
    /// An answer that is told as whole is what the model said.
    void truth()
    {
        const int lies = int(std::count_if(m_facts.calls.begin(), m_facts.calls.end(), [this](const auto &call) {
            return call && call->isPlain() && !isWhole(*call);
        }));
        if (lies > 0)
            find({CrashFinding::ToldWhole, CrashVerdict::Fail, double(lies), 0});
        int astray = 0;
        for (const PlaceFacts &place : m_facts.places)
            astray += place.astray;
        if (astray > 0)
            find({CrashFinding::Astray, CrashVerdict::Fail, double(astray), 0});
    }
    bool isWhole(const CallResult &call) const
    {
        const qsizetype place = m_stage.chain.indexOf(call.provider);
        return place >= 0 && m_facts.places[place].answers.contains(call.text);
    }
    /// The share of its limit that a place was asked in vain decides.
    void load()
    {
        if (m_terms.most == 0)
            return;
        for (int i = 0; i < int(m_facts.places.size()); ++i) {
            const int spoiled = m_facts.places[i].spoiled, most = m_terms.most * m_stage.keys[i];
            if (isTroubled(m_case, i) && spoiled > most)
                find({CrashFinding::TooManyRequests, spoiled > 2 * most ? CrashVerdict::Fail : CrashVerdict::Partial,
                      double(spoiled), double(most)});
        }
    }
    void answers()
    {
        if (m_terms.goal != CrashGoal::Answer && m_terms.goal != CrashGoal::Told)
            return;
        const int ended = count([](const auto &call) { return call.has_value(); });
        const int lost = count([](const auto &call) { return call && !call->succeeded(); });
        if (lost == 0)
            return;
        if (lost > mostLost * ended)
            find({CrashFinding::NotAnswered, CrashVerdict::Safe, double(lost), 0});
        else
            find({CrashFinding::SomeLost, CrashVerdict::Partial, double(lost), 0});
    }
    /// Of a single call: nobody who named a time is asked before it.
    void hints()
    {
        if (m_facts.calls.size() != 1 || m_terms.hint <= 0s || m_terms.hint > longestHint)
            return;
        for (const PlaceFacts &place : m_facts.places) {
            for (qsizetype i = 1; i < place.ended.size(); ++i) {
                const SandboxRequest &before = place.ended[i - 1];
                const bool told = before.fault == Fault::RateLimit || before.fault == Fault::UnavailableHint
                                  || before.fault == Fault::OverloadedHint;
                const Duration gap = place.ended[i].at - before.at - before.taken;
                const Duration slack = std::chrono::duration_cast<Duration>(20ms * m_facts.speed);
                if (told && gap + slack < m_terms.hint)
                    find({CrashFinding::TooSoon, CrashVerdict::Partial, toSeconds(gap), toSeconds(m_terms.hint)});
            }
        }
    }
    /// Programs that were told the same time: the middle eight in ten of those that came back, both as they meant it
    /// and as they arrived, so that neither a slow machine nor a fast one decides.
    void herd()
    {
        if (m_terms.programs < 2 || m_facts.places.isEmpty())
            return;
        QVector<double> meant, arrived;
        for (const Event &e : m_facts.events) {
            if (e.kind == EventKind::RetryScheduled && e.delaySource == DelaySource::Server)
                meant.append(toSeconds(e.delay));
        }
        for (const SandboxRequest &request : m_facts.places.first().ended) {
            if (request.fault == Fault::None)
                arrived.append(double(request.at.time_since_epoch().count()) / 1e3);
        }
        if (meant.size() < herdFromOn || arrived.size() < herdFromOn)
            return; // they went elsewhere
        const double spread = std::min(middle(meant), middle(arrived));
        if (spread < toSeconds(leastSpread))
            find({CrashFinding::Bunched, CrashVerdict::Partial, spread, toSeconds(leastSpread)});
    }
    static double middle(QVector<double> values)
    {
        std::sort(values.begin(), values.end());
        return values[values.size() * 9 / 10] - values[values.size() / 10];
    }
    void back()
    {
        const auto &last = m_facts.calls.last();
        if (m_terms.comesBack && last && last->succeeded() && last->provider != m_stage.chain.first())
            find({CrashFinding::NotBack, CrashVerdict::Partial});
    }
    void time()
    {
        if (m_terms.within > 0s && m_facts.took > m_terms.within)
            find({CrashFinding::TooSlow, CrashVerdict::Partial, toSeconds(m_facts.took), toSeconds(m_terms.within)});
    }

    const CrashCase &m_case;
    const CrashTerms &m_terms;
    const Stage &m_stage;
    const CrashFacts &m_facts;
    Found m_worst{CrashFinding::None, CrashVerdict::Pass};
};

} // namespace

CrashResult judge(const CrashCase &what, const Stage &stage, const CrashFacts &facts)
{
    const Found found = Judge(what, stage, facts).worst();
    CrashResult result;
    result.key = QLatin1String(what.key);
    result.verdict = found.verdict;
    result.finding = found.finding;
    result.counted = found.counted;
    result.wanted = found.wanted;
    result.setting = settingFor(found.finding, what, stage, facts);
    result.value = settingValue(result.setting, stage.configuration);
    result.names = providerNames(stage.configuration);
    result.calls = int(facts.calls.size());
    result.leftOver = facts.leftOver;
    result.took = facts.took;
    result.speed = facts.speed;
    for (const auto &call : facts.calls) {
        if (!call) {
            ++result.unended;
            continue;
        }
        if (call->succeeded()) {
            result.told |= result.answered == 0 && !call->isPlain();
            ++result.answered;
            result.by = call->provider;
        } else if (result.reason == RetryReason::None) {
            result.reason = call->reason;
            result.rule = call->rule;
        }
    }
    for (const Event &e : facts.events) {
        result.retries += e.kind == EventKind::RetryScheduled;
        result.failovers += e.kind == EventKind::FailedOver;
    }
    for (qsizetype i = 0; i < facts.places.size(); ++i) {
        result.requests.append({stage.chain[i], facts.places[i].requests});
        result.astray += facts.places[i].astray;
    }
    return result;
}

} // namespace retryscope
