// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "gateway/gatewaystatus.h"

#include "health/callersown.h"
#include "words/healthwords.h"

#include <QDateTime>
#include <QJsonArray>

namespace retryscope {
namespace {

QString utc(WallTime time)
{
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
    return QDateTime::fromMSecsSinceEpoch(ms, Qt::UTC).toString(Qt::ISODateWithMs);
}

QJsonArray circuitsJson(const ProviderReport &p, SteadyTime at)
{
    QJsonArray circuits;
    for (const CircuitReport &circuit : p.circuits) {
        QJsonObject o{{QStringLiteral("of"), toKey(circuit.scope)},
                      {QStringLiteral("state"), toKey(circuit.state)},
                      {QStringLiteral("since"), utc(circuit.since)}};
        if (!circuit.model.isEmpty())
            o[QLatin1String("model")] = circuit.model;
        if (circuit.reason != RetryReason::None)
            o[QLatin1String("reason")] = toKey(circuit.reason);
        if (circuit.until)
            o[QLatin1String("probe_in_s")] = toSeconds(std::max<Duration>(0s, *circuit.until - at));
        circuits.append(o);
    }
    return circuits;
}

QJsonArray limitsJson(const ProviderReport &p, SteadyTime at)
{
    QJsonArray limits;
    for (const auto &[model, reports] : p.limits) {
        for (const LimitReport &report : reports) {
            QJsonObject o{{QStringLiteral("model"), model},
                          {QStringLiteral("of"), report.window.kind == LimitKind::Requests ? QStringLiteral("requests")
                                                                                           : QStringLiteral("tokens")}};
            if (const auto left = report.remaining(at))
                o[QLatin1String("remaining")] = *left;
            if (const auto reset = report.resetIn(at))
                o[QLatin1String("reset_in_s")] = toSeconds(*reset);
            limits.append(o);
        }
    }
    return limits;
}

QJsonObject providerJson(const ProviderReport &p, SteadyTime at)
{
    QJsonObject o{{QStringLiteral("id"), p.id},
                  {QStringLiteral("model"), p.model},
                  {QStringLiteral("state"), toKey(p.state)},
                  {QStringLiteral("in_flight"), qint64(p.inFlight)},
                  {QStringLiteral("error_share"), p.errorShare()},
                  {QStringLiteral("simulated"), p.simulated},
                  {QStringLiteral("circuits"), circuitsJson(p, at)},
                  {QStringLiteral("limits"), limitsJson(p, at)}};
    if (p.reason != RetryReason::None)
        o[QLatin1String("reason")] = toKey(p.reason);
    if (p.since != WallTime{})
        o[QLatin1String("since")] = utc(p.since);
    if (p.until)
        o[QLatin1String("probe_in_s")] = toSeconds(std::max<Duration>(0s, *p.until - at));
    if (p.lastAsked)
        o[QLatin1String("last_asked")] = utc(*p.lastAsked);
    return o;
}

QJsonObject callsJson(const HealthSnapshot &now, SteadyTime at)
{
    const CallReport &calls = now.calls;
    QJsonObject o{{QStringLiteral("asked"), qint64(calls.asked)},
                  {QStringLiteral("ended"), qint64(calls.ended)},
                  {QStringLiteral("in_flight"), qint64(calls.inFlight)},
                  {QStringLiteral("service"), toKey(calls.service)},
                  {QStringLiteral("cause"), headlineReason(now, at)}};
    if (const auto served = calls.servedShare())
        o[QLatin1String("served_share")] = *served;
    if (calls.failing != RetryReason::None) {
        o[QLatin1String("failing")] = toKey(calls.failing);
        o[QLatin1String("failed")] = qint64(calls.window.count(CallOutcome::Failed));
        o[QLatin1String("callers_fault")] = qint64(callersOwn(calls.window));
    }
    return o;
}

} // namespace

QJsonObject statusJson(const HealthSnapshot &now, SteadyTime at, int requests)
{
    QJsonArray providers;
    for (const ProviderReport &p : now.providers)
        providers.append(providerJson(p, at));
    return {{QStringLiteral("version"), QStringLiteral(RETRYSCOPE_VERSION)},
            {QStringLiteral("at"), utc(now.wall)},
            {QStringLiteral("requests"), requests},
            {QStringLiteral("nobody"), now.calls.nobody},
            {QStringLiteral("calls"), callsJson(now, at)},
            {QStringLiteral("providers"), providers}};
}

QJsonObject helloJson(const Configuration &configuration, qint64 run, SteadyTime at)
{
    QJsonArray providers;
    for (const ProviderConfig &p : configuration.providers) {
        if (p.enabled)
            providers.append(QJsonObject{{QStringLiteral("id"), p.id},
                                         {QStringLiteral("name"), p.name},
                                         {QStringLiteral("model"), p.model},
                                         {QStringLiteral("simulated"), p.simulated}});
    }
    return {{QStringLiteral("version"), QStringLiteral(RETRYSCOPE_VERSION)},
            {QStringLiteral("run"), run},
            {QStringLiteral("mono_ns"), qint64(at.time_since_epoch().count())},
            {QStringLiteral("first_token_timeout_s"), toSeconds(configuration.retry.firstTokenTimeout)},
            {QStringLiteral("providers"), providers}};
}

QJsonObject standingJson(const HealthMonitor &health)
{
    QJsonArray events;
    for (const Event &event : health.standing())
        events.append(toJson(event));
    return {{QStringLiteral("events"), events}};
}

QJsonObject tlsJson(const ServerCertificate &certificate)
{
    return {{QStringLiteral("fingerprint_sha256"), QString::fromLatin1(certificate.fingerprint)},
            {QStringLiteral("names"), QJsonArray::fromStringList(certificate.names)},
            {QStringLiteral("until"), certificate.until.toString(Qt::ISODate)},
            {QStringLiteral("made_here"), certificate.isOwn}};
}

} // namespace retryscope
