// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "telemetry/event.h"

#include <QAbstractTableModel>
#include <QSortFilterProxyModel>

#include <deque>

namespace retryscope {

/// The newest events, at most 10,000; the oldest leave first.
class EventModel : public QAbstractTableModel
{
    Q_OBJECT
public:
    enum Column { Time, Kind, Call, AttemptNumber, Provider, Reason, Status, Took, What, ColumnCount };
    static constexpr int capacity = 10'000;
    using QAbstractTableModel::QAbstractTableModel;

    void append(const Events &events);
    const Event &at(int row) const { return m_events[std::size_t(row)]; }
    Events ofCall(CallId call) const;
    int rowCount(const QModelIndex &parent = {}) const override { return parent.isValid() ? 0 : int(m_events.size()); }
    int columnCount(const QModelIndex &parent = {}) const override { return parent.isValid() ? 0 : ColumnCount; }
    QVariant data(const QModelIndex &index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    std::deque<Event> m_events;
};

/// Shows the rows that match every set filter.
class EventFilter : public QSortFilterProxyModel
{
    Q_OBJECT
public:
    using QSortFilterProxyModel::QSortFilterProxyModel;
    void setProvider(const QString &provider) { m_provider = provider; invalidateFilter(); }
    void setProblemsOnly(bool on) { m_problemsOnly = on; invalidateFilter(); }
    void setText(const QString &text) { m_text = text; invalidateFilter(); }

protected:
    bool filterAcceptsRow(int row, const QModelIndex &parent) const override;

private:
    QString m_provider, m_text;
    bool m_problemsOnly = false;
};

} // namespace retryscope
