// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/mistral/mistral.h"
#include "protocols/openai/parts.h"

namespace retryscope {

/// Its calls come whole.
QByteArray MistralServing::callChunks(const ServedAnswer &a) const
{
    return a.calls.isEmpty() ? QByteArray() : chunk(a, openai::choice(R"("content":"",)" + calls(a, true), "null"));
}

/// The usage comes with the finish reason, asked for or not.
QByteArray MistralServing::lastChunks(const ServedAnswer &a) const
{
    return chunk(a, openai::choice(R"("content":"")", openai::stop(a)), openai::usage(a));
}

/// It has no event of its own for an error: a finish reason tells it.
QByteArray MistralServing::errorEvent(const ServedContext &c) const
{
    ServedAnswer a;
    a.context = c;
    a.includeUsage = false;
    return chunk(a, openai::choice(R"("content":"")", R"("error")")) + "data: [DONE]\n\n";
}

} // namespace retryscope
