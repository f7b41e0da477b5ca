// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "history/historyvalues.h"
#include "models/dashboardpast.h"

#include <QObject>

#include <deque>
#include <memory>

namespace retryscope {

class HistoryStore;

/// The dashboard's past, read from the event store. Lives on the window's thread; the store must outlive it.
class HistoryPast final : public QObject, public DashboardPast
{
public:
    explicit HistoryPast(HistoryStore &store, QObject *parent = nullptr) : QObject(parent), m_store(store) {}
    void request(const PastRequest &request, std::function<void(const PastAnswer &)> reply) override;

private:
    void askNext(std::shared_ptr<std::deque<HistoryRequest>> pieces, PastTraffic traffic,
                 std::shared_ptr<PastAnswer> answer, std::function<void(const PastAnswer &)> reply);

    HistoryStore &m_store;
};

/// One window of the store as bins, changes of state, and the times that it was written in.
void addToPast(const HistoryWindow &window, const PastTraffic &traffic, PastAnswer *answer);

} // namespace retryscope
