// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/shortcutsheet.h"

#include "theme/theme.h"

#include <QAction>
#include <QDialogButtonBox>
#include <QGridLayout>
#include <QLabel>
#include <QMainWindow>
#include <QMenuBar>
#include <QScrollArea>
#include <QShortcut>
#include <QVBoxLayout>

namespace retryscope {
namespace {

QStringList written(const QList<QKeySequence> &keys)
{
    QStringList all;
    for (const QKeySequence &key : keys)
        all << key.toString(QKeySequence::NativeText);
    all.removeDuplicates();
    return all;
}

QString plain(QString text) { return text.remove(QLatin1Char('&')).remove(QStringLiteral("…")).trimmed(); }

QString pageOf(const QObject *object)
{
    for (const QObject *o = object; o; o = o->parent()) {
        const auto *widget = qobject_cast<const QWidget *>(o);
        if (widget && !widget->isWindow() && !widget->accessibleName().isEmpty())
            return widget->accessibleName();
    }
    return QObject::tr("Elsewhere");
}

void collect(const QMenu *menu, const QString &group, QVector<ShortcutRow> &rows)
{
    for (const QAction *action : menu->actions()) {
        if (action->menu())
            collect(action->menu(), group, rows);
        else if (!action->shortcuts().isEmpty())
            rows.append({group, plain(action->text()), written(action->shortcuts())});
    }
}

QLabel *keyLabel(const Theme &theme, const QString &keys)
{
    auto *label = new QLabel(keys);
    label->setFont(Theme::font(TextRole::Secondary));
    label->setStyleSheet(QStringLiteral("QLabel{background:%1;border:1px solid %2;border-radius:5px;padding:1px 7px}")
                             .arg(theme.alternate().name(), theme.border().name()));
    return label;
}

} // namespace

QVector<ShortcutRow> shortcutsOf(const QWidget *window)
{
    QVector<ShortcutRow> rows;
    if (const auto *bar = window->findChild<QMenuBar *>()) {
        for (const QAction *action : bar->actions()) {
            if (action->menu())
                collect(action->menu(), plain(action->text()), rows);
        }
    }
    for (const QShortcut *shortcut : window->findChildren<QShortcut *>()) {
        if (!shortcut->whatsThis().isEmpty() && !shortcut->key().isEmpty())
            rows.append({pageOf(shortcut->parent()), shortcut->whatsThis(), written({shortcut->key()})});
    }
    return rows;
}

ShortcutSheet::ShortcutSheet(const Theme &theme, const QVector<ShortcutRow> &rows, QWidget *parent) : QDialog(parent)
{
    setObjectName(QStringLiteral("shortcutSheet"));
    setWindowTitle(tr("Keyboard shortcuts"));
    setAttribute(Qt::WA_DeleteOnClose);
    auto *inside = new QWidget;
    auto *grid = new QGridLayout(inside);
    grid->setContentsMargins(0, 0, 12, 0);
    grid->setHorizontalSpacing(24);
    grid->setVerticalSpacing(7);
    grid->setColumnStretch(0, 1);
    QString group;
    for (const ShortcutRow &row : rows) {
        if (row.group != group) {
            group = row.group;
            auto *title = new QLabel(group);
            title->setFont(Theme::font(TextRole::Title));
            title->setContentsMargins(0, grid->rowCount() > 1 ? 12 : 0, 0, 2);
            grid->addWidget(title, grid->rowCount(), 0, 1, 2);
        }
        const int at = grid->rowCount();
        auto *what = new QLabel(row.what);
        what->setObjectName(QStringLiteral("shortcutWhat"));
        grid->addWidget(what, at, 0);
        auto *keys = new QHBoxLayout;
        keys->addStretch();
        for (const QString &key : row.keys)
            keys->addWidget(keyLabel(theme, key));
        grid->addLayout(keys, at, 1);
    }
    auto *scroll = new QScrollArea;
    scroll->setWidget(inside);
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    auto *buttons = new QDialogButtonBox(QDialogButtonBox::Close);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(Theme::inset, Theme::inset, Theme::inset, Theme::gap);
    column->addWidget(scroll, 1);
    column->addWidget(buttons);
    const int em = QFontMetrics(Theme::font(TextRole::Body)).averageCharWidth();
    resize(QSize(em * 72, em * 88).boundedTo(parent ? parent->size() - QSize(60, 60) : QSize(900, 900)));
}

} // namespace retryscope
