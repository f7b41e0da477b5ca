// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/scenarioeditor.h"

#include <QWidget>

#include <functional>

class QComboBox;
class QLabel;
class QPushButton;

namespace retryscope {

class RangedEdit;

/// The fields of the fault that is selected on the timeline; without one, how to make one.
class FaultFields : public QWidget
{
    Q_OBJECT
public:
    explicit FaultFields(ScenarioEditor &editor, QWidget *parent = nullptr);
    /// Gives the first field the keyboard.
    void focusFirst();

private:
    void show();
    void change(const std::function<void(FaultSpan &)> &what);
    void say();

    ScenarioEditor &m_editor;
    QWidget *m_fields;
    QLabel *m_hint, *m_problem;
    QComboBox *m_mode;
    RangedEdit *m_from, *m_length, *m_share, *m_factor;
    QPushButton *m_delete;
};

/// Which calls come, and how long.
class WorkloadFields : public QWidget
{
    Q_OBJECT
public:
    explicit WorkloadFields(ScenarioEditor &editor, QWidget *parent = nullptr);

signals:
    /// Recorded calls are wanted, and there are none: from a file.
    void traceRequested();

private:
    void show();
    void change(const std::function<void(Workload &)> &what);
    void takeKind(int index);
    void say();

    ScenarioEditor &m_editor;
    QComboBox *m_kind;
    RangedEdit *m_rate, *m_cv, *m_on, *m_off, *m_agents, *m_think, *m_task, *m_length;
    QLabel *m_rows, *m_problem;
};

} // namespace retryscope
