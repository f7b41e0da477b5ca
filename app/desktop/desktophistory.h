// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "history/historystore.h"
#include "models/historyevents.h"
#include "models/historypast.h"

#include <QMutex>

namespace retryscope {

class LocalEngineClient;
class MainWindow;

/// Feeds the event store from the engine's thread and shows its past in the window. Follows the configuration's
/// `history` line. Destroy before the window and the engine; what waits is then written.
class DesktopHistory final : public QObject
{
    Q_OBJECT
public:
    DesktopHistory(LocalEngineClient &engine, MainWindow &window);
    ~DesktopHistory() override;
    /// Opens what the line names, where it is not open already; "off" keeps nothing.
    void open(const QString &line);

private:
    void show(const HistoryStatus &status);

    MainWindow &m_window;
    /// Shared with the engine's thread, which may outlive this.
    struct Feed
    {
        QMutex mutex;
        std::unique_ptr<HistoryStore> store;
    };
    std::optional<QString> m_line;
    std::shared_ptr<Feed> m_feed = std::make_shared<Feed>();
    std::unique_ptr<HistoryPast> m_past;
    std::unique_ptr<HistoryEvents> m_older;
};

} // namespace retryscope
