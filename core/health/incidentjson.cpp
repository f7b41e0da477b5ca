// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
// An incident as a JSON object, and read back from one that may be old or damaged.
#include "health/incident.h"

#include "base/timeformat.h"
#include "base/writtencost.h"

#include <QDateTime>
#include <QJsonArray>
#include <QJsonDocument>

#include <algorithm>
#include <array>
#include <cmath>

namespace retryscope {
namespace {

constexpr std::array triggerKeys{"failures", "unhealthy", "slow"};
constexpr std::array endingKeys{"open", "recovered", "isolated", "removed", "not_watched"};
constexpr std::array factKeys{"first_failure", "opened",     "circuit_opened",   "probing",           "circuit_closed",
                              "slow",          "not_slow",   "first_failover",   "first_failed_call", "reopened",
                              "ended",         "first_skip", "isolated_by_hand", "released_by_hand",  "probed_by_hand"};
constexpr qint64 mostCount = (qint64(1) << 53) - 1;
constexpr Duration longest = std::chrono::hours(24 * 3653);
constexpr double mostUsd = 1e12;

template <typename E, std::size_t N>
std::optional<E> fromKey(const std::array<const char *, N> &keys, const QJsonValue &value)
{
    const QString text = value.toString();
    for (std::size_t i = 0; i < N; ++i) {
        if (text == QLatin1String(keys[i]))
            return E(i);
    }
    return std::nullopt;
}

struct CountRow { const char *key; quint64 Incident::*member; };
constexpr std::array<CountRow, 8> counts{{
    {"failed_attempts", &Incident::failedAttempts},
    {"retries", &Incident::retries},
    {"failovers", &Incident::failovers},
    {"failed_calls", &Incident::failedCalls},
    {"rerouted_calls", &Incident::reroutedCalls},
    {"delayed_calls", &Incident::delayedCalls},
    {"unpriced_elsewhere", &Incident::unpricedElsewhere},
    {"facts_dropped", &Incident::factsDropped},
}};
struct TimeRow { const char *key; WallTime Incident::*member; };
constexpr std::array<TimeRow, 4> times{{
    {"started", &Incident::started},
    {"opened", &Incident::opened},
    {"ended", &Incident::ended},
    {"last_seen", &Incident::lastSeen},
}};

bool isTold(const TimeRow &row, const Incident &incident)
{
    return row.member != &Incident::ended || !incident.isOpen();
}

std::optional<WallTime> timeFrom(const QJsonValue &value)
{
    const QDateTime t = QDateTime::fromString(value.toString(), Qt::ISODateWithMs).toUTC();
    if (!t.isValid() || t.date().year() < 1970 || t.date().year() > 9999)
        return std::nullopt;
    return WallTime(std::chrono::milliseconds(t.toMSecsSinceEpoch()));
}

quint64 countFrom(const QJsonValue &value)
{
    const double number = value.toDouble();
    return number >= 1.0 ? quint64(std::min(number, double(mostCount))) : 0;
}

Duration durationFrom(const QJsonValue &value)
{
    return std::clamp<Duration>(fromSeconds(value.toDouble()), 0s, longest);
}

double usdFrom(const QJsonValue &value)
{
    const double usd = value.toDouble();
    return std::isfinite(usd) ? std::clamp(usd, 0.0, mostUsd) : 0.0;
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
            facts.append({*at, *kind,
                          retryReasonFromKey(toUtf8(value[QLatin1String("reason")].toString())).value_or(RetryReason::None),
                          value[QLatin1String("what")].toString()});
    }
    return facts;
}

QJsonArray causesToJson(const QVector<IncidentCause> &causes)
{
    QJsonArray array;
    for (const IncidentCause &cause : causes)
        array.append(QJsonObject{{QStringLiteral("reason"),
                                  cause.reason == RetryReason::None ? QStringLiteral("slow") : toKey(cause.reason)},
                                 {QStringLiteral("attempts"), qint64(cause.attempts)},
                                 {QStringLiteral("first"), formatWallTime(cause.first)},
                                 {QStringLiteral("last"), formatWallTime(cause.last)}});
    return array;
}

void causesFromJson(const QJsonObject &o, Incident *i)
{
    for (const QJsonValue &value : o[QLatin1String("causes")].toArray()) {
        const QString key = value[QLatin1String("reason")].toString();
        const auto reason = key == QStringLiteral("slow") ? std::optional(RetryReason::None) : retryReasonFromKey(toUtf8(key));
        const auto first = timeFrom(value[QLatin1String("first")]), last = timeFrom(value[QLatin1String("last")]);
        if (reason && first && last)
            i->addCause(*reason, countFrom(value[QLatin1String("attempts")]), *first, *last);
    }
    for (IncidentCause &cause : i->causes)
        cause.attempts = std::min(cause.attempts, quint64(mostCount));
}

QJsonObject curveToJson(const IncidentCurve &curve)
{
    QJsonArray failed, rerouted, delayed;
    for (const IncidentCurve::Bin &bin : curve.bins) {
        failed.append(qint64(bin.failed));
        rerouted.append(qint64(bin.rerouted));
        delayed.append(qint64(bin.delayed));
    }
    return {{QStringLiteral("bin_s"), toSeconds(curve.width)},
            {QStringLiteral("failed"), failed},
            {QStringLiteral("rerouted"), rerouted},
            {QStringLiteral("delayed"), delayed}};
}

IncidentCurve curveFromJson(const QJsonObject &o)
{
    IncidentCurve curve;
    const QJsonArray failed = o[QLatin1String("failed")].toArray(), rerouted = o[QLatin1String("rerouted")].toArray(),
                     delayed = o[QLatin1String("delayed")].toArray();
    const qsizetype size = std::max({failed.size(), rerouted.size(), delayed.size()});
    if (size > IncidentCurve::mostBins)
        return curve;
    curve.width =
        std::clamp<Duration>(fromSeconds(o[QLatin1String("bin_s")].toDouble()), 1s, longest / IncidentCurve::mostBins);
    const auto at = [](const QJsonArray &array, qsizetype index) {
        return quint32(std::min<quint64>(countFrom(array.at(index)), UINT32_MAX));
    };
    for (qsizetype b = 0; b < size; ++b)
        curve.bins.append({at(failed, b), at(rerouted, b), at(delayed, b)});
    return curve;
}

/// What stood in a file of schema 1: reasons without times, one kind of affected call, a median without its histogram.
void readSchema1(const QJsonObject &o, Incident *i)
{
    const WallTime until = i->isOpen() ? i->lastSeen : i->ended;
    const QJsonObject reasons = o[QLatin1String("reasons")].toObject();
    for (auto it = reasons.begin(); it != reasons.end(); ++it) {
        if (const auto reason = retryReasonFromKey(toUtf8(it.key())); reason && *reason != RetryReason::None)
            i->addCause(*reason, countFrom(it.value()), i->started, until);
    }
    if (o[QLatin1String("slow")].toBool())
        i->addCause(RetryReason::None, 0, i->started, until);
    for (const auto &[provider, calls] : i->carriedBy)
        (provider == i->provider ? i->delayedCalls : i->reroutedCalls) += calls;
    i->unpricedElsewhere = i->reroutedCalls;
    const quint64 affected = std::min<quint64>(countFrom(o[QLatin1String("affected_calls")]), 1'000'000);
    const Duration worst = durationFrom(o[QLatin1String("added_worst_s")]),
                   median = std::min(worst, durationFrom(o[QLatin1String("added_median_s")]));
    if (affected > 1)
        i->added.record(median, affected - 1);
    if (affected > 0)
        i->added.record(worst);
}

} // namespace

