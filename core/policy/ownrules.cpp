// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "policy/ownrules.h"

#include "base/wildcard.h"
#include "policy/retryafter.h"

#include <algorithm>
#include <array>
#include <utility>

namespace retryscope {
namespace {

/// Names outlive every event that carries them.
QLatin1String nameOf(int index)
{
    static const auto names = [] {
        std::array<QByteArray, maxOwnRules> all;
        for (int i = 0; i < maxOwnRules; ++i)
            all[std::size_t(i)] = "rules[" + QByteArray::number(i) + ']';
        return all;
    }();
    return QLatin1String(names[std::size_t(index)]);
}

bool fits(const OwnRule &rule, const FailureFacts &facts)
{
    const auto within = [&](const StatusSpan &span) { return facts.status >= span.from && facts.status <= span.to; };
    const auto isCode = [&](const QString &code) { return fitsWildcard(rule.code, code, Qt::CaseInsensitive); };
    return (rule.statuses.isEmpty() || std::any_of(rule.statuses.begin(), rule.statuses.end(), within))
        && (rule.code.isEmpty() || std::any_of(facts.codes.begin(), facts.codes.end(), isCode))
        && (rule.text.isEmpty() || facts.message.contains(rule.text, Qt::CaseInsensitive))
        && (rule.host.isEmpty() || fitsWildcard(rule.host, facts.host, Qt::CaseInsensitive));
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
    const qsizetype index = found - rules.begin();
    return index < std::min<qsizetype>(rules.size(), maxOwnRules) ? int(index) : -1;
}

Classification classify(const FailureFacts &facts, const OwnRules &rules)
{
    const int own = findOwnRule(rules, facts);
    return own < 0 ? classify(facts) : meaningOf(rules[own], own, facts);
}

} // namespace retryscope
