// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/recommendpanel.h"

#include "charts/frontchart.h"
#include "pages/recommendquestion.h"
#include "replay/simulatedpolicy.h"
#include "widgets/dresstable.h"
#include "words/simulationwords.h"

#include <QHeaderView>
#include <QKeyEvent>
#include <QLabel>
#include <QPushButton>
#include <QTableView>
#include <QVBoxLayout>

namespace retryscope {
namespace {

constexpr int frontHeight = 320, shownRows = 8;

bool sameSearch(const SimulatedPolicy &a, const SimulatedPolicy &b)
{
    return *a.config == *b.config && a.chain == b.chain && a.rules == b.rules;
}

} // namespace

RecommendPanel::RecommendPanel(const Theme &theme, QWidget *parent)
    : QScrollArea(parent), m_theme(theme), m_question(new RecommendQuestion), m_sentences(new QLabel),
      m_which(new QLabel), m_put(new QPushButton(tr("Put into the draft"))), m_chart(new FrontChart(theme)),
      m_table(new QTableView), m_rows(new ChartTableModel(this))
{
    setObjectName(QStringLiteral("recommendPanel"));
    setAccessibleName(tr("Recommend"));
    m_card = new PlayCard(
        QStringLiteral("recommend"), tr("Find a better configuration"),
        tr("Plays many configurations through several bad days, keeps those that no other beats in everything, and "
           "chooses among those that answer no fewer calls than your draft. Nothing is sent: it is simulated."),
        tr("Search"), m_question);
    m_result = makeResult();
    scrollPlay(*this, m_card, m_result);
    m_result->hide();
    connect(m_card, &PlayCard::runRequested, this, &RecommendPanel::run);
    connect(m_card, &PlayCard::stopRequested, this, &RecommendPanel::stop);
    connect(m_question, &RecommendQuestion::changed, this, &RecommendPanel::showState);
    connect(&m_job, &RecommendJob::progressed, this, &RecommendPanel::showProgress);
    connect(&m_job, &RecommendJob::finished, this, &RecommendPanel::showAnswer);
    connect(m_chart, &FrontChart::chosen, this, &RecommendPanel::select);
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
            [this](const QModelIndex &row) { select(row.row()); });
    connect(m_put, &QPushButton::clicked, this, [this] {
        if (m_selected >= 0)
            emit putRequested(m_points[m_selected].candidate.config);
    });
    showState();
}

QWidget *RecommendPanel::makeResult()
{
    auto *card = new QFrame;
    card->setObjectName(QStringLiteral("card"));
    m_sentences->setObjectName(QStringLiteral("recommendSentences"));
    m_sentences->setWordWrap(true);
    m_sentences->setTextFormat(Qt::PlainText);
    m_sentences->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_which->setObjectName(QStringLiteral("recommendWhich"));
    m_which->setWordWrap(true);
    m_which->setProperty("muted", true);
    m_put->setObjectName(QStringLiteral("recommendPut"));
    auto *foot = new QHBoxLayout;
    foot->setSpacing(12);
    foot->addWidget(m_put);
    foot->addWidget(m_which, 1);
    auto *inner = new QVBoxLayout(card);
    inner->setContentsMargins(Theme::inset, 12, Theme::inset, 12);
    inner->setSpacing(10);
    inner->addWidget(m_sentences);
    inner->addLayout(foot);
    m_chart->setFixedHeight(frontHeight);
    auto *result = new QWidget;
    auto *column = new QVBoxLayout(result);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(Theme::gap);
    column->addWidget(card);
    column->addWidget(m_chart);
    column->addWidget(makeTable());
    return result;
}

QWidget *RecommendPanel::makeTable()
{
    m_table->setObjectName(QStringLiteral("frontTable"));
    m_table->setAccessibleName(tr("Configurations that none beats in everything"));
    m_table->setModel(m_rows);
    dressTable(*m_table);
    m_table->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
    auto *note = new QLabel(tr("Each value with its 95 % interval over the scenarios. ~ marks what does not differ "
                               "from yours."));
    note->setProperty("muted", true);
    note->setWordWrap(true);
    auto *card = new QFrame;
    card->setObjectName(QStringLiteral("card"));
    auto *column = new QVBoxLayout(card);
    column->setContentsMargins(Theme::inset, 10, Theme::inset, 12);
    column->setSpacing(8);
    column->addWidget(m_table);
    column->addWidget(note);
    return card;
}

void RecommendPanel::setDraft(const Configuration &draft, const QString &problem)
{
    m_draft = draft;
    m_problem = problem;
    showState();
}

