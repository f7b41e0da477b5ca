// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "words/incidentreplaywords.h"

#include "base/timeformat.h"
#include "words/forecastwords.h"
#include "words/labels.h"
#include "words/localtime.h"

#include <QDateTime>

namespace retryscope {
namespace {

constexpr qsizetype fewCalls = 50; ///< below it a p99 is the slowest call, and a point is half a call

QDateTime dateOf(WallTime t) { return QDateTime::fromMSecsSinceEpoch(t.time_since_epoch().count(), Qt::UTC); }

/// "2026-11-25 18:37:15 to 18:38:02 UTC", or here "25 Nov 19:37:15 to 19:38:02"; the day again where it is another one.
QString fromTo(WallTime from, WallTime to, ClockOf clock)
{
    if (clock == ClockOf::Here) {
        const QDateTime begin = localTime(from), end = localTime(to);
        const QString full = QStringLiteral("d MMM HH:mm:ss");
        return Words::tr("%1 to %2")
            .arg(begin.toString(full), end.toString(begin.date() == end.date() ? QStringLiteral("HH:mm:ss") : full));
    }
    const QDateTime begin = dateOf(from), end = dateOf(to);
    const QString full = QStringLiteral("yyyy-MM-dd HH:mm:ss");
    return Words::tr("%1 to %2 UTC")
        .arg(begin.toString(full), end.toString(begin.date() == end.date() ? QStringLiteral("HH:mm:ss") : full));
}

QString lowered(const QString &text) { return text.left(1).toLower() + text.mid(1); }

QString affectedText(const Incident &incident)
{
    return retryscope::counted(incident.concernedCalls(), Words::tr("1 call affected"), Words::tr("%1 calls affected"));
}

} // namespace

QString recordedCallsText(quint64 n, bool simulated)
{
    return simulated ? retryscope::counted(n, Words::tr("1 simulated call"), Words::tr("%1 simulated calls"))
                     : retryscope::counted(n, Words::tr("1 real call"), Words::tr("%1 real calls"));
}

QString incidentLine(const PastIncident &past, ClockOf clock)
{
    const Incident &i = past.incident;
    return Words::tr("%1: %2, %3, %4")
        .arg(i.provider, lowered(causesText(i)), fromTo(i.started, past.end(), clock), affectedText(i));
}

QString incidentStory(const IncidentRecord &made, ClockOf clock)
{
    const Incident &i = made.of.incident;
    const QString fates = Words::tr("%1 failed, %2 rerouted, %3 delayed")
                              .arg(i.failedCalls)
                              .arg(i.reroutedCalls)
                              .arg(i.delayedCalls);
    QString text = Words::tr("%1: %2, %3 (%4), %5%6.")
                       .arg(i.provider, lowered(causesText(i)), fromTo(i.started, made.of.end(), clock), lastedText(i),
                            affectedText(i), i.concernedCalls() > 0 ? QStringLiteral(" (%1)").arg(fates) : QString());
    if (!made.record.calls.isEmpty())
        text += QLatin1Char(' ')
                + Words::tr("Played are the %1 that the same program made from %2 before it until %2 after it.")
                      .arg(recordedCallsText(quint64(made.record.calls.size()), made.record.simulated),
                           formatDuration(incidentMargin));
    return text;
}

QString whatItWas(const Record &record)
{
    const auto of = [&record](Measure measure) -> QString {
        const auto actual = actualOf(record, measure);
        return meanText(measure, actual ? std::optional(Estimate{*actual, {}, 1}) : std::nullopt);
    };
    return Words::tr("It was: %1 answered, p50 %2, p95 %3, p99 %4, %5 attempts and %6 failovers a call.")
        .arg(of(Measure::Success), of(Measure::P50), of(Measure::P95), of(Measure::P99), of(Measure::Attempts),
             of(Measure::Failovers));
}

QString noIncidentText(const FoundIncidents &found, const IncidentSearch &search)
{
    if (!found.incidents.isEmpty())
        return {};
    if (!found.anyReal && !found.anySimulated)
        return Words::tr("The history holds no calls of that time. Send some through Retryscope, then look again.");
    const auto days = std::chrono::duration_cast<std::chrono::hours>(search.to - search.from).count() / 24;
    const QString when = days > 1 ? Words::tr("in the last %1 days").arg(days) : Words::tr("in that time");
    QString text = found.simulated ? Words::tr("No incident is on record among the simulated calls %1.").arg(when)
                                   : Words::tr("No incident is on record among the real calls %1.").arg(when);
    text += QLatin1Char(' ');
    if (!found.simulated && found.anySimulated)
        return text + Words::tr("Choose the simulated ones, or a scenario instead.");
    if (found.simulated && found.anyReal)
        return text + Words::tr("Choose the real ones, or a scenario instead.");
    return text + Words::tr("Choose a scenario instead.");
}

QString historyOffText()
{
    return Words::tr("The history is off, so there is no incident to play. Name a place in the configuration's line "
                     "\"history\".");
}

QString noHistoryText()
{
    return Words::tr("There is no history yet. Send some calls through Retryscope, then look again.");
}

QString noCallsText(const IncidentRecord &made)
{
    return made.record.calls.isEmpty()
               ? Words::tr("No call of this incident has its beginning and its end on record, so there is nothing to "
                           "play. Choose another one.")
               : QString();
}

QStringList replayDoubts(const IncidentRecord &made, const std::optional<Estimate> &assumed, bool asks)
{
    const Record &r = made.record;
    QStringList doubts;
    if (r.calls.size() < fewCalls)
        doubts << Words::tr("%1 on record: too little to tell configurations apart by the slowest calls.")
                      .arg(retryscope::counted(quint64(r.calls.size()), Words::tr("Only 1 call is"), Words::tr("Only %1 calls are")));
    if (made.missing > 0)
        doubts << retryscope::counted(quint64(made.missing),
                          Words::tr("1 event of that time was not recorded, so calls or answers may be missing."),
                          Words::tr("%1 events of that time were not recorded, so calls or answers may be missing."));
    if (made.cut)
        doubts << Words::tr("It was longer: only its first %1 calls are played.").arg(IncidentRecord::mostCalls);
    if (r.cancelled + r.unfinished > 0)
        doubts << Words::tr("Left out: %1 cancelled, %2 without an end.")
                      .arg(callsText(quint64(r.cancelled)))
                      .arg(r.unfinished);
    if (!asks)
        doubts << Words::tr("%1 is not asked by this configuration, so the incident passes it by.")
                      .arg(made.of.incident.provider);
    if (assumed && assumed->mean > 0.0005)
        doubts << Words::tr("%1 % of the attempts meet what nobody asked then; they are taken to be answered as usual.")
                      .arg(100.0 * assumed->mean, 0, 'f', 1);
    if (r.tokensKnown > 0 && r.tokensKnown < r.calls.size())
        doubts << Words::tr("The tokens of %1 are not on record; the usual ones stand in.")
                      .arg(callsText(quint64(r.calls.size() - r.tokensKnown)));
    return doubts;
}

QString withInterval(Measure measure, const std::optional<Estimate> &value)
{
    return QStringLiteral("%1 %2").arg(meanText(measure, value), halfWidthText(measure, value)).trimmed();
}

QString incidentReplayText(IncidentReplayState state, int played, int wanted, bool older)
{
    switch (state) {
    case IncidentReplayState::Reading: return Words::tr("Looking for it in the history …");
    case IncidentReplayState::Playing:
        if (older)
            return Words::tr("The numbers are of what was here before; the draft as it is now is being played.");
        return played == 0 ? Words::tr("Being played …")
                           : Words::tr("Played %1 of %2 times; the intervals narrow with each.").arg(played).arg(wanted);
    case IncidentReplayState::Stopped:
        if (older)
            return Words::tr("Stopped. The numbers are of what was here before, not of the draft as it is now.");
        return played == 0 ? Words::tr("Stopped before anything was played.")
                           : Words::tr("Stopped after %1 of %2 times.").arg(played).arg(wanted);
    case IncidentReplayState::Complete:
        return Words::tr("Played %1 times, each with other luck and all with the same; ± is the 95 % interval.").arg(played);
    }
    return {};
}

} // namespace retryscope
