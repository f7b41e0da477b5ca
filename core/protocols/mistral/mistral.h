// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/openai/openai.h"

namespace retryscope {

/// OpenAI's shapes with other names, other errors and other limits.
class MistralProtocol final : public OpenAiProtocol
{
public:
    MistralProtocol();
};

class MistralServing final : public OpenAiServing
{
public:
    ServedError error(ServedFault fault, Duration retryAfter) const override;
    HttpHeaders limits(int served) const override;

protected:
    QByteArray said(const ServedAnswer &answer, const QString &text) const override;
    QByteArray lastChunks(const ServedAnswer &answer) const override;
};

namespace mistral {
void readErrorHeaders(const HttpHeaders &headers, FailureFacts *facts);
std::span<const LimitFamily> limits();
} // namespace mistral

} // namespace retryscope
