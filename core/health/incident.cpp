// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "health/incident.h"
#include "words/labels.h"

#include "telemetry/csv.h"

#include <QDateTime>
#include <QJsonArray>
#include <QJsonDocument>

#include <algorithm>

namespace retryscope {
namespace {

constexpr std::array triggerKeys{"failures", "unhealthy", "slow"};
constexpr std::array endingKeys{"open", "recovered", "isolated", "removed", "not_watched"};
constexpr std::array endingWords{"still open", "recovered", "isolated by hand", "its provider was removed", "not watched to its end: the program was closed"};
constexpr std::array factKeys{"first_failure", "opened", "circuit_opened", "probing", "circuit_closed", "slow", "not_slow",
                              "first_failover", "first_failed_call", "reopened", "ended"};
constexpr int firstFactsKept = 20;
constexpr qint64 latest = 7'258'118'400'000; ///< the year 2200: no two times are further apart than a Duration can say
constexpr qint64 mostCounted = qint64(1) << 53;

template <typename E, std::size_t N> std::optional<E> fromKey(const std::array<const char *, N> &keys, const QJsonValue &value)
{
    const QString text = value.toString();
    for (std::size_t i = 0; i < N; ++i) {
        if (text == QLatin1String(keys[i]))
            return E(i);
    }
    return std::nullopt;
}

struct CountRow { const char *key; quint64 Incident::*member; };
constexpr std::array<CountRow, 6> counts{{
    {"failed_attempts", &Incident::failedAttempts}, {"retries", &Incident::retries}, {"failovers", &Incident::failovers},
    {"affected_calls", &Incident::affectedCalls}, {"failed_calls", &Incident::failedCalls}, {"facts_dropped", &Incident::factsDropped},
}};
struct TimeRow { const char *key; WallTime Incident::*member; };
constexpr std::array<TimeRow, 4> times{{
    {"started", &Incident::started}, {"opened", &Incident::opened}, {"ended", &Incident::ended}, {"last_seen", &Incident::lastSeen},
}};
struct DurationRow { const char *key; Duration Incident::*member; };
constexpr std::array<DurationRow, 4> durations{{
    {"lasted_s", &Incident::lasted}, {"added_total_s", &Incident::addedTotal},
    {"added_worst_s", &Incident::addedWorst}, {"added_median_s", &Incident::addedMedian},
}};

bool isTold(const TimeRow &row, const Incident &incident) { return row.member != &Incident::ended || !incident.isOpen(); }

std::optional<WallTime> timeFrom(const QJsonValue &value)
{
    const QDateTime t = QDateTime::fromString(value.toString(), Qt::ISODateWithMs);
    return t.isValid() ? std::optional(WallTime(std::chrono::milliseconds(std::clamp<qint64>(t.toMSecsSinceEpoch(), 0, latest)))) : std::nullopt;
}

quint64 countFrom(const QJsonValue &value) { return quint64(std::clamp<qint64>(value.toInteger(), 0, mostCounted)); }

QString plural(quint64 n, const char *one, const char *many)
{
    return QStringLiteral("%1 %2").arg(n).arg(QLatin1String(n == 1 ? one : many));
}

QString clockText(WallTime t)
{
    return QDateTime::fromMSecsSinceEpoch(t.time_since_epoch().count(), Qt::UTC).toString(QStringLiteral("yyyy-MM-dd HH:mm:ss"));
}

QJsonObject factToJson(const IncidentFact &fact)
{
    QJsonObject o{{QStringLiteral("ts"), formatWallTime(fact.at)}, {QStringLiteral("kind"), toKey(fact.kind)}};
    if (fact.reason != RetryReason::None)
        o[QLatin1String("reason")] = toKey(fact.reason);
    if (!fact.what.isEmpty())
        o[QLatin1String("what")] = fact.what;
    return o;
}

QVector<IncidentFact> factsFromJson(const QJsonArray &array)
{
    QVector<IncidentFact> facts;
    for (const QJsonValue &value : array) {
        const auto kind = fromKey<IncidentFactKind>(factKeys, value[QLatin1String("kind")]);
        const auto at = timeFrom(value[QLatin1String("ts")]);
        if (kind && at && facts.size() < Incident::mostFacts)
            facts.append({*at, *kind, retryReasonFromKey(value[QLatin1String("reason")].toString()).value_or(RetryReason::None), value[QLatin1String("what")].toString()});
    }
    return facts;
}

QVector<std::pair<ProviderId, quint64>> byShare(const Incident &incident)
{
    QVector<std::pair<ProviderId, quint64>> sorted(incident.carriedBy.begin(), incident.carriedBy.end());
    std::stable_sort(sorted.begin(), sorted.end(), [](const auto &a, const auto &b) { return a.second > b.second; });
    return sorted;
}

/// Text of people and servers must not become markup, nor break a list.
QString escaped(const QString &text)
{
    QString out;
    for (const QChar c : text.simplified()) {
        if (QStringLiteral("\\`*_[]<>#|").contains(c))
            out += QLatin1Char('\\');
        out += c;
    }
    return out;
}

} // namespace

QString toKey(IncidentTrigger trigger) { return QString::fromLatin1(triggerKeys[std::size_t(trigger)]); }
QString toKey(IncidentEnding ending) { return QString::fromLatin1(endingKeys[std::size_t(ending)]); }
QString toKey(IncidentFactKind kind) { return QString::fromLatin1(factKeys[std::size_t(kind)]); }

RetryReason Incident::cause() const
{
    const auto most = std::max_element(reasons.begin(), reasons.end());
    return *most ? RetryReason(most - reasons.begin()) : RetryReason::None;
}

void Incident::addFact(IncidentFact fact)
{
    if (facts.size() == mostFacts) {
        facts.removeAt(firstFactsKept);
        ++factsDropped;
    }
    facts.append(std::move(fact));
}

QString formatSpan(Duration d)
{
    const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(d).count();
    if (minutes < 60)
        return formatDuration(d);
    return minutes < 24 * 60 ? QStringLiteral("%1 h %2 min").arg(minutes / 60).arg(minutes % 60) : QStringLiteral("%1 d %2 h").arg(minutes / 1440).arg(minutes % 1440 / 60);
}

QString causeText(const Incident &incident)
{
    if (incident.cause() != RetryReason::None)
        return toLabel(incident.cause());
    return incident.slow ? QStringLiteral("Slow answers") : QStringLiteral("Circuit open");
}

QString carriedText(const Incident &incident)
{
    quint64 all = 0;
    for (const auto &[provider, calls] : incident.carriedBy)
        all += calls;
    QStringList parts;
    for (const auto &[provider, calls] : byShare(incident))
        parts << QStringLiteral("%1 %2 %").arg(provider).arg(qRound(100.0 * double(calls) / double(std::max<quint64>(1, all))));
    return parts.join(QStringLiteral(", "));
}

QString toSentence(const Incident &i)
{
    QStringList parts{QStringLiteral("%1: %2 %3 %4").arg(i.provider, causeText(i).toLower(), i.isOpen() ? QStringLiteral("since") : QStringLiteral("for"),
        i.isOpen() ? clockText(i.started) + QStringLiteral(" UTC") : formatSpan(i.lasted))};
    parts << plural(i.failedAttempts, "failed attempt", "failed attempts") << plural(i.failovers, "failover", "failovers") << plural(i.failedCalls, "failed call", "failed calls");
    if (i.affectedCalls)
        parts << QStringLiteral("+%1 median").arg(formatDuration(i.addedMedian));
    return parts.join(QStringLiteral(", ")) + QLatin1Char('.');
}

QString toSentence(const IncidentFact &fact, const Incident &incident)
{
    const QString reason = fact.reason == RetryReason::None ? QString() : toLabel(fact.reason).toLower();
    const QString why = fact.what.isEmpty() ? QString() : QStringLiteral(" (%1)").arg(fact.what);
    switch (fact.kind) {
    case IncidentFactKind::FirstFailure: return QStringLiteral("First failure of %1: %2.").arg(incident.provider, reason);
    case IncidentFactKind::Opened: return QStringLiteral("Incident opened: %1.").arg(fact.what);
    case IncidentFactKind::CircuitOpened: return QStringLiteral("Circuit opened%1%2.").arg(reason.isEmpty() ? QString() : QStringLiteral(": ") + reason, why);
    case IncidentFactKind::Probing: return QStringLiteral("Circuit half open: one probe allowed.");
    case IncidentFactKind::CircuitClosed: return QStringLiteral("Circuit closed.");
    case IncidentFactKind::Slow: return QStringLiteral("Answers became slow.");
    case IncidentFactKind::NotSlow: return QStringLiteral("Answers as fast as usual again.");
    case IncidentFactKind::FirstFailover: return QStringLiteral("Traffic began to fail over to %1.").arg(fact.what);
    case IncidentFactKind::FirstFailedCall: return QStringLiteral("First call failed for good: %1.").arg(reason);
    case IncidentFactKind::Reopened: return QStringLiteral("Came back: %1. The same incident goes on.").arg(fact.what);
    case IncidentFactKind::Ended: return QStringLiteral("Ended: %1.").arg(fact.what);
    }
    return {};
}

QJsonObject toJson(const Incident &i)
{
    QJsonObject o{{QStringLiteral("schema"), 1}, {QStringLiteral("id"), qint64(i.id)}, {QStringLiteral("provider"), i.provider},
                  {QStringLiteral("trigger"), toKey(i.trigger)}, {QStringLiteral("ending"), toKey(i.ending)}, {QStringLiteral("cause"), toKey(i.cause())},
                  {QStringLiteral("reopened"), i.reopened}, {QStringLiteral("slow"), i.slow}, {QStringLiteral("simulated"), i.simulated}};
    for (const CountRow &row : counts)
        o[QLatin1String(row.key)] = qint64(i.*row.member);
    for (const TimeRow &row : times) {
        if (isTold(row, i))
            o[QLatin1String(row.key)] = formatWallTime(i.*row.member);
    }
    for (const DurationRow &row : durations)
        o[QLatin1String(row.key)] = toSeconds(i.*row.member);
    QJsonObject reasons, carried;
    for (std::size_t r = 0; r < i.reasons.size(); ++r) {
        if (i.reasons[r])
            reasons[toKey(RetryReason(r))] = qint64(i.reasons[r]);
    }
    for (const auto &[provider, calls] : i.carriedBy)
        carried[provider] = qint64(calls);
    QJsonArray facts;
    for (const IncidentFact &fact : i.facts)
        facts.append(factToJson(fact));
    o[QLatin1String("reasons")] = reasons;
    o[QLatin1String("carried_by")] = carried;
    o[QLatin1String("timeline")] = facts;
    if (!i.note.isEmpty())
        o[QLatin1String("note")] = i.note;
    return o;
}

std::optional<Incident> incidentFromJson(const QJsonObject &o)
{
    const auto trigger = fromKey<IncidentTrigger>(triggerKeys, o[QLatin1String("trigger")]);
    const auto ending = fromKey<IncidentEnding>(endingKeys, o[QLatin1String("ending")]);
    Incident i;
    i.id = quint64(std::max<qint64>(0, o[QLatin1String("id")].toInteger()));
    i.provider = o[QLatin1String("provider")].toString();
    if (o[QLatin1String("schema")].toInt() != 1 || !trigger || !ending || !i.id || i.provider.isEmpty())
        return std::nullopt;
    i.trigger = *trigger;
    i.ending = *ending;
    for (const TimeRow &row : times) {
        const auto t = timeFrom(o[QLatin1String(row.key)]);
        if (!t && isTold(row, i))
            return std::nullopt;
        i.*row.member = t.value_or(WallTime{});
    }
    i.reopened = std::clamp(o[QLatin1String("reopened")].toInt(), 0, 1'000'000);
    i.slow = o[QLatin1String("slow")].toBool();
    i.simulated = o[QLatin1String("simulated")].toBool();
    i.note = o[QLatin1String("note")].toString();
    for (const CountRow &row : counts)
        i.*row.member = countFrom(o[QLatin1String(row.key)]);
    for (const DurationRow &row : durations)
        i.*row.member = std::max<Duration>(0s, fromSeconds(o[QLatin1String(row.key)].toDouble()));
    const QJsonObject reasons = o[QLatin1String("reasons")].toObject(), carried = o[QLatin1String("carried_by")].toObject();
    for (auto it = reasons.begin(); it != reasons.end(); ++it) {
        if (const auto reason = retryReasonFromKey(it.key()))
            i.reasons[std::size_t(*reason)] = countFrom(it.value());
    }
    for (auto it = carried.begin(); it != carried.end(); ++it)
        i.carriedBy[it.key()] = countFrom(it.value());
    i.facts = factsFromJson(o[QLatin1String("timeline")].toArray());
    return i;
}

QByteArray toJsonLines(const Incidents &incidents)
{
    QByteArray lines;
    for (const Incident &incident : incidents)
        lines += QJsonDocument(toJson(incident)).toJson(QJsonDocument::Compact) + '\n';
    return lines;
}

QByteArray toCsv(const Incidents &incidents)
{
    QStringList header{QStringLiteral("id"), QStringLiteral("provider"), QStringLiteral("cause"), QStringLiteral("trigger"), QStringLiteral("ending"), QStringLiteral("reopened"), QStringLiteral("simulated")};
    for (const TimeRow &row : times)
        header << QLatin1String(row.key);
    for (const DurationRow &row : durations)
        header << QLatin1String(row.key);
    for (const CountRow &row : counts)
        header << QLatin1String(row.key);
    header << QStringLiteral("carried_by") << QStringLiteral("note");
    QByteArray out = csvRow(header);
    for (const Incident &i : incidents) {
        QStringList row{QString::number(i.id), i.provider, causeText(i), toKey(i.trigger), toKey(i.ending), QString::number(i.reopened), i.simulated ? QStringLiteral("true") : QStringLiteral("false")};
        for (const TimeRow &time : times)
            row << (isTold(time, i) ? formatWallTime(i.*time.member) : QString());
        for (const DurationRow &duration : durations)
            row << QString::number(toSeconds(i.*duration.member), 'f', 3);
        for (const CountRow &count : counts)
            row << QString::number(i.*count.member);
        out += csvRow(row << carriedText(i) << i.note);
    }
    return out;
}

QString toMarkdown(const Incident &i)
{
    const QString ending = QLatin1String(endingWords[std::size_t(i.ending)]);
    QString text = QStringLiteral("## Incident %1: %2, %3%4\n\n").arg(i.id).arg(escaped(i.provider), causeText(i).toLower(), i.simulated ? QStringLiteral(" (simulated)") : QString());
    text += QStringLiteral("%1 UTC to %2 (%3%4)\n\n").arg(clockText(i.started), i.isOpen() ? QStringLiteral("now") : clockText(i.ended) + QStringLiteral(" UTC"), formatSpan(i.lasted),
        i.isOpen() ? QString() : QStringLiteral(", ") + ending);
    text += QStringLiteral("| what | value |\n| --- | ---: |\n");
    const QString added = i.affectedCalls ? QStringLiteral("%1 median, %2 worst").arg(formatDuration(i.addedMedian), formatDuration(i.addedWorst)) : QStringLiteral("none measured");
    const QString carried = carriedText(i);
    const std::pair<QString, QString> rows[] = {
        {QStringLiteral("State"), ending}, {QStringLiteral("Came back"), plural(quint64(i.reopened), "time", "times")},
        {QStringLiteral("Failed attempts"), QString::number(i.failedAttempts)}, {QStringLiteral("Retries"), QString::number(i.retries)}, {QStringLiteral("Failovers"), QString::number(i.failovers)},
        {QStringLiteral("Affected calls"), QString::number(i.affectedCalls)}, {QStringLiteral("Failed calls"), QString::number(i.failedCalls)}, {QStringLiteral("Added per affected call"), added},
        {QStringLiteral("Traffic carried by"), carried.isEmpty() ? QStringLiteral("nobody") : escaped(carried)},
    };
    for (const auto &[what, value] : rows)
        text += QStringLiteral("| %1 | %2 |\n").arg(what, value);
    text += QStringLiteral("\n### Timeline (UTC)\n\n");
    for (qsizetype f = 0; f < i.facts.size(); ++f) {
        if (f == firstFactsKept && i.factsDropped)
            text += QStringLiteral("- … %1 not kept\n").arg(plural(i.factsDropped, "line", "lines"));
        text += QStringLiteral("- %1 %2\n").arg(clockText(i.facts[f].at), escaped(toSentence(i.facts[f], i)));
    }
    if (!i.note.isEmpty())
        text += QStringLiteral("\n### Note\n\n%1\n").arg(i.note);
    return text;
}

} // namespace retryscope
