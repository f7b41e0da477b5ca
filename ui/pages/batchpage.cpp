// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/batchpage.h"

#include "charts/batchcharts.h"
#include "pages/batchform.h"
#include "telemetry/exporters.h"
#include "theme/theme.h"
#include "widgets/flowlayout.h"
#include "widgets/placeholder.h"
#include "widgets/setifnew.h"

#include <QButtonGroup>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLocale>
#include <QMenu>
#include <QProgressBar>
#include <QPushButton>
#include <QScrollArea>
#include <QScrollBar>
#include <QShortcut>
#include <QSplitter>
#include <QTableView>
#include <QTimer>
#include <QToolButton>
#include <QVBoxLayout>

#include <array>

namespace retryscope {
namespace {

constexpr int repaints = 250; ///< ms between two looks at what came
constexpr int promptCharacters = 24; ///< of a prompt that are shown at least

/// Leaves columns out where they would leave no room for the prompt.
class BatchTable final : public QTableView
{
protected:
    void resizeEvent(QResizeEvent *event) override
    {
        fit();
        QTableView::resizeEvent(event);
    }

private:
    void fit()
    {
        static constexpr int leavers[] = {BatchModel::FinishWord, BatchModel::Tokens, BatchModel::FirstToken,
                                          BatchModel::Attempts,   BatchModel::Number, BatchModel::Cost,
                                          BatchModel::Provider};
        int others = 0;
        for (int column = 0; column < BatchModel::ColumnCount; ++column) {
            if (!isColumnHidden(column))
                m_widths[column] = columnWidth(column); // a hidden one has none
            others += column == BatchModel::PromptName ? 0 : m_widths[column];
        }
        const int wide = width() - verticalScrollBar()->sizeHint().width(),
                  prompt = std::max(promptCharacters * fontMetrics().averageCharWidth(), wide / 4);
        for (const int column : leavers) {
            const bool leaves = others + prompt > wide;
            others -= leaves ? m_widths[column] : 0;
            setColumnHidden(column, leaves);
        }
    }

