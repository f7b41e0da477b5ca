// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/configuration.h"
#include "telemetry/eventfilter.h"

#include <QWidget>

class QMenu;
class QToolButton;

namespace retryscope {

/// The set filters as chips that can be removed, and the menu that sets them.
class FilterBar : public QWidget
{
    Q_OBJECT
public:
    explicit FilterBar(QWidget *parent = nullptr);
    /// The button that opens the menu; to be placed by the page.
    QToolButton *button() const { return m_button; }
    void setFilter(const EventFilter &filter);
    const EventFilter &filter() const { return m_filter; }
    void setProviders(const ProviderConfigs &providers);
    /// What the time ranges of the menu count back from.
    void setNow(WallTime now) { m_now = now; }

signals:
    void filterChanged(const retryscope::EventFilter &filter);

private:
    struct Chip { QString key, text; EventFilter without; };
    QVector<Chip> chips() const;
    void rebuildMenu();
    void rebuildChips();
    void change(const std::function<void(EventFilter &)> &edit);
    EventFilter m_filter;
    ProviderConfigs m_providers;
    WallTime m_now{};
    QToolButton *m_button;
    QMenu *m_menu;
};

} // namespace retryscope
