// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/exportjob.h"
#include "models/incidentmodel.h"
#include "notices/incidentnotices.h"
#include "telemetry/eventfilter.h"
#include "theme/theme.h"

#include <QWidget>

class QGridLayout;
class QLabel;
class QListView;
class QPlainTextEdit;
class QSplitter;
class QStackedWidget;
class QTextBrowser;
class QToolButton;

namespace retryscope {

class IncidentDetail;

/// Incidents: the list, the selected one with its timeline, numbers and note, and how one is told of them.
class IncidentsPage : public QWidget
{
    Q_OBJECT
public:
    IncidentsPage(IncidentModel &model, IncidentNotices &notices, const Theme &theme, QWidget *parent = nullptr);
    void setPathChooser(PathChooser chooser) { m_choose = std::move(chooser); }
    /// What the footer says beside where notices appear.
    void setTrayAvailable(bool available);
    void select(quint64 id);
    quint64 selected() const { return m_selected; }
    /// A few times a second while it is shown, for the numbers of what is open.
    void refresh();

public slots:
    void copyMarkdown();
    /// Below the list: what could not be done, or what was.
    void say(const QString &text);

signals:
    /// A person's note on an incident.
    void noteWritten(quint64 id, const QString &note);
    void eventsRequested(const retryscope::EventFilter &filter);
    /// Asks for a mute: of a length, or until resolved when it is zero.
    void muteRequested(retryscope::Duration length);

protected:
    void resizeEvent(QResizeEvent *event) override;
    void hideEvent(QHideEvent *event) override;
    void showEvent(QShowEvent *event) override;

private:
    QLayout *buildTools();
    void refreshList();
    void refreshMute();
    void refreshFooter();
    void exportAll(bool csv);
    IncidentModel &m_model;
    IncidentNotices &m_notices;
    const Theme &m_theme;
    QListView *m_list;
    IncidentDetail *m_detail;
    QSplitter *m_split;
    QStackedWidget *m_stack;
    QLabel *m_count, *m_muted, *m_footer, *m_message, *m_empty;
    QToolButton *m_mute, *m_unmute, *m_export;
    QAction *m_untilResolved = nullptr;
    ExportJob *m_job;
    PathChooser m_choose = filePathChooser();
    quint64 m_selected = 0;
    bool m_tray = false, m_stale = false;
};

} // namespace retryscope
