// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/whatifpage.h"

#include "base/timeformat.h"
#include "models/scenarioeditor.h"
#include "pages/whatiffields.h"
#include "pages/whatiffiles.h"
#include "pages/whatifresults.h"
#include "pages/whatifsweep.h"
#include "simulator/scenariofile.h"
#include "widgets/elidedcombo.h"
#include "widgets/elidedlabel.h"
#include "widgets/faulttimeline.h"
#include "widgets/rangededit.h"
#include "words/simulationwords.h"
#include "words/slotwords.h"

#include <QComboBox>
#include <QKeyEvent>
#include <QLabel>
#include <QLocale>
#include <QProgressBar>
#include <QPushButton>
#include <QScrollArea>
#include <QVBoxLayout>

namespace retryscope {
namespace {

constexpr std::chrono::milliseconds crowd{250};
constexpr double mostUnasked = 5e6; ///< calls; a longer study is played when it is asked for
constexpr int usualDays = 20;
const QString firstScenario = QStringLiteral("minute-outage");

bool same(const SimulatedPolicy &a, const SimulatedPolicy &b)
{
    return *a.config == *b.config && a.chain == b.chain && a.plain == b.plain && a.rules == b.rules;
}

QString millions(double calls)
{
    return calls < 1e6 ? QLocale().toString(qRound64(calls)) : WhatIfPage::tr("%1 million").arg(calls / 1e6, 0, 'f', 1);
}

} // namespace

WhatIfPage::WhatIfPage(const Theme &theme, ConfigurationDraft &draft, QWidget *parent)
    : QWidget(parent), m_theme(theme), m_draft(draft), m_open(openFileChooser()), m_save(filePathChooser()),
      m_editor(new ScenarioEditor(this)), m_timeline(new FaultTimeline(*m_editor, theme)),
      m_fault(new FaultFields(*m_editor)), m_policies(new WhatIfPolicies(theme, draft)),
      m_results(new WhatIfResults(theme)), m_sweep(new WhatIfSweep(theme)), m_scroll(new QScrollArea),
      m_scenario(new ElidedCombo), m_about(new ElidedLabel), m_note(new QLabel), m_status(new ElidedLabel),
      m_bar(new QProgressBar), m_run(new QPushButton(tr("Run"))),
      m_seed(new RangedEdit(tr("Seed"), ValueEdit::Kind::WholeNumber, {0, 999'999'999, 1})),
      m_days(new RangedEdit(tr("Plays"), ValueEdit::Kind::WholeNumber, {2, 10'000, 5}))
{
    setAccessibleName(tr("What if"));
    auto *content = new QWidget;
    content->setObjectName(QStringLiteral("whatIfContent"));
    auto *cards = new QVBoxLayout(content);
    cards->setContentsMargins(Theme::page, 0, Theme::page, 12);
    cards->setSpacing(Theme::gap);
    cards->addWidget(makeTimeline());
    cards->addWidget(m_results);
    cards->addWidget(m_sweep);
    cards->addStretch();
    m_results->setHead(m_policies);
    m_scroll->setWidget(content);
    m_scroll->setWidgetResizable(true);
    m_scroll->setFrameShape(QFrame::NoFrame);
    m_scroll->setFocusPolicy(Qt::NoFocus);
    m_scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_scroll->setObjectName(QStringLiteral("whatIfScroll"));
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 12, 0, 0);
    column->setSpacing(10);
    column->addWidget(makeHead());
    m_note->setObjectName(QStringLiteral("whatIfNote"));
    m_note->setWordWrap(true);
    m_note->setContentsMargins(Theme::page, 0, Theme::page, 0);
    m_note->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_note->hide();
    column->addWidget(m_note);
    column->addWidget(m_scroll, 1);
    column->addWidget(makeFoot());
    connectParts();
    takeNamed(firstScenario);
    m_editor->undoStack().clear(); // what the page begins with is no step
    onPolicies();
}

WhatIfPage::~WhatIfPage() = default;

void WhatIfPage::setChoosers(OpenChooser open, PathChooser save)
{
    m_policies->setOpenChooser(open);
    m_open = std::move(open);
    m_save = std::move(save);
}

QWidget *WhatIfPage::makeTimeline()
{
    auto *card = new QWidget;
    card->setObjectName(QStringLiteral("card"));
    card->setAttribute(Qt::WA_StyledBackground);
    auto *inner = new QVBoxLayout(card);
    inner->setContentsMargins(Theme::inset - 6, 12, Theme::inset, 12);
    inner->setSpacing(8);
    auto *workload = new WorkloadFields(*m_editor);
    connect(workload, &WorkloadFields::traceRequested, this, &WhatIfPage::openTrace);
    for (QWidget *part : std::initializer_list<QWidget *>{workload, m_fault})
        part->setContentsMargins(6, 0, 0, 0);
    inner->addWidget(workload);
    inner->addWidget(m_timeline);
    inner->addWidget(m_fault);
    return card;
}

QWidget *WhatIfPage::makeFoot()
{
    auto *foot = new QFrame;
    foot->setObjectName(QStringLiteral("whatIfFoot"));
    m_status->setObjectName(QStringLiteral("whatIfStatus"));
    m_bar->setObjectName(QStringLiteral("whatIfProgress"));
    m_bar->setRange(0, 1000);
    m_bar->setTextVisible(false);
    m_bar->setFixedWidth(120);
    m_bar->setAccessibleName(tr("Share that is played"));
    m_seed->edit()->setObjectName(QStringLiteral("studySeed"));
    m_days->edit()->setObjectName(QStringLiteral("studyDays"));
    for (RangedEdit *edit : {m_seed, m_days})
        edit->edit()->setFixedWidth(76);
    m_seed->setToolTip(tr("Names the luck. All configurations meet the same."));
    m_days->setToolTip(
        tr("How often the scenario is played, each time with other luck. More make the intervals narrower."));
    m_seed->setValue(1);
    m_days->setValue(usualDays);
    m_run->setObjectName(QStringLiteral("runButton"));
    m_run->setProperty("primary", true);
    m_run->setToolTip(tr("Ctrl+Enter plays, Esc stops"));
    auto *row = new QHBoxLayout(foot);
    row->setContentsMargins(Theme::page, 6, Theme::page, 10);
    row->setSpacing(12);
    row->addWidget(m_status, 1);
    row->addWidget(m_bar);
    row->addWidget(m_seed);
    row->addWidget(m_days);
    row->addWidget(m_run);
    return foot;
}

void WhatIfPage::connectParts()
{
    m_soon.setSingleShot(true);
    m_soon.setInterval(crowd);
    connect(&m_soon, &QTimer::timeout, this, &WhatIfPage::askIfSeen);
    connect(m_editor, &ScenarioEditor::changed, this, &WhatIfPage::onScenario);
    connect(m_policies, &WhatIfPolicies::changed, this, &WhatIfPage::onPolicies);
    connect(m_policies, &WhatIfPolicies::refused, this, &WhatIfPage::sayProblem);
    connect(m_timeline, &FaultTimeline::fieldsRequested, m_fault, &FaultFields::focusFirst);
    for (RangedEdit *edit : {m_seed, m_days})
        connect(edit, &RangedEdit::edited, this, &WhatIfPage::ask);
    connect(m_run, &QPushButton::clicked, this, [this] { m_job.isRunning() ? stop() : run(); });
    connect(&m_job, &StudyJob::progressed, this, &WhatIfPage::showProgress);
    connect(&m_job, &StudyJob::improved, this, &WhatIfPage::showResult);
    connect(&m_job, &StudyJob::finished, this, [this] { m_job.relief() ? showResult() : showProgress(); });
    connect(m_scenario, &QComboBox::activated, this, [this](int index) {
        if (const QString name = m_scenario->itemData(index).toString(); !name.isEmpty())
            takeNamed(name);
    });
}

void WhatIfPage::takeNamed(const QString &name)
{
    Scenario calm;
    calm.name = tr("A calm day");
    const Scenario scenario = namedScenario(name).value_or(calm);
    load(scenario, name, tr("Scenario %1").arg(scenario.name));
}

void WhatIfPage::load(const Scenario &scenario, const QString &from, const QString &step)
{
    m_sources.insert(scenario.name, {from, scenario});
    m_editor->load(scenario, step);
    onScenario();
    say({});
}

/// Or it never was anything else than the page's.
bool WhatIfPage::isEdited() const
{
    const Scenario &now = m_editor->scenario();
    const auto source = m_sources.constFind(now.name);
    if (source == m_sources.constEnd())
        return true;
    const Scenario &then = source->scenario;
    bool same = now.length == then.length && now.workload == then.workload;
    for (qsizetype place = 0; place < std::max(now.models.size(), then.models.size()) && same; ++place)
        same = then.models.isEmpty() ? now.model(place) == ProviderModel{} : now.model(place) == then.model(place);
    return !same;
}

/// Behind the scenario box stands what it is, and whether it still is.
void WhatIfPage::onScenario()
{
    const Scenario &scenario = m_editor->scenario();
    m_scenario->setCurrentIndex(m_scenario->findData(m_sources.value(scenario.name).from));
    m_scenario->setPlaceholderText(scenario.name.isEmpty() ? tr("A scenario of your own") : scenario.name);
    m_about->setText(isEdited() ? tr("Edited. %1").arg(scenario.about) : scenario.about);
    ask();
}

void WhatIfPage::onPolicies()
{
    const auto chain = m_policies->chain();
    QVector<FaultTimeline::Row> rows;
    for (const auto &[id, name] : chain)
        rows.append({id, name});
    m_editor->setRows(int(rows.size()));
    m_timeline->setRows(rows);
    if (isAnswered() && m_job.result() && !m_results->isStale())
        return showResult(); // only names or colours
    ask();
}

/// What was asked last is what would be asked now, and it is answered, being answered, or was stopped by a person.
bool WhatIfPage::isAnswered() const
{
    const QVector<WhatIfPolicies::Played> &now = m_policies->played();
    const Study &then = m_job.study();
    if (m_playing.isEmpty() || now.size() != m_playing.size() || !(then.scenario == asked()))
        return false;
    if (then.seed != quint64(m_seed->edit()->value()) || then.replications != int(m_days->edit()->value()))
        return false;
    if (!m_job.isRunning() && !m_stopped && !m_job.madeTooMany() && played() < then.replications)
        return false;
    return std::equal(now.begin(), now.end(), m_playing.begin(), [](const auto &a, const auto &b) {
        return a.shown.letter == b.shown.letter && same(a.policy, b.policy);
    });
}

int WhatIfPage::played() const
{
    const auto result = m_job.result();
    return result && !result->values.empty() ? int(result->values.front().size()) : 0;
}

/// As far as there are providers: what is behind them meets nobody.
Scenario WhatIfPage::asked() const
{
    Scenario scenario = m_editor->scenario();
    scenario.models = scenario.models.mid(0, m_editor->rows());
    return scenario;
}

/// Soon: what is shown until then is of another question.
void WhatIfPage::ask()
{
    m_sweep->setQuestion(study(), m_policies->played());
    if (isAnswered()) {
        m_soon.stop();
        if (m_job.result())
            showResult();
        return showProgress();
    }
    m_job.stop();
    m_stopped = false;
    m_results->setStale(true);
    m_soon.start();
    showProgress();
}

void WhatIfPage::askIfSeen()
{
    if (!isVisible())
        return; // when it is shown
    const double calls = m_editor->scenario().expectedCalls() * m_days->edit()->value() * double(m_policies->played().size());
    if (calls <= mostUnasked)
        return run();
    m_status->setText(tr("About %1 calls: press Run to play them.").arg(millions(calls)));
}

void WhatIfPage::showEvent(QShowEvent *event)
{
    QWidget::showEvent(event);
    if (!isAnswered() && !m_stopped)
        m_soon.start();
}

Study WhatIfPage::study() const
{
    Study study;
    study.scenario = asked();
    for (const WhatIfPolicies::Played &played : m_policies->played())
        study.policies.append(played.policy);
    study.seed = quint64(m_seed->edit()->value());
    study.replications = int(m_days->edit()->value());
    return study;
}

void WhatIfPage::run()
{
    m_soon.stop();
    const QString problem =
        m_policies->problem().isEmpty() ? scenarioProblem(m_editor->scenario()) : m_policies->problem();
    if (!problem.isEmpty() || !m_seed->problem().isEmpty() || !m_days->problem().isEmpty()) {
        m_job.stop();
        m_playing.clear();
        m_results->setStale(true);
        showProgress();
        m_status->setText(QStringLiteral("✗ %1").arg(!problem.isEmpty()             ? problem
                                                     : !m_seed->problem().isEmpty() ? m_seed->problem()
                                                                                    : m_days->problem()));
        return;
    }
    m_playing = m_policies->played();
    m_stopped = false;
    m_results->setStale(true);
    m_since.start();
    m_job.start(study());
    showProgress();
}

void WhatIfPage::stop()
{
    if (!m_job.isRunning())
        return;
    m_job.stop();
    m_stopped = true;
    showProgress();
}

void WhatIfPage::showResult()
{
    QVector<ComparedPolicy> shown;
    for (int i = 0; i < int(m_playing.size()); ++i)
        shown.append(i < int(m_policies->played().size()) ? m_policies->played()[i].shown : m_playing[i].shown);
    m_results->show(shown, *m_job.result(), m_job.study().scenario);
    const auto &relief = m_job.relief();
    m_results->setAdvice(!relief            ? QString()
                         : shown.size() > 1 ? tr("%1: %2").arg(shown.first().letter, sentence(*relief))
                                            : sentence(*relief));
    showProgress();
}

void WhatIfPage::showProgress()
{
    const bool runs = m_job.isRunning();
    m_run->setText(runs ? tr("Stop") : tr("Run"));
    m_bar->setVisible(runs);
    m_bar->setValue(int(m_job.progress() * 1000.0));
    const int days = m_job.study().replications, found = played();
    if (runs) {
        const double share = m_job.progress(), spent = double(m_since.elapsed()) / 1000.0;
        QString left;
        if (share > 0.05 && spent > 1.0)
            left = tr(", %1 left").arg(formatDuration(fromSeconds(spent * (1.0 - share) / share)));
        m_status->setText(found == days ? tr("Played %1 times. Plays what more slots would give.").arg(found)
                                        : tr("Playing: %1 of %2%3.").arg(qRound(share * days)).arg(days).arg(left));
    } else if (m_stopped && found == 0) {
        m_status->setText(tr("Stopped before anything was found. Press Run to play it."));
    } else if (m_stopped) {
        m_status->setText(tr("Stopped: what is shown rests on %1 of %2 plays.").arg(found).arg(days));
    } else if (m_job.madeTooMany() && isAnswered()) {
        m_status->setText(tooManyCallsText());
    } else if (!isAnswered() || found == 0) {
        m_status->setText(m_soon.isActive() ? tr("What is shown is of the scenario before.") : QString());
    } else {
        m_status->setText(
            tr("Played %1 times over %2, %3 events, simulated. The same seed gives the same.")
                .arg(found)
                .arg(readableDuration(m_job.study().scenario.length), millions(double(m_job.result()->events))));
    }
}

void WhatIfPage::keyPressEvent(QKeyEvent *event)
{
    const bool enter = event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter;
    if (enter && (event->modifiers() & Qt::ControlModifier))
        return run();
    if (event->key() == Qt::Key_Escape && (m_job.isRunning() || m_sweep->job().isRunning())) {
        m_sweep->stop();
        return stop();
    }
    QWidget::keyPressEvent(event);
}

} // namespace retryscope
