// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/random.h"
#include "protocols/serving.h"
#include "sandbox/sandbox.h"

namespace retryscope {

/// What the simulated model answers: a call of a tool that is forced, or that the prompt is about; what a tool answered; JSON
/// where JSON is asked for; else text on its subject. Never more words than the limit, nothing from a stop word on.
ServedAnswer answerTo(const ServedPrompt &prompt, const ServedContext &context, RandomSource &random);
/// What a fault makes of it.
void shape(ServedAnswer *answer, const ServedPrompt &prompt, Fault fault, RandomSource &random);
/// The HTTP error that a fault is on this wire; status 0: it is none of HTTP's.
ServedError refusal(const Serving &serving, Fault fault, ServedContext context);

} // namespace retryscope
