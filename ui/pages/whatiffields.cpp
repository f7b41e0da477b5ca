// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/whatiffields.h"

#include "widgets/elidedcombo.h"
#include "widgets/flowlayout.h"
#include "widgets/rangededit.h"
#include "words/labels.h"
#include "words/simulationwords.h"

#include <QComboBox>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

namespace retryscope {
namespace {

constexpr double week = 7 * 86'400.0;

QLabel *problemLabel(const QString &name)
{
    auto *label = new QLabel;
    label->setObjectName(name);
    label->setWordWrap(true);
    label->hide();
    return label;
}

/// The first of the problems, as errors stand at fields.
void showProblem(QLabel *label, const QVector<RangedEdit *> &edits)
{
    QString text;
    for (const RangedEdit *edit : edits) {
        if (text.isEmpty() && edit->isVisibleTo(edit->parentWidget()))
            text = edit->problem();
    }
    label->setText(text.isEmpty() ? QString() : QStringLiteral("✗ %1").arg(text));
    label->setVisible(!text.isEmpty());
}

QComboBox *choice(const QString &name, const QString &accessible)
{
    auto *box = new ElidedCombo;
    box->setObjectName(name);
    box->setAccessibleName(accessible);
    box->setFocusPolicy(Qt::StrongFocus);
    return box;
}

} // namespace

FaultFields::FaultFields(ScenarioEditor &editor, QWidget *parent)
    : QWidget(parent), m_editor(editor), m_fields(new QWidget),
      m_hint(new QLabel(
          tr("Drag over a row to draw a fault, or press Insert. Arrow keys move it, with Shift its end, with Ctrl "
             "its start."))),
      m_problem(problemLabel(QStringLiteral("faultProblem"))),
      m_mode(choice(QStringLiteral("faultMode"), tr("Kind of fault"))),
      m_from(new RangedEdit(tr("from"), ValueEdit::Kind::Span, {0, week, 1})),
      m_length(new RangedEdit(tr("for"), ValueEdit::Kind::Span, {0.1, week, 1})),
      m_share(new RangedEdit(tr("share"), ValueEdit::Kind::Number, {0, 100, 5}, tr("% of attempts"))),
      m_factor(new RangedEdit(tr("times as slow"), ValueEdit::Kind::Number, {0.01, 1'000, 1})),
      m_delete(new QPushButton(tr("Delete")))
{
    for (int m = 0; m < faultModeCount; ++m)
        m_mode->addItem(label(FaultMode(m)));
    m_from->edit()->setObjectName(QStringLiteral("faultFrom"));
    m_length->edit()->setObjectName(QStringLiteral("faultLength"));
    m_share->edit()->setObjectName(QStringLiteral("faultShare"));
    m_factor->edit()->setObjectName(QStringLiteral("faultFactor"));
    m_delete->setObjectName(QStringLiteral("faultDelete"));
    m_delete->setToolTip(tr("Delete the fault (Delete)"));
    m_hint->setObjectName(QStringLiteral("faultHint"));
    m_hint->setProperty("muted", true);
    m_hint->setWordWrap(true);
    auto *row = new FlowLayout(10, m_fields);
    for (QWidget *part : std::initializer_list<QWidget *>{m_mode, m_from, m_length, m_share, m_factor, m_delete})
        row->addWidget(part);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(4);
    column->addWidget(m_hint);
    column->addWidget(m_fields);
    column->addWidget(m_problem);
    connect(m_mode, &QComboBox::activated, this, [this](int mode) {
        m_editor.endStep();
        change([mode](FaultSpan &f) { f.mode = FaultMode(mode); });
    });
    connect(m_from, &RangedEdit::edited, this,
            [this](double v) { change([v](FaultSpan &f) { f.from = fromSeconds(v); }); });
    connect(m_length, &RangedEdit::edited, this,
            [this](double v) { change([v](FaultSpan &f) { f.length = fromSeconds(v); }); });
    connect(m_share, &RangedEdit::edited, this,
            [this](double v) { change([v](FaultSpan &f) { f.share = v / 100.0; }); });
    connect(m_factor, &RangedEdit::edited, this, [this](double v) { change([v](FaultSpan &f) { f.factor = v; }); });
    for (RangedEdit *edit : {m_from, m_length, m_share, m_factor}) {
        connect(edit, &RangedEdit::editingFinished, this, [this] { m_editor.endStep(); });
        connect(edit, &RangedEdit::problemChanged, this, &FaultFields::say);
    }
    connect(m_delete, &QPushButton::clicked, this, [this] { m_editor.remove(m_editor.selected()); });
    connect(&editor, &ScenarioEditor::changed, this, &FaultFields::show);
    connect(&editor, &ScenarioEditor::selectionChanged, this, &FaultFields::show);
    show();
}

void FaultFields::show()
{
    const FaultSpan *fault = m_editor.fault(m_editor.selected());
    m_fields->setVisible(fault);
    m_hint->setVisible(!fault);
    if (fault) {
        m_mode->setCurrentIndex(int(fault->mode));
        m_from->setValue(toSeconds(fault->from));
        m_length->setValue(toSeconds(fault->length));
        m_share->setValue(fault->share * 100.0);
        m_factor->setValue(fault->factor);
        m_factor->setVisible(fault->mode == FaultMode::Slow);
    }
    say();
}

void FaultFields::change(const std::function<void(FaultSpan &)> &what)
{
    if (const FaultSpan *fault = m_editor.fault(m_editor.selected())) {
        FaultSpan changed = *fault;
        what(changed);
        m_editor.set(m_editor.selected(), changed);
    }
}

void FaultFields::say()
{
    showProblem(m_problem, m_fields->isHidden() ? QVector<RangedEdit *>{}
                                                : QVector<RangedEdit *>{m_from, m_length, m_share, m_factor});
}

void FaultFields::focusFirst() { m_mode->setFocus(Qt::OtherFocusReason); }

WorkloadFields::WorkloadFields(ScenarioEditor &editor, QWidget *parent)
    : QWidget(parent), m_editor(editor), m_kind(choice(QStringLiteral("workloadKind"), tr("Kind of calls"))),
      m_rate(new RangedEdit(tr("calls"), ValueEdit::Kind::Number, {1e-6, 1e5, 0.5}, tr("a second"))),
      m_cv(new RangedEdit(tr("variation of the gaps"), ValueEdit::Kind::Number, {0.05, 100, 0.5})),
      m_on(new RangedEdit(tr("on for"), ValueEdit::Kind::Span, {0.1, week, 1})),
      m_off(new RangedEdit(tr("off for"), ValueEdit::Kind::Span, {0, week, 1})),
      m_agents(new RangedEdit(tr("agents"), ValueEdit::Kind::WholeNumber, {1, 100'000, 1})),
      m_think(new RangedEdit(tr("pause of each"), ValueEdit::Kind::Span, {0, week, 1})),
      m_task(new RangedEdit(tr("calls a task"), ValueEdit::Kind::WholeNumber, {1, 10'000, 1})),
      m_length(new RangedEdit(tr("over"), ValueEdit::Kind::Span, {1, week, 1})), m_rows(new QLabel),
      m_problem(problemLabel(QStringLiteral("workloadProblem")))
{
    for (int k = 0; k <= int(Workload::Kind::Trace); ++k)
        m_kind->addItem(k == int(Workload::Kind::Trace) ? tr("%1 …").arg(label(Workload::Kind(k)))
                                                        : label(Workload::Kind(k)));
    const std::pair<RangedEdit *, const char *> names[] = {{m_rate, "workloadRate"},     {m_cv, "workloadCv"},
                                                           {m_on, "workloadOn"},         {m_off, "workloadOff"},
                                                           {m_agents, "workloadAgents"}, {m_think, "workloadThink"},
                                                           {m_task, "workloadTask"},     {m_length, "workloadLength"}};
    auto *row = new FlowLayout(10);
    row->addWidget(m_kind);
    row->addWidget(m_rows);
    for (const auto &[edit, name] : names) {
        edit->edit()->setObjectName(QLatin1String(name));
        row->addWidget(edit);
        connect(edit, &RangedEdit::editingFinished, this, [this] { m_editor.endStep(); });
        connect(edit, &RangedEdit::problemChanged, this, &WorkloadFields::say);
    }
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(4);
    column->addLayout(row);
    column->addWidget(m_problem);
    connect(m_kind, &QComboBox::activated, this, &WorkloadFields::takeKind);
    connect(m_rate, &RangedEdit::edited, this, [this](double v) { change([v](Workload &w) { w.perSecond = v; }); });
    connect(m_cv, &RangedEdit::edited, this, [this](double v) { change([v](Workload &w) { w.cv = v; }); });
    connect(m_on, &RangedEdit::edited, this, [this](double v) { change([v](Workload &w) { w.on = fromSeconds(v); }); });
    connect(m_off, &RangedEdit::edited, this,
            [this](double v) { change([v](Workload &w) { w.off = fromSeconds(v); }); });
    connect(m_agents, &RangedEdit::edited, this, [this](double v) { change([v](Workload &w) { w.agents = int(v); }); });
    connect(m_think, &RangedEdit::edited, this,
            [this](double v) { change([v](Workload &w) { w.think = fromSeconds(v); }); });
    connect(m_task, &RangedEdit::edited, this,
            [this](double v) { change([v](Workload &w) { w.taskCalls = int(v); }); });
    m_task->setToolTip(tr("They come at once, and the task needs the answers to all of them."));
    connect(m_length, &RangedEdit::edited, this, [this](double v) { m_editor.setLength(fromSeconds(v)); });
    connect(&editor, &ScenarioEditor::changed, this, &WorkloadFields::show);
    show();
}

void WorkloadFields::show()
{
    using Kind = Workload::Kind;
    const Workload &w = m_editor.scenario().workload;
    m_kind->setCurrentIndex(int(w.kind));
    m_rate->setValue(w.perSecond);
    m_cv->setValue(w.cv);
    m_on->setValue(toSeconds(w.on));
    m_off->setValue(toSeconds(w.off));
    m_agents->setValue(w.agents);
    m_think->setValue(toSeconds(w.think));
    m_task->setValue(w.taskCalls);
    m_length->setValue(toSeconds(m_editor.scenario().length));
    m_rate->setVisible(w.kind != Kind::Agents && w.kind != Kind::Trace);
    m_cv->setVisible(w.kind == Kind::Renewal);
    m_on->setVisible(w.kind == Kind::OnOff);
    m_off->setVisible(w.kind == Kind::OnOff);
    m_agents->setVisible(w.kind == Kind::Agents);
    m_think->setVisible(w.kind == Kind::Agents);
    m_task->setVisible(w.kind != Kind::Trace);
    m_rows->setVisible(w.kind == Kind::Trace);
    m_rows->setText(callsText(quint64(w.trace.size())));
    say();
}

void WorkloadFields::change(const std::function<void(Workload &)> &what)
{
    Workload changed = m_editor.scenario().workload;
    what(changed);
    m_editor.setWorkload(changed);
}

void WorkloadFields::takeKind(int index)
{
    m_editor.endStep();
    if (Workload::Kind(index) == Workload::Kind::Trace) {
        m_kind->setCurrentIndex(int(m_editor.scenario().workload.kind)); // until there are some
        emit traceRequested();
        return;
    }
    change([index](Workload &w) { w.kind = Workload::Kind(index); });
    m_editor.endStep();
}

void WorkloadFields::say() { showProblem(m_problem, {m_rate, m_cv, m_on, m_off, m_agents, m_think, m_task, m_length}); }

} // namespace retryscope
