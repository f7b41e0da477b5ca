// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "words/incidentwords.h"

#include "base/timeformat.h"
#include "words/labels.h"
#include "words/localtime.h"

#include <QDateTime>

#include <algorithm>

namespace retryscope {
namespace {

constexpr qsizetype mostNamed = 3; ///< causes in a headline

QString clockText(WallTime t)
{
    return QDateTime::fromMSecsSinceEpoch(t.time_since_epoch().count(), Qt::UTC).toString(QStringLiteral("HH:mm:ss"));
}

QString causeText(const IncidentCause &cause)
{
    return cause.reason == RetryReason::None ? Words::tr("Slow answers") : toLabel(cause.reason);
}

/// Older files hold the sentence itself where newer ones hold a key.
QString triggerText(const QString &what)
{
    if (what == toKey(IncidentTrigger::Failures))
        return Words::tr("too many failed attempts, and too few successes between them");
    if (what == toKey(IncidentTrigger::Unhealthy))
        return Words::tr("its circuit stayed open");
    return what == toKey(IncidentTrigger::Slow) ? Words::tr("it stayed slow") : what;
}

QString endedText(const QString &what)
{
    if (what == toKey(IncidentEnding::Recovered))
        return Words::tr("recovered, it answers again");
    if (what == toKey(IncidentEnding::Isolated))
        return Words::tr("it is not asked any more, because it was isolated by hand");
    if (what == toKey(IncidentEnding::Removed))
        return Words::tr("the provider was removed or disabled");
    return what == toKey(IncidentEnding::NotWatched) ? Words::tr("the program was closed, so its end was not watched")
                                                     : what;
}

} // namespace

Incident named(Incident incident, const ProviderNames &names)
{
    const auto nameOf = [&names](const ProviderId &id) { return names.value(id, id); };
    incident.provider = nameOf(incident.provider);
    std::map<ProviderId, quint64> carried;
    for (const auto &[provider, calls] : incident.carriedBy)
        carried[nameOf(provider)] += calls;
    incident.carriedBy = std::move(carried);
    for (IncidentFact &fact : incident.facts) {
        if (fact.kind == IncidentFactKind::FirstFailover)
            fact.what = nameOf(fact.what);
    }
    return incident;
}

QString formatSpan(Duration d)
{
    const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(d).count();
    if (minutes < 60)
        return formatDuration(d);
    return minutes < 24 * 60 ? Words::tr("%1 h %2 min").arg(minutes / 60).arg(minutes % 60)
                             : Words::tr("%1 d %2 h").arg(minutes / 1440).arg(minutes % 1440 / 60);
}

QString causeText(const Incident &incident)
{
    if (incident.cause() != RetryReason::None)
        return toLabel(incident.cause());
    return incident.slow() ? Words::tr("Slow answers") : Words::tr("Circuit open");
}

QString causesText(const Incident &incident)
{
    if (incident.causes.size() < 2)
        return causeText(incident);
    QVector<IncidentCause> causes = incident.causes;
    std::stable_sort(causes.begin(), causes.end(),
                     [](const IncidentCause &a, const IncidentCause &b) { return a.attempts > b.attempts; });
    QStringList names;
    for (const IncidentCause &cause : causes.mid(0, mostNamed))
        names << (names.isEmpty() ? causeText(cause) : causeText(cause).toLower());
    const qsizetype more = causes.size() - names.size();
    return more ? Words::tr("%1 and %2 more").arg(names.join(QStringLiteral(", "))).arg(more)
                : names.join(QStringLiteral(", "));
}

QString toSentence(const IncidentCause &cause, const Incident &incident)
{
    const QString span = clockText(cause.first) == clockText(cause.last)
                             ? Words::tr("%1 UTC").arg(clockText(cause.first))
                             : Words::tr("%1 to %2 UTC").arg(clockText(cause.first), clockText(cause.last));
    if (!cause.attempts)
        return Words::tr("%1: %2.").arg(causeText(cause), span);
    return Words::tr("%1: %2 (%3 %), %4.")
        .arg(causeText(cause), counted(cause.attempts, Words::tr("1 failed attempt"), Words::tr("%1 failed attempts")))
        .arg(qRound(incident.share(cause) * 100.0))
        .arg(span);
}

QString lastedText(const Incident &incident)
{
    const Duration span = incident.span();
    return incident.reopened && span - incident.lasted >= 1s
               ? Words::tr("unwell for %1 of %2").arg(formatSpan(incident.lasted), formatSpan(span))
               : formatSpan(span);
}

QString endingText(IncidentEnding ending)
{
    switch (ending) {
    case IncidentEnding::Open: return Words::tr("still open");
    case IncidentEnding::Recovered: return Words::tr("recovered");
    case IncidentEnding::Isolated: return Words::tr("isolated by hand");
    case IncidentEnding::Removed: return Words::tr("its provider was removed");
    case IncidentEnding::NotWatched: return Words::tr("not watched to its end: the program was closed");
    }
    return {};
}

QString carriedText(const Incident &incident)
{
    QVector<std::pair<ProviderId, quint64>> sorted(incident.carriedBy.begin(), incident.carriedBy.end());
    std::stable_sort(sorted.begin(), sorted.end(), [](const auto &a, const auto &b) { return a.second > b.second; });
    double all = 0.0;
    for (const auto &[provider, calls] : sorted)
        all += double(calls);
    QStringList parts;
    for (const auto &[provider, calls] : sorted) {
        if (calls)
            parts << Words::tr("%1 %2 %").arg(provider).arg(qRound(100.0 * double(calls) / all));
    }
    return parts.join(QStringLiteral(", "));
}

QString addedText(const Incident &incident)
{
    if (!incident.added.count())
        return {};
    return Words::tr("%1 median, %2 p95, %3 worst")
        .arg(formatDuration(*incident.addedMedian()), formatDuration(*incident.addedP95()),
             formatDuration(*incident.addedWorst()));
}

QString costText(const Incident &i)
{
    QStringList parts;
    if (i.reroutedCalls > i.unpricedElsewhere)
        parts << Words::tr("%1 for answers elsewhere").arg(moneyText(i.elsewhereCostUsd));
    if (i.failedCostUsd > 0.0)
        parts << Words::tr("%1 for failed attempts").arg(moneyText(i.failedCostUsd));
    if (i.unpricedElsewhere && !parts.isEmpty())
        parts << counted(i.unpricedElsewhere, Words::tr("1 answer of unknown price"),
                         Words::tr("%1 answers of unknown price"));
    return !parts.isEmpty() ? parts.join(QStringLiteral("; ")) : i.unpricedElsewhere ? Words::tr("unknown") : QString();
}

QString toSentence(const Incident &i, ClockOf clock)
{
    const QString since = clock == ClockOf::Utc ? Words::tr("%1 UTC").arg(clockText(i.started))
                                                : localTime(i.started).toString(QStringLiteral("HH:mm:ss"));
    QStringList parts{i.isOpen()
                          ? Words::tr("%1: %2 since %3").arg(i.provider, causesText(i).toLower(), since)
                          : Words::tr("%1: %2 for %3").arg(i.provider, causesText(i).toLower(), formatSpan(i.span()))};
    parts << counted(i.failedCalls, Words::tr("1 failed call"), Words::tr("%1 failed calls"))
          << Words::tr("%1 rerouted").arg(i.reroutedCalls) << Words::tr("%1 delayed").arg(i.delayedCalls);
    if (const auto median = i.addedMedian())
        parts << Words::tr("+%1 median").arg(formatDuration(*median));
    return parts.join(QStringLiteral(", ")) + QLatin1Char('.');
}

QString toSentence(const IncidentFact &fact, const Incident &incident)
{
    const QString reason = fact.reason == RetryReason::None ? QString() : inSentence(fact.reason);
    switch (fact.kind) {
    case IncidentFactKind::FirstFailure: return Words::tr("First failure of %1: %2.").arg(incident.provider, reason);
    case IncidentFactKind::Opened: return Words::tr("Incident opened: %1.").arg(triggerText(fact.what));
    case IncidentFactKind::CircuitOpened: {
        const QString why = fact.what.isEmpty() ? QString() : QStringLiteral(" (%1)").arg(fact.what);
        return Words::tr("Circuit opened%1%2.").arg(reason.isEmpty() ? QString() : QStringLiteral(": ") + reason, why);
    }
    case IncidentFactKind::Probing: return Words::tr("Probing: one attempt finds out whether it is back.");
    case IncidentFactKind::CircuitClosed: return Words::tr("Circuit closed, calls go there again.");
    case IncidentFactKind::Slow: return Words::tr("Answers became slow.");
    case IncidentFactKind::NotSlow: return Words::tr("Answers as fast as usual again.");
    case IncidentFactKind::FirstFailover: return Words::tr("Traffic began to fail over to %1.").arg(fact.what);
    case IncidentFactKind::FirstFailedCall: return Words::tr("First call failed for good: %1.").arg(reason);
    case IncidentFactKind::Reopened:
        return Words::tr("Came back: %1. The same incident goes on.").arg(triggerText(fact.what));
    case IncidentFactKind::Ended: return Words::tr("Ended: %1.").arg(endedText(fact.what));
    case IncidentFactKind::FirstSkip: return Words::tr("Calls began to skip it.");
    case IncidentFactKind::IsolatedByHand:
        return fact.what.isEmpty() ? Words::tr("Isolated by you.")
                                   : Words::tr("Isolated elsewhere: %1.").arg(fact.what);
    case IncidentFactKind::ReleasedByHand:
        return fact.what.isEmpty() ? Words::tr("Released by you.")
                                   : Words::tr("Released elsewhere: %1.").arg(fact.what);
    case IncidentFactKind::ProbedByHand:
        return reason.isEmpty() ? Words::tr("Probed by you: it answered.")
                                : Words::tr("Probed by you: %1.").arg(reason);
    }
    return {};
}

} // namespace retryscope
