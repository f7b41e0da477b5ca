// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/mistral/mistral.h"
#include "protocols/openai/parts.h"

namespace retryscope {

/// The usage comes with the finish reason, asked for or not.
QByteArray MistralServing::lastChunks(const ServedAnswer &a) const { return openai::chunk(a, openai::choice("", openai::stop(a)), openai::usage(a)); }

} // namespace retryscope
