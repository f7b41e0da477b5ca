// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/chat.h"

#include <span>

namespace retryscope {

/// How much a model is to think, in the words of one wire. Ours are, from little to much, those of OpenAI's interface: none,
/// minimal, low, medium, high, xhigh, max.
using EffortWords = std::span<const char *const>;
/// The nearest of a wire's words; empty: nothing is asked for, or the word is none of ours.
QString toldEffort(const QString &effort, EffortWords known);
/// What becomes of the asked effort: nothing, "reasoning_effort (as high)" where another word is told, "reasoning_effort" where
/// none is.
QStringList unsaidEffort(const QString &effort, EffortWords known);

} // namespace retryscope
