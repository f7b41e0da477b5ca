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

namespace retryscope {
namespace {

constexpr int repaints = 250; ///< ms between two looks at what came
constexpr int formWidth = 292, tileGap = 16;
constexpr int shownRows = 8; ///< at least; a small window scrolls

/// Leaves columns out where it has no room for them.
class BatchTable final : public QTableView
{
protected:
    void resizeEvent(QResizeEvent *event) override
    {
        static constexpr std::pair<int, int> needs[] = {{BatchModel::FinishWord, 118}, {BatchModel::Tokens, 108},
                                                        {BatchModel::FirstToken, 96},  {BatchModel::Provider, 78},
                                                        {BatchModel::Cost, 66},        {BatchModel::Attempts, 56},
                                                        {BatchModel::Number, 48}};
        const int wide = width() / std::max(1, fontMetrics().averageCharWidth());
        for (const auto &[column, from] : needs)
            setColumnHidden(column, wide < from);
        QTableView::resizeEvent(event);
    }
};

/// Never narrower than what stands in it: it scrolls up and down alone.
class FormScroll final : public QScrollArea
{
public:
    QSize minimumSizeHint() const override
    {
        const int wide = widget() ? widget()->minimumSizeHint().width() + verticalScrollBar()->sizeHint().width() : 0;
        return {std::max(wide, formWidth), QScrollArea::minimumSizeHint().height()};
    }

protected:
    bool eventFilter(QObject *watched, QEvent *event) override
    {
        if (event->type() == QEvent::LayoutRequest)
            updateGeometry();
        return QScrollArea::eventFilter(watched, event);
    }
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
      m_fresh(new QToolButton), m_bar(new QProgressBar), m_progress(batchText("batchProgress")),
      m_empty(batchText("batchEmpty")), m_message(batchText("batchMessage")), m_summary(new QWidget),
      m_table(new BatchTable), m_results(new QWidget), m_modes(new QButtonGroup(this)), m_refresh(new QTimer(this))
{
    setAccessibleName(tr("Batch"));
    buildTable();
    auto *split = new QSplitter;
    split->setObjectName(QStringLiteral("batchSplit"));
    split->setChildrenCollapsible(false);
    split->addWidget(buildLeft());
    split->addWidget(buildRight());
    split->setStretchFactor(0, 0);
    split->setStretchFactor(1, 1);
    split->setSizes({formWidth + 2 * Theme::gap, 3 * formWidth});
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(16, 12, 16, 8);
    column->setSpacing(8);
    column->addLayout(buildHead());
    column->addWidget(split, 1);
    m_refresh->setSingleShot(true);
    m_refresh->setInterval(repaints);
    connect(m_refresh, &QTimer::timeout, this, &BatchPage::refresh);
    connect(m_form, &BatchForm::prepared, this, [this] {
        if (std::exchange(m_wanted, false))
            startReady();
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

QLayout *BatchPage::buildHead()
{
    auto *title = new QLabel(tr("Batch"));
    title->setFont(Theme::font(TextRole::Headline));
    auto *about = batchText("batchAbout");
    about->setText(tr("Many prompts at once, through the chain that is in force, up to a ceiling of cost."));
    about->setForegroundRole(QPalette::PlaceholderText);
    m_start->setObjectName(QStringLiteral("batchRun"));
    m_start->setProperty("primary", true);
    m_start->setToolTip(tr("Ctrl+Enter"));
    connect(m_start, &QPushButton::clicked, this, [this] { isRunning() ? stop() : run(); });
    for (const auto key : {Qt::Key_Return, Qt::Key_Enter}) {
        auto *shortcut = new QShortcut(QKeySequence(Qt::CTRL | key), this);
        shortcut->setContext(Qt::WidgetWithChildrenShortcut);
        if (key == Qt::Key_Return)
            shortcut->setWhatsThis(tr("Run, or stop"));
        connect(shortcut, &QShortcut::activated, this, [this] { isRunning() ? stop() : run(); });
    }
    m_export->setObjectName(QStringLiteral("batchExport"));
    m_export->setText(tr("Export"));
    m_export->setToolTip(tr("Save a row a call; neither prompts nor answers unless that is ticked"));
    m_export->setPopupMode(QToolButton::InstantPopup);
    m_export->setProperty("chip", true);
    buildExport();
    auto *row = new QHBoxLayout;
    row->setSpacing(10);
    auto *text = new QVBoxLayout;
    text->setSpacing(2);
    text->addWidget(title);
    text->addWidget(about);
    row->addLayout(text, 1);
    row->addWidget(m_start);
    row->addWidget(m_export);
    return row;
}

void BatchPage::buildExport()
{
    auto *menu = new QMenu(m_export);
    const auto kind = [this, menu](const QString &name, BatchFileFormat format, const QString &filter) {
        menu->addAction(name, this, [this, format, filter] { save(format, filter); });
    };
    kind(tr("Save as &CSV …"), BatchFileFormat::Csv, tr("CSV (*.csv)"));
    kind(tr("Save as &JSON …"), BatchFileFormat::Json, tr("JSON (*.json)"));
    kind(tr("Save as &HTML page …"), BatchFileFormat::Html, tr("HTML page (*.html)"));
    menu->addSeparator();
    m_texts = menu->addAction(tr("With &prompts and answers"));
    m_texts->setObjectName(QStringLiteral("batchTexts"));
    m_texts->setCheckable(true);
    m_export->setMenu(menu);
}

QWidget *BatchPage::buildLeft()
{
    auto *inner = new QWidget;
    auto *within = new QVBoxLayout(inner);
    within->setContentsMargins(Theme::gap, Theme::gap, Theme::gap, Theme::gap);
    within->addWidget(m_form);
    within->addStretch();
    auto *scroll = new FormScroll;
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setFocusPolicy(Qt::NoFocus);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setWidget(inner);
    scroll->viewport()->setAutoFillBackground(false);
    inner->setAutoFillBackground(false);
    auto *card = new QWidget;
    card->setObjectName(QStringLiteral("card"));
    auto *column = new QVBoxLayout(card);
    column->setContentsMargins(1, 1, 1, 1);
    column->addWidget(scroll);
    auto *left = new QWidget; // between the card and the handle there is room
    auto *around = new QHBoxLayout(left);
    around->setContentsMargins(0, 0, Theme::gap, 0);
    around->addWidget(card);
    return left;
}

void BatchPage::buildTable()
{
    m_table->setObjectName(QStringLiteral("batchTable"));
    m_table->setAccessibleName(tr("Calls of the batch"));
    m_table->setModel(m_model);
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    m_table->setShowGrid(false);
    m_table->setFrameShape(QFrame::NoFrame);
    m_table->setWordWrap(false);
    m_table->setTabKeyNavigation(false);
    m_table->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_table->verticalHeader()->hide();
    m_table->verticalHeader()->setDefaultSectionSize(fontMetrics().height() + 12);
    m_table->horizontalHeader()->setHighlightSections(false);
    m_table->horizontalHeader()->setSectionResizeMode(BatchModel::PromptName, QHeaderView::Stretch);
    m_table->horizontalHeader()->setSortIndicator(BatchModel::Number, Qt::AscendingOrder);
    m_table->setSortingEnabled(true);
    m_table->horizontalHeader()->setSortIndicatorShown(false); // it would stand on the name; the model says it
    m_table->setMinimumHeight((shownRows + 1) * (fontMetrics().height() + 12));
    const std::pair<int, int> widths[] = {
        {BatchModel::Number, 8},    {BatchModel::Result, 17}, {BatchModel::Provider, 14},
        {BatchModel::Attempts, 10}, {BatchModel::Time, 10},   {BatchModel::FirstToken, 12},
        {BatchModel::Tokens, 13},   {BatchModel::Cost, 12},   {BatchModel::FinishWord, 9}};
    for (const auto &[column, characters] : widths)
        m_table->setColumnWidth(column, characters * fontMetrics().averageCharWidth() + Theme::cellMargins / 2);
    connect(m_table, &QTableView::activated, this, &BatchPage::showCall);
    connect(m_table, &QTableView::doubleClicked, this, &BatchPage::showCall);
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
            [this](const QModelIndex &now) { m_show->setEnabled(now.isValid()); });
    connect(m_model, &QAbstractItemModel::modelReset, this, [this] { m_show->setEnabled(false); });
}

QLayout *BatchPage::buildModes()
{
    auto *row = new FlowLayout(6, nullptr, FlowLayout::LastItem::KeepsRight);
    for (int mode = 0; mode < batchModeCount; ++mode) {
        auto *chip = new QToolButton;
        chip->setObjectName(QStringLiteral("batchMode_") + toKey(BatchMode(mode)));
        chip->setProperty("chip", true);
        chip->setCheckable(true);
        chip->setChecked(mode == 0);
        m_modes->addButton(chip, mode);
        row->addWidget(chip);
    }
    connect(m_modes, &QButtonGroup::idClicked, this, [this](int mode) {
        m_model->setMode(BatchMode(mode));
        refresh();
    });
    m_fresh->setObjectName(QStringLiteral("batchFresh"));
    m_fresh->setProperty("chip", true);
    m_fresh->setToolTip(tr("Rows hold still while it runs; this puts them in order"));
    connect(m_fresh, &QToolButton::clicked, this, [this] {
        m_model->refresh();
        refresh();
    });
    row->addWidget(m_fresh);
    m_show->setObjectName(QStringLiteral("batchShow"));
    m_show->setToolTip(tr("Enter"));
    m_show->setEnabled(false);
    connect(m_show, &QPushButton::clicked, this, [this] { showCall(m_table->currentIndex()); });
    row->addWidget(m_show);
    return row;
}

QWidget *BatchPage::buildRight()
{
    m_bar->setObjectName(QStringLiteral("batchBar"));
    m_bar->setAccessibleName(tr("Calls that have ended"));
    m_bar->setTextVisible(false);
    m_bar->setMaximumHeight(6);
    m_summary->setLayout(new FlowLayout(tileGap));
    m_empty->setTextFormat(Qt::RichText);
    m_empty->setAlignment(Qt::AlignTop | Qt::AlignLeft);
    m_message->setTextFormat(Qt::PlainText);
    m_message->hide();
    auto *pictures = new QSplitter(Qt::Vertical);
    pictures->setObjectName(QStringLiteral("batchPictures"));
    pictures->setChildrenCollapsible(false);
    pictures->addWidget(m_table);
    pictures->addWidget(m_charts);
    pictures->setStretchFactor(0, 3);
    pictures->setStretchFactor(1, 2);
    auto *within = new QVBoxLayout(m_results);
    within->setContentsMargins(0, 0, 0, 0);
    within->setSpacing(8);
    within->addWidget(m_summary);
    within->addLayout(buildModes());
    within->addWidget(pictures, 1);
    connect(m_charts, &BatchCharts::callChosen, this, [this](int place) {
        if (const int row = m_model->rowOf(place); row >= 0)
            m_table->selectRow(row);
    });
    auto *inner = new QWidget;
    auto *column = new QVBoxLayout(inner);
    column->setContentsMargins(Theme::gap, 0, 0, 0);
    column->setSpacing(6);
    column->addWidget(m_progress);
    column->addWidget(m_bar);
    column->addWidget(m_empty);
    column->addWidget(m_results, 1);
    column->addWidget(m_message);
    column->addStretch();
    auto *right = new QScrollArea;
    right->setFrameShape(QFrame::NoFrame);
    right->setWidgetResizable(true);
    right->setFocusPolicy(Qt::NoFocus);
    right->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    right->setWidget(inner);
    return right;
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
