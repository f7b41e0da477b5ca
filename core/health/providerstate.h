// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/time.h"
#include "policy/retryreason.h"

#include <QMetaType>
#include <QString>

namespace retryscope {

/// How a provider is, as everybody shows it.
enum class ProviderState : quint8 {
    Unproven, ///< nothing lately says that it works: never asked, not asked lately, or asked without a telling answer
    Well,     ///< answered lately, and few attempts failed
    Slow,     ///< answers, but much later than it should
    Failing,  ///< attempts fail, and its circuit is still closed
    Down,     ///< its circuit is open: no calls until the probe
    Probing,  ///< one attempt finds out whether it is back
    Isolated, ///< held open by a person
};
inline constexpr int providerStateCount = int(ProviderState::Isolated) + 1;

/// The word in files and on the command line: "unproven", "well", ...
QString toKey(ProviderState state);
/// From calm to grave, to choose the one that is shown for many.
int gravity(ProviderState state);
/// Needs no attention: well, or unproven.
inline bool isCalm(ProviderState state) { return gravity(state) <= 1; }

/// A provider took a state.
struct StateChange
{
    WallTime at{};
    ProviderState state = ProviderState::Unproven;
    RetryReason reason = RetryReason::None; ///< why, where it is not well
    bool operator==(const StateChange &) const = default;
};

} // namespace retryscope
Q_DECLARE_METATYPE(retryscope::ProviderState)
