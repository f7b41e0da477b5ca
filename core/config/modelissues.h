// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/configissue.h"
#include "config/configuration.h"

namespace retryscope {

/// A shutdown that is no further away than this is told.
inline constexpr int shutdownNoticeDays = 60;

/// A warning for every provider that is enabled and whose model is gone, will soon be, or is deprecated, as far as the price
/// data know; at providers[N].model. `today` in UTC.
ConfigIssues modelIssues(const Configuration &configuration, QDate today);
/// The same of one provider; empty when nothing is known against its model.
QString modelWarning(const ProviderConfig &provider, QDate today);

} // namespace retryscope