    std::array<int, BatchModel::ColumnCount> m_widths{};
};

QLabel *batchText(const char *name)
{
    auto *label = new QLabel;
    label->setObjectName(QLatin1String(name));
    label->setWordWrap(true);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    return label;
}

} // namespace

BatchPage::BatchPage(const Theme &theme, EngineClient &engine, QWidget *parent)
    : QWidget(parent), m_theme(theme), m_run(engine, m_clock), m_model(new BatchModel(theme, m_run, this)),
      m_form(new BatchForm(theme)), m_charts(new BatchCharts(theme)), m_job(new ExportJob(this)),
      m_start(new QPushButton(tr("Run"))), m_show(new QPushButton(tr("Show in Calls"))), m_export(new QToolButton),
      m_setup(new QToolButton), m_fresh(new QToolButton), m_bar(new QProgressBar), m_about(batchText("batchAbout")),
      m_progress(batchText("batchProgress")),
      m_empty(batchText("batchEmpty")), m_message(batchText("batchMessage")), m_summary(new QWidget),
      m_table(new BatchTable), m_results(new QWidget), m_modes(new QButtonGroup(this)), m_refresh(new QTimer(this))
{
    setAccessibleName(tr("Batch"));
    buildTable();
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(Theme::page, 12, Theme::page, 8);
    column->setSpacing(8);
    column->addLayout(buildHead());
    column->addWidget(buildSplit(), 1);
    m_refresh->setSingleShot(true);
    m_refresh->setInterval(repaints);
    connect(m_refresh, &QTimer::timeout, this, &BatchPage::refresh);
    connect(m_form, &BatchForm::prepared, this, [this] {
        if (std::exchange(m_wanted, false))
            startReady();
        if (!isRunning() && !m_form->plan())
            m_setup->setChecked(true); // what stands in the way is said there
        touch();
    });
    connect(&m_run, &BatchRun::rowBegan, m_model, &BatchModel::onBegan);
    connect(&m_run, &BatchRun::rowChanged, m_model, &BatchModel::onChanged);
    connect(&m_run, &BatchRun::rowEnded, this, [this](int place) {
        m_failed += m_run.rows()[place].outcome == CallOutcome::Failed;
        m_model->onEnded(place);
        touch();
    });
    connect(&m_run, &BatchRun::finished, this, &BatchPage::onFinished);
    connect(m_job, &ExportJob::finished, this, [this](bool, const QString &sentence) {
        m_message->setText(sentence);
        m_message->show();
    });
    connect(&theme, &Theme::changed, this, &BatchPage::touch);
    refresh();
}

void BatchPage::setConfiguration(const Configuration &configuration)
{
    m_configuration = configuration;
    m_form->setConfiguration(configuration);
    m_run.setConfiguration(configuration);
}

void BatchPage::setPrices(const PriceList &prices) { m_form->setPrices(prices); }

void BatchPage::run()
{
    if (isRunning())
        return;
    m_wanted = m_form->isPreparing();
    if (!m_wanted)
        startReady();
}

void BatchPage::startReady()
{
    const auto plan = m_form->plan();
    if (isRunning() || !plan)
        return;
    m_failed = 0;
    m_message->hide();
    m_model->reset();
    m_run.start(*plan, m_configuration, m_form->prices());
    m_form->setEnabled(false);
    m_setup->setChecked(false); // the room is for what comes
    refresh();
    m_start->setFocus(); // what had it is disabled now
}

void BatchPage::stop()
{
    m_wanted = false;
    m_run.stop();
}

void BatchPage::onFinished()
{
    m_form->setEnabled(true);
    if (!m_table->currentIndex().isValid())
        m_model->refresh(); // nobody is looking at a row
    refresh();
}

/// Looks at what came soon, but not for each call.
void BatchPage::touch()
{
    if (!m_refresh->isActive())
        m_refresh->start();
}

void BatchPage::refresh()
{
    const bool running = isRunning(), any = !m_run.rows().isEmpty();
    m_start->setText(running ? tr("Stop") : tr("Run"));
    m_start->setEnabled(running || m_form->isPreparing() || m_form->plan());
    m_export->setEnabled(any && !running && !m_job->isRunning());
    m_bar->setVisible(running);
    m_bar->setRange(0, std::max(1, m_run.planned()));
    m_bar->setValue(m_run.ended());
    m_results->setVisible(any);
    m_empty->setVisible(!any);
    m_progress->setVisible(any);
    m_setup->setVisible(any);
    // who runs it again with the form away still reads what it may cost
    setIfNew(m_about, m_setup->isChecked() || running
                          ? tr("Many prompts at once, through the chain that is in force, up to a ceiling of cost.")
                          : m_form->estimateText());
    if (any) {
        const BatchReport report = m_run.report();
        setIfNew(m_progress, running ? progressText(m_run, m_failed)
                                     : QStringLiteral("%1: %2").arg(report.plan.name, endSentence(report)));
        showSummary(report);
        showModes(report.rows);
        m_charts->show(report.rows);
    } else {
        showEmpty();
    }
    if (running)
        touch(); // the time that is left counts on
}

void BatchPage::showEmpty()
{
    setIfNew(m_empty,
             placeholder(m_theme, tr("Nothing was run yet"),
                         tr("Write prompts at the left, one a line, or take them from a file: JSON Lines, CSV with a "
                            "column \"prompt\", or plain lines. What it may cost stands there before it begins; each "
                            "call becomes a row here.")));
}

void BatchPage::showSummary(const BatchReport &report)
{
    const auto texts = summaryTexts(report);
    while (m_tiles.size() < texts.size()) {
        auto *tile = new QLabel;
        tile->setObjectName(QStringLiteral("batchTile_%1").arg(m_tiles.size()));
        tile->setTextFormat(Qt::RichText);
        tile->setTextInteractionFlags(Qt::TextSelectableByMouse);
        m_summary->layout()->addWidget(tile);
        m_tiles.append(tile);
    }
    for (qsizetype i = 0; i < texts.size(); ++i) {
        const auto &[name, value] = texts[i];
        setIfNew(m_tiles[i], QStringLiteral("<b>%1</b><br><span style='color:%2'>%3</span>")
                                 .arg(value.toHtmlEscaped(), m_theme.muted().name(), name.toHtmlEscaped()));
    }
}

void BatchPage::showModes(const BatchRows &rows)
{
    for (int mode = 0; mode < batchModeCount; ++mode) {
        const qsizetype count = mode == 0 ? rows.size() : rowsOf(rows, BatchMode(mode)).size();
        m_modes->button(mode)->setText(tr("%1 · %L2").arg(toLabel(BatchMode(mode))).arg(count));
    }
    m_fresh->setText(tr("%L1 new: sort").arg(m_model->unsorted()));
    m_fresh->setVisible(m_model->unsorted() > 0);
}

void BatchPage::showCall(const QModelIndex &index)
{
    if (index.isValid())
        emit callRequested(m_model->rowAt(index.row()).call);
}

void BatchPage::save(BatchFileFormat format, const QString &filter)
{
    const QString path = m_choosePath(this, QStringLiteral("batch.") + toKey(format), filter);
    if (path.isEmpty())
        return;
    const BatchTexts texts = m_texts->isChecked() ? BatchTexts::PromptsAndAnswers : BatchTexts::None;
    m_job->start(path, [report = m_run.report(), format, texts, path](const ExportProgress &) {
        return writeFile(encode(report, format, texts), path);
    });
}

} // namespace retryscope
