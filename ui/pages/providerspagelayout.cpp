// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/providertablemodel.h"
#include "pages/draftbar.h"
#include "pages/draftchrome.h"
#include "pages/filenotice.h"
#include "pages/mergepanel.h"
#include "pages/providercheckpanel.h"
#include "pages/providerchoice.h"
#include "pages/providerspage.h"
#include "pages/startchoice.h"
#include "widgets/elidedlines.h"
#include "widgets/flowlayout.h"
#include "widgets/providertable.h"

#include <QAction>
#include <QHeaderView>
#include <QLabel>
#include <QPushButton>
#include <QResizeEvent>
#include <QScrollArea>
#include <QShortcut>
#include <QSplitter>
#include <QStackedWidget>
#include <QToolButton>
#include <QVBoxLayout>

namespace retryscope {
namespace {

constexpr int detailsWidth = 300;
/// In characters: how wide a column is, and below which width of the table it goes; 0: never. The name takes what is left.
struct ColumnRow
{
    int column, width, from;
};
constexpr ColumnRow columnRows[] = {{ProviderTableModel::Order, 2, 0},     {ProviderTableModel::Enabled, 3, 0},
                                    {ProviderTableModel::Model, 17, 70},   {ProviderTableModel::Key, 21, 94},
                                    {ProviderTableModel::Check, 15, 0},    {ProviderTableModel::Protocol, 18, 116},
                                    {ProviderTableModel::Address, 34, 153}}; // so that a name keeps 16 characters

} // namespace

ProvidersPage::ProvidersPage(const Theme &theme, ConfigurationDraft &draft, CheckLimits limits, QWidget *parent)
    : QWidget(parent), m_theme(theme), m_draft(draft), m_checks(TransportKind::Qt, limits),
      m_model(new ProviderTableModel(theme, this)), m_table(new ProviderTable),
      m_fields(new ProviderFieldsPanel(theme)), m_check(new ProviderCheckPanel(theme)),
      m_choice(new ProviderChoice(theme)), m_chrome(new DraftChrome(theme, draft, this)), m_body(new QStackedWidget),
      m_right(new QStackedWidget), m_goes(new ElidedLines(2)), m_add(new QPushButton(tr("&Add provider")))
{
    auto *split = new QSplitter;
    split->setObjectName(QStringLiteral("providersSplitter"));
    split->setChildrenCollapsible(false);
    split->setHandleWidth(12);
    split->setStyleSheet(QStringLiteral("QSplitter#providersSplitter::handle{background:transparent}"));
    m_right->addWidget(makeDetails());
    m_right->addWidget(m_choice);
    m_right->setMinimumWidth(detailsWidth);
    split->addWidget(makeList());
    split->addWidget(m_right);
    split->setStretchFactor(0, 3);
    split->setStretchFactor(1, 2);
    split->setSizes({640, 420});
    auto *empty = new StartChoice(theme);
    connect(empty, &StartChoice::simulationRequested, this, &ProvidersPage::simulationRequested);
    connect(empty, &StartChoice::providerRequested, this, &ProvidersPage::addProvider);
    m_body->addWidget(split);
    m_body->addWidget(m_chrome->merge());
    m_body->addWidget(empty);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(Theme::page, 12, Theme::page, 12);
    column->setSpacing(10);
    column->addLayout(makeHead());
    column->addWidget(m_chrome->notice());
    column->addWidget(m_body, 1);
    column->addWidget(m_chrome->bar());
    makeShortcuts();
    connectParts();
    showDraft();
}

/// A field that loses the focus as the window goes has something to say when there is no page any more.
ProvidersPage::~ProvidersPage()
{
    disconnect(m_fields, nullptr, this, nullptr);
}

QLayout *ProvidersPage::makeHead()
{
    auto *title = new QLabel(tr("Providers"));
    title->setFont(Theme::font(TextRole::Headline));
    m_goes->setObjectName(QStringLiteral("callsGo"));
    m_goes->setAccessibleName(tr("Order of calls"));
    m_goes->setProperty("muted", true);
    m_add->setObjectName(QStringLiteral("addProvider"));
    m_add->setProperty("primary", true);
    auto *text = new QVBoxLayout;
    text->setSpacing(2);
    text->addWidget(title);
    text->addWidget(m_goes);
    auto *head = new QHBoxLayout;
    head->setSpacing(8);
    head->addLayout(text, 1);
    QAction *undo = m_undo.createUndoAction(this, tr("Undo")), *redo = m_undo.createRedoAction(this, tr("Redo"));
    undo->setShortcut(QKeySequence::Undo);
    redo->setShortcuts({QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_Z), QKeySequence(Qt::CTRL | Qt::Key_Y)});
    for (const auto &[action, name, label] :
         {std::tuple{undo, "providersUndo", tr("↶ Undo")}, std::tuple{redo, "providersRedo", tr("↷ Redo")}}) {
        action->setShortcutContext(Qt::WindowShortcut); // while the page is seen
        addAction(action);
        auto *button = new QToolButton;
        button->setObjectName(QLatin1String(name));
        button->setText(label);
        button->setEnabled(action->isEnabled());
        button->setAutoRaise(true);
        connect(button, &QToolButton::clicked, action, &QAction::trigger);
        connect(action, &QAction::changed, button, [button, action = action] {
            button->setEnabled(action->isEnabled());
            button->setToolTip(
                QStringLiteral("%1 (%2)").arg(action->text(), action->shortcut().toString(QKeySequence::NativeText)));
        });
        head->addWidget(button, 0, Qt::AlignTop);
    }
    head->addWidget(m_add, 0, Qt::AlignTop);
    return head;
}