QString toKey(IncidentTrigger trigger) { return QString::fromLatin1(triggerKeys[std::size_t(trigger)]); }
QString toKey(IncidentEnding ending) { return QString::fromLatin1(endingKeys[std::size_t(ending)]); }
QString toKey(IncidentFactKind kind) { return QString::fromLatin1(factKeys[std::size_t(kind)]); }

QJsonObject toJson(const Incident &i)
{
    QJsonObject o{{QStringLiteral("schema"), 2},
                  {QStringLiteral("id"), qint64(i.id)},
                  {QStringLiteral("provider"), i.provider},
                  {QStringLiteral("trigger"), toKey(i.trigger)},
                  {QStringLiteral("ending"), toKey(i.ending)},
                  {QStringLiteral("cause"), toKey(i.cause())},
                  {QStringLiteral("reopened"), i.reopened},
                  {QStringLiteral("simulated"), i.simulated},
                  {QStringLiteral("causes"), causesToJson(i.causes)},
                  {QStringLiteral("curve"), curveToJson(i.curve)},
                  {QStringLiteral("span_s"), toSeconds(i.span())},
                  {QStringLiteral("lasted_s"), toSeconds(i.lasted)},
                  {QStringLiteral("added_total_s"), toSeconds(i.addedTotal)},
                  {QStringLiteral("failed_cost_usd"), writtenCost(i.failedCostUsd)},
                  {QStringLiteral("elsewhere_cost_usd"), writtenCost(i.elsewhereCostUsd)}};
    for (const CountRow &row : counts)
        o[QLatin1String(row.key)] = qint64(i.*row.member);
    for (const TimeRow &row : times) {
        if (isTold(row, i))
            o[QLatin1String(row.key)] = formatWallTime(i.*row.member);
    }
    if (i.added.count()) {
        o[QLatin1String("added_histogram")] = QString::fromLatin1(i.added.encoded());
        o[QLatin1String("added_median_s")] = toSeconds(*i.addedMedian());
        o[QLatin1String("added_p95_s")] = toSeconds(*i.addedP95());
        o[QLatin1String("added_worst_s")] = toSeconds(*i.addedWorst());
    }
    QJsonObject carried;
    for (const auto &[provider, calls] : i.carriedBy)
        carried[provider] = qint64(calls);
    QJsonArray facts;
    for (const IncidentFact &fact : i.facts)
        facts.append(factToJson(fact));
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
    const int schema = o[QLatin1String("schema")].toInt();
    Incident i;
    i.id = countFrom(o[QLatin1String("id")]);
    i.provider = o[QLatin1String("provider")].toString();
    if ((schema != 1 && schema != 2) || !trigger || !ending || !i.id || i.provider.isEmpty())
        return std::nullopt;
    i.trigger = *trigger;
    i.ending = *ending;
    for (const TimeRow &row : times) {
        const auto t = timeFrom(o[QLatin1String(row.key)]);
        if (!t && isTold(row, i))
            return std::nullopt;
        i.*row.member = t.value_or(WallTime{});
    }
    i.reopened = int(std::min<quint64>(countFrom(o[QLatin1String("reopened")]), 1'000'000));
    i.simulated = o[QLatin1String("simulated")].toBool();
    i.note = o[QLatin1String("note")].toString();
    for (const CountRow &row : counts)
        i.*row.member = countFrom(o[QLatin1String(row.key)]);
    i.lasted = durationFrom(o[QLatin1String("lasted_s")]);
    i.addedTotal = durationFrom(o[QLatin1String("added_total_s")]);
    i.failedCostUsd = usdFrom(o[QLatin1String("failed_cost_usd")]);
    i.elsewhereCostUsd = usdFrom(o[QLatin1String("elsewhere_cost_usd")]);
    const QJsonObject carried = o[QLatin1String("carried_by")].toObject();
    for (auto it = carried.begin(); it != carried.end(); ++it)
        i.carriedBy[it.key()] = countFrom(it.value());
    if (schema == 1) {
        readSchema1(o, &i);
    } else {
        causesFromJson(o, &i);
        i.curve = curveFromJson(o[QLatin1String("curve")].toObject());
        i.added.mergeEncoded(o[QLatin1String("added_histogram")].toString().toLatin1());
    }
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

} // namespace retryscope
