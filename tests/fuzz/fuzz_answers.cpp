// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "fuzz.h"

#include "workbench/sessionjson.h"

using namespace retryscope;

/// Whatever the line: not ours, or an answer that is one when it is written again; and what was written twice is the same bytes.
FUZZ_TARGET(answers)
{
    const ReadAnswerLine read = readAnswerLine(fuzz::bytesOf(data, size));
    if (read.kind != AnswerLineKind::Ours)
        return 0;
    const Discretion discretion{Configuration{}};
    const QByteArray first = answerLine(read.entry, discretion);
    MUST(first.count('\n') == 1 && first.endsWith('\n'));
    const ReadAnswerLine again = readAnswerLine(first);
    MUST(again.kind == AnswerLineKind::Ours);
    MUST(again.entry.at == read.entry.at && again.entry.result.outcome == read.entry.result.outcome);
    MUST(again.entry.result.duration == read.entry.result.duration && again.entry.result.costUsd == read.entry.result.costUsd);
    const QByteArray second = answerLine(again.entry, discretion); // numbers of a person's own JSON have several spellings
    const ReadAnswerLine third = readAnswerLine(second);
    MUST(third.kind == AnswerLineKind::Ours && answerLine(third.entry, discretion) == second);
    return 0;
}
