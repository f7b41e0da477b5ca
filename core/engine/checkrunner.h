// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/providercheck.h"
#include "transport/transportkind.h"

#include <QObject>
#include <QSet>
#include <QThread>

namespace retryscope {

/// Checks of providers on a thread of their own, all at once; what is found comes as signals on the thread that made this.
class CheckRunner final : public QObject
{
    Q_OBJECT
public:
    explicit CheckRunner(TransportKind transport = TransportKind::Qt, CheckLimits limits = {},
                         QObject *parent = nullptr);
    /// Drops what runs and waits for the thread.
    ~CheckRunner() override;

    /// Does nothing while this provider is being checked.
    void start(const ProviderConfig &provider);
    void stop(const ProviderId &provider);
    void stopAll();
    bool isRunning(const ProviderId &provider) const { return m_running.contains(provider); }
    bool isRunning() const { return !m_running.isEmpty(); }

signals:
    /// At every change; the last one is over.
    void changed(const retryscope::CheckReport &report);

private:
    class Room;

    QThread m_thread;
    Room *m_room = nullptr; ///< lives on the thread, made when it is first needed
    TransportKind m_transport;
    CheckLimits m_limits;
    QSet<ProviderId> m_running;
};

} // namespace retryscope
