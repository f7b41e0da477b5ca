// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "theme/theme.h"
#include "workbench/benchsession.h"
#include "workbench/promptlibrary.h"

#include <QFrame>

#include <functional>

class QLabel;
class QLineEdit;
class QListWidget;
class QListWidgetItem;
class QPushButton;
class QTabWidget;
class QVBoxLayout;

namespace retryscope {

class AnswerKeeper;

/// Prompts to be used again: those that a person saved under a name (prompts.json), and what was asked, which is kept in
/// memory alone unless it is switched on that it outlives the program. A name may hold #tags; the search finds name, tags
/// and text.
class PromptPanel : public QFrame
{
    Q_OBJECT
public:
    /// `path` of the library; empty: nothing can be saved, which is said.
    PromptPanel(const Theme &theme, const QString &path, QWidget *parent = nullptr);
    /// Where "Save" takes the prompt from.
    void setCurrent(std::function<Prompt()> current) { m_current = std::move(current); }
    void setConfiguration(const Configuration &configuration);
    /// Keeps what is asked over restarts where that is switched on, and shows what was kept; must outlive the panel's use.
    /// Without one there is no switch.
    void setKeeper(AnswerKeeper &keeper);
    /// What was asked, with what came.
    void addToSession(const SessionEntry &entry);
    const SavedPrompts &prompts() const { return m_prompts; }
    const BenchSession &session() const { return m_session; }
    /// Everything that was changed stands in the file.
    bool isSaved() const { return !m_saving && !m_dirty; }

signals:
    void promptChosen(const retryscope::Prompt &prompt);
    void rerunRequested(const retryscope::Prompt &prompt);

private:
    QWidget *buildLibrary();
    QWidget *buildSession();
    void addKeys();
    void loaded(const Expected<SavedPrompts, LibraryProblem> &library);
    void showLibrary();
    void addRow(const SavedPrompt &prompt);
    void filter();
    void saveCurrent();
    void renamed(QListWidgetItem *item);
    void remove();
    void undo();
    void moveBy(int places);
    void takeOrder();
    void choose(const QListWidgetItem *item);
    void write();
    void rerun();
    void compare();
    void showAnswer();
    void showSession();
    void showEmpty();
    void insertEntry(const SessionEntry &entry);
    void updateButtons();
    void say(const QString &sentence);
    SavedPrompt *find(const QString &id);
    QVector<const SessionEntry *> chosenEntries() const;
    QString lineOf(const SessionEntry &entry) const;

    const Theme &m_theme;
    const QString m_path;
    std::function<Prompt()> m_current;
    Configuration m_configuration;
    QHash<ProviderId, QString> m_names;
    AnswerKeeper *m_keeper = nullptr;
    SavedPrompts m_prompts;
    std::optional<std::pair<qsizetype, SavedPrompt>> m_removed; ///< and where it stood
    BenchSession m_session;
    bool m_ready = false;                ///< the library was read, so that it may be written
    bool m_saving = false, m_dirty = false, m_filling = false;
    QTabWidget *m_tabs;
    QLineEdit *m_search;
    QListWidget *m_library, *m_sessionList;
    QLabel *m_empty, *m_sessionEmpty, *m_note;
    QPushButton *m_save, *m_rename, *m_delete, *m_undo, *m_show, *m_again, *m_compare;
    QVBoxLayout *m_sessionColumn;
};

/// The sentence for a person: what is wrong with the library, where, and what to do.
QString libraryProblemText(const LibraryProblem &problem, const QString &path);

} // namespace retryscope
