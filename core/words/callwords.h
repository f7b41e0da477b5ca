// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/engineclient.h"

namespace retryscope {

/// Why a call failed, what was done, and what to do: three lines; empty for one that succeeded or was cancelled.
QString errorText(const CallResult &result);
/// What a reader of a successful answer has to know beside its text; empty for a plain success and for a failure.
QString answerNote(const CallResult &result);

} // namespace retryscope
