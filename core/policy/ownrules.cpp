// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "policy/ownrules.h"

#include "policy/casefold.h"
#include "policy/retryafter.h"

#include <algorithm>
#include <array>
#include <utility>

namespace retryscope {
namespace {

/// Names outlive every event that carries them.
std::string_view nameOf(int index)
{
    static const auto names = [] {
        std::array<std::string, maxOwnRules> all;
        for (std::size_t i = 0; i < all.size(); ++i)
            all[i] = "rules[" + std::to_string(i) + ']';
        return all;
    }();
    return names[std::size_t(index)];
}

bool fits(const OwnRule &rule, const FailureFacts &facts)
{
    const auto within = [&](const StatusSpan &span) { return facts.status >= span.from && facts.status <= span.to; };
    const auto isCode = [&](const std::string &code) { return fitsWildcardFolded(rule.code, code); };
    return (rule.statuses.empty() || std::any_of(rule.statuses.begin(), rule.statuses.end(), within))
           && (rule.code.empty() || std::any_of(facts.codes.begin(), facts.codes.end(), isCode))
           && (rule.text.empty() || findFolded(facts.message, rule.text) != std::string_view::npos)
           && (rule.host.empty() || fitsWildcardFolded(rule.host, facts.host));
}

/// What a person, a key or a balance has to mend says nothing against the provider.
HealthSignal healthOf(RetryReason reason, Scope scope)
{
    const bool ours = reason == RetryReason::QuotaExhausted || reason == RetryReason::Authentication;
    return ours || scope == Scope::Request ? HealthSignal::Ignored : traits(reason).health;
}

Classification meaningOf(const OwnRule &rule, int index, const FailureFacts &facts)
{
    const ReasonTraits &usual = traits(rule.reason);
    Classification c;
    c.reason = rule.reason;
    c.scope = rule.scope.value_or(usual.scope);
    c.retryHere = rule.retryHere.value_or(usual.retryHere);
    c.failoverHelps = rule.failover.value_or(usual.failoverHelps || rule.reason == RetryReason::ContextLength);
    c.health = healthOf(c.reason, c.scope);
    c.rule = nameOf(index);
    c.hint = believable(rule.hint ? rule.hint : facts.hint);
    if (rule.hint && !c.retryHere)
        c.blockFor = std::exchange(c.hint, std::nullopt);
    shutForLongWait(&c);
    return c;
}

} // namespace

int findOwnRule(const OwnRules &rules, const FailureFacts &facts)
{
    if (facts.transport == TransportFailure::Cancelled)
        return -1;
    const auto found = std::find_if(rules.begin(), rules.end(), [&](const OwnRule &rule) { return fits(rule, facts); });
    const auto index = found - rules.begin();
    return found != rules.end() && index < maxOwnRules ? int(index) : -1;
}

Classification classify(const FailureFacts &facts, const OwnRules &rules)
{
    const int own = findOwnRule(rules, facts);
    return own < 0 ? classify(facts) : meaningOf(rules[std::size_t(own)], own, facts);
}

} // namespace retryscope
