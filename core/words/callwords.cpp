// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "words/callwords.h"

#include "base/timeformat.h"
#include "words/labels.h"

namespace retryscope {
namespace {

QString advice(RetryReason reason)
{
    switch (reason) {
    case RetryReason::Authentication: return Words::tr("Check the key that the configuration refers to.");
    case RetryReason::QuotaExhausted: return Words::tr("Add credit, or put another provider first.");
    case RetryReason::ModelUnavailable: return Words::tr("Check the model's name, or choose another one.");
    case RetryReason::ContextLength: return Words::tr("Shorten the prompt, or choose a model with a larger context.");
    case RetryReason::InvalidRequest: return Words::tr("Change the request; sending it again will not help.");
    case RetryReason::ContentFilter: return Words::tr("Change the prompt; sending it again will not help.");
    case RetryReason::Network: return Words::tr("Check the base URL and whether something listens there.");
    case RetryReason::MalformedResponse: return Words::tr("Check that the base URL points to the provider's API.");
    default: return Words::tr("Try again later, or add another provider to the chain.");
    }
}

QString finishSentence(const AnswerTraits &answer, bool hasText)
{
    switch (answer.finish) {
    case Finish::Stop: return {};
    case Finish::Length:
        return hasText ? Words::tr("The token limit cut the answer (finish reason %1). Allow more tokens.")
                             .arg(answer.finishReason)
                       : Words::tr("The token limit ended the answer before any text (finish reason %1). Allow more "
                                   "tokens, or less thinking.")
                             .arg(answer.finishReason);
    case Finish::ToolCalls:
        return hasText ? Words::tr("The answer also calls a tool, which is not shown.")
                       : Words::tr("The answer calls a tool and holds no text.");
    case Finish::Unknown: return Words::tr("The provider gave no finish reason, so the answer may be cut.");
    default:
        return Words::tr("The answer ended with the finish reason \"%1\", so it may not be whole.")
            .arg(answer.finishReason);
    }
}

} // namespace

QString errorText(const CallResult &r)
{
    if (r.reason == RetryReason::None || r.reason == RetryReason::Cancelled)
        return {};
    const QString who = r.attempts > 0 ? r.provider : Words::tr("No provider was asked");
    const QString said = r.message.isEmpty() ? QString() : QStringLiteral(" \"%1\"").arg(r.message);
    const QString ending =
        r.retryIn ? Words::tr("%1; the soonest is due in %2").arg(r.rule, formatDuration(*r.retryIn)) : r.rule;
    const QString gaveUp = r.attempts > 0
                               ? Words::tr("Gave up after %1: %2.").arg(attemptsText(quint64(r.attempts)), ending)
                               : Words::tr("Gave up: %1.").arg(ending);
    return QStringLiteral("%1: %2.%3\n%4\n%5").arg(who, inSentence(r.reason), said, gaveUp, advice(r.reason));
}

QString answerNote(const CallResult &result)
{
    if (!result.succeeded() || result.isPlain())
        return {};
    const AnswerTraits &answer = result.answer;
    const bool hasText = !result.text.isEmpty();
    QStringList sentences{finishSentence(answer, hasText)};
    if (!hasText && answer.otherOutput && answer.finish != Finish::ToolCalls)
        sentences << Words::tr("The answer holds an image or other output that is not shown, and no text.");
    if (answer.unreadable > 0)
        sentences << Words::tr("%1 part(s) of the answer could not be read and are missing.").arg(answer.unreadable);
    if (answer.openChoices > 0)
        sentences << Words::tr("%1 of the other choices came without a finish reason and may be cut.")
                         .arg(answer.openChoices);
    if (answer.end == AnswerEnd::Reset)
        sentences << Words::tr("The connection broke after the finish reason; the answer counts as whole.");
    if (answer.end == AnswerEnd::Silence)
        sentences << Words::tr("The provider fell silent after the finish reason; the answer counts as whole.");
    sentences.removeAll(QString());
    return sentences.join(QLatin1Char(' '));
}

} // namespace retryscope
