// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/engineclient.h"

namespace retryscope {

/// What a reader of a successful answer has to know beside its text, in plain sentences; empty for a plain success and
/// for a failure.
QString answerNote(const CallResult &result);

} // namespace retryscope
