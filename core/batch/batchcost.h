// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "batch/batchprompts.h"
#include "config/configuration.h"
#include "engine/engineclient.h"
#include "pricing/pricelist.h"

#include <map>

namespace retryscope {

/// What one call may cost at those that it may ask. What a simulated provider is said to take is never paid and counts as
/// nothing.
struct CallCost
{
    double likely = 0;    ///< answered at once by the first of the chain, as long as it may be
    double attempt = 0;   ///< the most that one attempt may cost, of those whose price is known
    int attempts = 0;     ///< the most that the policy makes
    bool real = false;    ///< somebody may be asked who wants money
    bool pictures = false; ///< in the prompt: what it costs is not known, whoever answers
    QStringList unpriced; ///< "ID (MODEL)": nothing is known of their price, whatever is asked
    bool isKnown() const { return unpriced.isEmpty() && !pictures; }
    double most() const { return attempt * attempts; }
};

/// Prices of calls before they are made: by the configuration's chain and policy, and the price list.
class BatchCosts
{
public:
    BatchCosts() = default;
    BatchCosts(const Configuration &configuration, const PriceList &prices, const Route &route, WallTime now);
    CallCost of(const Prompt &prompt) const;

private:
    std::optional<double> cost(const ProviderConfig &provider, const QString &model, qint64 in, qint64 out) const;

    Configuration m_configuration;
    PriceList m_prices;
    Route m_route;
    WallTime m_now{};
};

/// No more tokens than this go in with the prompt: no tokenizer makes more of a text than it has bytes. None: it holds images,
/// whose tokens each vendor counts its own way.
std::optional<qint64> mostTokensOf(const Prompt &prompt);

struct BatchEstimate
{
    int calls = 0, requests = 0; ///< the most requests
    double likely = 0, most = 0; ///< US dollars, of what is priced
    double dearest = 0;          ///< the most that one call may cost
    bool real = false;
    bool pictures = false; ///< as of a call
    QStringList unpriced;
    bool isKnown() const { return unpriced.isEmpty() && !pictures; }
};
BatchEstimate estimateOf(const BatchPrompts &prompts, int runs, const BatchCosts &costs);
/// Of calls that each go their own way.
BatchEstimate estimateOf(const QVector<CallCost> &calls);

/// Keeps the ceiling while a batch runs: what was spent, what may have been, and what the calls in flight may come to.
class CostLedger
{
public:
    enum class Verdict : quint8 {
        Start,
        Wait,    ///< until a call in flight ends: it may cost less than it might
        Ceiling, ///< no call of this cost fits any more
        Unknown, ///< its price is not known, which nobody has accepted
    };
    CostLedger() = default;
    /// No ceiling: everything may start.
    explicit CostLedger(std::optional<double> ceiling, bool acceptUnknown = false)
        : m_ceiling(ceiling), m_acceptUnknown(acceptUnknown)
    {}
    Verdict mayStart(const CallCost &next) const;
    void start(CallId call, const CallCost &cost);
    /// An attempt of a call has ended; others than the ledger's calls are no matter.
    void attemptEnded(const Event &finished);
    void finish(CallId call);

    double spent() const { return m_spent; }         ///< known
    double uncertain() const { return m_uncertain; } ///< at most so much more: attempts that may have been billed
    double inFlight() const;                         ///< at most
    std::optional<double> ceiling() const { return m_ceiling; }

private:
    std::optional<double> m_ceiling;
    bool m_acceptUnknown = false;
    double m_spent = 0, m_uncertain = 0;
    struct Open
    {
        double attempt = 0;
        int left = 0;
    };
    std::map<CallId, Open> m_open;
};

} // namespace retryscope
