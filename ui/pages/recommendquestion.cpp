// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/recommendquestion.h"

#include "models/aside.h"
#include "pages/whatiffiles.h"
#include "simulator/scenariofile.h"
#include "theme/theme.h"
#include "widgets/flowlayout.h"
#include "widgets/rangededit.h"

#include <QCheckBox>
#include <QGridLayout>
#include <QLabel>
#include <QPushButton>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>

namespace retryscope {
namespace {

template <typename Names> bool isAmong(const Names &names, const QString &key)
{
    return std::any_of(std::begin(names), std::end(names), [&key](const char *n) { return key == QLatin1String(n); });
}

} // namespace

RecommendQuestion::RecommendQuestion(QWidget *parent)
    : QWidget(parent), m_list(makeList()), m_told(new QLabel), m_choose(new QToolButton), m_open(openFileChooser()),
      m_candidates(new RangedEdit(tr("Candidates"), ValueEdit::Kind::WholeNumber, {1, mostCandidates, 8})),
      m_plays(new RangedEdit(tr("First plays"), ValueEdit::Kind::WholeNumber, {2, 10'000, 1})),
      m_seed(new RangedEdit(tr("Seed"), ValueEdit::Kind::WholeNumber, {0, 999'999'999, 1}))
{
    m_candidates->edit()->setObjectName(QStringLiteral("recommendCandidates"));
    m_candidates->setToolTip(tr("How many are drawn, beside yours and the presets."));
    m_candidates->setValue(RecommendationTask().candidates);
    m_plays->edit()->setObjectName(QStringLiteral("recommendPlays"));
    m_plays->setToolTip(tr("How often each scenario is played in the first round; each further round has three times "
                           "as many, for those that are left."));
    m_plays->setValue(RecommendationTask().replications);
    m_seed->edit()->setObjectName(QStringLiteral("recommendSeed"));
    m_seed->setToolTip(tr("Names the luck. All configurations meet the same."));
    m_seed->setValue(double(RecommendationTask().seed));
    m_told->setObjectName(QStringLiteral("recommendScenarios"));
    m_told->setWordWrap(true);
    m_choose->setObjectName(QStringLiteral("recommendChoose"));
    m_choose->setText(tr("Scenarios …"));
    m_choose->setCheckable(true);
    m_choose->setProperty("chip", true);
    m_list->hide();
    connect(m_choose, &QToolButton::toggled, m_list, &QWidget::setVisible);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(8);
    column->addWidget(m_told);
    auto *holder = new QWidget;
    auto *numbers = new FlowLayout(12, holder);
    numbers->addWidget(m_choose);
    for (RangedEdit *edit : {m_candidates, m_plays, m_seed}) {
        numbers->addWidget(edit);
        connect(edit, &RangedEdit::problemChanged, this, &RecommendQuestion::changed);
    }
    column->addWidget(holder);
    column->addWidget(m_list);
    tellChosen();
}

QWidget *RecommendQuestion::makeList()
{
    auto *list = new QWidget;
    m_grid = new QGridLayout;
    m_grid->setVerticalSpacing(4);
    m_grid->setHorizontalSpacing(18);
    m_grid->setColumnStretch(3, 1);
    for (const auto &[column, words] : {std::pair(1, tr("search")), std::pair(2, tr("check"))}) {
        auto *head = new QLabel(words);
        head->setProperty("muted", true);
        m_grid->addWidget(head, 0, column);
    }
    for (const QString &key : scenarioNames()) {
        const auto scenario = namedScenario(key); // a trace brings its own calls from a file, which nobody has chosen here
        if (scenario && scenario->workload.kind != Workload::Kind::Trace)
            addRow(key, *scenario, isAmong(usuallySearched, key), isAmong(usuallyHeldOut, key));
    }
    auto *add = new QPushButton(tr("Add a file …"));
    add->setObjectName(QStringLiteral("recommendAdd"));
    add->setToolTip(tr("A scenario of your own, such as What if saves it."));
    connect(add, &QPushButton::clicked, this, &RecommendQuestion::addFile);
    m_wrong = new QLabel;
    m_wrong->setObjectName(QStringLiteral("recommendFileProblem"));
    m_wrong->setWordWrap(true);
    m_wrong->hide();
    auto *column = new QVBoxLayout(list);
    column->setContentsMargins(0, 4, 0, 4);
    column->setSpacing(8);
    column->addLayout(m_grid);
    column->addWidget(add, 0, Qt::AlignLeft);
    column->addWidget(m_wrong);
    return list;
}

void RecommendQuestion::addFile()
{
    const QString path = m_open(this, tr("Open a scenario"), tr("Scenario (*.json);;All files (*)"));
    if (path.isEmpty())
        return;
    aside(this, [path] { return readScenarioFile(path); }, [this, path](const Expected<Scenario, QString> &scenario) {
        const QString problem = scenario ? scenarioProblem(*scenario) : scenario.error();
        m_wrong->setText(QStringLiteral("✗ %1").arg(problem));
        m_wrong->setVisible(!problem.isEmpty());
        if (problem.isEmpty())
            addScenario(path, *scenario);
    });
}

/// One that was read again takes the place of what it was.
void RecommendQuestion::addScenario(const QString &path, const Scenario &scenario)
{
    const auto known = std::find_if(m_rows.begin(), m_rows.end(), [&path](const Row &row) { return row.key == path; });
    if (known == m_rows.end()) {
        addRow(path, scenario, true, false);
    } else {
        known->scenario = scenario;
        known->name->setText(scenario.name);
        known->name->setToolTip(scenario.about);
    }
    tellChosen();
    emit changed();
}

void RecommendQuestion::addRow(const QString &key, const Scenario &scenario, bool searched, bool checked)
{
    auto *search = new QCheckBox, *check = new QCheckBox;
    search->setObjectName(QStringLiteral("search_") + key);
    search->setAccessibleName(tr("Search on %1").arg(scenario.name));
    search->setChecked(searched);
    check->setObjectName(QStringLiteral("check_") + key);
    check->setAccessibleName(tr("Check on %1").arg(scenario.name));
    check->setChecked(checked);
    const int row = m_grid->rowCount();
    auto *name = new QLabel(scenario.name);
    name->setToolTip(scenario.about);
    m_grid->addWidget(name, row, 0);
    m_grid->addWidget(search, row, 1);
    m_grid->addWidget(check, row, 2);
    m_rows.append({key, scenario, name, search, check});
    for (const auto &[box, other] : {std::pair(search, check), std::pair(check, search)}) {
        connect(box, &QCheckBox::toggled, this, [this, other = other](bool on) {
            if (on)
                other->setChecked(false); // what was seen in the search checks nothing
            tellChosen();
            emit changed();
        });
    }
}

QStringList RecommendQuestion::chosen(QCheckBox *Row::*box) const
{
    QStringList keys;
    for (const Row &row : m_rows) {
        if ((row.*box)->isChecked())
            keys << row.key;
    }
    return keys;
}

QVector<Scenario> RecommendQuestion::scenarios(QCheckBox *Row::*box) const
{
    QVector<Scenario> all;
    for (const Row &row : m_rows) {
        if ((row.*box)->isChecked())
            all.append(row.scenario);
    }
    return all;
}

void RecommendQuestion::tellChosen()
{
    const auto names = [](const QVector<Scenario> &all) {
        QStringList said;
        for (const Scenario &scenario : all)
            said << scenario.name;
        return said.isEmpty() ? tr("nothing") : said.join(QStringLiteral(", "));
    };
    m_told->setText(tr("Searched on: %1. The choice is checked on: %2.")
                        .arg(names(scenarios(&Row::search)), names(scenarios(&Row::check))));
}

RecommendationTask RecommendQuestion::task() const
{
    RecommendationTask task;
    task.scenarios = scenarios(&Row::search);
    task.heldOut = scenarios(&Row::check);
    task.candidates = int(m_candidates->edit()->value());
    task.replications = int(m_plays->edit()->value());
    task.seed = quint64(m_seed->edit()->value());
    return task;
}

QString RecommendQuestion::problem() const
{
    for (const RangedEdit *edit : {m_candidates, m_plays, m_seed}) {
        if (!edit->problem().isEmpty())
            return edit->problem();
    }
    return searched().isEmpty() ? tr("There is no scenario to search on. Choose one under Scenarios.") : QString();
}

} // namespace retryscope
