// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/ids.h"
#include "policy/providerfailoverhandler.h"

namespace retryscope {

/// One thing that an engine has found out and that other engines may use as evidence.
struct Learned
{
    enum class Kind : quint8 {
        Block,   ///< nothing is served for `left`: a used-up quota, a refused key, a long wait that the server asks for
        Circuit, ///< failures have opened it for `left`; 0: that is over, and nobody has shown yet that it is well
        Limits,  ///< rate limits as they were told, and a short wait that the server asks for
    };
    Kind kind = Kind::Block;
    Scope scope = Scope::Provider; ///< Limits: Model
    ProviderId provider; ///< of an account: empty when the engine tells, one that uses it when the engine is told
    QString model;       ///< of a model
    QString account;     ///< as keysOf() names it, or the provider where it has none; empty: all of the provider
    RetryReason reason = RetryReason::None;
    Duration left{};     ///< Limits: of the wait; 0: none
    LimitWindows limits;
};

/// What a person does to a provider, for every engine.
enum class Hand : quint8 { Isolate, Release };

} // namespace retryscope
