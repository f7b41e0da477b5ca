// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/configuration.h"
#include "sandbox/sandbox.h"
#include "telemetry/event.h"

#include <QTimer>

#include <functional>

namespace retryscope {

class EngineClient;
class MainWindow;

/// Life on the simulated providers, so that the window is never empty: gentle traffic, and once a scripted incident that
/// explains itself in three captions, each shown when what it says has happened, in the place of one that was there before.
/// Real providers are never asked unbidden.
class Demo final : public QObject
{
    Q_OBJECT
public:
    struct Parts
    {
        EngineClient &engine;
        MainWindow &window;
        Sandbox &sandbox;
        std::function<const Configuration &()> configuration; ///< what is in force
    };
    explicit Demo(Parts parts);

    /// A call each half second while every enabled provider is simulated.
    void startTraffic();
    /// The incident begins after `delay`: the first provider limits its rate for twelve seconds.
    void playIncident(std::chrono::milliseconds delay);

private:
    enum class Act : quint8 { Waiting, Limited, Moved, Over };
    bool simulatedOnly() const;
    void sendOne();
    void onEvents(const Events &events);
    void caption(const QString &title, const QString &text);

    Parts m_parts;
    QTimer m_traffic;
    Act m_act = Act::Over;
    ProviderId m_star;         ///< whom the incident befalls
    QString m_starName;
    bool m_failed = false;     ///< a call failed since the incident began
    int m_sent = 0;
};

} // namespace retryscope
