// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "engine/learned.h"

#include "engine/apiretryhandler.h"
#include "telemetry/hands.h"

namespace retryscope {
namespace {

/// The rule of an event that another engine's word has caused.
const QString byTheFleet(byFleetRule);

} // namespace

QVector<Learned> ApiRetryHandler::learned() const
{
    const SteadyTime now = m_clock.now();
    QVector<Learned> all;
    const auto add = [&](Learned::Kind kind, const std::vector<StandingBlock> &blocks) {
        for (const StandingBlock &b : blocks)
            all.append({kind, b.scope, toText(b.provider), toText(b.model), toText(b.account), b.reason, b.until - now, {}});
    };
    add(Learned::Kind::Block, m_providers.standingBlocks(now));
    add(Learned::Kind::Circuit, m_providers.openCircuits(now));
    for (const StandingLimits &l : m_providers.standingLimits(now))
        all.append({Learned::Kind::Limits, Scope::Model, toText(l.provider), toText(l.model), toText(l.account), l.reason,
                    l.heldFor, l.windows});
    return all;
}

void ApiRetryHandler::hear(const Learned &word, const QString &by)
{
    const ProviderConfig *config = provider(word.provider);
    if (!config || !config->enabled)
        return;
    const QString account = word.account == word.provider ? QString() : word.account;
    const Target target{toUtf8(word.provider), toUtf8(word.model.isEmpty() ? config->model : word.model), toUtf8(account)};
    const std::string who = toUtf8(by);
    const SteadyTime now = m_clock.now();
    HealthChanges changes;
    if (word.kind == Learned::Kind::Limits) {
        m_providers.hearLimits(target, word.limits, now);
        if (word.left > 0s)
            m_providers.hold(target, word.left, word.reason, now);
    } else if (word.kind == Learned::Kind::Block) {
        m_providers.block(target, word.scope, word.left, word.reason,
                          "blocked by the fleet: " + who + " found it shut", now, &changes);
    } else if (word.left > 0s) {
        m_providers.suspect(target, word.scope, word.reason,
                            "doubted by the fleet: " + who + " has opened its circuit, one probe", now,
                            &changes);
    } else {
        m_providers.trust(target, word.scope, "the word of " + who + " is over", &changes);
    }
    publish(changes, byTheFleet, word.reason);
}

void ApiRetryHandler::shareLimits(const QString &account, const LimitShare &share)
{
    publish(m_providers.shareLimits(toUtf8(account), share));
}

void ApiRetryHandler::hear(Hand hand, const ProviderId &id, const QString &by)
{
    if (hand == Hand::Isolate)
        publish(m_providers.isolate(toUtf8(id), "isolated by hand at " + toUtf8(by)), byTheFleet);
    else
        publish(m_providers.markProviderHealthy(toUtf8(id), "released by hand at " + toUtf8(by)), byTheFleet);
}

} // namespace retryscope
