// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "desktophistory.h"

#include "engine/localengineclient.h"
#include "mainwindow.h"

namespace retryscope {

DesktopHistory::DesktopHistory(LocalEngineClient &engine, MainWindow &window)
    : m_window(window), m_recorder(engine.run())
{
    engine.observe([record = m_recorder.observer(), run = engine.run()](const Event &event) {
        if (event.run == run)
            record(event);
    });
    connect(&m_recorder, &HistoryRecorder::aboutToChange, this, &DesktopHistory::letGo);
    connect(&m_recorder, &HistoryRecorder::changed, this, &DesktopHistory::showPast);
    connect(&m_recorder, &HistoryRecorder::statusChanged, this,
            [this](const HistoryStatus &status) { m_window.showHistory(status); });
}

DesktopHistory::~DesktopHistory()
{
    if (const HistoryEnd end = m_recorder.close(HistoryOptions().endPatience); end.unwritten > 0)
        qWarning("retryscope: %llu event(s) could not be written to the history before the end. %s",
                 static_cast<unsigned long long>(end.unwritten), qPrintable(end.sentence));
}

void DesktopHistory::open(const QString &line)
{
    m_recorder.open(line);
} // a wrong line has been reported with the configuration's other issues

void DesktopHistory::letGo()
{
    m_window.setPast(nullptr);
    m_window.setOlderEvents(nullptr);
    m_past.reset();
    m_older.reset();
}

void DesktopHistory::showPast()
{
    HistoryStore *store = m_recorder.store();
    if (!store)
        return;
    m_past = std::make_unique<HistoryPast>(*store);
    m_older = std::make_unique<HistoryEvents>(*store);
    m_window.setPast(m_past.get());
    m_window.setOlderEvents(m_older.get());
}

} // namespace retryscope
