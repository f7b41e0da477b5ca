// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "snippets/snippet.h"

namespace retryscope {

/// Why there is no code, and what to do.
QString toSentence(const SnippetProblem &problem);
/// What the code does not do, in this language.
QString toSentence(SnippetNote note, SnippetLanguage language);
/// "OPENAI_API_KEY must be set where it runs."; empty where nothing is needed.
QString variablesSentence(const QStringList &variables);

} // namespace retryscope
