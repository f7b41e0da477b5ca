// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/googleai/googleai.h"

namespace retryscope {

// Google tells its limits in errors only.

std::span<const LimitFamily> googleai::limits() { return {}; }

HttpHeaders GoogleAiServing::limits(int) const { return {}; }

} // namespace retryscope
