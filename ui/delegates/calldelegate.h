// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "theme/theme.h"

#include <QStyledItemDelegate>

namespace retryscope {

struct CallRow;
struct RouteStep;
class CallModel;

/// Cells of the calls: the route as chips (skipped: dashed and struck; asked; failed; answered), a swatch in the reason's
/// colour beside its word, numbers that line up, found text marked.
class CallDelegate : public QStyledItemDelegate
{
    Q_OBJECT
public:
    explicit CallDelegate(const Theme &theme, QObject *parent = nullptr);
    void setNeedle(const QString &text) { m_needle = text; }
    void paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const override;
    QSize sizeHint(const QStyleOptionViewItem &option, const QModelIndex &index) const override;

protected:
    void initStyleOption(QStyleOptionViewItem *option, const QModelIndex &index) const override;

private:
    void paintRoute(QPainter *painter, const QStyleOptionViewItem &option, const CallModel &model,
                    const CallRow &row) const;
    QColor outcomeColor(const CallRow &row) const;
    QIcon swatch(const QStyleOptionViewItem &option, RetryReason reason) const;
    const Theme &m_theme;
    QString m_needle;
};

} // namespace retryscope
