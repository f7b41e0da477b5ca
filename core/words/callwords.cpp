// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "words/callwords.h"

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

} // namespace

QString errorText(const CallResult &r)
{
    if (r.reason == RetryReason::None || r.reason == RetryReason::Cancelled)
        return {};
    const QString who = r.attempts > 0 ? r.provider : Words::tr("No provider was asked");
    const QString said = r.message.isEmpty() ? QString() : QStringLiteral(" \"%1\"").arg(r.message);
    const QString ending = r.retryIn ? Words::tr("%1; the soonest is due in %2").arg(r.rule, formatDuration(*r.retryIn)) : r.rule;
    const QString gaveUp = r.attempts > 0 ? Words::tr("Gave up after %1: %2.").arg(attemptsText(quint64(r.attempts)), ending) : Words::tr("Gave up: %1.").arg(ending);
    return QStringLiteral("%1: %2.%3\n%4\n%5").arg(who, inSentence(r.reason), said, gaveUp, advice(r.reason));
}

} // namespace retryscope
