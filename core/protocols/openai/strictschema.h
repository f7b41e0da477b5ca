// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/chat.h"

namespace retryscope::openai {

/// A schema as OpenAI takes it, and whether with strict. A strict schema that has not its form is refused there.
struct ToldSchema
{
    QJsonObject schema;
    bool strict = false;
    bool loosened = false; ///< strict was meant, and the schema is not in its form
};

/// As the request said it in OpenAI's own words; else strict where the schema is in the strict form, or would be if its objects
/// said that they have no further properties, which is then said.
ToldSchema toldSchema(const ResponseFormat &format);
ToldSchema toldSchema(const ChatTool &tool);
/// Where strict was meant and is not told, by the places of the schemas in the caller's request: hints.
QStringList loosenedSchemas(const ChatRequest &chat);

} // namespace retryscope::openai
