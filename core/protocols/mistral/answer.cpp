// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/mistral/mistral.h"
#include "protocols/servedjson.h"

namespace retryscope {

using namespace served;

/// Thoughts are parts of the content.
QByteArray MistralServing::said(const ServedAnswer &a, const QString &t) const
{
    return a.thoughts ? R"("content":[{"type":"thinking","thinking":[{"type":"text","text":)" + json(t) + "}]}]"
                      : R"("content":)" + json(t);
}

} // namespace retryscope
