// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStyledItemDelegate>

namespace retryscope {

class Theme;

/// A value with its interval and, beside or below it, what differs from the first policy; the best of a row is marked.
class ComparisonDelegate : public QStyledItemDelegate
{
    Q_OBJECT
public:
    explicit ComparisonDelegate(const Theme &theme, QObject *parent = nullptr);
    void paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const override;
    QSize sizeHint(const QStyleOptionViewItem &option, const QModelIndex &index) const override;

    /// What a cell needs to stand on one line.
    static int oneLineWidth(const QModelIndex &index);
    static int rowHeight(const QFont &font, int lines);

    /// What is shown is of another question: it fades.
    void setStale(bool stale) { m_stale = stale; }

private:
    void paintDifference(QPainter *painter, const QModelIndex &index, QRect line, bool beside) const;
    static QString toldDifference(const QModelIndex &index);
    const Theme &m_theme;
    bool m_stale = false;
};

} // namespace retryscope
