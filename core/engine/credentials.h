// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/expected.h"
#include "config/configuration.h"

namespace retryscope {

struct KeyProblem
{
    enum class Kind : quint8 { NotSet, ControlCharacter };
    Kind kind = Kind::NotSet;
    QString sentence; ///< names the variable, never its value
};

/// The key that the provider's reference names, without white space around it; empty where the provider needs none. No
/// request may be sent without a key that is named, nor with one that would break its header.
Expected<QByteArray, KeyProblem> resolveKey(const ProviderConfig &provider);
/// A warning for each enabled provider whose key could not be used here and now.
ConfigIssues keyIssues(const Configuration &configuration);

} // namespace retryscope
