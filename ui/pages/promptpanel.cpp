// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/promptpanel.h"

#include "pages/promptpanelparts.h"

#include "base/systemclock.h"
#include "models/aside.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QRegularExpression>
#include <QShortcut>
#include <QTabWidget>
#include <QUuid>
#include <QVBoxLayout>

#include <algorithm>
#include <utility>

namespace retryscope {
namespace {

QStringList tagsIn(const QString &name)
{
    static const QRegularExpression tag(QStringLiteral("#([\\w-]+)"), QRegularExpression::UseUnicodePropertiesOption);
    QStringList tags;
    for (auto it = tag.globalMatch(name); it.hasNext();)
        tags << it.next().captured(1);
    tags.removeDuplicates();
    return tags;
}

} // namespace

QString libraryProblemText(const LibraryProblem &problem, const QString &path)
{
    switch (problem.kind) {
    case LibraryProblem::Kind::NoFolder:
        return PromptPanel::tr("Prompts cannot be saved: this user has no data folder. Set HOME or XDG_DATA_HOME.");
    case LibraryProblem::Kind::Unreadable:
        return PromptPanel::tr("%1 %2, so no prompt can be saved. Correct or move it, and start again.")
            .arg(path, problem.detail);
    case LibraryProblem::Kind::NotALibrary:
        return PromptPanel::tr(
                   "%1 is damaged or no prompt library, so it is left as it is. Correct or move it, and start "
                   "again.")
            .arg(path);
    case LibraryProblem::Kind::Newer:
        return PromptPanel::tr("%1 was written by a newer version, so it is left as it is.").arg(path);
    case LibraryProblem::Kind::NotWritten:
        return PromptPanel::tr("%1 could not be written: %2. What is shown is not saved yet.")
            .arg(path, problem.detail);
    }
    return {};
}

PromptPanel::PromptPanel(const Theme &theme, const QString &path, QWidget *parent)
    : QFrame(parent), m_theme(theme), m_path(path), m_tabs(new QTabWidget), m_note(new QLabel)
{
    m_tabs->setFocusProxy(nullptr); // see BenchAnswer
    m_tabs->setFocusPolicy(Qt::NoFocus);
    setObjectName(QStringLiteral("promptPanel"));
    setAccessibleName(tr("Prompts"));
    m_tabs->setObjectName(QStringLiteral("promptTabs"));
    m_tabs->setDocumentMode(true);
    m_tabs->addTab(buildLibrary(), tr("Library"));
    m_tabs->addTab(buildSession(), tr("History"));
    m_note->setObjectName(QStringLiteral("promptNote"));
    m_note->setWordWrap(true);
    m_note->setTextFormat(Qt::PlainText);
    m_note->setFont(Theme::font(TextRole::Secondary));
    m_note->hide();
    m_undo = promptpanel::button("promptUndo", tr("Undo"));
    m_undo->hide();
    auto *foot = new QHBoxLayout;
    foot->addWidget(m_note, 1);
    foot->addWidget(m_undo, 0, Qt::AlignTop);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(Theme::gap / 2);
    column->addWidget(m_tabs, 1);
    column->addLayout(foot);
    connect(m_undo, &QPushButton::clicked, this, &PromptPanel::undo);
    addKeys();
    updateButtons();
    aside(
        this, [path] { return loadLibrary(path); },
        [this](const Expected<SavedPrompts, LibraryProblem> &library) { loaded(library); });
}

QWidget *PromptPanel::buildLibrary()
{
    auto *page = new QWidget;
    auto *column = new QVBoxLayout(page);
    column->setContentsMargins(0, Theme::gap / 2, 0, 0);
    column->setSpacing(Theme::gap / 2);
    m_search = new QLineEdit;
    m_search->setObjectName(QStringLiteral("promptSearch"));
    m_search->setAccessibleName(tr("Search the prompts"));
    m_search->setPlaceholderText(tr("Search name, #tag or text"));
    m_search->setClearButtonEnabled(true);
    m_library = promptpanel::listOf("promptLibrary", tr("Saved prompts"));
    m_library->setDragDropMode(QAbstractItemView::InternalMove);
    m_library->setEditTriggers(QAbstractItemView::EditKeyPressed);
    m_empty = promptpanel::hint(
        "promptEmpty", tr("Nothing is saved yet. Save keeps the prompt of the composer under a name; #tags in the "
                          "name help to find it."));
    m_save = promptpanel::button("promptSave", tr("Save"));
    m_save->setToolTip(tr("Keeps the prompt of the composer in the library"));
    m_rename = promptpanel::button("promptRename", tr("Rename"));
    m_delete = promptpanel::button("promptDelete", tr("Delete"));
    auto *row = new QHBoxLayout;
    row->setSpacing(Theme::gap / 2);
    for (QPushButton *one : {m_save, m_rename, m_delete})
        row->addWidget(one);
    column->addWidget(m_search);
    column->addWidget(m_empty);
    column->addWidget(m_library, 1);
    column->addLayout(row);
    connect(m_search, &QLineEdit::textChanged, this, &PromptPanel::filter);
    connect(m_library, &QListWidget::itemActivated, this, &PromptPanel::choose);
    connect(m_library, &QListWidget::itemChanged, this, &PromptPanel::renamed);
    connect(m_library, &QListWidget::itemSelectionChanged, this, &PromptPanel::updateButtons);
    connect(m_library->model(), &QAbstractItemModel::rowsMoved, this, &PromptPanel::takeOrder);
    connect(m_save, &QPushButton::clicked, this, &PromptPanel::saveCurrent);
    connect(m_rename, &QPushButton::clicked, this, [this] { m_library->editItem(m_library->currentItem()); });
    connect(m_delete, &QPushButton::clicked, this, &PromptPanel::remove);
    return page;
}

void PromptPanel::addKeys()
{
    const auto key = [this](const QKeySequence &keys, auto act) {
        auto *shortcut = new QShortcut(keys, m_library);
        shortcut->setContext(Qt::WidgetShortcut);
        connect(shortcut, &QShortcut::activated, this, act);
    };
    key(QKeySequence(Qt::Key_Delete), [this] { remove(); });
    key(QKeySequence(Qt::ALT | Qt::Key_Up), [this] { moveBy(-1); });
    key(QKeySequence(Qt::ALT | Qt::Key_Down), [this] { moveBy(1); });
}

void PromptPanel::loaded(const Expected<SavedPrompts, LibraryProblem> &library)
{
    m_ready = bool(library);
    if (library)
        m_prompts = *library;
    else
        say(libraryProblemText(library.error(), m_path));
    showLibrary();
}

void PromptPanel::showLibrary()
{
    m_filling = true;
    m_library->clear();
    for (const SavedPrompt &prompt : std::as_const(m_prompts))
        addRow(prompt);
    m_filling = false;
    filter();
}

void PromptPanel::addRow(const SavedPrompt &prompt)
{
    auto *item = new QListWidgetItem(prompt.name);
    item->setData(promptpanel::idRole, prompt.id);
    item->setFlags((item->flags() | Qt::ItemIsEditable) & ~Qt::ItemIsDropEnabled);
    item->setToolTip(QStringLiteral("<p>%1</p>").arg(prompt.prompt.text.left(400).toHtmlEscaped()));
    m_library->addItem(item);
}

void PromptPanel::filter()
{
    const QString wanted = m_search->text().trimmed();
    for (int row = 0; row < m_library->count(); ++row) {
        QListWidgetItem *item = m_library->item(row);
        const SavedPrompt *prompt = find(item->data(promptpanel::idRole).toString());
        item->setHidden(!wanted.isEmpty() && prompt && !prompt->name.contains(wanted, Qt::CaseInsensitive)
                        && !prompt->prompt.text.contains(wanted, Qt::CaseInsensitive)
                        && !prompt->prompt.system.contains(wanted, Qt::CaseInsensitive));
    }
    // Rows that are not seen must not be moved past by accident.
    m_library->setDragEnabled(wanted.isEmpty());
    m_empty->setVisible(m_prompts.isEmpty());
    m_library->setVisible(!m_prompts.isEmpty());
    updateButtons();
}

void PromptPanel::saveCurrent()
{
    if (!m_current || !m_ready)
        return;
    const Prompt prompt = m_current();
    if (prompt.text.trimmed().isEmpty() && prompt.messages.isEmpty())
        return say(tr("There is no prompt to save. Write one first."));
    if (m_prompts.size() >= mostSavedPrompts)
        return say(tr("The library holds %1 prompts, which is the most. Delete some first.").arg(mostSavedPrompts));
    const SavedPrompt saved{QUuid::createUuid().toString(QUuid::WithoutBraces),
                            promptpanel::firstWords(prompt),
                            {},
                            prompt,
                            SystemClock().wallNow()};
    m_prompts.append(saved);
    m_filling = true;
    addRow(saved);
    m_filling = false;
    m_search->clear();
    filter();
    m_library->setCurrentRow(m_library->count() - 1);
    write();
    say(tr("Saved. Give it a name, or press Return."));
    m_library->setFocus();
    m_library->editItem(m_library->currentItem());
}

void PromptPanel::renamed(QListWidgetItem *item)
{
    SavedPrompt *prompt = m_filling ? nullptr : find(item->data(promptpanel::idRole).toString());
    if (!prompt || prompt->name == item->text())
        return;
    const QString name = item->text().simplified();
    prompt->name = name.isEmpty() ? promptpanel::firstWords(prompt->prompt) : name;
    prompt->tags = tagsIn(prompt->name);
    m_filling = true;
    item->setText(prompt->name);
    m_filling = false;
    write();
}

void PromptPanel::remove()
{
    const QListWidgetItem *item = m_library->currentItem();
    if (!item || !m_ready)
        return;
    const int row = m_library->row(item);
    m_removed = std::pair(qsizetype(row), m_prompts.takeAt(row));
    delete m_library->takeItem(row);
    filter();
    write();
    say(tr("Deleted \"%1\".").arg(m_removed->second.name));
    m_undo->show();
}

void PromptPanel::undo()
{
    if (!m_removed)
        return;
    m_prompts.insert(std::min(m_removed->first, m_prompts.size()), m_removed->second);
    const int row = int(m_removed->first);
    m_removed.reset();
    showLibrary();
    m_library->setCurrentRow(row);
    m_library->setFocus();
    write();
    say({});
}

void PromptPanel::moveBy(int places)
{
    const int row = m_library->currentRow(), to = row + places;
    if (row < 0 || to < 0 || to >= m_library->count() || !m_search->text().trimmed().isEmpty())
        return;
    m_filling = true;
    m_library->insertItem(to, m_library->takeItem(row));
    m_filling = false;
    m_library->setCurrentRow(to);
    takeOrder();
}

/// The order of the rows is the order of the prompts.
void PromptPanel::takeOrder()
{
    SavedPrompts ordered;
    for (int row = 0; row < m_library->count(); ++row) {
        if (const SavedPrompt *prompt = find(m_library->item(row)->data(promptpanel::idRole).toString()))
            ordered.append(*prompt);
    }
    if (ordered.size() != m_prompts.size() || ordered == m_prompts)
        return;
    m_prompts = ordered;
    write();
}

void PromptPanel::choose(const QListWidgetItem *item)
{
    if (const SavedPrompt *prompt = item ? find(item->data(promptpanel::idRole).toString()) : nullptr)
        emit promptChosen(prompt->prompt);
}

/// One write at a time; what changes meanwhile is written after it.
void PromptPanel::write()
{
    if (std::exchange(m_saving, true)) {
        m_dirty = true;
        return;
    }
    m_dirty = false;
    aside(
        this, [prompts = m_prompts, path = m_path] { return saveLibrary(prompts, path); },
        [this](const Expected<bool, LibraryProblem> &saved) {
            m_saving = false;
            if (!saved)
                say(libraryProblemText(saved.error(), m_path));
            if (m_dirty)
                write();
        });
}

void PromptPanel::updateButtons()
{
    const bool one = m_library->currentItem() && m_library->currentItem()->isSelected();
    m_save->setEnabled(m_ready);
    m_rename->setEnabled(m_ready && one);
    m_delete->setEnabled(m_ready && one);
    const auto chosen = m_sessionList->selectedItems().size();
    m_show->setEnabled(chosen == 1);
    m_again->setEnabled(chosen == 1);
    m_compare->setEnabled(chosen == 2);
}

void PromptPanel::say(const QString &sentence)
{
    m_undo->hide();
    m_note->setText(sentence);
    m_note->setVisible(!sentence.isEmpty());
}

SavedPrompt *PromptPanel::find(const QString &id)
{
    const auto at =
        std::find_if(m_prompts.begin(), m_prompts.end(), [&id](const SavedPrompt &p) { return p.id == id; });
    return at == m_prompts.end() ? nullptr : &*at;
}

} // namespace retryscope
