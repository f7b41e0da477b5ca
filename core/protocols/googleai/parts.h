// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/serving.h"
#include "protocols/wireformats.h"

#include <span>

namespace retryscope::googleai {

// What the files of this folder share.

struct Budget
{
    const char *effort;
    int tokens;
};
/// How many tokens of thought a word stands for, on the models that count them.
inline constexpr Budget budgets[] = {{"none", 0}, {"minimal", 512}, {"low", 1024}, {"medium", 8192}, {"high", 24576}};

/// Gemini 2.5 counts tokens of thought, later ones have levels.
bool countsThoughts(const QString &model);
/// The words for how much it is to think. None at all is known to those of 2.5 but Pro.
std::span<const char *const> effortsOf(const QString &model);
/// thinkingLevel's words in small letters; none is asked for where it is unspecified.
inline constexpr const char *levels[] = {"minimal", "low", "medium", "high", "thinking_level_unspecified"};
/// What a part shows is a picture: by its media type, or by the end of its address where it has none.
bool isImage(const QString &mediaType, const QString &uri);

/// A request in the names of its documentation: the vendor takes generation_config for generationConfig, and one object in
/// place of a list of it.
QJsonObject plainBody(const QJsonObject &body);
/// A streamed event or a whole answer: they have one shape.
void readChunk(const QJsonObject &object, Answer *answer);
/// The same, served.
QByteArray piece(const ServedAnswer &answer, const QString &text, bool last);

} // namespace retryscope::googleai
