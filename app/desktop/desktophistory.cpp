// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "desktophistory.h"

#include "engine/localengineclient.h"
#include "mainwindow.h"

namespace retryscope {

DesktopHistory::DesktopHistory(LocalEngineClient &engine, MainWindow &window) : m_window(window)
{
    engine.observe([feed = m_feed](const Event &event) {
        QMutexLocker lock(&feed->mutex);
        if (feed->store)
            feed->store->append(event);
    });
}

DesktopHistory::~DesktopHistory() { open(QStringLiteral("off")); }

void DesktopHistory::open(const QString &line)
{
    const auto location = historyLocationFromText(line);
    if (!location || m_line == line) // a wrong line has been reported with the configuration's other issues
        return;
    m_line = line;
    m_window.setPast(nullptr);
    m_window.setOlderEvents(nullptr);
    m_past.reset();
    m_older.reset();
    std::unique_ptr<HistoryStore> old;
    {
        QMutexLocker lock(&m_feed->mutex);
        old = std::exchange(m_feed->store, location->kind == HistoryLocation::Kind::Off ? nullptr : std::make_unique<HistoryStore>(*location));
    }
    old.reset(); // writes what waits; the engine goes on meanwhile
    HistoryStore *store = m_feed->store.get();
    if (!store)
        return show({HistoryStatus::State::Off, {}, {}, {}, 0});
    m_past = std::make_unique<HistoryPast>(*store);
    m_older = std::make_unique<HistoryEvents>(*store);
    m_window.setPast(m_past.get());
    m_window.setOlderEvents(m_older.get());
    connect(store, &HistoryStore::statusChanged, this, &DesktopHistory::show);
    show(store->status());
}

void DesktopHistory::show(const HistoryStatus &status) { m_window.showHistory(status); }

} // namespace retryscope
