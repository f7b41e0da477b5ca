// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "engine/answernote.h"

#include <QStringList>

namespace retryscope {
namespace {

QString finishSentence(const AnswerTraits &answer, bool hasText)
{
    switch (answer.finish) {
    case Finish::Stop: return {};
    case Finish::Length:
        return hasText ? QStringLiteral("The token limit cut the answer (finish reason %1). Allow more tokens.").arg(answer.finishReason)
                       : QStringLiteral("The token limit ended the answer before any text (finish reason %1). Allow more tokens, or less thinking.").arg(answer.finishReason);
    case Finish::ToolCalls:
        return hasText ? QStringLiteral("The answer also calls a tool, which is not shown.") : QStringLiteral("The answer calls a tool and holds no text.");
    case Finish::Unknown: return QStringLiteral("The provider gave no finish reason, so the answer may be cut.");
    default: return QStringLiteral("The answer ended with the finish reason \"%1\", so it may not be whole.").arg(answer.finishReason);
    }
}

} // namespace

QString answerNote(const CallResult &result)
{
    if (!result.succeeded() || result.isPlain())
        return {};
    const AnswerTraits &answer = result.answer;
    const bool hasText = !result.text.isEmpty();
    QStringList sentences{finishSentence(answer, hasText)};
    if (!hasText && answer.otherOutput && answer.finish != Finish::ToolCalls)
        sentences << QStringLiteral("The answer holds an image or other output that is not shown, and no text.");
    if (answer.unreadable > 0)
        sentences << QStringLiteral("%1 part(s) of the answer could not be read and are missing.").arg(answer.unreadable);
    if (answer.end == AnswerEnd::Reset)
        sentences << QStringLiteral("The connection broke after the finish reason; the answer counts as whole.");
    if (answer.end == AnswerEnd::Silence)
        sentences << QStringLiteral("The provider fell silent after the finish reason; the answer counts as whole.");
    sentences.removeAll(QString());
    return sentences.join(QLatin1Char(' '));
}

} // namespace retryscope
