// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "history/calldigest.h"

#include "base/timeformat.h"
#include "base/writtencost.h"

#include <QJsonArray>

namespace retryscope {
namespace {

CallStop &stopOf(QVector<CallStop> *route, const Event &event)
{
    if (route->isEmpty() || route->last().skip != SkipReason::None || route->last().provider != event.provider
        || route->last().model != event.model)
        route->append({event.provider, event.model, SkipReason::None, 0, RetryReason::None});
    return route->last();
}

void addEvent(CallDigest *digest, const Event &event)
{
    switch (event.kind) {
    case EventKind::ProviderSkipped:
        digest->route.append({event.provider, event.model, event.skip, 0, event.reason});
        break;
    case EventKind::AttemptStarted:
        ++stopOf(&digest->route, event).attempts;
        digest->attempts = std::max(digest->attempts, event.attempt);
        break;
    case EventKind::AttemptFinished: stopOf(&digest->route, event).reason = event.reason; break;
    case EventKind::CallFinished:
        digest->finished = true;
        digest->outcome = event.outcome;
        digest->reason = event.reason;
        digest->finish = event.finish;
        digest->finishReason = event.finishReason;
        digest->rule = event.rule;
        digest->duration = event.duration;
        digest->tokensIn = event.tokensIn;
        digest->tokensOut = event.tokensOut;
        digest->costUsd = event.costUsd;
        break;
    default: break;
    }
}

} // namespace

CallDigest digestOf(const StoredCall &call)
{
    CallDigest digest;
    digest.run = call.run;
    digest.call = call.call;
    if (!call.events.isEmpty())
        digest.started = call.events.first().wall;
    for (const Event &event : call.events) {
        digest.simulated |= event.simulated;
        addEvent(&digest, event);
    }
    return digest;
}

QJsonObject toJson(const CallDigest &digest)
{
    QJsonArray route;
    for (const CallStop &stop : digest.route) {
        QJsonObject o{{QStringLiteral("provider"), stop.provider}, {QStringLiteral("model"), stop.model}};
        if (stop.skip != SkipReason::None)
            o[QLatin1String("skipped")] = toKey(stop.skip);
        else
            o[QLatin1String("attempts")] = stop.attempts;
        if (stop.reason != RetryReason::None)
            o[QLatin1String("reason")] = toKey(stop.reason);
        route.append(o);
    }
    QJsonObject o{{QStringLiteral("id"), callName(digest.run, digest.call)},
                  {QStringLiteral("run"), digest.run},
                  {QStringLiteral("call"), qint64(digest.call.value)},
                  {QStringLiteral("ts"), formatWallTime(digest.started)},
                  {QStringLiteral("route"), route},
                  {QStringLiteral("outcome"), digest.finished ? toKey(digest.outcome) : QStringLiteral("unfinished")},
                  {QStringLiteral("attempts"), digest.attempts},
                  {QStringLiteral("simulated"), digest.simulated}};
    if (digest.finished)
        o[QLatin1String("duration_s")] = toSeconds(digest.duration);
    if (digest.reason != RetryReason::None)
        o[QLatin1String("reason")] = toKey(digest.reason);
    if (!digest.finish.isEmpty())
        o[QLatin1String("finish")] = digest.finish;
    if (!digest.finishReason.isEmpty())
        o[QLatin1String("finish_reason")] = digest.finishReason;
    if (!digest.rule.isEmpty())
        o[QLatin1String("rule")] = digest.rule;
    if (digest.tokensIn)
        o[QLatin1String("tokens_in")] = *digest.tokensIn;
    if (digest.tokensOut)
        o[QLatin1String("tokens_out")] = *digest.tokensOut;
    if (digest.costUsd)
        o[QLatin1String("cost_usd")] = writtenCost(*digest.costUsd);
    return o;
}

QString callName(qint64 run, CallId call)
{
    return QStringLiteral("%1-%2").arg(QString::number(run, 36)).arg(call.value);
}

std::optional<std::pair<qint64, CallId>> callFromName(const QString &name)
{
    const qsizetype dash = name.lastIndexOf(QLatin1Char('-'));
    bool runOk = false, callOk = false;
    const qint64 run = name.left(dash).toLongLong(&runOk, 36);
    const quint64 call = name.mid(dash + 1).toULongLong(&callOk);
    return dash > 0 && runOk && callOk && run >= 0 && call > 0 ? std::optional(std::pair(run, CallId{call}))
                                                               : std::nullopt;
}

} // namespace retryscope
