// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/expected.h"
#include "transport/faulttransport.h"

namespace retryscope::cli {

/// What is to be played before a provider that is no simulated one: "FAULT", "FAULT,share=0.2,for=5m". A sentence about what
/// is wrong else.
Expected<FaultPlan, QString> playedFaultFromText(const QString &text);

} // namespace retryscope::cli
