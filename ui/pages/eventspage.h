// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/configuration.h"
#include "models/callmodel.h"
#include "models/eventfinder.h"
#include "models/exportjob.h"
#include "models/oldereventssource.h"
#include "theme/theme.h"

#include <QWidget>

class QLabel;
class QLineEdit;
class QSplitter;
class QStackedWidget;
class QTreeView;
class QToolButton;

namespace retryscope {

class CallDelegate;
class FilterBar;
class StoryPane;

/// Calls: one row a call, live, filtered and searched, the story of the selected one beside it, and saving to a file. Rows
/// hold still while one is selected or the pointer is over them; what is new waits at the edge.
class EventsPage : public QWidget
{
    Q_OBJECT
public:
    /// Takes over `calls`, which may hold some already.
    explicit EventsPage(const Theme &theme, CallModel *calls = nullptr, QWidget *parent = nullptr);
    ~EventsPage() override;
    void onEvents(const Events &events);
    void setProviders(const ProviderConfigs &providers);
    /// Also of providers that are no longer there.
    void setNames(const ProviderNames &names);
    void setFilter(const EventFilter &filter);
    const EventFilter &filter() const { return m_model->filter(); }
    const CallModel &model() const { return *m_model; }
    /// Makes "Load older" appear; while the window has no calls of its own the newest of them come by themselves. The
    /// source must outlive the page; null takes it away.
    void setOlderEvents(OlderEventsSource *source);
    void setPathChooser(PathChooser chooser) { m_choose = std::move(chooser); }
    /// New rows scroll in. False while one is selected, or the pointer is over the rows, or an older part is read.
    bool isFollowing() const { return m_following && !m_hovered; }

public slots:
    void focusFind();
    void findNext() { find(EventFinder::Direction::Forward); }
    void findPrevious() { find(EventFinder::Direction::Backward); }
    void jumpToNewest();
    void copyStory();
    void save(retryscope::EventFormat format);

protected:
    void resizeEvent(QResizeEvent *event) override;
    void showEvent(QShowEvent *event) override;
    void hideEvent(QHideEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    void buildTable();
    QWidget *buildEmpty();
    QLayout *buildTools();
    QLayout *buildFooter();
    void applyFilter(const EventFilter &filter);
    void select(qint64 key);
    void showStory();
    void find(EventFinder::Direction direction);
    void setFollowing(bool on);
    void refreshFooter();
    QString emptyText() const;
    void say(const QString &text);
    void loadOlder();
    void showPast();
    void onOlder(const retryscope::Events &events, bool more);
    void onRowsLeft(const QModelIndex &parent, int first, int last);
    void onHover(bool over);
    void fitColumns();
    int tableWidth() const { return width() * 2 / 3; } ///< where the story stands beside it
    void restoreColumns();
    bool atNewest() const;

    const Theme &m_theme;
    CallModel *m_model;
    CallDelegate *m_delegate;
    FilterBar *m_filters;
    QTreeView *m_table;
    StoryPane *m_story;
    QSplitter *m_split;
    QStackedWidget *m_stack;
    QLineEdit *m_find;
    QLabel *m_findResult, *m_count, *m_message, *m_emptyText;
    QToolButton *m_clear, *m_jump, *m_older, *m_stop;
    EventFinder *m_finder;
    ExportJob *m_export;
    PathChooser m_choose = filePathChooser();
    OlderEventsSource *m_source = nullptr;
    ProviderConfigs m_providers;
    qint64 m_selected = -1;
    qsizetype m_told = 0; ///< events of the selected call that its story tells
    Events m_held;                        ///< older ones whose calls began before what was loaded
    EventFilter m_asked;                  ///< under which older ones were asked for last
    int m_missed = 0;                     ///< shown rows that came while not following
    bool m_following = true, m_hovered = false, m_moving = false, m_noMore = false, m_laidOut = false,
         m_columnsMoved = false;
    bool m_pastAsked = false; ///< by itself, since there was a source, a filter or a jump
};

} // namespace retryscope
