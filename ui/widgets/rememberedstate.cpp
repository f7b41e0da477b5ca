// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/rememberedstate.h"

#include <QAbstractScrollArea>
#include <QEvent>
#include <QGuiApplication>
#include <QHeaderView>
#include <QScreen>
#include <QSplitter>
#include <QTableView>
#include <QTreeView>

namespace retryscope {
namespace {

void restore(QObject *object, const QByteArray &state)
{
    if (auto *splitter = qobject_cast<QSplitter *>(object))
        splitter->restoreState(state);
    else if (auto *header = qobject_cast<QHeaderView *>(object))
        header->restoreState(state);
}

} // namespace

RememberedState::RememberedState(QSettings &settings, QObject *parent) : QObject(parent), m_settings(settings) {}

QVariant RememberedState::value(const QString &key, const QVariant &fallback) const
{
    return m_settings.value(key, fallback);
}

void RememberedState::setValue(const QString &key, const QVariant &value)
{
    m_settings.setValue(key, value);
}

void RememberedState::adopt(QWidget *root)
{
    for (QSplitter *splitter : root->findChildren<QSplitter *>())
        adopt(splitter);
    for (QTableView *table : root->findChildren<QTableView *>())
        adopt(table->horizontalHeader(), table->objectName());
    for (QTreeView *tree : root->findChildren<QTreeView *>())
        adopt(tree->header(), tree->objectName());
}

void RememberedState::adopt(QSplitter *splitter)
{
    if (splitter->objectName().isEmpty())
        return;
    const QString key = QStringLiteral("splitters/") + splitter->objectName();
    connect(splitter, &QSplitter::splitterMoved, this, [this, splitter, key] { setValue(key, splitter->saveState()); });
    m_waiting.insert(splitter, key);
    splitter->installEventFilter(this);
}

void RememberedState::adopt(QHeaderView *header, const QString &name)
{
    if (name.isEmpty())
        return;
    const QString key = QStringLiteral("headers/") + name;
    const auto save = [this, header, key] {
        if (QGuiApplication::mouseButtons() != Qt::NoButton) // a person, not the table that makes room
            setValue(key, header->saveState());
    };
    connect(header, &QHeaderView::sectionResized, this, save);
    connect(header, &QHeaderView::sectionMoved, this, save);
    m_waiting.insert(header, key);
    header->installEventFilter(this);
}

/// Pages lay themselves out when they are first shown; what a person wished comes after that.
bool RememberedState::eventFilter(QObject *watched, QEvent *event)
{
    if (event->type() == QEvent::Show && m_waiting.contains(watched)) {
        const QByteArray state = value(m_waiting.take(watched)).toByteArray();
        watched->removeEventFilter(this);
        if (!state.isEmpty())
            QMetaObject::invokeMethod(watched, [watched, state] { restore(watched, state); }, Qt::QueuedConnection);
    }
    return QObject::eventFilter(watched, event);
}

void RememberedState::restoreWindow(QWidget *window, const QString &key) const
{
    const QRect wanted = value(key + QStringLiteral("/geometry")).toRect();
    QVector<QRect> screens;
    for (const QScreen *screen : QGuiApplication::screens())
        screens.append(screen->availableGeometry());
    if (wanted.isValid())
        window->setGeometry(fittedToScreens(wanted, screens, QSize(900, 600)));
    else if (const QScreen *screen = QGuiApplication::primaryScreen()) // nothing kept: at least it fits
        window->resize(window->size().boundedTo(screen->availableGeometry().size()));
    if (value(key + QStringLiteral("/maximised")).toBool())
        window->setWindowState(window->windowState() | Qt::WindowMaximized);
}

void RememberedState::saveWindow(const QWidget *window, const QString &key)
{
    const bool special = window->isMaximized() || window->isFullScreen() || window->isMinimized();
    setValue(key + QStringLiteral("/geometry"), special ? window->normalGeometry() : window->geometry());
    setValue(key + QStringLiteral("/maximised"), window->isMaximized());
}

QRect fittedToScreens(const QRect &wanted, const QVector<QRect> &screens, const QSize &least)
{
    if (screens.isEmpty())
        return wanted;
    const auto common = [&wanted](const QRect &screen) {
        const QRect both = screen.intersected(wanted);
        return both.isEmpty() ? qint64(0) : qint64(both.width()) * both.height();
    };
    QRect home = screens.first();
    for (const QRect &screen : screens) {
        if (common(screen) > common(home))
            home = screen;
    }
    QRect fitted(wanted.topLeft(), wanted.size().expandedTo(least).boundedTo(home.size()));
    if (common(home) == 0) // its screen is gone
        fitted.moveCenter(home.center());
    fitted.moveLeft(std::clamp(fitted.left(), home.left(), home.right() + 1 - fitted.width()));
    fitted.moveTop(std::clamp(fitted.top(), home.top(), home.bottom() + 1 - fitted.height()));
    return fitted;
}

} // namespace retryscope
