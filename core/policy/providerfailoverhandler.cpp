// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "policy/providerfailoverhandler.h"

#include <algorithm>

namespace retryscope {
namespace {

constexpr Duration quietAfter = 5s;
constexpr std::size_t maxModels = 256; ///< of one provider; a healthy one is forgotten for a new one

SkipReason skipReason(const CircuitBreaker &circuit)
{
    switch (circuit.state()) {
    case CircuitState::Closed: return SkipReason::None;
    case CircuitState::HalfOpen: return SkipReason::Probing;
    case CircuitState::Isolated: return SkipReason::Isolated;
    case CircuitState::Open: return circuit.blocked() ? SkipReason::Blocked : SkipReason::CircuitOpen;
    }
    return SkipReason::None;
}

/// What one circuit adds to the answer.
void consider(const CircuitBreaker &circuit, SteadyTime now, Availability *a)
{
    if (circuit.wouldAllow(now))
        return;
    if (a->now)
        a->reason = circuit.reason();
    a->now = false;
    a->skip = std::max(a->skip, skipReason(circuit));
    const auto at = circuit.probeAt();
    a->probing |= circuit.state() == CircuitState::HalfOpen;
    if (!at && circuit.state() == CircuitState::Isolated)
        a->at = SteadyTime::max(); // until a person lets it go
    else if (at && (!a->at || *at > *a->at))
        a->at = at;
}

/// Closes it, and tells where it was not closed.
void close(CircuitBreaker &circuit, HealthChange of, std::string_view why, HealthChanges *changes)
{
    of.circuit = circuit.release(why);
    if (of.circuit)
        changes->push_back(of);
}

} // namespace

std::vector<std::string> providersOf(const Targets &chain)
{
    std::vector<std::string> order;
    for (const Target &target : chain) {
        if (std::find(order.begin(), order.end(), target.provider) == order.end())
            order.push_back(target.provider);
    }
    return order;
}

ProviderFailoverHandler::ProviderFailoverHandler(RetryConfig config, std::vector<std::string> order)
{
    configure(config, order);
}

void ProviderFailoverHandler::configure(const RetryConfig &config, const std::vector<std::string> &order)
{
    m_config = std::make_shared<const RetryConfig>(config);
    m_order = order;
    ++m_edition;
    std::erase_if(m_providers, [&order](const auto &row) {
        return std::find(order.begin(), order.end(), row.first) == order.end();
    });
    for (const std::string &id : order) {
        const auto known = m_providers.find(id);
        ProviderEntry &p =
            known != m_providers.end() ? known->second : m_providers.try_emplace(id, m_config, ++m_lives).first->second;
        p.circuit.setConfig(m_config);
        p.slowness.setConfig(m_config);
        for (auto &[model, health] : p.models)
            health.circuit.setConfig(m_config);
    }
    for (auto &[name, circuit] : m_accounts)
        circuit.setConfig(m_config);
}

ProviderFailoverHandler::ProviderEntry *ProviderFailoverHandler::entry(const std::string &provider)
{
    const auto it = m_providers.find(provider);
    return it == m_providers.end() ? nullptr : &it->second;
}

ProviderFailoverHandler::ModelHealth &ProviderFailoverHandler::modelOf(ProviderEntry &provider, const std::string &model)
{
    const auto known = provider.models.find(model);
    if (known != provider.models.end())
        return known->second;
    ++m_edition;
    if (provider.models.size() >= maxModels)
        std::erase_if(provider.models,
                      [](const auto &row) { return row.second.circuit.state() == CircuitState::Closed; });
    return provider.models.try_emplace(model, m_config, ++m_lives).first->second;
}

CircuitBreaker &ProviderFailoverHandler::accountOf(ProviderEntry &provider, const Target &target)
{
    const std::string &name = accountName(target);
    if (std::find(provider.accounts.begin(), provider.accounts.end(), name) == provider.accounts.end())
        provider.accounts.push_back(name);
    const auto known = m_accounts.find(name);
    if (known != m_accounts.end())
        return known->second;
    ++m_edition;
    return m_accounts.try_emplace(name, m_config, ++m_lives).first->second;
}

Pacer &ProviderFailoverHandler::pacerOf(ProviderEntry &provider, const Target &target)
{
    const std::string &account = accountName(target);
    const auto [paced, isNew] = modelOf(provider, target.model).pacers.try_emplace(account);
    if (isNew) {
        ++m_edition;
        const auto share = m_shares.find(account);
        paced->second.setShare(share == m_shares.end() ? LimitShare{} : share->second);
    }
    return paced->second;
}

void ProviderFailoverHandler::findAnew(const Target &target, Place &place) const
{
    // Whoever only asks reads; who has taken a Place to change something is no const method.
    auto *self = const_cast<ProviderFailoverHandler *>(this);
    place = {};
    place.edition = m_edition;
    place.provider = self->entry(target.provider);
    if (place.provider) {
        const auto account = self->m_accounts.find(accountName(target));
        place.account = account == self->m_accounts.end() ? nullptr : &account->second;
        const auto model = place.provider->models.find(target.model);
        place.model = model == place.provider->models.end() ? nullptr : &model->second;
    }
    if (place.model) {
        const auto paced = place.model->pacers.find(accountName(target));
        place.pacer = paced == place.model->pacers.end() ? nullptr : &paced->second;
    }
}

const ProviderFailoverHandler::Place &ProviderFailoverHandler::makeAnew(ProviderEntry &provider, const Target &target,
                                                                        Place &kept)
{
    pacerOf(provider, target);
    accountOf(provider, target);
    return find(target, kept);
}

Availability ProviderFailoverHandler::availability(const Target &target, SteadyTime now, Amount tokens,
                                                   Place *kept) const
{
    Availability a;
    Place own;
    const Place &place = find(target, kept ? *kept : own);
    if (!place.provider)
        return a;
    a.now = true;
    consider(place.provider->circuit, now, &a);
    if (place.account)
        consider(*place.account, now, &a);
    if (place.model)
        consider(place.model->circuit, now, &a);
    if (a.now && place.pacer)
        pace(*place.pacer, now, tokens, &a);
    return a;
}

Availability ProviderFailoverHandler::availabilityElsewhere(const Target &target, SteadyTime now, Amount tokens,
                                                            const Pacer *told, Place *kept) const
{
    Availability a;
    Place own;
    const Place &place = find(target, kept ? *kept : own);
    if (!place.provider)
        return a;
    a.now = true;
    if (place.provider->circuit.state() == CircuitState::Isolated)
        consider(place.provider->circuit, now, &a);
    if (place.account && !target.account.empty())
        consider(*place.account, now, &a);
    if (a.now && told)
        pace(*told, now, tokens, &a);
    return a;
}

/// What its limits and waits leave of a target that nothing else keeps from being asked.
void ProviderFailoverHandler::pace(const Pacer &pacer, SteadyTime now, Amount tokens, Availability *a) const
{
    if (const auto ready = m_config->paceFromHeaders ? pacer.readyAt(tokens, now) : std::nullopt)
        *a = {false, ready, false, DelaySource::Pacing, RetryReason::RateLimit, SkipReason::LimitEmpty};
    const auto held = m_config->honourServerHints ? pacer.heldUntil(now) : std::nullopt;
    if (held && (!a->at || *held > *a->at))
        *a = {false, held, false, DelaySource::Server, pacer.heldFor(), SkipReason::LimitEmpty};
}

Admission ProviderFailoverHandler::admit(const Target &target, SteadyTime now, Amount tokens, HealthChanges *changes,
                                         Place *kept, Entry entry)
{
    Place own;
    const Place &place = make(target, kept ? *kept : own);
    const auto take = [&](CircuitBreaker &circuit, Scope scope) {
        if (circuit.state() == CircuitState::Closed)
            return circuit.permit();
        std::optional<CircuitTransition> change;
        const auto permit =
            entry == Entry::ByHand ? circuit.acquireByHand(now, &change) : circuit.acquire(now, &change);
        if (change)
            changes->push_back({scope, target.provider, target.model, change, {}});
        return permit.value_or(Permit{});
    };
    ++m_permitsOut;
    ProviderEntry &provider = *place.provider;
    if (provider.running++ == 0)
        provider.lastSign = now;
    const Pacer::Sent sent = place.pacer->charge(tokens, now);
    return {take(provider.circuit, Scope::Provider), take(place.model->circuit, Scope::Model),
            take(*place.account, Scope::Account), provider.life, sent};
}

bool ProviderFailoverHandler::isQuiet(const Target &target, SteadyTime now, Place *kept) const
{
    Place own;
    const ProviderEntry *provider = find(target, kept ? *kept : own).provider;
    return provider && provider->running > 0 && now - provider->lastSign > quietAfter;
}

void ProviderFailoverHandler::record(const Target &target, const Admission &admission, const HealthVerdict &v,
                                     SteadyTime now, HealthChanges *changes, Place *kept)
{
    --m_permitsOut;
    Place own;
    const Place &place = make(target, kept ? *kept : own);
    ProviderEntry *provider = place.provider;
    if (!provider || provider->life != admission.life)
        return; // taken out of the configuration meanwhile
    --provider->running;
    if (v.signal == HealthSignal::Success)
        provider->lastSign = now;
    const auto give = [&](CircuitBreaker &circuit, Scope scope, Permit permit) {
        if (v.signal == HealthSignal::Success && circuit.countSuccess(permit, now))
            return;
        const bool concerned = v.signal == HealthSignal::Success || v.scope == scope;
        if (const auto change = circuit.record(permit, concerned ? v.signal : HealthSignal::Ignored, now, v.reason))
            changes->push_back({scope, target.provider, target.model, change, {}});
        else if (permit.probe)
            changes->push_back({scope, target.provider, target.model, {}, {}}); // the next caller probes
    };
    give(provider->circuit, Scope::Provider, admission.provider);
    give(place.model->circuit, Scope::Model, admission.model);
    give(*place.account, Scope::Account, admission.account);
    if (v.signal == HealthSignal::Success)
        provider->failures = 0;
    else if (v.signal == HealthSignal::Failure)
        ++provider->failures;
    if (v.signal != HealthSignal::Success || !v.latency)
        return;
    if (const auto degraded = provider->slowness.record(*v.latency, now))
        changes->push_back({Scope::Provider, target.provider, target.model, {}, degraded});
}

void ProviderFailoverHandler::block(const Target &target, Scope scope, Duration duration, RetryReason reason,
                                    std::string_view why, SteadyTime now, HealthChanges *changes)
{
    ProviderEntry *provider = entry(target.provider);
    if (!provider)
        return;
    if (const auto change = circuitOf(*provider, target, scope).blockUntil(now + duration, now, reason, why))
        changes->push_back({scope, target.provider, target.model, change, {}});
}

std::vector<StandingBlock> ProviderFailoverHandler::standingBlocks(SteadyTime now) const
{
    std::vector<StandingBlock> blocks;
    forEachCircuit([&](const CircuitBreaker &circuit, StandingBlock block) {
        const auto until = circuit.probeAt();
        block.reason = circuit.reason();
        if (!circuit.blocked() || !until || *until <= now || block.reason == RetryReason::ModelUnavailable)
            return;
        block.until = *until;
        blocks.push_back(block);
    });
    return blocks;
}

std::vector<StandingBlock> ProviderFailoverHandler::openCircuits(SteadyTime now) const
{
    std::vector<StandingBlock> open;
    forEachCircuit([&](const CircuitBreaker &circuit, StandingBlock block) {
        const bool tried = circuit.state() == CircuitState::HalfOpen && !circuit.suspected();
        if (circuit.blocked() || (circuit.state() != CircuitState::Open && !tried))
            return;
        block.reason = circuit.reason();
        block.until = std::max(now, circuit.probeAt().value_or(now));
        open.push_back(block);
    });
    return open;
}

std::vector<StandingLimits> ProviderFailoverHandler::standingLimits(SteadyTime now) const
{
    std::vector<StandingLimits> all;
    for (const auto &[id, provider] : m_providers) {
        for (const auto &[model, health] : provider.models) {
            for (const auto &[account, pacer] : health.pacers) {
                const auto held = pacer.heldUntil(now);
                const StandingLimits limits{id, model, account, pacer.windows(now), held ? *held - now : Duration{},
                                            held ? pacer.heldFor() : RetryReason::None};
                if (held || !limits.windows.empty())
                    all.push_back(limits);
            }
        }
    }
    return all;
}

void ProviderFailoverHandler::suspect(const Target &target, Scope scope, RetryReason reason, std::string_view why,
                                      SteadyTime now, HealthChanges *changes)
{
    ProviderEntry *provider = entry(target.provider);
    if (!provider)
        return;
    if (const auto change = circuitOf(*provider, target, scope).suspect(now, reason, why))
        changes->push_back({scope, target.provider, target.model, change, {}});
}

void ProviderFailoverHandler::trust(const Target &target, Scope scope, std::string_view why, HealthChanges *changes)
{
    ProviderEntry *provider = entry(target.provider);
    if (!provider)
        return;
    if (const auto change = circuitOf(*provider, target, scope).trust(why))
        changes->push_back({scope, target.provider, target.model, change, {}});
}

void ProviderFailoverHandler::hearLimits(const Target &target, const LimitWindows &windows, SteadyTime now)
{
    if (ProviderEntry *provider = entry(target.provider); provider && !windows.empty())
        pacerOf(*provider, target).hear(windows, now);
}

void ProviderFailoverHandler::hold(const Target &target, Duration duration, RetryReason reason, SteadyTime now)
{
    if (ProviderEntry *provider = entry(target.provider))
        pacerOf(*provider, target).hold(now + duration, reason);
}

bool ProviderFailoverHandler::knows(const Target &target, const Admission &admission, Place *kept) const
{
    Place own;
    const ProviderEntry *provider = find(target, kept ? *kept : own).provider;
    return provider && provider->life == admission.life;
}

void ProviderFailoverHandler::reportLimits(const Target &target, const LimitWindows &windows, SteadyTime now,
                                           const Pacer::Sent &sent, HealthChanges *changes)
{
    ProviderEntry *provider = windows.empty() ? nullptr : entry(target.provider);
    if (provider && pacerOf(*provider, target).report(windows, now, sent))
        changes->push_back({Scope::Model, target.provider, target.model, {}, {}});
}

void ProviderFailoverHandler::awaitRoom(const Target &target, Amount tokens, Place *kept)
{
    Place own;
    if (const Place &place = find(target, kept ? *kept : own); place.pacer)
        place.pacer->await(tokens);
}

HealthChanges ProviderFailoverHandler::shareLimits(const std::string &account, const LimitShare &share)
{
    HealthChanges changes;
    if (share == LimitShare{})
        m_shares.erase(account);
    else
        m_shares[account] = share;
    for (auto &[id, provider] : m_providers) {
        for (auto &[model, health] : provider.models) {
            const auto paced = health.pacers.find(account);
            if (paced == health.pacers.end())
                continue;
            paced->second.setShare(share);
            changes.push_back({Scope::Model, id, model, {}, {}});
        }
    }
    return changes;
}

CircuitBreaker *ProviderFailoverHandler::circuit(const std::string &provider)
{
    ProviderEntry *p = entry(provider);
    return p ? &p->circuit : nullptr;
}

std::optional<std::string> ProviderFailoverHandler::nextProvider(SteadyTime now, const std::string &failed) const
{
    for (const std::string &id : m_order) {
        if (id != failed && m_providers.at(id).circuit.wouldAllow(now))
            return id;
    }
    return std::nullopt;
}

HealthChanges ProviderFailoverHandler::isolate(const std::string &provider, std::string_view why)
{
    HealthChanges changes;
    if (ProviderEntry *p = entry(provider)) {
        if (const auto change = p->circuit.isolate(why))
            changes.push_back({Scope::Provider, provider, {}, change, {}});
    }
    return changes;
}

HealthChanges ProviderFailoverHandler::markProviderHealthy(const std::string &provider, std::string_view why)
{
    HealthChanges changes;
    ProviderEntry *p = entry(provider);
    if (!p)
        return changes;
    p->failures = 0;
    close(p->circuit, {Scope::Provider, provider, {}, {}, {}}, why, &changes);
    for (auto &[model, health] : p->models) {
        if (!health.pacers.empty())
            changes.push_back({Scope::Model, provider, model, {}, {}}); // what was known of its limits is forgotten
        health.pacers.clear();
        ++m_edition;
        close(health.circuit, {Scope::Model, provider, model, {}, {}}, why, &changes);
    }
    for (const std::string &name : std::as_const(p->accounts)) {
        if (const auto account = m_accounts.find(name); account != m_accounts.end())
            close(account->second, {Scope::Account, provider, {}, {}, {}}, why, &changes);
    }
    return changes;
}

HealthChanges ProviderFailoverHandler::leave(const std::string &provider, std::string_view why)
{
    HealthChanges changes;
    ProviderEntry *p = entry(provider);
    if (!p)
        return changes;
    close(p->circuit, {Scope::Provider, provider, {}, {}, {}}, why, &changes);
    for (auto &[model, health] : p->models)
        close(health.circuit, {Scope::Model, provider, model, {}, {}}, why, &changes);
    if (const auto account = m_accounts.find(provider); account != m_accounts.end())
        close(account->second, {Scope::Account, provider, {}, {}, {}}, why, &changes);
    if (p->slowness.degraded())
        changes.push_back({Scope::Provider, provider, {}, {}, false});
    m_providers.erase(provider);
    ++m_edition;
    return changes;
}

HealthChanges ProviderFailoverHandler::renew(const std::string &provider, std::string_view why)
{
    const CircuitBreaker *known = circuit(provider);
    const bool isolated = known && known->state() == CircuitState::Isolated;
    HealthChanges changes = leave(provider, why);
    if (!known)
        return changes;
    ProviderEntry &anew = m_providers.try_emplace(provider, m_config, ++m_lives).first->second;
    if (isolated) {
        (void)anew.circuit.isolate();
        std::erase_if(changes, [](const HealthChange &c) { return c.scope == Scope::Provider && c.circuit; });
    }
    changes.push_back({Scope::Provider, provider, {}, {}, {}}); // who waits for it asks again
    return changes;
}

std::vector<ProviderHealth> ProviderFailoverHandler::healthStatus() const
{
    std::vector<ProviderHealth> status;
    for (const std::string &id : m_order) {
        const ProviderEntry &p = m_providers.at(id);
        ProviderHealth health{id, CircuitState::Closed, {}, RetryReason::None, p.slowness.degraded(), p.failures};
        const auto worse = [&health](const CircuitBreaker &circuit) {
            if (severity(circuit.state()) > severity(health.state)) {
                health.state = circuit.state();
                health.probeAt = circuit.probeAt();
                health.reason = circuit.reason();
            }
        };
        worse(p.circuit);
        for (const auto &[model, entry] : p.models)
            worse(entry.circuit);
        for (const std::string &name : p.accounts) {
            if (const auto account = m_accounts.find(name); account != m_accounts.end())
                worse(account->second);
        }
        status.push_back(health);
    }
    return status;
}

} // namespace retryscope
