// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "theme/theme.h"

#include <QStyledItemDelegate>

namespace retryscope {

/// Cells of the event table: a swatch in the reason's colour beside its word, quiet columns muted, found text marked.
class EventDelegate : public QStyledItemDelegate
{
    Q_OBJECT
public:
    explicit EventDelegate(const Theme &theme, QObject *parent = nullptr);
    void setNeedle(const QString &text) { m_needle = text; }
    void paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const override;

protected:
    void initStyleOption(QStyleOptionViewItem *option, const QModelIndex &index) const override;

private:
    const Theme &m_theme;
    QString m_needle;
    QFont m_fixed;
};

} // namespace retryscope
