// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "engine/checkrunner.h"

#include "base/systemclock.h"

#include <unordered_map>

namespace retryscope {

/// What lives on the thread.
class CheckRunner::Room final : public QObject
{
public:
    Room(TransportKind transport, CheckLimits limits, std::function<void(const CheckReport &)> told)
        : m_kind(transport), m_limits(limits), m_told(std::move(told))
    {}

    void start(const ProviderConfig &provider)
    {
        if (!m_transport)
            m_transport = makeTransport(m_kind);
        m_checks[provider.id] = std::make_unique<ProviderCheck>(
            m_clock, *m_transport, provider, m_limits, [this](const CheckReport &report) {
                m_told(report);
                if (report.isOver()) // not from within itself
                    QMetaObject::invokeMethod(
                        this, [this, id = report.provider] { forget(id); }, Qt::QueuedConnection);
            });
    }
    void stop(const ProviderId &provider)
    {
        if (const auto it = m_checks.find(provider); it != m_checks.end())
            it->second->stop();
    }

private:
    void forget(const ProviderId &provider)
    {
        if (const auto it = m_checks.find(provider); it != m_checks.end() && it->second->report().isOver())
            m_checks.erase(it);
    }

    SystemClock m_clock;
    TransportKind m_kind;
    CheckLimits m_limits;
    std::function<void(const CheckReport &)> m_told;
    std::unique_ptr<Transport> m_transport;
    std::unordered_map<ProviderId, std::unique_ptr<ProviderCheck>> m_checks; ///< they go before the transport
};

CheckRunner::CheckRunner(TransportKind transport, CheckLimits limits, QObject *parent)
    : QObject(parent), m_transport(transport), m_limits(limits)
{
    qRegisterMetaType<CheckReport>();
    m_thread.setObjectName(QStringLiteral("checks"));
}

CheckRunner::~CheckRunner()
{
    if (!m_room)
        return;
    QMetaObject::invokeMethod( // a thread that was told to quit from here might leave before it does this
        m_room,
        [this] {
            delete m_room;
            m_thread.quit();
        },
        Qt::QueuedConnection);
    m_thread.wait();
}

void CheckRunner::start(const ProviderConfig &provider)
{
    if (m_running.contains(provider.id))
        return;
    m_running.insert(provider.id);
    if (!m_room) {
        m_room = new Room(m_transport, m_limits, [this](const CheckReport &report) {
            QMetaObject::invokeMethod(
                this,
                [this, report] {
                    if (report.isOver())
                        m_running.remove(report.provider);
                    emit changed(report);
                },
                Qt::QueuedConnection);
        });
        m_room->moveToThread(&m_thread);
        m_thread.start();
    }
    QMetaObject::invokeMethod(
        m_room, [room = m_room, provider] { room->start(provider); }, Qt::QueuedConnection);
}

void CheckRunner::stop(const ProviderId &provider)
{
    if (m_room)
        QMetaObject::invokeMethod(
            m_room, [room = m_room, provider] { room->stop(provider); }, Qt::QueuedConnection);
}

void CheckRunner::stopAll()
{
    for (const ProviderId &provider : std::as_const(m_running))
        stop(provider);
}

} // namespace retryscope
