// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/callmodel.h"
#include "theme/theme.h"

#include <QStyledItemDelegate>

namespace retryscope {

struct CallRow;
class CallModel;

/// A step of a route as it is painted, or several that had no room of their own.
struct RouteChip
{
    QString text;
    RouteStep::Kind kind = RouteStep::Kind::Asked;
    RetryReason reason = RetryReason::None;
    bool isName = true; ///< and no count of several
};
/// A route in `width` pixels: where there is little room the skipped become one, and names give way before that of the last,
/// which is whose answer it was.
QVector<RouteChip> routeChips(const QVector<RouteStep> &route, const QHash<ProviderId, QString> &names,
                              const QFontMetrics &metrics, int width);
/// That the chips take, with the arrows between them.
int routeWidth(const QVector<RouteChip> &chips, const QFontMetrics &metrics);

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
