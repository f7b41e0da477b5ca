// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "charts/chartlegend.h"
#include "charts/charttable.h"
#include "models/chartselection.h"
#include "theme/theme.h"

class QHBoxLayout;
class QLabel;
class QMenu;
class QStackedLayout;
class QTableView;
class QToolButton;
class QVBoxLayout;

namespace retryscope {

class ElidedLabel;

/// The one frame of all pictures on the dashboard: title, a number in words, a table in place of the picture, a menu, a
/// legend below. What is in it is the subclass's.
class ChartCard : public QWidget
{
    Q_OBJECT
public:
    ChartCard(const QString &title, const Theme &theme, QWidget *parent);

    void setTableVisible(bool visible);
    bool isTableVisible() const;
    /// Without buttons, for a screen across the room.
    void setQuiet(bool quiet);
    virtual ChartTable table() const = 0;
    /// The picture in words, for a screen reader or a chat.
    virtual QString summary() const = 0;
    ChartLegend *legend() const { return m_legend; }
    QWidget *picture() const { return m_picture; }

signals:
    void eventsRequested(const retryscope::ChartSelection &query);

protected:
    /// What the table takes the place of. It takes the focus and has the menu.
    void setPicture(QWidget *picture);
    QString name() const { return m_name; }
    void setStat(const QString &text);
    /// Right of the title, before the table button.
    void addToHead(QWidget *widget);
    /// After the numbers changed.
    void refreshTable();
    /// What a row of the table asks for; none: nothing.
    virtual std::optional<ChartSelection> queryOfRow(int row) const { Q_UNUSED(row) return std::nullopt; }
    virtual void addToMenu(QMenu *menu) { Q_UNUSED(menu) }
    virtual void restyle();
    void changeEvent(QEvent *event) override;

    const Theme &m_theme;

private:
    void showMenu(const QPoint &at);
    QString m_name;
    QVBoxLayout *m_column;
    QHBoxLayout *m_head;
    ElidedLabel *m_title, *m_stat;
    QToolButton *m_tableButton;
    QStackedLayout *m_stack;
    QWidget *m_picture = nullptr;
    QTableView *m_tableView = nullptr;
    ChartTableModel *m_tableModel;
    ChartLegend *m_legend;
};

} // namespace retryscope
