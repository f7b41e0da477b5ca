// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "workbench/sessionjson.h"

namespace retryscope {

/// What was asked and answered, made up: every field has something.
inline SessionEntry fullEntry()
{
    SessionEntry e;
    e.at = WallTime(1'764'200'000'123ms);
    e.prompt.text = QStringLiteral("Hello\n\"é\" \u2028");
    e.prompt.system = QStringLiteral("Be brief.");
    e.prompt.model = QStringLiteral("m");
    e.prompt.temperature = 0.7;
    e.prompt.tools = {{QStringLiteral("look"),
                       QStringLiteral("Looks."),
                       {{QStringLiteral("type"), QStringLiteral("object")}},
                       true}};
    e.chain = {QStringLiteral("openai"), QStringLiteral("mistral")};
    CallResult &r = e.result;
    r.outcome = CallOutcome::RecoveredByFailover;
    r.provider = QStringLiteral("mistral");
    r.model = QStringLiteral("m-1");
    r.text = QStringLiteral("one\r\ntwo");
    r.rule = QStringLiteral("answered");
    r.content.reasoning = QStringLiteral("thinking");
    r.content.refusal = QStringLiteral("no");
    r.content.toolCalls = {{QStringLiteral("1"), QStringLiteral("look"), QStringLiteral("{\"a\":1}")}};
    AnswerChoice other;
    other.index = 2;
    other.text = QStringLiteral("second");
    other.finish = Finish::Length;
    other.finishReason = QStringLiteral("max_tokens");
    other.toolCalls = {{QStringLiteral("2"), QStringLiteral("see"), QStringLiteral("{}")}};
    r.content.others = {other};
    r.answer = {Finish::ToolCalls, QStringLiteral("tool_use"), AnswerEnd::Mark, 2, true, true, true, 11, 12, 1};
    r.status = 200;
    r.attempts = 3;
    r.duration = 1'234'567'891ns;
    r.firstToken = 345ms;
    r.tokensIn = 21;
    r.tokensOut = 0;
    r.costUsd = 0.00012;
    r.maybeTwice = 1;
    r.simulated = true;
    e.tokensPerSecond = 58.25;
    return e;
}

/// Its time grows with the number.
inline SessionEntry keptEntry(int number, const QString &answer = QStringLiteral("answer"))
{
    SessionEntry e;
    e.at = WallTime(std::chrono::milliseconds(1'764'200'000'000 + number));
    e.prompt.text = QStringLiteral("prompt %1").arg(number);
    e.result.outcome = CallOutcome::FirstTry;
    e.result.provider = QStringLiteral("openai");
    e.result.text = answer;
    e.result.duration = 1200ms;
    return e;
}

inline QByteArray keptLine(int number, const QString &answer = QStringLiteral("answer"))
{
    return answerLine(keptEntry(number, answer), Discretion({}));
}

} // namespace retryscope