QWidget *ProvidersPage::makeList()
{
    m_table->setObjectName(QStringLiteral("providerTable"));
    m_table->setAccessibleName(tr("Providers, in order"));
    m_table->setModel(m_model);
    for (const ColumnRow &row : columnRows)
        m_table->setColumnWidth(row.column, fontMetrics().averageCharWidth() * row.width + Theme::cellMargins);
    m_table->horizontalHeader()->setSectionResizeMode(ProviderTableModel::Name, QHeaderView::Stretch);
    auto *tools = new FlowLayout(6);
    const auto tool = [&](const char *name, const QString &text, const QString &tip, auto slot) {
        auto *button = new QToolButton;
        button->setObjectName(QLatin1String(name));
        button->setText(text);
        button->setToolTip(tip);
        button->setProperty("chip", true);
        connect(button, &QToolButton::clicked, this, slot);
        tools->addWidget(button);
        return button;
    };
    m_up = tool("providerUp", tr("↑ Up"), tr("Asked earlier (Alt+Up)"), [this] { move(-1); });
    m_down = tool("providerDown", tr("↓ Down"), tr("Asked later (Alt+Down)"), [this] { move(1); });
    m_copy = tool("providerCopy", tr("Duplicate"), tr("A copy behind it, disabled (Ctrl+D)"), [this] { duplicate(); });
    m_remove = tool("providerRemove", tr("Remove"), tr("Take it out (Del); can be undone"), [this] { remove(); });
    m_checkAll = tool("providerCheckAll", tr("Check all"),
                      tr("Ask every enabled provider (Shift+F5): two short prompts each; while it runs, stop it"),
                      [this] { checkAll(); });
    auto *card = new QFrame;
    card->setObjectName(QStringLiteral("card"));
    auto *column = new QVBoxLayout(card);
    column->setContentsMargins(1, Theme::radius / 2, 1, 8); // the corners are round
    column->setSpacing(8);
    column->addWidget(m_table, 1);
    auto *foot = new QHBoxLayout;
    foot->setContentsMargins(10, 0, 10, 0);
    foot->addLayout(tools);
    column->addLayout(foot);
    return card;
}

