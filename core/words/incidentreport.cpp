// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
// Incidents as CSV and as Markdown.
#include "words/incidentwords.h"

#include "base/timeformat.h"
#include "telemetry/csv.h"
#include "words/labels.h"
#include "words/markdown.h"

#include <QDateTime>

namespace retryscope {
namespace {

QString dayText(WallTime t)
{
    return QDateTime::fromMSecsSinceEpoch(t.time_since_epoch().count(), Qt::UTC)
        .toString(QStringLiteral("yyyy-MM-dd HH:mm:ss"));
}

QString seconds(std::optional<Duration> d) { return d ? QString::number(toSeconds(*d), 'f', 3) : QString(); }

using Row = std::pair<const char *, QString>;

QVector<Row> csvCells(const Incident &i)
{
    QStringList causes;
    for (const IncidentCause &cause : i.causes)
        causes << toSentence(cause, i);
    return {{"id", QString::number(i.id)},
            {"provider", i.provider},
            {"cause", causesText(i)},
            {"causes", causes.join(QLatin1Char(' '))},
            {"trigger", toKey(i.trigger)},
            {"ending", toKey(i.ending)},
            {"reopened", QString::number(i.reopened)},
            {"simulated", i.simulated ? QStringLiteral("true") : QStringLiteral("false")},
            {"started", formatWallTime(i.started)},
            {"opened", formatWallTime(i.opened)},
            {"ended", i.isOpen() ? QString() : formatWallTime(i.ended)},
            {"last_seen", formatWallTime(i.lastSeen)},
            {"span_s", seconds(i.span())},
            {"lasted_s", seconds(i.lasted)},
            {"failed_calls", QString::number(i.failedCalls)},
            {"rerouted_calls", QString::number(i.reroutedCalls)},
            {"delayed_calls", QString::number(i.delayedCalls)},
            {"failed_attempts", QString::number(i.failedAttempts)},
            {"retries", QString::number(i.retries)},
            {"failovers", QString::number(i.failovers)},
            {"added_total_s", seconds(i.addedTotal)},
            {"added_median_s", seconds(i.addedMedian())},
            {"added_p95_s", seconds(i.addedP95())},
            {"added_worst_s", seconds(i.addedWorst())},
            {"cost", costText(i)},
            {"carried_by", carriedText(i)},
            {"note", i.note}};
}

QString orNone(const QString &text, const QString &none) { return text.isEmpty() ? none : escapedMarkdown(text); }

} // namespace

QByteArray toCsv(const Incidents &incidents)
{
    QStringList header;
    for (const Row &cell : csvCells({}))
        header << QLatin1String(cell.first);
    QByteArray out = csvRow(header);
    for (const Incident &incident : incidents) {
        QStringList row;
        for (const Row &cell : csvCells(incident))
            row << cell.second;
        out += csvRow(row);
    }
    return out;
}

QString toMarkdown(const Incident &i)
{
    QString text =
        Words::tr("## Incident %1: %2, %3%4\n\n")
            .arg(i.id)
            .arg(escapedMarkdown(i.provider), causesText(i).toLower(), i.simulated ? Words::tr(" (simulated)") : QString());
    text += Words::tr("%1 UTC to %2 (%3, %4)\n\n")
                .arg(dayText(i.started), i.isOpen() ? Words::tr("now") : dayText(i.ended) + Words::tr(" UTC"),
                     lastedText(i), endingText(i.ending));
    for (const IncidentCause &cause : i.causes)
        text += QStringLiteral("- %1\n").arg(escapedMarkdown(toSentence(cause, i)));
    text += Words::tr("\n| what | value |\n| --- | ---: |\n");
    const std::pair<QString, QString> rows[] = {
        {Words::tr("Failed calls"), QString::number(i.failedCalls)},
        {Words::tr("Rerouted calls"), QString::number(i.reroutedCalls)},
        {Words::tr("Delayed calls"), QString::number(i.delayedCalls)},
        {Words::tr("Failed attempts"), QString::number(i.failedAttempts)},
        {Words::tr("Retries"), QString::number(i.retries)},
        {Words::tr("Failovers"), QString::number(i.failovers)},
        {Words::tr("Added per call"), orNone(addedText(i), Words::tr("none measured"))},
        {Words::tr("Added cost"), orNone(costText(i), Words::tr("none known"))},
        {Words::tr("Traffic carried by"), orNone(carriedText(i), Words::tr("nobody"))},
        {Words::tr("Came back"), counted(quint64(i.reopened), Words::tr("once"), Words::tr("%1 times"))},
    };
    for (const auto &[what, value] : rows)
        text += QStringLiteral("| %1 | %2 |\n").arg(what, value);
    text += Words::tr("\n### Timeline (UTC)\n\n");
    for (qsizetype f = 0; f < i.facts.size(); ++f) {
        if (f == Incident::firstFactsKept && i.factsDropped)
            text +=
                Words::tr("- … %1 not kept\n").arg(counted(i.factsDropped, Words::tr("1 line"), Words::tr("%1 lines")));
        text += QStringLiteral("- %1 %2\n").arg(dayText(i.facts[f].at), escapedMarkdown(toSentence(i.facts[f], i)));
    }
    if (!i.note.isEmpty())
        text += Words::tr("\n### Note\n\n%1\n").arg(i.note);
    return text;
}

} // namespace retryscope
