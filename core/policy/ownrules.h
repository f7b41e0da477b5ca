// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "policy/failureclassifier.h"

#include <string>
#include <vector>

namespace retryscope {

/// Statuses from `from` to `to`, both included.
struct StatusSpan
{
    int from = 0, to = 0;
    bool operator==(const StatusSpan &) const = default;
};

/// What a person says that a failure means. All of its conditions that are named must fit; the case of letters does not
/// count. What it does not name is as usual for the reason. Texts are UTF-8.
struct OwnRule
{
    std::vector<StatusSpan> statuses; ///< any of these; empty: any
    std::string code;                 ///< a code field of the body; * and ? stand for others; empty: any
    std::string text;                 ///< a part of the message; empty: any
    std::string host;                 ///< of the provider's base URL; * and ? stand for others; empty: any
    RetryReason reason = RetryReason::None;
    std::optional<Scope> scope;
    std::optional<bool> retryHere, failover;
    std::optional<Duration> hint; ///< how long it lasts, instead of what the response says
    std::string unknown;          ///< what the file says beside these, as it is written there; kept on saving
    bool operator==(const OwnRule &) const = default;
};
using OwnRules = std::vector<OwnRule>; ///< the first that fits decides

/// More rules than this are refused.
inline constexpr int maxOwnRules = 100;

/// The first rule that fits; -1: none. A cancelled attempt fits none.
int findOwnRule(const OwnRules &rules, const FailureFacts &facts);
/// What the failure means, by the own rules first ("rules[2]" is the rule's name then), else by ours.
Classification classify(const FailureFacts &facts, const OwnRules &rules);

} // namespace retryscope
