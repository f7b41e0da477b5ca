// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTableView>

#include <functional>

namespace retryscope {

/// A table whose rows are put into another order by dragging them.
class ProviderTable : public QTableView
{
    Q_OBJECT
public:
    explicit ProviderTable(QWidget *parent = nullptr);
    /// Called with the width of the rows when it changes.
    void setNarrow(std::function<void(int)> narrow) { m_narrow = std::move(narrow); }

signals:
    /// The row is to stand at `place`, both counted from 0 in the order before and after.
    void rowDropped(int row, int place);

protected:
    void dropEvent(QDropEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;

private:
    std::function<void(int)> m_narrow;
};

} // namespace retryscope
