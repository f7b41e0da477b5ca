// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/dashboardpast.h"

#include <QObject>

namespace retryscope {

class HistoryStore;
struct HistoryWindow;

/// The dashboard's past, read from the event store. Lives on the window's thread; the store must outlive it.
class HistoryPast final : public QObject, public DashboardPast
{
public:
    explicit HistoryPast(HistoryStore &store, QObject *parent = nullptr) : QObject(parent), m_store(store) {}
    void request(const PastRequest &request, std::function<void(const PastAnswer &)> reply) override;

private:
    HistoryStore &m_store;
};

/// One window of the store as bins and changes.
void addToPast(const HistoryWindow &window, PastAnswer *answer);

} // namespace retryscope
