// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/mistral/mistral.h"

namespace retryscope {

MistralProtocol::MistralProtocol() : OpenAiProtocol({ProtocolKind::Mistral, "max_tokens", false}) {}

} // namespace retryscope
