// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDialog>
#include <QVector>

namespace retryscope {

class Theme;

/// A key and what it does, as the program itself knows it.
struct ShortcutRow
{
    QString group, what;
    QStringList keys; ///< as people write them
};

/// Of every action below `window` that has keys, and of every QShortcut that says in `whatsThis` what it does. The group
/// is the menu of an action, the accessible name of a shortcut's page. In the order of the menus.
QVector<ShortcutRow> shortcutsOf(const QWidget *window);

/// The keys, by group. Made from the actions each time, so that it cannot say what is not so.
class ShortcutSheet : public QDialog
{
    Q_OBJECT
public:
    ShortcutSheet(const Theme &theme, const QVector<ShortcutRow> &rows, QWidget *parent);
};

} // namespace retryscope