void RecommendPanel::run()
{
    const SimulatedPolicy policy = simulatedPolicy(m_draft);
    QString problem = m_problem.isEmpty() ? m_question->problem() : m_problem;
    if (problem.isEmpty() && policy.chain.empty())
        problem = tr("No provider is enabled, so there is nobody to play. Enable one on the Providers page.");
    if (!problem.isEmpty())
        return m_card->sayProblem(problem);
    RecommendationTask task = m_question->task();
    task.current = policy;
    m_card->begin();
    m_job.start(task);
    m_card->setRunning(true);
    m_chart->setStale(true);
    showProgress();
    showState();
}

void RecommendPanel::stop()
{
    if (!m_job.isRunning())
        return;
    m_job.finishEarly();
    m_card->say(tr("Stopping …"));
}

void RecommendPanel::showProgress()
{
    if (m_job.isRunning())
        m_card->setProgress(
            m_job.progress(),
            progressText({RecommendationProgress::Stage(m_job.stage()), m_job.progress()}, m_card->elapsed()));
}

void RecommendPanel::showAnswer()
{
    const Recommendation &found = *m_job.result();
    m_card->setRunning(false);
    m_points = frontPoints(found);
    m_sentences->setText(tellRecommendation(found).join(QStringLiteral("\n\n")));
    m_chart->setPoints(m_points);
    m_chart->setStale(false);
    m_rows->setTable(m_chart->table());
    m_table->horizontalHeader()->setSectionResizeMode(0, QHeaderView::Stretch);
    const int row = int(fontMetrics().height() * 1.6);
    m_table->verticalHeader()->setDefaultSectionSize(row);
    m_table->setFixedHeight(m_table->horizontalHeader()->sizeHint().height() + 4
                            + row * std::clamp(int(m_points.size()), 1, shownRows));
    m_chart->setVisible(!m_points.isEmpty());
    m_table->parentWidget()->setVisible(!m_points.isEmpty());
    m_result->show();
    m_selected = -1;
    for (int i = 0; i < int(m_points.size()); ++i) {
        if (m_points[i].kind == FrontPoint::Kind::Chosen || (found.keepsCurrent() && i == 0))
            select(i);
    }
    showState();
}

/// In the picture, the table and the sentence below them, whichever it came from.
void RecommendPanel::select(int point)
{
    if (point < 0 || point == m_selected || point >= m_points.size())
        return;
    m_selected = point;
    m_chart->select(point);
    if (m_table->currentIndex().row() != point)
        m_table->selectRow(point);
    showState();
}

/// The draft is neither what was searched with nor what was found.
bool RecommendPanel::isStale() const
{
    if (!m_job.result() || m_job.isRunning())
        return false;
    SimulatedPolicy then = m_job.question().current, now = simulatedPolicy(m_draft);
    if (sameSearch(then, now))
        return false;
    return std::none_of(m_points.begin(), m_points.end(), [&](const FrontPoint &point) {
        return *now.config == point.candidate.config && now.chain == then.chain && now.rules == then.rules;
    });
}

void RecommendPanel::showState()
{
    const bool there = m_selected >= 0 && !m_job.isRunning();
    const bool isDraft = there && m_points[m_selected].candidate.config == m_draft.retry;
    m_put->setEnabled(there && !isDraft);
    m_put->setVisible(!m_points.isEmpty());
    if (isDraft)
        m_which->setText(tr("\"%1\" is what the draft holds.").arg(m_points[m_selected].name));
    else if (there)
        m_which->setText(tr("\"%1\" is selected. It comes into the draft as one step that can be undone; nothing is in "
                            "force until you apply it.")
                             .arg(m_points[m_selected].name));
    else
        m_which->clear();
    if (m_job.isRunning())
        return;
    if (const QString problem = m_problem.isEmpty() ? m_question->problem() : m_problem; !problem.isEmpty())
        m_card->sayProblem(problem);
    else if (!m_job.result())
        m_card->say(tr("Nothing has been played yet."));
    else if (isStale())
        m_card->say(tr("The draft has changed since: what is shown is beside another one. Search again."));
    else
        m_card->say(
            tr("Played %1 days, seed %2, simulated. The same seed gives the same, here and on the command line.")
                .arg(m_job.result()->runs)
                .arg(m_job.question().seed));
    m_chart->setStale(isStale());
}

void RecommendPanel::keyPressEvent(QKeyEvent *event)
{
    if (!m_card->takesKey(event))
        QScrollArea::keyPressEvent(event);
}

} // namespace retryscope
