// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/serving.h"
#include "sandbox/sandbox.h"

namespace retryscope {

/// The HTTP error that a fault is on this wire; status 0: it is none of HTTP's.
ServedError refusal(const Serving &serving, Fault fault, Duration retryAfter);

} // namespace retryscope
