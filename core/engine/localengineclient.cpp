// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "engine/localengineclient.h"

#include "base/systemclock.h"
#include "engine/apiretryhandler.h"
#include "health/healthmonitor.h"

#include <QMetaMethod>
#include <QPointer>
#include <QTimer>

#include <utility>

namespace retryscope {
/// Everything that lives on the engine's thread.
struct LocalEngineClient::Host final : QObject
{
    Host(quint64 seed, TransportKind kind, std::function<void(const HealthUpdate &)> give)
        : transport(makeTransport(kind)), random(seed), handler(clock, *transport, random),
          pace(clock, health, std::move(give))
    {
        handler.events().subscribe([this](const Event &event) { health.onEvent(event); });
        pace.start();
    }
    SystemClock clock;
    std::unique_ptr<Transport> transport;
    SeededRandom random;
    ApiRetryHandler handler;
    HealthMonitor health;
    HealthPace pace;
    std::unique_ptr<QObject> guest; ///< goes before what it uses
};

LocalEngineClient::LocalEngineClient(quint64 seed, TransportKind transport, QObject *parent) : EngineClient(parent)
{
    qRegisterMetaType<CallResult>();
    qRegisterMetaType<CallId>();
    qRegisterMetaType<ExchangeRecords>();
    qRegisterMetaType<StandingFaults>();
    m_thread.setObjectName(QStringLiteral("retryscope-core"));
    m_thread.start();
    auto *anchor = new QObject;
    anchor->moveToThread(&m_thread);
    const auto giveHealth = [this](const HealthUpdate &update) {
        QMetaObject::invokeMethod(
            this,
            [this, update] {
                m_events.deliver();
                emit healthUpdated(update);
            }, Qt::QueuedConnection);
    };
    QMetaObject::invokeMethod(
        anchor, [this, seed, transport, giveHealth] { m_host = new Host(seed, transport, giveHealth); },
        Qt::BlockingQueuedConnection);
    anchor->deleteLater();
    m_host->handler.events().subscribe([this](const Event &event) { m_events.add(event); });
    connect(&m_host->handler, &ApiRetryHandler::faultsChanged, this, &EngineClient::faultsChanged);
    connect(&m_host->handler, &ApiRetryHandler::exchangesArrived, this, [this](const ExchangeRecords &pieces) {
        m_events.deliver();
        emit exchangesArrived(pieces);
    });
}

LocalEngineClient::~LocalEngineClient()
{
    m_host->handler.disconnect(this);
    QMetaObject::invokeMethod(
        m_host,
        [this] {
            m_host->handler.cancelAll();
            m_host->guest.reset();
            delete m_host;
        }, Qt::BlockingQueuedConnection);
    m_thread.quit();
    m_thread.wait();
}

/// Each of these wakes the client's thread: only where somebody listens.
void LocalEngineClient::connectNotify(const QMetaMethod &signal)
{
    if (signal == QMetaMethod::fromSignal(&EngineClient::eventsArrived))
        m_events.hear();
    if (signal == QMetaMethod::fromSignal(&EngineClient::callFinished) && !std::exchange(m_givesEnds, true))
        connect(&m_host->handler, &ApiRetryHandler::callFinished, this, [this](const CallResult &result) {
            m_events.deliver();
            emit callFinished(result);
        });
    if (signal == QMetaMethod::fromSignal(&EngineClient::textArrived) && !std::exchange(m_givesText, true))
        connect(&m_host->handler, &ApiRetryHandler::textArrived, this, [this](CallId id, const QString &text) {
            m_events.deliver();
            emit textArrived(id, text);
        });
}

CallId LocalEngineClient::send(const Prompt &prompt, const Route &route, const SendOptions &options)
{
    const CallId id{++m_nextCall};
    QMetaObject::invokeMethod(m_host, [host = m_host, id, prompt, route, options] {
        host->handler.send(id, prompt, route, {}, options);
    });
    return id;
}

void LocalEngineClient::steer(CallId call, Steering wish)
{
    QMetaObject::invokeMethod(m_host, [this, host = m_host, call, wish] {
        const SteeringRefusal refusal =
            wish == Steering::TryNow ? host->handler.tryNow(call) : host->handler.failOverNow(call);
        QMetaObject::invokeMethod(
            this,
            [this, call, wish, refusal] {
                m_events.deliver();
                emit steered(call, wish, refusal);
            },
            Qt::QueuedConnection);
    });
}

void LocalEngineClient::cancel(CallId call)
{
    QMetaObject::invokeMethod(m_host, [host = m_host, call] { host->handler.cancel(call); });
}

void LocalEngineClient::apply(const Configuration &configuration)
{
    QMetaObject::invokeMethod(m_host, [host = m_host, configuration] {
        host->health.configure(configuration);
        host->handler.configure(configuration);
    });
}

void LocalEngineClient::annotateIncident(quint64 id, const QString &note)
{
    QMetaObject::invokeMethod(m_host, [host = m_host, id, note] { host->health.annotateIncident(id, note); });
}

void LocalEngineClient::restoreIncidents(const Incidents &incidents)
{
    QMetaObject::invokeMethod(m_host, [host = m_host, incidents] { host->health.restoreIncidents(incidents); });
}

void LocalEngineClient::setPrices(const PriceList &prices)
{
    QMetaObject::invokeMethod(m_host, [host = m_host, prices] { host->handler.setPrices(prices); });
}

void LocalEngineClient::keepBlocks(const QString &file)
{
    const auto tell = [this](const QString &problem) {
        QMetaObject::invokeMethod(this, [this, problem] { emit blocksNotKept(problem); }, Qt::QueuedConnection);
    };
    m_keeper = std::make_unique<BlockKeeper>(file, tell);
    QMetaObject::invokeMethod(m_host, [host = m_host, keeper = m_keeper.get(), file, tell] {
        const LoadedBlocks loaded = loadBlocks(file, host->clock.wallNow());
        host->handler.watchBlocks(
            [keeper](const KeptBlocks &standing, WallTime wall) { keeper->keep(standing, wall); });
        host->handler.restoreBlocks(loaded.blocks);
        if (!loaded.problem.isEmpty())
            tell(loaded.problem);
    });
}

qint64 LocalEngineClient::run() const { return m_host->handler.events().run(); }

void LocalEngineClient::observe(std::function<void(const Event &)> observer)
{
    QMetaObject::invokeMethod(
        m_host, [host = m_host, observer = std::move(observer)] { host->handler.events().subscribe(observer); });
}

void LocalEngineClient::replay(const Events &events)
{
    for (const Event &event : events)
        m_nextCall = std::max(m_nextCall.load(), event.call.value);
    QMetaObject::invokeMethod(m_host, [host = m_host, events] {
        for (const Event &event : events)
            host->handler.events().pass(event);
    });
}

void LocalEngineClient::host(std::function<std::unique_ptr<QObject>(const EngineHost &)> make)
{
    QMetaObject::invokeMethod(m_host, [this, host = m_host, make = std::move(make)] {
        host->guest.reset();
        host->guest = make({host->clock, host->handler, host->health, [this] { return CallId{++m_nextCall}; }});
    });
}

void LocalEngineClient::dismiss()
{
    QMetaObject::invokeMethod(m_host, [host = m_host] { host->guest.reset(); });
}

void LocalEngineClient::isolate(const ProviderId &provider)
{
    QMetaObject::invokeMethod(m_host, [host = m_host, provider] { host->handler.isolate(provider); });
}

void LocalEngineClient::release(const ProviderId &provider)
{
    QMetaObject::invokeMethod(m_host, [host = m_host, provider] { host->handler.release(provider); });
}

void LocalEngineClient::probe(const ProviderId &provider)
{
    QMetaObject::invokeMethod(m_host, [host = m_host, provider] { host->handler.probe(provider); });
}

void LocalEngineClient::playFault(const ProviderId &provider, const FaultPlan &plan)
{
    QMetaObject::invokeMethod(m_host, [host = m_host, provider, plan] { host->handler.playFault(provider, plan); });
}

void LocalEngineClient::stopFaults()
{
    QMetaObject::invokeMethod(m_host, [host = m_host] { host->handler.stopFaults(); });
}

void LocalEngineClient::requestStats(std::function<void(const QJsonObject &, const QString &)> reply)
{
    QMetaObject::invokeMethod(m_host, [this, host = m_host, reply = std::move(reply)] {
        QMetaObject::invokeMethod(this, [reply, json = host->handler.retryStats(),
                                         text = host->handler.stats().logText()] { reply(json, text); });
    });
}

} // namespace retryscope
