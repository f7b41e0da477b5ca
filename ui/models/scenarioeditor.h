// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "simulator/scenario.h"

#include <QObject>
#include <QUndoStack>

namespace retryscope {

/// A fault of a scenario: the place in the chain from 0, and its number there. An invalid one may still name a row.
struct FaultRef
{
    int row = 0, number = -1;
    bool isFault() const { return number >= 0; }
    bool operator==(const FaultRef &) const = default;
};

/// The scenario of the What-if page while it is edited: every edit is a step that can be undone, and edits of one
/// session are one step. There are as many rows as the longest chain has providers; what stands behind them is kept as
/// it was.
class ScenarioEditor : public QObject
{
    Q_OBJECT
public:
    static constexpr Duration shortest = 100ms; ///< of a fault that is drawn or resized

    explicit ScenarioEditor(QObject *parent = nullptr);

    const Scenario &scenario() const { return m_scenario; }
    QUndoStack &undoStack() { return m_undo; }
    int rows() const { return m_rows; }
    void setRows(int rows);
    const QVector<FaultSpan> &faults(int row) const { return m_scenario.models[row].faults; }
    /// Null: it is none.
    const FaultSpan *fault(FaultRef ref) const;
    FaultRef selected() const { return m_selected; }
    void select(FaultRef ref);

    /// All of it in one step, which is called so.
    void load(const Scenario &scenario, const QString &step);
    /// Adds it behind the others of the row, and selects it.
    void add(int row, const FaultSpan &fault);
    void set(FaultRef ref, const FaultSpan &fault);
    /// Changes it and puts it into another row; it stays selected.
    void move(FaultRef ref, int row, const FaultSpan &fault);
    void remove(FaultRef ref);
    void setWorkload(const Workload &workload);
    void setLength(Duration length);
    /// What comes now is another step.
    void endStep() { ++m_session; }

signals:
    void changed();
    void selectionChanged();

private:
    class Step;
    struct State
    {
        Scenario scenario;
        FaultRef selected;
    };
    void push(const QString &text, State after);
    void show(const State &state);
    void fit(Scenario *scenario) const;

    Scenario m_scenario;
    FaultRef m_selected;
    QUndoStack m_undo;
    int m_rows = 1;
    int m_session = 0;
};

} // namespace retryscope
