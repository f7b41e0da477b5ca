// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "history/historyrecorder.h"
#include "models/historyevents.h"
#include "models/historypast.h"

namespace retryscope {

class LocalEngineClient;
class MainWindow;

/// Records the engine's events, but none of a rehearsal, which nobody lived through and whose numbers are its own; shows their past in the window. Follows the configuration's `history` line, without
/// waiting for a database. Make it before the engine has a configuration, so that the first event is kept. Destroy before
/// the window and the engine; what waits is then written, for at most 3 s.
class DesktopHistory final : public QObject
{
    Q_OBJECT
public:
    DesktopHistory(LocalEngineClient &engine, MainWindow &window);
    ~DesktopHistory() override;
    /// Opens what the line names, where it is not open already; "off" keeps nothing.
    void open(const QString &line);

private:
    void letGo();
    void showPast();

    MainWindow &m_window;
    HistoryRecorder m_recorder;
    std::unique_ptr<HistoryPast> m_past;
    std::unique_ptr<HistoryEvents> m_older;
};

} // namespace retryscope