QWidget *ProvidersPage::makeDetails()
{
    auto *card = new QFrame;
    card->setObjectName(QStringLiteral("card"));
    auto *inner = new QVBoxLayout(card);
    inner->setContentsMargins(Theme::inset, 14, Theme::inset, 14);
    inner->addWidget(m_fields);
    auto *content = new QWidget;
    auto *column = new QVBoxLayout(content);
    column->setContentsMargins(0, 0, 8, 0);
    column->setSpacing(Theme::gap);
    column->addWidget(m_check);
    column->addWidget(card);
    column->addStretch(1);
    auto *scroll = new QScrollArea;
    scroll->setObjectName(QStringLiteral("providerDetails"));
    scroll->setAccessibleName(tr("Settings of the provider"));
    scroll->setWidget(content);
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setFocusPolicy(Qt::NoFocus);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    return scroll;
}

void ProvidersPage::makeShortcuts()
{
    const auto add = [this](QWidget *where, const QKeySequence &keys, const QString &what, auto slot) {
        auto *shortcut = new QShortcut(keys, where);
        shortcut->setContext(Qt::WidgetWithChildrenShortcut);
        shortcut->setWhatsThis(what);
        connect(shortcut, &QShortcut::activated, this, slot);
    };
    add(m_table, QKeySequence(Qt::ALT | Qt::Key_Up), tr("Providers: asked earlier"), [this] { move(-1); });
    add(m_table, QKeySequence(Qt::ALT | Qt::Key_Down), tr("Providers: asked later"), [this] { move(1); });
    add(m_table, QKeySequence(Qt::CTRL | Qt::Key_D), tr("Providers: duplicate"), [this] { duplicate(); });
    add(m_table, QKeySequence(Qt::Key_Delete), tr("Providers: take out"), [this] { remove(); });
    add(this, QKeySequence(Qt::CTRL | Qt::Key_N), tr("Providers: add one"), [this] { showChoice(true); });
    add(this, QKeySequence(Qt::Key_F5), tr("Providers: check the chosen one"), [this] { startCheck(selected()); });
    add(this, QKeySequence(Qt::SHIFT | Qt::Key_F5), tr("Providers: check all, or stop it"), [this] { checkAll(); });
}

void ProvidersPage::connectParts()
{
    connect(m_add, &QPushButton::clicked, this, [this] { showChoice(true); });
    connect(m_choice, &ProviderChoice::chosen, this, &ProvidersPage::takePreset);
    connect(m_choice, &ProviderChoice::closed, this, [this] { showChoice(false); });
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this, [this] {
        if (m_showing)
            return;
        ++m_session;
        showDetails();
        showTools();
    });
    connect(static_cast<ProviderTable *>(m_table), &ProviderTable::rowDropped, this, &ProvidersPage::moveTo);
    connect(m_model, &ProviderTableModel::enabledToggled, this, &ProvidersPage::setEnabled, Qt::QueuedConnection);
    connect(m_fields, &ProviderFieldsPanel::edited, this, &ProvidersPage::editField);
    connect(m_fields, &ProviderFieldsPanel::editingFinished, this, &ProvidersPage::finishField);
    connect(m_check, &ProviderCheckPanel::startRequested, this, [this] { startCheck(selected()); });
    connect(m_check, &ProviderCheckPanel::stopRequested, this, [this] { m_checks.stop(selected()); });
    connect(&m_checks, &CheckRunner::changed, this, &ProvidersPage::onReport);
    connect(m_chrome, &DraftChrome::applyRequested, this, &ProvidersPage::apply);
    connect(m_chrome, &DraftChrome::discardRequested, this, &ProvidersPage::discard);
    connect(m_chrome, &DraftChrome::revealRequested, this, &ProvidersPage::reveal);
    connect(m_chrome, &DraftChrome::mergeRequested, this, &ProvidersPage::showMerge);
    connect(&m_draft, &ConfigurationDraft::changed, this, &ProvidersPage::showDraft);
    connect(&m_draft, &ConfigurationDraft::problemChanged, this, &ProvidersPage::showBar);
    connect(&m_theme, &Theme::changed, this, &ProvidersPage::showDraft);
    static_cast<ProviderTable *>(m_table)->setNarrow([this](int width) {
        for (const ColumnRow &row : columnRows)
            m_table->setColumnHidden(row.column, width < row.from * fontMetrics().averageCharWidth());
    });
}

} // namespace retryscope
