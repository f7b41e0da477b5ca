// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "theme/theme.h"

#include <QFrame>
#include <QPointer>

#include <functional>

class QLineEdit;
class QLabel;
class QListView;
class QStandardItemModel;

namespace retryscope {

/// Something that can be done by its name.
struct Command
{
    QString title;  ///< "Isolate OpenAI"
    QString group;  ///< "Providers"
    QString keys;   ///< its shortcut as people write it; may be empty
    QString icon;   ///< of resources/icons; may be empty
    std::function<void()> run;
};
using Commands = QVector<Command>;

/// Everything that can be done, found by typing a few of its letters. Keys: letters, Up, Down, Enter, Escape.
class CommandPalette : public QFrame
{
    Q_OBJECT
public:
    /// `commands` is asked each time it opens.
    CommandPalette(const Theme &theme, std::function<Commands()> commands, QWidget *window);
    void open();
    /// Gives the focus back to where it was.
    void dismiss();
    /// The titles that fit what is typed, best first.
    QStringList titles() const;

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    void filter(const QString &typed);
    void step(int by);
    void run(int row);
    void arrange();

    const Theme &m_theme;
    std::function<Commands()> m_source;
    Commands m_commands;
    QLineEdit *m_edit;
    QListView *m_list;
    QStandardItemModel *m_model;
    QLabel *m_none;
    QPointer<QWidget> m_before;
};

} // namespace retryscope
