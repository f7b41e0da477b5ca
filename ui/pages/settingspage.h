// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "history/historyvalues.h"
#include "notices/incidentnotices.h"
#include "theme/theme.h"
#include "widgets/readablepage.h"

class QButtonGroup;
class QCheckBox;
class QLabel;
class QPushButton;
class QVBoxLayout;

namespace retryscope {

class AnswerKeeper;

/// Something that this program keeps, and where.
struct KnownPlace
{
    QString label, path;
};

/// Settings: what is about this window and this desktop, not about calls. Everything applies at once.
class SettingsPage : public ReadablePage
{
    Q_OBJECT
public:
    SettingsPage(Theme &theme, IncidentNotices &notices, const IncidentRules &rules, QWidget *parent = nullptr);
    /// The switch for prompts and answers; must outlive the page. Without one there is none.
    void setKeeper(AnswerKeeper &keeper);
    void setPlaces(const QVector<KnownPlace> &places);
    void showHistory(const HistoryStatus &status);
    void setSidebarCollapsed(bool collapsed);

signals:
    /// Of a length, or until resolved when it is zero.
    void muteRequested(retryscope::Duration length);
    void sidebarCollapseRequested(bool collapsed);
    void shortcutsRequested();

private:
    void buildAppearance();
    void buildNotices(const IncidentRules &rules);
    void buildPlaces();
    void buildPrivacy();
    void buildAbout();
    void refreshNotices();
    Theme &m_theme;
    IncidentNotices &m_notices;
    QVBoxLayout *m_places, *m_privacy;
    QButtonGroup *m_modes;
    QCheckBox *m_collapse;
    QLabel *m_place, *m_muted, *m_history;
    QPushButton *m_unmute;
    QVector<QPushButton *> m_mutes;
    QVector<QWidget *> m_placeRows;
};

} // namespace retryscope
