// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "charts/timechart.h"

namespace retryscope {

/// What is left of each provider's rate limits, as its last answer's headers told, and when they are full again. No
/// request is made for it. Hidden while no provider told any; collapsed to one sentence until opened.
class LimitsStrip : public QWidget
{
    Q_OBJECT
public:
    LimitsStrip(const DashboardState &state, const Theme &theme, QWidget *parent);
    void refresh(SteadyTime now);
    void setOpen(bool open);
    /// Hidden, whatever is known.
    void setSuppressed(bool on);
    ChartTable table() const;
    QString summary() const;

private:
    friend class LimitMeters;
    struct Meter
    {
        QString provider, model, kind;
        std::optional<qint64> limit, remaining;
        std::optional<Duration> resetIn;
        double share() const; ///< left, 0..1; 1 where unknown
        ProviderState state() const;
        bool operator==(const Meter &) const = default;
    };
    static QString words(const Meter &meter);
    void setTableVisible(bool visible);
    void makeTable();

    const DashboardState &m_state;
    const Theme &m_theme;
    std::vector<Meter> m_meters;
    QToolButton *m_button, *m_tableButton;
    QLabel *m_sentence;
    QWidget *m_area;
    bool m_suppressed = false;
    QTableView *m_tableView = nullptr;        ///< once it was asked for
    ChartTableModel *m_tableModel = nullptr;  ///< likewise
};

} // namespace retryscope
