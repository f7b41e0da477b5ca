// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "sandbox/control.h"

#include <QDateTime>
#include <QJsonArray>
#include <QJsonDocument>
#include <QSet>
#include <QUrl>
#include <QUrlQuery>

#include <algorithm>
#include <cmath>

namespace retryscope {
namespace {

constexpr double longest = 365.0 * 86'400.0; ///< s

struct Reply { int status = 200; QJsonObject body; };
Reply refuse(int status, const QString &message)
{
    return {status, {{QStringLiteral("error"), QJsonObject{{QStringLiteral("message"), message}}}}};
}

struct Route { const char *request; const char *does; };
constexpr Route routes[] = {
    {"GET /faults", "every fault with its label"},
    {"GET /providers", "base URL, POSTs received and fault of each provider; /providers/ID of one"},
    {"PUT /faults/ID",
     "switches a fault: {\"fault\":\"rate_limit\",\"probability\":0.5,\"duration_s\":10,\"count\":3}"},
    {"DELETE /faults/ID", "switches it off"},
    {"GET /requests", "the newest thousand requests that have ended; ?provider=ID chooses"},
    {"DELETE /requests", "forgets them and the counts"},
    {"GET /speed", "how fast answers come"},
    {"PUT /speed", "changes it: {\"latency_s\":0.06,\"rate\":250}"},
};

QString keyOf(Fault fault)
{
    const auto it = std::find_if(faultTable().begin(), faultTable().end(),
                                 [&](const FaultTraits &row) { return row.fault == fault; });
    return QLatin1String(it->key);
}

QJsonObject providerObject(const Sandbox &sandbox, const ProviderId &id)
{
    const FaultSetting setting = sandbox.faultSetting(id);
    QJsonObject object{{QStringLiteral("id"), id},
                       {QStringLiteral("base_url"), sandbox.baseUrl(id).toString()},
                       {QStringLiteral("posts"), sandbox.postsReceived(id)},
                       {QStringLiteral("fault"), keyOf(setting.fault)}};
    if (setting.fault == Fault::None)
        return object;
    object[QLatin1String("probability")] = setting.probability;
    if (setting.lasting)
        object[QLatin1String("duration_s")] = toSeconds(*setting.lasting);
    if (setting.requests > 0)
        object[QLatin1String("count")] = setting.requests;
    return object;
}

Reply overview()
{
    QJsonObject table;
    for (const Route &route : routes)
        table[QLatin1String(route.request)] = QLatin1String(route.does);
    return {200, {{QStringLiteral("requests"), table}}};
}

Reply faults()
{
    QJsonArray list;
    for (const FaultTraits &row : faultTable())
        list.append(QJsonObject{{QStringLiteral("fault"), QLatin1String(row.key)},
                                {QStringLiteral("label"), QLatin1String(row.label)}});
    return {200, {{QStringLiteral("faults"), list}}};
}

Reply providers(const Sandbox &sandbox)
{
    QJsonArray list;
    for (const ProviderId &id : sandbox.providers())
        list.append(providerObject(sandbox, id));
    return {200, {{QStringLiteral("providers"), list}}};
}

Reply requests(const Sandbox &sandbox, const ProviderId &provider)
{
    QJsonArray list;
    for (const SandboxRequest &request : sandbox.requests(provider))
        list.append(toJson(request));
    return {200, {{QStringLiteral("requests"), list}}};
}

Reply speed(const Sandbox &sandbox)
{
    const auto [first, per] = sandbox.speed();
    return {200,
            {{QStringLiteral("latency_s"), toSeconds(first)},
             {QStringLiteral("rate"), 1.0 / std::max(toSeconds(per), 1e-6)}}};
}

Reply setSpeed(Sandbox &sandbox, const QJsonObject &body)
{
    auto [first, per] = sandbox.speed();
    const QJsonValue latency = body[QLatin1String("latency_s")], rate = body[QLatin1String("rate")];
    const bool latencyOk =
        latency.isUndefined() || (latency.isDouble() && latency.toDouble() >= 0.0 && latency.toDouble() <= 3600.0);
    const bool rateOk = rate.isUndefined() || (rate.isDouble() && rate.toDouble() >= 0.001 && rate.toDouble() <= 1e6);
    if (!latencyOk || !rateOk || (latency.isUndefined() && rate.isUndefined()))
        return refuse(400, QStringLiteral(
                               "Give latency_s (0 to 3600 seconds), rate (0.001 to 1000000 words a second), or both."));
    if (latency.isDouble())
        first = fromSeconds(latency.toDouble());
    if (rate.isDouble())
        per = fromSeconds(1.0 / rate.toDouble());
    sandbox.setSpeed(first, per);
    return speed(sandbox);
}

Reply setFault(Sandbox &sandbox, const ProviderId &id, const ServedRequest &request)
{
    if (!isProviderName(id))
        return refuse(400, QStringLiteral("A provider's name has letters, digits, - and _, at most 64."));
    if (request.method == "DELETE") {
        sandbox.setFault(id, {});
        return {200, providerObject(sandbox, id)};
    }
    const QJsonDocument body = QJsonDocument::fromJson(request.body);
    if (!body.isObject())
        return refuse(400,
                      QStringLiteral("The body must be a JSON object such as {\"fault\":\"rate_limit\",\"count\":3}."));
    const auto setting = faultSettingFromJson(body.object());
    if (!setting)
        return refuse(400, setting.error());
    sandbox.setFault(id, *setting);
    return {200, providerObject(sandbox, id)};
}

Reply route(Sandbox &sandbox, const ServedRequest &request)
{
    const QUrl url = QUrl::fromEncoded(request.target);
    const QStringList path = url.path().split(QLatin1Char('/'), Qt::SkipEmptyParts);
    const QString what = path.value(0), id = path.value(1);
    const bool get = request.method == "GET", put = request.method == "PUT", drop = request.method == "DELETE";
    if (get && path.isEmpty())
        return overview();
    if (get && path == QStringList{QStringLiteral("faults")})
        return faults();
    if (get && what == QLatin1String("providers") && path.size() <= 2)
        return id.isEmpty() ? providers(sandbox) : Reply{200, providerObject(sandbox, id)};
    if ((put || drop) && what == QLatin1String("faults") && path.size() == 2)
        return setFault(sandbox, id, request);
    if (get && path == QStringList{QStringLiteral("requests")})
        return requests(sandbox, QUrlQuery(url).queryItemValue(QStringLiteral("provider")));
    if (drop && path == QStringList{QStringLiteral("requests")}) {
        sandbox.forgetRequests();
        return requests(sandbox, {});
    }
    if ((get || put) && path == QStringList{QStringLiteral("speed")})
        return get ? speed(sandbox) : setSpeed(sandbox, QJsonDocument::fromJson(request.body).object());
    return refuse(404, QStringLiteral("There is no %1 %2. GET / lists what there is.")
                           .arg(QString::fromLatin1(request.method), url.path().left(100)));
}

} // namespace

void answerControl(Sandbox &sandbox, const ServedRequest &request, const ResponderPtr &responder)
{
    const Reply reply = route(sandbox, request);
    responder->send(reply.status, {{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}},
                    QJsonDocument(reply.body).toJson(QJsonDocument::Compact) + '\n');
}

QJsonObject toJson(const SandboxRequest &r)
{
    const auto at = QDateTime::fromMSecsSinceEpoch(r.at.time_since_epoch().count(), Qt::UTC);
    QJsonObject object{{QStringLiteral("number"), qint64(r.number)},
                       {QStringLiteral("at"), at.toString(Qt::ISODateWithMs)},
                       {QStringLiteral("provider"), r.provider},
                       {QStringLiteral("method"), QString::fromLatin1(r.method)},
                       {QStringLiteral("path"), QString::fromLatin1(r.path)},
                       {QStringLiteral("stream"), r.stream},
                       {QStringLiteral("fault"), keyOf(r.fault)},
                       {QStringLiteral("end"), toKey(r.end)},
                       {QStringLiteral("bytes"), r.bytes},
                       {QStringLiteral("taken_s"), std::round(toSeconds(r.taken) * 1e6) / 1e6}};
    if (!r.model.isEmpty())
        object[QLatin1String("model")] = r.model;
    if (r.status > 0)
        object[QLatin1String("status")] = r.status;
    return object;
}

Expected<FaultSetting, QString> faultSettingFromJson(const QJsonObject &object)
{
    static const QSet<QString> known{QStringLiteral("fault"), QStringLiteral("probability"),
                                     QStringLiteral("duration_s"), QStringLiteral("count")};
    for (const QString &key : object.keys()) {
        if (!known.contains(key))
            return Unexpected{
                QStringLiteral("\"%1\" is no field of a fault. There are fault, probability, duration_s and count.")
                    .arg(key)};
    }
    const auto fault = faultFromKey(object[QLatin1String("fault")].toString());
    if (!fault)
        return Unexpected{QStringLiteral("\"%1\" is no fault. GET /faults lists them.")
                              .arg(object[QLatin1String("fault")].toString())};
    FaultSetting setting{*fault, 1.0, {}, 0};
    if (const QJsonValue v = object[QLatin1String("probability")]; !v.isUndefined()) {
        setting.probability = v.toDouble(-1.0);
        if (!(setting.probability >= 0.0 && setting.probability <= 1.0))
            return Unexpected{
                QStringLiteral("probability is a number from 0 to 1: the share of requests that meet the fault.")};
    }
    if (const QJsonValue v = object[QLatin1String("duration_s")]; !v.isUndefined()) {
        if (!(v.toDouble() > 0.0 && v.toDouble() <= longest))
            return Unexpected{QStringLiteral("duration_s is a number of seconds above 0: how long the fault lasts.")};
        setting.lasting = fromSeconds(v.toDouble());
    }
    if (const QJsonValue v = object[QLatin1String("count")]; !v.isUndefined()) {
        setting.requests = v.toInt();
        if (setting.requests < 1)
            return Unexpected{QStringLiteral("count is a whole number from 1 on: how many requests meet the fault.")};
    }
    return setting;
}

bool isProviderName(QStringView name)
{
    return !name.isEmpty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](QChar c) {
        return (c.unicode() < 128 && c.isLetterOrNumber()) || c == QLatin1Char('-') || c == QLatin1Char('_');
    });
}

} // namespace retryscope
