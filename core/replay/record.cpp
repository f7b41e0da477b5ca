// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "replay/record.h"

#include "protocols/protocol.h"
#include "replay/latencyfit.h"

#include <algorithm>

namespace retryscope {
namespace {

constexpr Duration moment = 1s; // after the last call came

Duration elapsed(WallTime from, WallTime to) { return std::chrono::duration_cast<Duration>(to - from); }

/// The wait that came with a refusal, from the headers that were kept.
std::optional<Duration> hintOf(const Event &event)
{
    HttpHeaders headers;
    for (const auto &[name, value] : event.headers)
        headers.append({name.toLatin1(), value.toLatin1()});
    FailureFacts facts;
    readErrorHeaders(headers, event.wall, &facts);
    return facts.hint;
}

bool hasTokens(const TraceRow &row) { return row.promptTokens > 1 || row.answerTokens > 1; }

qint64 medianOf(std::vector<qint64> values)
{
    const auto middle = values.begin() + std::ptrdiff_t(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

/// A call that failed has no tokens on record, and would have cost some.
QVector<TraceRow> withUsualTokens(const Record &record)
{
    std::vector<qint64> prompts, answers;
    for (const TraceRow &row : record.calls) {
        if (hasTokens(row)) {
            prompts.push_back(row.promptTokens);
            answers.push_back(row.answerTokens);
        }
    }
    QVector<TraceRow> rows = record.calls;
    if (prompts.empty())
        return rows;
    const qint64 prompt = medianOf(std::move(prompts)), answer = medianOf(std::move(answers));
    for (TraceRow &row : rows) {
        if (!hasTokens(row)) {
            row.promptTokens = prompt;
            row.answerTokens = answer;
        }
    }
    return rows;
}

} // namespace

void RecordReader::add(const Event &e)
{
    if (!e.call)
        return;
    const std::pair<qint64, quint64> name{e.run, e.call.value};
    if (e.kind == EventKind::CallSubmitted) {
        Call &call = m_calls[name];
        call.came = e.wall;
        call.simulated = e.simulated;
        return;
    }
    const auto found = m_calls.find(name);
    if (found == m_calls.end())
        return; // it came before the record
    Call &call = found->second;
    switch (e.kind) {
    case EventKind::AttemptStarted:
        call.started = e.wall;
        ++call.attempts;
        call.retries += e.reason != RetryReason::None;
        break;
    case EventKind::FailedOver: ++call.failovers; break;
    case EventKind::AttemptFinished: {
        call.limited += e.reason == RetryReason::RateLimit;
        if (e.reason == RetryReason::Cancelled)
            break;
        const bool begun = e.reason == RetryReason::None || e.firstToken;
        m_replies[e.provider].append(
            {call.started, call.simulated,
             {{}, e.reason, e.reason == RetryReason::None ? std::nullopt : hintOf(e),
              begun ? std::optional(e.firstToken.value_or(e.duration)) : std::nullopt, e.duration,
              e.tokensOut.value_or(0), e.delivery}});
        break;
    }
    case EventKind::CallFinished:
        call.outcome = e.outcome;
        call.reason = e.reason;
        call.rule = e.rule;
        call.duration = e.duration;
        call.tokensIn = e.tokensIn;
        call.tokensOut = e.tokensOut;
        break;
    default: break;
    }
}

bool RecordReader::isSimulated(CallKind kind) const
{
    const auto isReal = [](const auto &named) { return named.second.outcome && !named.second.simulated; };
    return kind == CallKind::Simulated
           || (kind == CallKind::RealIfAny && std::none_of(m_calls.begin(), m_calls.end(), isReal)
               && std::any_of(m_calls.begin(), m_calls.end(), [](const auto &named) { return named.second.simulated; }));
}

Record RecordReader::record(CallKind kind) const
{
    Record r;
    r.simulated = isSimulated(kind);
    std::vector<const Call *> ended;
    for (const auto &[name, call] : m_calls) {
        if (call.simulated != r.simulated) {
            ++r.otherKind;
            continue;
        }
        r.cancelled += call.outcome == CallOutcome::Cancelled;
        r.unfinished += !call.outcome.has_value();
        if (call.outcome && *call.outcome != CallOutcome::Cancelled)
            ended.push_back(&call);
    }
    if (ended.empty())
        return r;
    std::stable_sort(ended.begin(), ended.end(), [](const Call *a, const Call *b) { return a->came < b->came; });
    r.from = ended.front()->came;
    r.length = elapsed(r.from, ended.back()->came) + moment;
    SimulationResult &a = r.actual;
    a.seconds.resize(std::size_t(toSeconds(r.length)) + 1);
    const auto second = [&](Duration at) -> SimulatedSecond & {
        return a.seconds[std::min(a.seconds.size() - 1, std::size_t(std::max<qint64>(0, at / 1s)))];
    };
    for (const Call *call : ended) {
        const Duration at = elapsed(r.from, call->came);
        r.calls.append({at, std::max(1, call->tokensIn.value_or(1)), std::max(1, call->tokensOut.value_or(1))});
        r.ends.append({isServed(*call->outcome), call->rule});
        r.tokensKnown += call->tokensIn && call->tokensOut;
        const float after = float(toSeconds(call->duration));
        ++a.calls;
        ++second(at).arrived;
        a.attempts += call->attempts;
        a.retries += call->retries;
        a.failovers += call->failovers;
        a.limited += call->limited;
        a.endedAfter.push_back(after);
        if (isServed(*call->outcome)) {
            ++a.answered;
            ++second(at + call->duration).answered;
            a.answeredAfter.push_back(after);
        } else {
            ++a.failedBy[std::size_t(call->reason)];
            ++second(at + call->duration).failed;
        }
    }
    a.complete = true;
    for (const auto &[provider, replies] : m_replies) {
        QVector<RecordedReply> all;
        for (const Reply &reply : replies) {
            if (reply.simulated != r.simulated)
                continue;
            all.append(reply.reply);
            all.last().at = elapsed(r.from, reply.at);
            ++second(all.last().at).attempts;
        }
        std::stable_sort(all.begin(), all.end(),
                         [](const RecordedReply &x, const RecordedReply &y) { return x.at < y.at; });
        if (const FittedLatency usual = fitLatency(all); usual.answered > 0)
            r.usual[provider] = usual.model;
        if (!all.isEmpty())
            r.replies[provider] = all;
    }
    return r;
}

Scenario scenarioOf(const Record &record, const Targets &chain)
{
    Scenario s;
    s.length = record.length;
    s.workload.kind = Workload::Kind::Trace;
    s.workload.trace = withUsualTokens(record);
    for (const std::string &name : providersOf(chain)) {
        const ProviderId id = toText(name);
        ProviderModel model;
        model.ofRecord = true;
        if (const auto replies = record.replies.find(id); replies != record.replies.end())
            model.recorded = replies->second;
        if (const auto usual = record.usual.find(id); usual != record.usual.end())
            model.latency = usual->second;
        else if (!record.usual.empty())
            model.latency = record.usual.begin()->second;
        s.models.append(model);
    }
    return s;
}

} // namespace retryscope
