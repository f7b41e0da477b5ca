// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/configuration.h"
#include "models/eventmodel.h"

#include <QWidget>

class QCheckBox;
class QComboBox;
class QLabel;
class QTableView;

namespace retryscope {

/// Events: the live log, filtered, and the story of the selected call in sentences.
class EventsPage : public QWidget
{
    Q_OBJECT
public:
    explicit EventsPage(QWidget *parent = nullptr);
    void onEvents(const Events &events);
    void setProviders(const ProviderConfigs &providers);

private:
    void showStory();
    EventModel *m_model;
    EventFilter *m_filter;
    QTableView *m_table;
    QComboBox *m_provider;
    QCheckBox *m_follow;
    QLabel *m_story, *m_count;
};

} // namespace retryscope
