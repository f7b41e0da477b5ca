// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "charts/batchcharts.h"
#include "pages/batchform.h"
#include "pages/batchpage.h"
#include "theme/theme.h"
#include "widgets/dresstable.h"
#include "widgets/flowlayout.h"

#include <QButtonGroup>
#include <QFrame>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QMenu>
#include <QProgressBar>
#include <QPushButton>
#include <QScrollArea>
#include <QScrollBar>
#include <QShortcut>
#include <QSplitter>
#include <QTableView>
#include <QToolButton>
#include <QVBoxLayout>

namespace retryscope {
namespace {

constexpr int formWidth = 292, tileGap = 16;
constexpr int shownRows = 8; ///< at least; a small window scrolls

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

} // namespace

QWidget *BatchPage::buildSplit()
{
    auto *split = new QSplitter;
    split->setObjectName(QStringLiteral("batchSplit"));
    split->setChildrenCollapsible(false);
    split->addWidget(m_left = buildLeft());
    split->addWidget(buildRight());
    split->setStretchFactor(0, 0);
    split->setStretchFactor(1, 1);
    split->setSizes({formWidth + 2 * Theme::gap, 3 * formWidth});
    return split;
}

QLayout *BatchPage::buildHead()
{
    auto *title = new QLabel(tr("Batch"));
    title->setFont(Theme::font(TextRole::Headline));
    m_about->setForegroundRole(QPalette::PlaceholderText);
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
    text->addWidget(m_about);
    m_setup->setObjectName(QStringLiteral("batchSetup"));
    m_setup->setText(tr("Set-&up"));
    m_setup->setToolTip(tr("Show or hide the prompts and how they are sent"));
    m_setup->setProperty("chip", true);
    m_setup->setCheckable(true);
    m_setup->setChecked(true);
    connect(m_setup, &QToolButton::toggled, this, [this](bool shown) {
        m_left->setVisible(shown);
        m_results->parentWidget()->layout()->setContentsMargins(shown ? Theme::gap : 0, 0, 0, 0);
        refresh();
    });
    row->addLayout(text, 1);
    row->addWidget(m_setup);
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
    dressTable(*m_table);
    setOneLineRows(*m_table, 12);
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
    auto *rows = new QFrame;
    rows->setObjectName(QStringLiteral("card"));
    auto *around = new QVBoxLayout(rows);
    around->setContentsMargins(1, Theme::radius / 2, 1, Theme::radius / 2); // the corners are round
    around->addWidget(m_table);
    pictures->addWidget(rows);
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

} // namespace retryscope
