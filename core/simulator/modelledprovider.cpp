// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "simulator/modelledprovider.h"

#include "simulator/keyedrandom.h"

#include <algorithm>
#include <cmath>

namespace retryscope {
namespace {

constexpr double secondsAMinute = 60.0;
constexpr Duration absurdHint = 3h;
constexpr double shortHint = 0.25; // of the truth
constexpr double errorShare = 0.3; // of the time of a first token, for an error
constexpr Duration shortestAttempt = 2ms; // there and back: no time would pass for who tries again at once

RetryReason reasonOf(FaultMode mode)
{
    switch (mode) {
    case FaultMode::Refused: return RetryReason::Network;
    case FaultMode::Hang: return RetryReason::NetworkTimeout;
    case FaultMode::ServerError: return RetryReason::ServerError;
    case FaultMode::Overloaded: return RetryReason::TemporaryFailure;
    case FaultMode::RateLimit: return RetryReason::RateLimit;
    case FaultMode::QuotaExhausted: return RetryReason::QuotaExhausted;
    case FaultMode::KeyRevoked: return RetryReason::Authentication;
    case FaultMode::ModelGone: return RetryReason::ModelUnavailable;
    case FaultMode::Slow:
    case FaultMode::Stall: return RetryReason::None;
    case FaultMode::StreamCut: return RetryReason::StreamInterrupted;
    case FaultMode::Malformed: return RetryReason::MalformedResponse;
    }
    return RetryReason::Unknown;
}

bool holds(const FaultSpan &fault, Duration at) { return at >= fault.from && at < fault.from + fault.length; }

/// Whether the attempt is among the fault's share. `n`: the fault's number, from 1.
bool meets(const FaultSpan &fault, quint64 n, const ModelledProvider::Asked &asked)
{
    return fault.share >= 1.0
           || uniformAt({asked.seed, Purpose::Outcome, asked.call, (quint64(asked.attempt) << 16) + n}) < fault.share;
}

} // namespace

QuotaBucket::QuotaBucket(double perMinute, Duration burst, bool fixedWindow, double othersPerSecond)
    : m_rate(perMinute / secondsAMinute), m_capacity(m_rate * toSeconds(burst)), m_others(othersPerSecond),
      m_level(m_capacity), m_burst(burst), m_fixed(fixedWindow)
{}

void QuotaBucket::advance(SteadyTime now)
{
    if (m_at == SteadyTime{}) {
        m_at = now;
        m_full = now + m_burst;
    }
    if (m_fixed && now >= m_full) {
        m_at = m_full + (now - m_full) / m_burst * m_burst;
        m_full = m_at + m_burst;
        m_level = m_capacity;
    }
    const double gone = toSeconds(now - m_at);
    m_level += ((m_fixed ? 0.0 : m_rate) - m_others) * gone;
    m_level = std::min(m_level, m_capacity);
    if (m_others > 0.0)
        m_level = std::max(m_level, 0.0); // the others leave nothing, but no debt
    m_at = now;
}

bool QuotaBucket::take(double amount, SteadyTime now)
{
    if (!isThere())
        return true;
    advance(now);
    constexpr double rounding = 1e-9;
    if (m_level + rounding < std::min(amount, m_capacity))
        return false;
    m_level -= amount;
    return true;
}

void QuotaBucket::charge(double amount, SteadyTime now)
{
    if (!isThere())
        return;
    advance(now);
    m_level -= amount;
}

Duration QuotaBucket::until(double amount, SteadyTime now)
{
    if (!isThere())
        return {};
    advance(now);
    const double missing = std::min(amount, m_capacity) - m_level;
    if (missing <= 0.0)
        return {};
    if (m_fixed)
        return m_full - now;
    const double net = std::max(m_rate - m_others, m_rate * 0.01);
    return fromSeconds(missing / net);
}

LimitWindow QuotaBucket::window(LimitKind kind, SteadyTime now)
{
    advance(now);
    LimitWindow w;
    w.kind = kind;
    w.limit = qint64(m_capacity);
    w.remaining = qint64(std::max(0.0, m_level));
    w.continuous = !m_fixed;
    w.resetIn = m_fixed ? m_full - now : fromSeconds((m_capacity - m_level) / m_rate);
    return w;
}

AccountQuota &ModelledProvider::quotaOf(const std::string &account)
{
    const auto found = m_quotas->find(account);
    if (found != m_quotas->end())
        return found->second;
    const QuotaModel &q = m_model->quota;
    const AccountQuota full{{q.requestsPerMinute, q.burst, q.fixedWindow, q.othersPerSecond},
                            {q.tokensPerMinute, q.burst, q.fixedWindow, q.othersPerSecond * q.othersTokens}};
    return m_quotas->emplace(account, full).first->second;
}

/// The first that this attempt meets.
const FaultSpan *ModelledProvider::faultOf(const Asked &asked, Duration at) const
{
    quint64 n = 0;
    for (const FaultSpan &fault : m_model->faults) {
        ++n;
        if (reasonOf(fault.mode) != RetryReason::None && holds(fault, at) && meets(fault, n, asked))
            return &fault;
    }
    return nullptr;
}

double ModelledProvider::slowness(const Asked &asked, Duration at) const
{
    double factor = 1.0;
    quint64 n = 0;
    for (const FaultSpan &fault : m_model->faults) {
        ++n;
        if (fault.mode == FaultMode::Slow && holds(fault, at) && meets(fault, n, asked))
            factor *= fault.factor;
    }
    return factor;
}

/// One for all stalls: an attempt that waits from one to the next is the same.
double ModelledProvider::stallDraw(const Asked &asked) const
{
    const bool shared = std::any_of(m_model->faults.begin(), m_model->faults.end(), [](const FaultSpan &fault) {
        return fault.mode == FaultMode::Stall && fault.share < 1.0;
    });
    constexpr quint64 last = 0xffff; // of the numbers of an attempt's draws
    return shared ? uniformAt({asked.seed, Purpose::Outcome, asked.call, (quint64(asked.attempt) << 16) + last}) : 0.0;
}

Duration ModelledProvider::stallLeft(Duration at, double draw) const
{
    Duration left{};
    for (const FaultSpan &fault : m_model->faults) {
        if (fault.mode == FaultMode::Stall && holds(fault, at) && (fault.share >= 1.0 || draw < fault.share))
            left = std::max(left, fault.from + fault.length - at);
    }
    return left;
}

double ModelledProvider::Asked::firstTokenDraw() const
{
    return firstToken ? *firstToken : retryscope::firstTokenDraw(seed, call, attempt);
}

Duration ModelledProvider::quickError(const Asked &asked) const
{
    const double z = asked.firstTokenDraw();
    return std::max(shortestAttempt, fromSeconds(errorShare * toSeconds(m_model->latency.firstToken)
                                                 * std::exp(m_model->latency.spread * z)));
}

/// By the account's limits; what it takes is taken.
std::optional<ModelledReply> ModelledProvider::refused(const Asked &asked, SteadyTime now)
{
    const QuotaModel &q = m_model->quota;
    if (!q.isThere())
        return std::nullopt;
    AccountQuota &quota = quotaOf(asked.account);
    const double tokens = asked.promptTokens + asked.answerTokens;
    const Duration wait = std::max(quota.requests.until(1.0, now), quota.tokens.until(tokens, now));
    if (wait <= Duration::zero()) {
        quota.requests.take(1.0, now);
        quota.tokens.take(tokens, now);
        return std::nullopt;
    }
    ModelledReply reply;
    reply.reason = RetryReason::RateLimit;
    switch (q.hint) {
    case HintModel::Truthful: reply.hint = std::chrono::ceil<std::chrono::milliseconds>(wait); break;
    case HintModel::Missing: break;
    case HintModel::TooShort: reply.hint = std::chrono::duration_cast<Duration>(wait * shortHint); break;
    case HintModel::Absurd: reply.hint = absurdHint; break;
    }
    reply.length = quickError(asked);
    return reply;
}

ModelledReply ModelledProvider::answer(const Asked &asked, Duration at) const
{
    const LatencyModel &l = m_model->latency;
    const quint64 n = quint64(asked.attempt);
    const double slow = slowness(asked, at);
    const bool late = l.tailShare > 0.0 && uniformAt({asked.seed, Purpose::Tail, asked.call, n}) < l.tailShare;
    const double z = late || l.spread > 0.0 ? asked.firstTokenDraw() : 0.0;
    const double first =
        late ? toSeconds(l.tail) * std::exp(tailSpread * z) : toSeconds(l.firstToken) * std::exp(l.spread * z);
    ModelledReply reply;
    reply.stallDraw = stallDraw(asked);
    reply.firstToken = fromSeconds(first * slow)
                       + (m_model->capacity.machines > 0 ? Duration::zero() : stallLeft(at, reply.stallDraw));
    reply.generated = asked.answerTokens;
    if (m_model->cutPerToken > 0.0) { // geometric
        const double u = uniformAt({asked.seed, Purpose::Cut, asked.call, n});
        const double until = std::floor(std::log1p(-u) / std::log1p(-m_model->cutPerToken));
        if (until < asked.answerTokens) {
            reply.reason = RetryReason::StreamInterrupted;
            reply.generated = until;
        }
    }
    reply.length =
        std::max(shortestAttempt, *reply.firstToken + fromSeconds(slow * reply.generated / l.tokensPerSecond));
    return reply;
}

ModelledReply ModelledProvider::failed(const FaultSpan &fault, const Asked &asked, Duration at) const
{
    const RetryReason reason = reasonOf(fault.mode);
    if (fault.mode == FaultMode::StreamCut || fault.mode == FaultMode::Malformed) {
        ModelledReply reply = answer(asked, at);
        reply.reason = reason;
        if (fault.mode == FaultMode::StreamCut) {
            reply.generated *= uniformAt({asked.seed, Purpose::Cut, asked.call, quint64(asked.attempt)});
            reply.length = std::max(shortestAttempt, *reply.firstToken
                                                         + fromSeconds(slowness(asked, at) * reply.generated
                                                                       / m_model->latency.tokensPerSecond));
        }
        return reply;
    }
    ModelledReply reply;
    reply.reason = reason;
    reply.length = fault.mode == FaultMode::Refused ? shortestAttempt : quickError(asked);
    return reply;
}

std::optional<ModelledReply> ModelledProvider::recorded(const Asked &asked, Duration at) const
{
    const auto &all = m_model->recorded;
    auto known = std::lower_bound(all.begin(), all.end(), at,
                                  [](const RecordedReply &r, Duration time) { return r.at < time; });
    if (known == all.end() || (known != all.begin() && at - std::prev(known)->at < known->at - at)) {
        if (known == all.begin())
            return std::nullopt;
        --known;
    }
    if (std::chrono::abs(known->at - at) > recordReach)
        return std::nullopt;
    ModelledReply reply;
    reply.reason = known->reason;
    reply.hint = known->hint;
    reply.firstToken = known->firstToken;
    reply.length = known->length;
    reply.generated = known->firstToken ? asked.answerTokens : 0;
    reply.delivery = known->delivery;
    return reply;
}

ModelledReply ModelledProvider::reply(const Asked &asked, Duration at, SteadyTime now)
{
    if (m_model->ofRecord) {
        if (const auto known = recorded(asked, at))
            return *known;
        ModelledReply guess = answer(asked, at);
        guess.assumed = true;
        return guess;
    }
    const FaultSpan *fault = faultOf(asked, at);
    if (fault && fault->mode == FaultMode::Refused) // never gets there
        return failed(*fault, asked, at);
    const bool failsAnyway =
        m_model->failureShare > 0.0
        && uniformAt({asked.seed, Purpose::Outcome, asked.call, quint64(asked.attempt) << 16}) < m_model->failureShare;
    if (m_model->quota.isThere() && (m_model->quota.failuresCount || (!fault && !failsAnyway))) {
        if (auto refusal = refused(asked, now))
            return *refusal;
    }
    ModelledReply reply = fault ? failed(*fault, asked, at)
        : failsAnyway           ? failed({{}, {}, FaultMode::ServerError}, asked, at)
                                : answer(asked, at);
    const CapacityModel &c = m_model->capacity;
    if (c.machines > 0 && !fault && !failsAnyway) {
        if (c.longestQueue > 0 && m_busy >= c.machines && queued() >= c.longestQueue)
            return failed({{}, {}, FaultMode::Overloaded}, asked, at);
        reply.queued = true;
        if (c.service > Duration::zero())
            reply.length =
                fromSeconds(slowness(asked, at) * toSeconds(c.service)
                            * exponentialAt({asked.seed, Purpose::Service, asked.call, quint64(asked.attempt)}));
        if (reply.firstToken)
            reply.firstToken = std::min(*reply.firstToken, reply.length);
    }
    if (m_model->quota.isThere() && m_model->quota.headers && !fault && !failsAnyway) {
        AccountQuota &quota = quotaOf(asked.account);
        if (quota.requests.isThere())
            reply.windows.push_back(quota.requests.window(LimitKind::Requests, now));
        if (quota.tokens.isThere())
            reply.windows.push_back(quota.tokens.window(LimitKind::Tokens, now));
    }
    return reply;
}

RetryReason ModelledProvider::probed(quint64 seed, quint64 n, Duration at) const
{
    for (const FaultSpan &fault : m_model->faults) {
        const bool reaches = fault.mode == FaultMode::Refused || fault.mode == FaultMode::Hang
                             || fault.mode == FaultMode::ServerError || fault.mode == FaultMode::KeyRevoked;
        if (reaches && holds(fault, at)
            && (fault.share >= 1.0 || uniformAt({seed, Purpose::Probe, n, 0}) < fault.share))
            return reasonOf(fault.mode);
    }
    return RetryReason::None;
}

bool ModelledProvider::occupy(quint32 job)
{
    if (m_busy < m_model->capacity.machines) {
        ++m_busy;
        return true;
    }
    m_queue.push_back(job);
    return false;
}

void ModelledProvider::leaveQueue(quint32 job)
{
    const auto place = std::find(m_queue.begin(), m_queue.end(), job);
    if (place != m_queue.end())
        m_queue.erase(place);
}

std::optional<quint32> ModelledProvider::freeOne()
{
    if (m_queue.empty()) {
        --m_busy;
        return std::nullopt;
    }
    const quint32 next = m_queue.front();
    m_queue.pop_front();
    return next;
}

} // namespace retryscope
