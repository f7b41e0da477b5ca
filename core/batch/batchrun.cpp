// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "batch/batchrun.h"

#include "engine/targets.h"

#include <algorithm>

namespace retryscope {

constexpr qint64 mostKept = 32 << 20; ///< characters of answers of one batch

BatchRun::BatchRun(EngineClient &engine, Clock &clock, QObject *parent)
    : QObject(parent), m_engine(engine), m_clock(clock)
{
    connect(&engine, &EngineClient::eventsArrived, this, &BatchRun::onEvents);
    connect(&engine, &EngineClient::callFinished, this, &BatchRun::onFinished);
}

BatchRun::~BatchRun()
{
    for (auto it = m_open.constBegin(); it != m_open.constEnd(); ++it)
        m_engine.cancel(it.key());
}

void BatchRun::start(const BatchPlan &plan, const Configuration &configuration, const PriceList &prices)
{
    if (m_running || plan.prompts.isEmpty())
        return;
    m_plan = plan;
    m_plan.runs = std::clamp(m_plan.runs, 1, std::max(1, mostBatchCalls / int(m_plan.prompts.size())));
    m_plan.concurrency = std::clamp(m_plan.concurrency, 1, mostBatchConcurrency);
    m_prices = prices;
    m_began = m_clock.now();
    m_at = m_clock.wallNow();
    m_ledger = CostLedger(plan.ceiling, plan.acceptUnknown);
    m_rows.clear();
    m_end.reset();
    m_ended = 0;
    m_kept = 0;
    m_running = true;
    setConfiguration(configuration);
    pump();
}

void BatchRun::setConfiguration(const Configuration &configuration)
{
    if (!m_running)
        return;
    m_costs = BatchCosts(configuration, m_prices, m_plan.route, m_at);
    m_plan.names.insert(providerNames(configuration)); // those of providers that went are still in the rows
}

void BatchRun::stop()
{
    if (!m_running)
        return;
    m_end = BatchEnd::Stopped;
    const auto calls = m_open.keys();
    for (const CallId call : calls)
        m_engine.cancel(call);
    pump();
}

std::optional<Duration> BatchRun::left() const
{
    if (!m_running || m_ended == 0)
        return std::nullopt;
    const int more = m_end ? inFlight() : planned() - m_ended;
    return (m_clock.now() - m_began) / m_ended * more;
}

/// Starts what may start now; ends the batch when nothing is left.
void BatchRun::pump()
{
    m_next.reset();
    while (m_running && !m_end && m_rows.size() < planned() && inFlight() < m_plan.concurrency) {
        const SteadyTime now = m_clock.now();
        if (!m_rows.isEmpty() && now < m_lastStart + m_plan.spacing) {
            m_next = m_clock.startTimer(m_lastStart + m_plan.spacing - now, [this] { pump(); });
            return;
        }
        const CallCost cost = m_costs.of(m_plan.prompts[m_rows.size() % m_plan.prompts.size()].prompt);
        switch (m_ledger.mayStart(cost)) {
        case CostLedger::Verdict::Start: begin(cost); break;
        case CostLedger::Verdict::Wait: return;
        case CostLedger::Verdict::Ceiling: m_end = BatchEnd::Ceiling; break;
        case CostLedger::Verdict::Unknown: m_end = BatchEnd::PriceUnknown; break;
        }
    }
    if (m_running && m_open.isEmpty() && (m_end || m_rows.size() == planned()))
        end(m_end.value_or(BatchEnd::Complete));
}

void BatchRun::begin(const CallCost &cost)
{
    BatchRow row;
    const int place = int(m_rows.size());
    row.number = place + 1;
    row.prompt = place % int(m_plan.prompts.size());
    row.run = place / int(m_plan.prompts.size()) + 1;
    m_lastStart = m_clock.now();
    row.began = m_lastStart - m_began;
    row.call = m_engine.send(m_plan.prompts[row.prompt].prompt, m_plan.route);
    m_ledger.start(row.call, cost);
    m_open.insert(row.call, place);
    m_rows.append(row);
    emit rowBegan(place);
}

void BatchRun::end(BatchEnd how)
{
    m_end = how;
    m_took = m_clock.now() - m_began;
    m_running = false;
    emit finished(how);
}

void BatchRun::onEvents(const Events &events)
{
    if (m_open.isEmpty())
        return;
    for (const Event &event : events) {
        const auto it = event.call ? m_open.constFind(event.call) : m_open.constEnd();
        if (it == m_open.constEnd())
            continue;
        onEvent(event, &m_rows[*it]);
        if (event.kind == EventKind::AttemptStarted || event.kind == EventKind::FailedOver)
            emit rowChanged(*it);
    }
}

void BatchRun::onEvent(const Event &event, BatchRow *row)
{
    switch (event.kind) {
    case EventKind::AttemptStarted:
        row->attempts = event.attempt;
        row->provider = event.provider;
        row->model = event.model;
        row->simulated = event.simulated;
        row->retries += event.reason != RetryReason::None; // see Event::reason
        break;
    case EventKind::FailedOver: ++row->failovers; break;
    case EventKind::AttemptFinished: m_ledger.attemptEnded(event); break;
    default: break;
    }
}

void BatchRun::onFinished(const CallResult &result)
{
    const auto it = m_open.find(result.call);
    if (it == m_open.end())
        return;
    const int place = *it;
    m_open.erase(it);
    m_ledger.finish(result.call);
    BatchRow &row = m_rows[place];
    row.state = RowState::Done;
    if (!result.provider.isEmpty()) {
        row.provider = result.provider;
        row.model = result.model;
    }
    row.outcome = result.outcome;
    row.reason = result.reason;
    row.status = result.status;
    row.attempts = result.attempts;
    row.duration = result.duration;
    row.firstToken = result.firstToken;
    row.tokensIn = result.tokensIn;
    row.tokensOut = result.tokensOut;
    row.costUsd = result.costUsd;
    row.finish = result.answer.finish;
    if (row.finish == Finish::Other)
        row.finishReason = result.answer.finishReason;
    row.simulated = result.simulated;
    if (!row.isServed()) {
        row.rule = result.rule;
        row.message = result.message;
    }
    keepAnswer(result, &row);
    ++m_ended;
    emit rowEnded(place);
    pump();
}

void BatchRun::keepAnswer(const CallResult &result, BatchRow *row)
{
    if (!m_plan.keepAnswers || m_kept + result.text.size() > mostKept)
        return;
    row->answer = result.text;
    m_kept += result.text.size();
}

BatchReport BatchRun::report() const
{
    return {m_plan,
            m_rows,
            m_end.value_or(BatchEnd::Complete),
            m_at,
            m_running ? m_clock.now() - m_began : m_took,
            m_ledger.spent(),
            m_ledger.uncertain()};
}

} // namespace retryscope
