// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "theme/theme.h"

#include <QAbstractButton>
#include <QFrame>

class QAction;
class QVBoxLayout;

namespace retryscope {

class SidebarTitle;

/// A page of the window in the sidebar: glyph, word and, where something wants to be seen, a count. Follows an action.
class NavigationButton : public QAbstractButton
{
    Q_OBJECT
public:
    NavigationButton(const Theme &theme, QAction *action, QString icon, QWidget *parent = nullptr);
    /// Zero takes the count away. `meaning` is what a screen reader says of it, such as "2 open".
    void setBadge(int count, const QString &meaning);
    int badge() const { return m_badge; }
    void setCollapsed(bool collapsed);
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return sizeHint(); }

protected:
    void paintEvent(QPaintEvent *event) override;
    void nextCheckState() override {}

private:
    void follow();
    void paintBadge(QPainter &painter) const;
    const Theme &m_theme;
    QAction *m_action;
    QString m_icon, m_meaning;
    int m_badge = 0;
    bool m_collapsed = false;
};

/// The way between the pages, at the window's left; collapses to its glyphs.
class Sidebar : public QFrame
{
    Q_OBJECT
public:
    explicit Sidebar(const Theme &theme, QWidget *parent = nullptr);
    NavigationButton *add(QAction *action, const QString &icon);
    void addRule();
    /// What is added from here on stands at the bottom.
    void addStretch();
    bool isCollapsed() const { return m_collapsed; }
    void setCollapsed(bool collapsed);

signals:
    void collapsedChanged(bool collapsed);

private:
    const Theme &m_theme;
    SidebarTitle *m_title;
    QVBoxLayout *m_column;
    QVector<NavigationButton *> m_buttons;
    bool m_collapsed = false;
};

} // namespace retryscope
