// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/serving.h"
#include "protocols/wireformats.h"

namespace retryscope::googleai {

// What the files of this folder share.

struct Budget
{
    const char *effort;
    int tokens;
};
/// How many tokens of thought a word stands for, on the models that count them.
inline constexpr Budget budgets[] = {{"none", 0}, {"minimal", 512}, {"low", 1024}, {"medium", 8192}, {"high", 24576}};

/// A request in the names of its documentation: the vendor takes generation_config for generationConfig, and one object in
/// place of a list of it.
QJsonObject plainBody(const QJsonObject &body);
/// A streamed event or a whole answer: they have one shape.
void readChunk(const QJsonObject &object, Answer *answer);
/// The same, served.
QByteArray piece(const ServedAnswer &answer, const QString &text, bool last);

} // namespace retryscope::googleai
