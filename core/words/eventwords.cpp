// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "words/eventwords.h"

#include "base/timeformat.h"
#include "policy/steering.h"
#include "words/labels.h"

#include <array>

namespace retryscope {
namespace {

QString attemptFinishedSentence(const Event &e)
{
    const QString took = formatDuration(e.duration);
    if (e.reason == RetryReason::None)
        return Words::tr("%1. %2 answered in %3.").arg(QString::number(e.attempt), e.provider, took) + finishText(e);
    if (e.rule == latin1(failedOverByHand))
        return Words::tr("%1. %2 was left by hand after %3.").arg(QString::number(e.attempt), e.provider, took)
               + (e.delivery == Delivery::NotSent ? QString() : Words::tr(" The request may have been delivered."));
    const QString status = e.status ? QStringLiteral(" (%1)").arg(e.status) : QString();
    const QString maybe =
        e.delivery == Delivery::MaybeSent ? Words::tr(" The request may have been delivered.") : QString();
    return Words::tr("%1. %2: %3%4 after %5.%6")
        .arg(QString::number(e.attempt), e.provider, inSentence(e.reason), status, took, maybe);
}

QString finishedSentence(const Event &e)
{
    const QString text = attemptFinishedSentence(e);
    return e.onPurpose ? text + Words::tr(" It was made so on purpose.") : text;
}

QString callFinishedSentence(const Event &e)
{
    const QString took = formatDuration(e.duration), attempts = attemptsText(quint64(std::max(0, e.attempt)));
    switch (e.outcome) {
    case CallOutcome::FirstTry: return Words::tr("Done at the first try in %1.").arg(took);
    case CallOutcome::SecondChoice:
        return Words::tr("Done by %1, because those before it were skipped, in %2.").arg(e.provider, took);
    case CallOutcome::RecoveredByRetry: return Words::tr("Recovered by retry: done in %1 with %2.").arg(took, attempts);
    case CallOutcome::RecoveredByFailover:
        return Words::tr("Recovered by failover to %1: done in %2 with %3.").arg(e.provider, took, attempts);
    case CallOutcome::Cancelled: return Words::tr("Stopped after %1.").arg(took);
    default: break;
    }
    const QString due = e.delay > 0s ? Words::tr(", the soonest is due in %1").arg(formatDuration(e.delay)) : QString();
    return e.attempt > 0
               ? Words::tr("Failed after %1 and %2: %3; %4%5.").arg(took, attempts, inSentence(e.reason), e.rule, due)
               : Words::tr("Failed after %1 without asking anybody: %2; %3%4.")
                     .arg(took, inSentence(e.reason), e.rule, due);
}

QString circuitSentence(const Event &e)
{
    const QString whose = e.scope == Scope::Model ? Words::tr("%1, model %2").arg(e.provider, e.model)
        : e.scope == Scope::Account ? Words::tr("%1's account").arg(e.provider) : e.provider;
    QString text = Words::tr("Circuit of %1: %2 to %3").arg(whose, inSentence(e.circuitFrom), inSentence(e.circuitTo));
    if (e.reason != RetryReason::None && e.circuitTo == CircuitState::Open)
        text += Words::tr(" (%1)").arg(inSentence(e.reason));
    if (!e.detail.isEmpty())
        text += QStringLiteral(", %1").arg(e.detail);
    return e.openFor ? text + Words::tr("; probe in %1.").arg(formatDuration(*e.openFor)) : text + QLatin1Char('.');
}

QString waitText(DelaySource source)
{
    switch (source) {
    case DelaySource::Server: return Words::tr("the server asked for it");
    case DelaySource::Circuit: return Words::tr("all providers are cooling");
    case DelaySource::Pacing: return Words::tr("the rate limit is known to be empty");
    default: return Words::tr("backoff");
    }
}

QString startedSentence(const Event &e)
{
    QString text = e.reason == RetryReason::None
                       ? Words::tr("%1. asks %2 (%3).").arg(QString::number(e.attempt), e.provider, e.model)
                       : Words::tr("%1. asks %2 (%3) again: %4.")
                             .arg(QString::number(e.attempt), e.provider, e.model, inSentence(e.reason));
    if (e.rule == latin1(triedByHand))
        text += Words::tr(" Tried by hand, before the wait was over.");
    if (e.rule == latin1(failedOverByHand))
        text += Words::tr(" Chosen by hand.");
    return e.maybeTwice
               ? text + Words::tr(" An earlier attempt may have been delivered, so this may be the second time.")
               : text;
}

} // namespace

void learnNames(ProviderNames &names, const ProviderConfigs &providers)
{
    for (const ProviderConfig &p : providers)
        names.insert(p.id, p.name.isEmpty() ? p.id : p.name);
}

Event named(Event event, const ProviderNames &names)
{
    event.provider = names.value(event.provider, event.provider);
    event.toProvider = names.value(event.toProvider, event.toProvider);
    return event;
}

QString finishText(const Event &e)
{
    const QString &finish = e.finish;
    if (!e.finishReason.isEmpty())
        return Words::tr(" It ended with the finish reason \"%1\".").arg(e.finishReason);
    if (finish == QLatin1String("length"))
        return Words::tr(" It was cut by the token limit.");
    if (finish == QLatin1String("content_filter"))
        return Words::tr(" It was ended by the provider's content filter.");
    if (finish == QLatin1String("tool_calls"))
        return Words::tr(" It asks for tools to be called.");
    if (finish == QLatin1String("refusal"))
        return Words::tr(" The model refused.");
    return {};
}

QString skipText(const Event &e)
{
    static constexpr std::array texts{"",
                                      QT_TRANSLATE_NOOP("retryscope::Words", "its rate limit is known to be empty"),
                                      QT_TRANSLATE_NOOP("retryscope::Words", "a probe is under way"),
                                      QT_TRANSLATE_NOOP("retryscope::Words", "its circuit is open"),
                                      QT_TRANSLATE_NOOP("retryscope::Words", "it is blocked"),
                                      QT_TRANSLATE_NOOP("retryscope::Words", "it is isolated by hand"),
                                      QT_TRANSLATE_NOOP("retryscope::Words", "no slot became free in time")};
    QString text = Words::tr(texts[std::size_t(e.skip)]);
    if (e.reason != RetryReason::None)
        text += QStringLiteral(" (%1)").arg(inSentence(e.reason));
    return e.delay > 0s ? Words::tr("%1, for %2 more").arg(text, formatDuration(e.delay)) : text;
}

QString toSentence(const Event &e)
{
    switch (e.kind) {
    case EventKind::CallSubmitted:
        return e.callerRepeat == 0
                   ? Words::tr("Call %1 submitted.").arg(e.call.value)
                   : Words::tr("Call %1 submitted: the program's own SDK repeats it (repeat %2). Its retries multiply with "
                               "those made here.")
                         .arg(e.call.value)
                         .arg(e.callerRepeat);
    case EventKind::AttemptQueued:
        return Words::tr("%1. waits for a free slot on %2.").arg(QString::number(e.attempt), e.provider);
    case EventKind::AttemptStarted: return startedSentence(e);
    case EventKind::FirstToken:
        return Words::tr("%1. first token after %2.")
            .arg(QString::number(e.attempt), formatDuration(e.firstToken.value_or(0s)));
    case EventKind::AttemptFinished: return finishedSentence(e);
    case EventKind::RetryScheduled:
        return Words::tr("Waits %1 (%2).").arg(formatDuration(e.delay), waitText(e.delaySource));
    case EventKind::FailedOver:
        if (e.rule == latin1(failedOverByHand) || e.rule == latin1(triedByHand))
            return Words::tr("Goes from %1 to %2, by hand.").arg(e.provider, e.toProvider);
        return Words::tr("Fails over from %1 to %2: %3.").arg(e.provider, e.toProvider, inSentence(e.reason));
    case EventKind::CircuitChanged: return circuitSentence(e);
    case EventKind::CallFinished: return callFinishedSentence(e);
    case EventKind::ConfigurationApplied: return Words::tr("Configuration applied.");
    case EventKind::ProbeFinished:
        return e.reason == RetryReason::None
                   ? Words::tr("A probe of %1 was answered in %2.").arg(e.provider, formatDuration(e.duration))
                   : Words::tr("A probe of %1 failed: %2. %3")
                         .arg(e.provider, inSentence(e.reason), e.detail)
                         .trimmed();
    case EventKind::ProviderSkipped: return Words::tr("Skips %1: %2.").arg(e.provider, skipText(e));
    case EventKind::DegradedChanged:
        return (e.degraded ? Words::tr("%1 is slow.") : Words::tr("%1 is as fast as usual again.")).arg(e.provider);
    }
    return {};
}

QString toSentence(const LimitWindow &limit)
{
    static constexpr std::array names{QT_TRANSLATE_NOOP("retryscope::Words", "requests"),
                                      QT_TRANSLATE_NOOP("retryscope::Words", "tokens"),
                                      QT_TRANSLATE_NOOP("retryscope::Words", "input tokens"),
                                      QT_TRANSLATE_NOOP("retryscope::Words", "output tokens")};
    QStringList parts;
    if (limit.remaining)
        parts << (limit.limit ? Words::tr("%1 of %2 left").arg(*limit.remaining).arg(*limit.limit)
                              : Words::tr("%1 left").arg(*limit.remaining));
    else if (limit.limit)
        parts << Words::tr("%1 a window").arg(*limit.limit);
    if (limit.resetIn)
        parts << Words::tr("full again in %1").arg(formatDuration(*limit.resetIn));
    return Words::tr(names[std::size_t(limit.kind)]) + QStringLiteral(": ") + parts.join(QStringLiteral(", "));
}

} // namespace retryscope
