// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/scenarioeditor.h"

#include <QUndoCommand>

#include <algorithm>

namespace retryscope {

class ScenarioEditor::Step final : public QUndoCommand
{
public:
    Step(ScenarioEditor &editor, const QString &text, State before, State after)
        : QUndoCommand(text), m_editor(editor), m_before(std::move(before)), m_after(std::move(after)),
          m_session(editor.m_session)
    {}
    int id() const override { return 1; }
    bool mergeWith(const QUndoCommand *other) override
    {
        const auto *next = static_cast<const Step *>(other);
        if (next->m_session != m_session || next->text() != text())
            return false;
        m_after = next->m_after;
        setObsolete(m_before.scenario == m_after.scenario);
        return true;
    }
    void undo() override { m_editor.show(m_before); }
    void redo() override { m_editor.show(m_after); }

private:
    ScenarioEditor &m_editor;
    State m_before, m_after;
    int m_session;
};

ScenarioEditor::ScenarioEditor(QObject *parent) : QObject(parent) { fit(&m_scenario); }

/// One more than there are rows: what is drawn in the last row is not meant for places behind it.
void ScenarioEditor::fit(Scenario *scenario) const
{
    if (scenario->models.isEmpty())
        scenario->models.append(ProviderModel{});
    while (scenario->models.size() <= m_rows)
        scenario->models.append(scenario->models.last());
}

void ScenarioEditor::setRows(int rows)
{
    rows = std::max(1, rows);
    if (rows == m_rows)
        return;
    m_rows = rows;
    fit(&m_scenario);
    if (m_selected.row >= m_rows)
        m_selected = {m_rows - 1, -1};
    emit changed();
    emit selectionChanged();
}

const FaultSpan *ScenarioEditor::fault(FaultRef ref) const
{
    if (ref.row < 0 || ref.row >= m_rows || ref.number < 0 || ref.number >= faults(ref.row).size())
        return nullptr;
    return &faults(ref.row)[ref.number];
}

void ScenarioEditor::select(FaultRef ref)
{
    ref.row = std::clamp(ref.row, 0, m_rows - 1);
    if (!fault(ref))
        ref.number = -1;
    if (ref == m_selected)
        return;
    m_selected = ref;
    endStep();
    emit selectionChanged();
}

void ScenarioEditor::push(const QString &text, State after)
{
    fit(&after.scenario);
    if (after.scenario == m_scenario)
        return;
    m_undo.push(new Step(*this, text, {m_scenario, m_selected}, std::move(after)));
}

void ScenarioEditor::show(const State &state)
{
    m_scenario = state.scenario;
    fit(&m_scenario); // there may be more rows since
    m_selected = {std::min(state.selected.row, m_rows - 1), state.selected.number};
    if (!fault(m_selected))
        m_selected.number = -1;
    emit changed();
    emit selectionChanged();
}

void ScenarioEditor::load(const Scenario &scenario, const QString &step)
{
    endStep();
    push(step, {scenario, {}});
    endStep();
}

void ScenarioEditor::add(int row, const FaultSpan &fault)
{
    endStep();
    State after{m_scenario, {row, int(faults(row).size())}};
    after.scenario.models[row].faults.append(fault);
    push(tr("Add a fault"), std::move(after));
    endStep();
}

void ScenarioEditor::set(FaultRef ref, const FaultSpan &fault) { move(ref, ref.row, fault); }

void ScenarioEditor::move(FaultRef ref, int row, const FaultSpan &fault)
{
    if (!this->fault(ref))
        return;
    row = std::clamp(row, 0, m_rows - 1);
    State after{m_scenario, ref};
    if (row == ref.row) {
        after.scenario.models[row].faults[ref.number] = fault;
    } else {
        after.scenario.models[ref.row].faults.remove(ref.number);
        after.selected = {row, int(faults(row).size())};
        after.scenario.models[row].faults.append(fault);
    }
    push(tr("Change a fault"), std::move(after));
}

void ScenarioEditor::remove(FaultRef ref)
{
    if (!fault(ref))
        return;
    endStep();
    State after{m_scenario, {ref.row, -1}};
    after.scenario.models[ref.row].faults.remove(ref.number);
    push(tr("Delete a fault"), std::move(after));
    endStep();
}

void ScenarioEditor::setWorkload(const Workload &workload)
{
    State after{m_scenario, m_selected};
    after.scenario.workload = workload;
    push(tr("Change the calls"), std::move(after));
}

void ScenarioEditor::setLength(Duration length)
{
    State after{m_scenario, m_selected};
    after.scenario.length = length;
    push(tr("Change the length"), std::move(after));
}

} // namespace retryscope
