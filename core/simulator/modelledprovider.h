// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "policy/ratelimits.h"
#include "policy/retryreason.h"
#include "simulator/scenario.h"

#include <deque>
#include <string>
#include <unordered_map>

namespace retryscope {

/// One of an account's buckets. Full at the start; others may drink from it, too.
class QuotaBucket
{
public:
    /// 0 a minute: there is no such limit.
    QuotaBucket(double perMinute, Duration burst, bool fixedWindow, double othersPerSecond);
    bool isThere() const { return m_rate > 0.0; }
    /// False: not enough is there, and nothing is taken. What no full bucket holds is let through by a full one.
    bool take(double amount, SteadyTime now);
    /// Takes it, whatever is there.
    void charge(double amount, SteadyTime now);
    /// Until so much is there; 0: it is.
    Duration until(double amount, SteadyTime now);
    LimitWindow window(LimitKind kind, SteadyTime now);

private:
    void advance(SteadyTime now);
    double m_rate, m_capacity, m_others, m_level;
    Duration m_burst;
    bool m_fixed;
    SteadyTime m_at{}, m_full{}; ///< as of when; Fixed: when the window ends
};

/// One account's limits.
struct AccountQuota
{
    QuotaBucket requests, tokens;
};
/// By account, of a whole run: providers with one account drink from the same buckets, which are as large as the first says
/// that is asked and has some.
using AccountQuotas = std::unordered_map<std::string, AccountQuota>;

/// What becomes of an attempt as long as nobody ends it. Times count from when it is worked on.
struct ModelledReply
{
    RetryReason reason = RetryReason::None; ///< NetworkTimeout: silence for ever
    std::optional<Duration> hint;
    std::optional<Duration> firstToken; ///< none: an error, or silence
    Duration length{};
    double generated = 0; ///< tokens, until its end
    LimitWindows windows;
    std::optional<Delivery> delivery; ///< where it is known; else as its reason has it
    bool assumed = false; ///< it is of a record, which does not know this
    bool queued = false; ///< for one of the provider's machines: `onStarted` says when it has one
    double stallDraw = 0; ///< below a stall's share: it meets it
};

/// One provider under a scenario: its account's quota, its machines, its bad hours. All chance comes by key.
class ModelledProvider
{
public:
    struct Asked
    {
        quint64 seed = 0, call = 0;
        int attempt = 0;
        double promptTokens = 0, answerTokens = 0;
        const std::string &account;
        std::optional<double> firstToken = {}; ///< its normal draw, where it is drawn already
        double firstTokenDraw() const;
    };
    /// `quotas`: the run's; they outlive this.
    ModelledProvider(const ProviderModel &model, AccountQuotas *quotas) : m_model(&model), m_quotas(quotas) {}

    /// `at`: since the scenario's start.
    ModelledReply reply(const Asked &asked, Duration at, SteadyTime now);
    /// Whether its list of models would come, for a free probe: the reason, as for an attempt.
    RetryReason probed(quint64 seed, quint64 n, Duration at) const;
    const CapacityModel &capacity() const { return m_model->capacity; }
    /// How long nothing is worked on from `at`, of an attempt with this draw.
    Duration stallLeft(Duration at, double draw) const;

    /// Its machines. A job is a number of the caller's.
    bool occupy(quint32 job); ///< false: it queues
    void leaveQueue(quint32 job);
    std::optional<quint32> freeOne(); ///< the machine of a job is free: the next in the queue takes it
    qsizetype queued() const { return qsizetype(m_queue.size()); }

private:
    AccountQuota &quotaOf(const std::string &account);
    const FaultSpan *faultOf(const Asked &asked, Duration at) const;
    double slowness(const Asked &asked, Duration at) const;
    double stallDraw(const Asked &asked) const;
    std::optional<ModelledReply> refused(const Asked &asked, SteadyTime now);
    std::optional<ModelledReply> recorded(const Asked &asked, Duration at) const;
    ModelledReply answer(const Asked &asked, Duration at) const;
    ModelledReply failed(const FaultSpan &fault, const Asked &asked, Duration at) const;
    Duration quickError(const Asked &asked) const;

    const ProviderModel *m_model;
    AccountQuotas *m_quotas;
    std::deque<quint32> m_queue;
    int m_busy = 0;
};

} // namespace retryscope
