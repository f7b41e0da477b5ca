// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "fuzz.h"

#include "workbench/promptlibrary.h"

#include <QJsonDocument>

using namespace retryscope;

namespace {

/// Without the person's own JSON, whose numbers have several spellings: 1e2 is written as 100.
Prompt withoutObjects(Prompt prompt)
{
    prompt.metadata = prompt.extra = prompt.format.schema = {};
    for (ChatTool &tool : prompt.tools)
        tool.parameters = {};
    return prompt;
}

void mustBeTheSame(const SavedPrompt &a, const SavedPrompt &b)
{
    MUST(a.id == b.id && a.name == b.name && a.tags == b.tags && a.saved == b.saved);
    MUST(withoutObjects(a.prompt) == withoutObjects(b.prompt));
}

} // namespace

/// Whatever the file: a problem, or prompts that are the same when they have been saved and loaded again; and what was saved
/// twice is the same bytes.
FUZZ_TARGET(library)
{
    const QByteArray bytes = fuzz::bytesOf(data, size);
    if (const auto prompt = promptFromJson(QJsonDocument::fromJson(bytes).object())) {
        const auto again = promptFromJson(toJson(*prompt));
        MUST(again && *again == *prompt); // in memory the numbers are as they were
        MUST(prompt->maxTokens >= 0);
    }
    const auto first = libraryFromJson(bytes);
    if (!first)
        return 0;
    const auto again = libraryFromJson(libraryToJson(*first));
    MUST(again && again->size() == first->size());
    for (qsizetype i = 0; i < first->size(); ++i)
        mustBeTheSame(first->at(i), again->at(i));
    const QByteArray saved = libraryToJson(*again);
    const auto third = libraryFromJson(saved);
    MUST(third && libraryToJson(*third) == saved);
    return 0;
}
