// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "health/healthsnapshot.h"

#include <algorithm>
#include <map>

namespace retryscope {

/// One provider seen through all its circuits (its own, its models', its account's): the worst of them. A model that is
/// not there says nothing of the provider, unless it is the one that it is configured with.
class ProviderCircuits
{
public:
    struct One
    {
        CircuitState state = CircuitState::Closed;
        std::optional<SteadyTime> until;
        RetryReason reason = RetryReason::None;
        WallTime since{};
    };

    /// `mainModel`: the configured one; empty where that is not known.
    void apply(const Event &change, const QString &mainModel = {})
    {
        const Key key{change.scope, change.scope == Scope::Model ? change.model : QString()};
        const bool missing =
            change.scope == Scope::Model && change.reason == RetryReason::ModelUnavailable && change.model != mainModel;
        if (change.circuitTo == CircuitState::Closed) {
            m_circuits.erase(key);
        } else if (!missing && (change.circuitTo != CircuitState::HalfOpen || m_circuits.contains(key))) {
            const bool isNew = !m_circuits.contains(key);
            One &one = m_circuits[key];
            if (isNew)
                one.since = change.wall;
            one.state = change.circuitTo;
            one.until = change.openFor ? std::optional(change.at + *change.openFor) : std::nullopt;
            if (change.reason != RetryReason::None)
                one.reason = change.reason;
        }
    }
    /// The wall clock was set.
    void shift(std::chrono::milliseconds step)
    {
        for (auto &[key, one] : m_circuits)
            one.since += step;
    }
    /// What is shut is some of its models alone.
    bool onlyModels() const
    {
        return std::all_of(m_circuits.begin(), m_circuits.end(),
                           [](const auto &c) { return c.first.first == Scope::Model; });
    }
    bool isShut(const QString &model) const { return m_circuits.contains(Key{Scope::Model, model}); }
    /// Closed where there is none.
    One worst() const
    {
        One worst;
        for (const auto &[key, one] : m_circuits) {
            const bool graver = severity(one.state) > severity(worst.state);
            if (graver || (one.state == worst.state && one.until > worst.until))
                worst = one;
        }
        return worst;
    }

    /// Those that are not closed, the gravest first.
    std::vector<CircuitReport> reports() const
    {
        std::vector<CircuitReport> reports;
        for (const auto &[key, one] : m_circuits)
            reports.push_back({key.first, key.second, one.state, one.reason, one.since, one.until});
        std::stable_sort(reports.begin(), reports.end(),
                         [](const auto &a, const auto &b) { return severity(a.state) > severity(b.state); });
        return reports;
    }

private:
    using Key = std::pair<Scope, QString>;
    std::map<Key, One> m_circuits;
};

} // namespace retryscope
