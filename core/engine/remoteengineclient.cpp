// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "engine/remoteengineclient.h"

#include "base/systemclock.h"
#include "transport/networktransport.h"

namespace retryscope {
/// Everything that lives on the network's thread.
struct RemoteEngineClient::Host final : QObject
{
    Host(const FollowOptions &options, GatewayFollower::Told told, std::function<void(const HealthUpdate &)> give)
        : follower({clock, transport}, options, std::move(told)), pace(clock, follower.health(), std::move(give))
    {}
    SystemClock clock;
    NetworkTransport transport;
    GatewayFollower follower;
    HealthPace pace;
};

RemoteEngineClient::RemoteEngineClient(FollowOptions options, QObject *parent)
    : EngineClient(parent), m_options(std::move(options))
{
    m_events.hear();
    m_thread.setObjectName(QStringLiteral("retryscope-follow"));
    m_thread.start();
    const auto here = [this](auto then) { QMetaObject::invokeMethod(this, then, Qt::QueuedConnection); };
    const GatewayFollower::Told told{
        [this](const Event &event) { m_events.add(event); },
        [this, here](const Configuration &configuration) {
            here([this, configuration] { emit configurationTold(configuration); });
        },
        [this, here](const FollowStatus &status) { here([this, status] { emit statusChanged(status); }); },
        [this, here](const QString &sentence) { here([this, sentence] { emit refused(sentence); }); }};
    const auto giveHealth = [this, here](const HealthUpdate &update) {
        here([this, update] {
            m_events.deliver();
            emit healthUpdated(update);
        });
    };
    auto *anchor = new QObject;
    anchor->moveToThread(&m_thread);
    QMetaObject::invokeMethod(
        anchor, [this, told, giveHealth] { m_host = new Host(m_options, told, giveHealth); },
        Qt::BlockingQueuedConnection);
    anchor->deleteLater();
}

RemoteEngineClient::~RemoteEngineClient()
{
    QMetaObject::invokeMethod(
        m_host, [this] { delete m_host; }, Qt::BlockingQueuedConnection);
    m_thread.quit();
    m_thread.wait();
}

void RemoteEngineClient::follow()
{
    QMetaObject::invokeMethod(m_host, [host = m_host] {
        host->follower.start();
        host->pace.start();
    });
}

QString RemoteEngineClient::refusal(Request request) const
{
    const QString place = m_options.url.toString(QUrl::RemoveUserInfo | QUrl::StripTrailingSlash);
    if (request == Request::Apply)
        return QStringLiteral(
                   "This window follows %1. How it retries is set in the configuration file where it runs; it reads a "
                   "changed file by itself.")
            .arg(place);
    if (request == Request::Fault)
        return QStringLiteral("This window follows %1 and cannot make its providers fail. Start that program with --fault.")
            .arg(place);
    if (request == Request::Steer)
        return QStringLiteral(
                   "This window follows %1 and cannot hurry its calls. They go on by the policy that is set where it runs.")
            .arg(place);
    return QStringLiteral(
               "This window follows %1 and sends it no prompts. Send them with a program that is pointed at it; its "
               "calls appear here.")
        .arg(place);
}

CallId RemoteEngineClient::send(const Prompt &, const Route &, const SendOptions &)
{
    CallResult result;
    result.call = CallId{++m_nextCall};
    result.outcome = CallOutcome::Failed;
    result.reason = RetryReason::InvalidRequest;
    result.message = refusal(Request::Send);
    QMetaObject::invokeMethod(
        this, [this, result] { emit callFinished(result); }, Qt::QueuedConnection);
    return result.call;
}

void RemoteEngineClient::tryNow(CallId) { emit refused(refusal(Request::Steer)); }
void RemoteEngineClient::failOverNow(CallId) { emit refused(refusal(Request::Steer)); }

void RemoteEngineClient::playFault(const ProviderId &, const FaultPlan &) { emit refused(refusal(Request::Fault)); }
void RemoteEngineClient::stopFaults() { emit refused(refusal(Request::Fault)); }

void RemoteEngineClient::apply(const Configuration &) { emit refused(refusal(Request::Apply)); }

void RemoteEngineClient::command(const ProviderId &provider, const char *verb)
{
    QMetaObject::invokeMethod(m_host, [host = m_host, provider, verb] { host->follower.command(provider, verb); });
}

void RemoteEngineClient::isolate(const ProviderId &provider) { command(provider, "isolate"); }
void RemoteEngineClient::release(const ProviderId &provider) { command(provider, "release"); }
void RemoteEngineClient::probe(const ProviderId &provider) { command(provider, "probe"); }

void RemoteEngineClient::annotateIncident(quint64 id, const QString &note)
{
    QMetaObject::invokeMethod(m_host,
                              [host = m_host, id, note] { host->follower.health().annotateIncident(id, note); });
}

void RemoteEngineClient::restoreIncidents(const Incidents &incidents)
{
    QMetaObject::invokeMethod(m_host,
                              [host = m_host, incidents] { host->follower.health().restoreIncidents(incidents); });
}

} // namespace retryscope
