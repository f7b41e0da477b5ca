// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "policy/attemptlimits.h"
#include "policy/circuitbreaker.h"
#include "policy/pacer.h"

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace retryscope {

/// Whom an attempt would ask. Two providers with the same account share key and quota; the same key at another host is
/// another account.
struct Target
{
    std::string provider;
    std::string model;
    std::string account;              ///< empty: the provider's own
    bool takesIdempotencyKey = false;
    Amount contextWindow = 0;     ///< tokens of prompt and answer together; 0: not known
    std::optional<Duration> attemptTimeout; ///< in place of the policy's
    OwnTimes times;                         ///< the other limits of an attempt
    std::string host;                           ///< of the base URL, for a person's own rules; empty: not known
    bool operator==(const Target &) const = default;
};
using Targets = std::vector<Target>;
/// The providers of a chain, each once, in its order.
std::vector<std::string> providersOf(const Targets &chain);

struct ProviderHealth
{
    std::string provider;
    CircuitState state = CircuitState::Closed; ///< the worst of its circuits
    std::optional<SteadyTime> probeAt;
    RetryReason reason = RetryReason::None;
    bool degraded = false;
    int failures = 0; ///< since the last success
};

/// Whether a target may be asked.
struct Availability
{
    bool now = false;
    std::optional<SteadyTime> at;  ///< when it may be, where that is known
    bool probing = false;          ///< a probe is under way: ask again when it has ended
    DelaySource source = DelaySource::Circuit;
    RetryReason reason = RetryReason::None; ///< why not now
    SkipReason skip = SkipReason::None;     ///< the gravest obstacle; None: it may be asked, or its name is not known
};

/// Leave to ask a target: one permit of each circuit that it passes.
struct Admission
{
    Permit provider, model, account;
    std::uint32_t life = 0; ///< of the provider: one that was taken out and put in again is another
    Pacer::Sent sent; ///< charged to the known rate limits, with it
};

/// How an attempt comes to its target.
enum class Entry : std::uint8_t {
    Usual,
    ByHand, ///< a person insists on it, before a wait or an open circuit is over
};

/// A change of one circuit, or of a provider's slowness; with neither, it may be asked again although no circuit has changed:
/// a probe has ended, or its limits have room. Those who wait ask again then.
struct HealthChange
{
    Scope scope = Scope::Provider;
    std::string provider;
    std::string model; ///< of the target on whose account it came
    std::optional<CircuitTransition> circuit;
    std::optional<bool> degraded;
    bool isTold() const { return circuit || degraded; } ///< as an event
};
using HealthChanges = std::vector<HealthChange>;

/// What an ended attempt said about its target.
struct HealthVerdict
{
    HealthSignal signal = HealthSignal::Ignored;
    Scope scope = Scope::Provider;           ///< what a failure concerns
    RetryReason reason = RetryReason::None;
    std::optional<Duration> latency;         ///< of a success: first token, or the whole answer
};

/// What is shut until a point in time, because a quota is used up or a server asked for a long wait.
struct StandingBlock
{
    Scope scope = Scope::Provider;
    std::string provider;  ///< empty for an account
    std::string model;        ///< of a model
    std::string account;      ///< of an account
    RetryReason reason = RetryReason::None;
    SteadyTime until{};
};

/// What is known of the rate limits of a model with an account.
struct StandingLimits
{
    std::string provider;
    std::string model, account;
    LimitWindows windows;
    Duration heldFor{};   ///< the server asks not to be asked for so long; 0: it does not
    RetryReason reason = RetryReason::None; ///< of that
};

/// The order of providers and the health of each: a circuit for the provider, one for each model that it was asked
/// for, one for each account, so that a missing model or a used-up quota blocks what it concerns and no more.
/// An unknown name is no error: it has no circuit and is never next. Pure; not thread-safe.
class ProviderFailoverHandler
{
    struct ModelHealth;
    struct ProviderEntry;

public:
    /// Where a target's circuits and limits are, found by its names once. Whoever asks for a target often keeps its place;
    /// it is found anew when anything has come or gone since. Means nothing to another handler.
    class Place
    {
        friend class ProviderFailoverHandler;
        std::uint64_t edition = 0;
        ProviderEntry *provider = nullptr;
        ModelHealth *model = nullptr;
        CircuitBreaker *account = nullptr;
        Pacer *pacer = nullptr;
    };

    explicit ProviderFailoverHandler(RetryConfig config = {}, std::vector<std::string> order = {"openai",
        "anthropic", "google_ai", "mistral"});

    const std::vector<std::string> &order() const { return m_order; }
    /// Circuits of providers that stay keep their state.
    void configure(const RetryConfig &config, const std::vector<std::string> &order);

    /// `tokens`: about how many the prompt has, for limits on tokens.
    Availability availability(const Target &target, SteadyTime now, Amount tokens = 0, Place *place = nullptr) const;
    /// Its `now` alone; of a server that stood behind the name when there were `lives` of them.
    bool mayAsk(const Target &target, SteadyTime now, Amount tokens = 0, Place *place = nullptr,
                std::uint32_t lives = std::numeric_limits<std::uint32_t>::max()) const
    {
        Place own;
        const Place &at = find(target, place ? *place : own);
        return at.provider && at.provider->life <= lives && at.provider->circuit.wouldAllow(now)
               && (!at.account || at.account->wouldAllow(now)) && (!at.model || at.model->circuit.wouldAllow(now))
               && (!at.pacer || !paced(*at.pacer, now, tokens));
    }
    /// Which server stands behind the target's name now, as a number; 0: none. What is known belongs to it, not to the name.
    std::uint32_t life(const Target &target, Place *place = nullptr) const
    {
        Place own;
        const ProviderEntry *provider = find(target, place ? *place : own).provider;
        return provider ? provider->life : 0;
    }
    /// The highest of those numbers so far: a life that began later has a higher one.
    std::uint32_t lives() const { return m_lives; }
    /// The same for a call that goes on at a server that the name meant before. Only a hold by hand and an account with a name
    /// of its own are known of that one; `told`: what it told this call of its limits, may be none.
    Availability availabilityElsewhere(const Target &target, SteadyTime now, Amount tokens, const Pacer *told,
                                       Place *place = nullptr) const;
    /// Takes the permits; call only when availability() says now, or ByHand where nobody probes it and it is not isolated.
    /// Charges the known rate limits.
    Admission admit(const Target &target, SteadyTime now, Amount tokens, HealthChanges *changes, Place *place = nullptr,
                    Entry entry = Entry::Usual);
    /// It has attempts running and has answered none for a while: a queue before it may not move.
    bool isQuiet(const Target &target, SteadyTime now, Place *place = nullptr) const;
    /// Returns the permits. A success speaks for all three circuits, a failure for the one that it concerns.
    void record(const Target &target, const Admission &admission, const HealthVerdict &verdict, SteadyTime now,
                HealthChanges *changes, Place *place = nullptr);
    /// Nothing of `scope` (Model, Provider or Account) will be served for `duration`.
    void block(const Target &target, Scope scope, Duration duration, RetryReason reason, std::string_view why,
               SteadyTime now, HealthChanges *changes);
    /// Those that still hold; a missing model is none.
    std::vector<StandingBlock> standingBlocks(SteadyTime now) const;
    /// Circuits that failures have opened and no success has closed yet; until now where their time is over.
    std::vector<StandingBlock> openCircuits(SteadyTime now) const;
    /// Limits that are known and holds that stand now.
    std::vector<StandingLimits> standingLimits(SteadyTime now) const;
    /// Somebody else's open circuit of `scope`, and its end: see CircuitBreaker::suspect() and trust().
    void suspect(const Target &target, Scope scope, RetryReason reason, std::string_view why, SteadyTime now,
                 HealthChanges *changes);
    void trust(const Target &target, Scope scope, std::string_view why, HealthChanges *changes);
    /// What somebody else was told of the target's rate limits.
    void hearLimits(const Target &target, const LimitWindows &windows, SteadyTime now);
    /// The target's server asks not to be asked for `duration`; another model of it may be.
    void hold(const Target &target, Duration duration, RetryReason reason, SteadyTime now);
    /// False: the provider that let it in has been taken out of the configuration since, perhaps put in anew.
    bool knows(const Target &target, const Admission &admission, Place *place = nullptr) const;
    /// What the headers of the response to the request of `sent` told of the target's rate limits.
    void reportLimits(const Target &target, const LimitWindows &windows, SteadyTime now, const Pacer::Sent &sent,
                      HealthChanges *changes);
    /// Somebody waits until its limits have room for a prompt of so many tokens.
    void awaitRoom(const Target &target, Amount tokens, Place *place = nullptr);
    /// Others ask with the same account, which is named as in a target, or as its provider: this much of its limits is ours.
    HealthChanges shareLimits(const std::string &account, const LimitShare &share);

    /// The provider's own circuit; none for an unknown name.
    CircuitBreaker *circuit(const std::string &provider);
    /// The first in order that may be asked now, other than `failed`; the seed's question.
    std::optional<std::string> nextProvider(SteadyTime now, const std::string &failed = {}) const;
    HealthChanges isolate(const std::string &provider, std::string_view why = "isolated by hand");
    /// Closes every circuit of the provider, its models and its accounts.
    HealthChanges markProviderHealthy(const std::string &provider, std::string_view why = "released by hand");
    /// Another server stands behind the name: what is known of it and its models goes, and of the accounts the one that is
    /// named after it; a hold by hand stays. Tells what was not closed.
    HealthChanges renew(const std::string &provider, std::string_view why);
    /// The same before none stands there any more, with its hold.
    HealthChanges leave(const std::string &provider, std::string_view why);
    std::vector<ProviderHealth> healthStatus() const;
    /// Permits that were given and not yet returned; 0 at rest.
    int permitsOut() const { return m_permitsOut; }

private:
    struct ModelHealth
    {
        ModelHealth(const SharedRetryConfig &config, std::uint32_t life) : circuit(config, life) {}
        CircuitBreaker circuit;
        std::map<std::string, Pacer> pacers; ///< by account: limits are a key's
    };
    struct ProviderEntry
    {
        ProviderEntry(const SharedRetryConfig &config, std::uint32_t born) : life(born), circuit(config, born), slowness(config) {}
        std::uint32_t life;
        CircuitBreaker circuit;
        SlownessMeter slowness;
        std::map<std::string, ModelHealth> models;
        std::vector<std::string> accounts; ///< that it was asked with
        int running = 0;           ///< attempts
        SteadyTime lastSign{};     ///< its last answer, or when the first of those that run began
        int failures = 0;
    };
    ProviderEntry *entry(const std::string &provider);
    const ProviderEntry *entry(const std::string &provider) const
    {
        return const_cast<ProviderFailoverHandler *>(this)->entry(provider);
    }
    /// Of what is there; what is not stays null.
    const Place &find(const Target &target, Place &kept) const
    {
        if (kept.edition != m_edition) [[unlikely]]
            findAnew(target, kept);
        return kept;
    }
    void pace(const Pacer &pacer, SteadyTime now, Amount tokens, Availability *a) const;
    /// Its limits or a server's word keep a request out now.
    bool paced(const Pacer &pacer, SteadyTime now, Amount tokens) const
    {
        return (m_config->paceFromHeaders && pacer.readyAt(tokens, now))
               || (m_config->honourServerHints && pacer.heldUntil(now));
    }
    void findAnew(const Target &target, Place &kept) const;
    /// Everything is there, where the provider is.
    const Place &make(const Target &target, Place &kept)
    {
        const Place &place = find(target, kept);
        const bool whole = place.model && place.account && place.pacer;
        return whole || !place.provider ? place : makeAnew(*place.provider, target, kept);
    }
    const Place &makeAnew(ProviderEntry &provider, const Target &target, Place &kept);
    ModelHealth &modelOf(ProviderEntry &provider, const std::string &model);
    /// Every circuit with what it is of.
    template <typename Each> void forEachCircuit(Each each) const
    {
        for (const auto &[id, provider] : m_providers) {
            each(provider.circuit, StandingBlock{Scope::Provider, id, {}, {}});
            for (const auto &[model, health] : provider.models)
                each(health.circuit, StandingBlock{Scope::Model, id, model, {}});
        }
        for (const auto &[account, circuit] : m_accounts)
            each(circuit, StandingBlock{Scope::Account, {}, {}, account});
    }
    CircuitBreaker &circuitOf(ProviderEntry &provider, const Target &target, Scope scope)
    {
        return scope == Scope::Provider ? provider.circuit
            : scope == Scope::Account ? accountOf(provider, target) : modelOf(provider, target.model).circuit;
    }
    CircuitBreaker &accountOf(ProviderEntry &provider, const Target &target);
    Pacer &pacerOf(ProviderEntry &provider, const Target &target);
    static const std::string &accountName(const Target &target)
    {
        return target.account.empty() ? target.provider : target.account;
    }

    SharedRetryConfig m_config;
    std::vector<std::string> m_order;
    std::map<std::string, ProviderEntry> m_providers;
    std::map<std::string, CircuitBreaker> m_accounts;
    std::map<std::string, LimitShare> m_shares; ///< by account, where it is not all
    std::uint32_t m_lives = 0; ///< given so far; never again
    std::uint64_t m_edition = 1; ///< grows when anything that a Place points to comes or goes
    int m_permitsOut = 0;
};

} // namespace retryscope
