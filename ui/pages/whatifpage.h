// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/exportjob.h"
#include "models/studyjob.h"
#include "pages/whatifpolicies.h"
#include "widgets/settling.h"

#include <QElapsedTimer>
#include <QTimer>

class QAction;
class QComboBox;
class QLabel;
class QMenu;
class QProgressBar;
class QPushButton;
class QScrollArea;

namespace retryscope {

class FaultFields;
class FaultTimeline;
class RangedEdit;
class ScenarioEditor;
class WhatIfResults;
class WhatIfSweep;

/// What-if: a day of trouble, drawn or chosen, and what several configurations make of it, on virtual time and the
/// same luck. Played away from the window's thread, anew after each edit; what is of another question fades until it
/// is answered.
class WhatIfPage : public QWidget, public Settling
{
    Q_OBJECT
public:
    /// `draft` must outlive the page.
    WhatIfPage(const Theme &theme, ConfigurationDraft &draft, QWidget *parent = nullptr);
    ~WhatIfPage() override;

    ScenarioEditor &editor() { return *m_editor; }
    const StudyJob &job() const { return m_job; }
    const WhatIfResults &results() const { return *m_results; }
    const WhatIfSweep &sweep() const { return *m_sweep; }
    void setChoosers(OpenChooser open, PathChooser save);
    /// Plays now, however long it takes.
    void run();
    void stop();
    void takeNamed(const QString &name);
    bool isSettled() const override { return !m_soon.isActive() && !m_job.isRunning(); }

protected:
    void showEvent(QShowEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;

private:
    QWidget *makeHead();
    QWidget *makeTimeline();
    QWidget *makeFoot();
    void makeUndo(QLayout *head);
    QMenu *makeExportMenu();
    void connectParts();
    void addAction(QMenu *menu, const QString &text, void (WhatIfPage::*what)());
    void fillScenarios();
    void load(const Scenario &scenario, const QString &from, const QString &step);
    bool isEdited() const;
    void onScenario();
    void onPolicies();
    void ask();
    void askIfSeen();
    bool isAnswered() const;
    int played() const;
    Scenario asked() const;
    Study study() const;
    void showResult();
    void showProgress();
    void say(const QString &sentence);
    void sayProblem(const QString &sentence);
    void saveAs(const QString &suggested, const QString &filter, const QByteArray &bytes);
    void openScenario();
    void openTrace();
    void saveScenario();
    void saveTable();
    void saveMoments();
    void saveSweep();
    void savePicture();
    void copyCommand();

    const Theme &m_theme;
    ConfigurationDraft &m_draft;
    OpenChooser m_open;
    PathChooser m_save;
    ScenarioEditor *m_editor;
    FaultTimeline *m_timeline;
    FaultFields *m_fault;
    WhatIfPolicies *m_policies;
    WhatIfResults *m_results;
    WhatIfSweep *m_sweep;
    QScrollArea *m_scroll;
    QComboBox *m_scenario;
    QLabel *m_about, *m_note, *m_status;
    QProgressBar *m_bar;
    QPushButton *m_run;
    QAction *m_undo = nullptr, *m_redo = nullptr;
    RangedEdit *m_seed, *m_days;
    StudyJob m_job;
    QVector<WhatIfPolicies::Played> m_playing; ///< of the study that was started last
    QTimer m_soon;                             ///< edits come in crowds
    QElapsedTimer m_since;
    struct Source
    {
        QString from; ///< a name or a path that gives `scenario`
        Scenario scenario;
    };
    QHash<QString, Source> m_sources; ///< by the scenario's name: as it came, to tell an edited one
    bool m_stopped = false;           ///< by a person, and nothing was asked since
};

} // namespace retryscope
