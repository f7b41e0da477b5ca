// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStackedWidget>
#include <QVector>

#include <functional>

namespace retryscope {

/// Pages, each made when it is first wanted: shown, or asked for. Until then an empty widget holds its place, in the order
/// of the pages and in that of the Tab key. A page that has a focus proxy begins there.
class PageStack : public QStackedWidget
{
    Q_OBJECT
public:
    using Maker = std::function<QWidget *()>;
    /// Adds a page. `make` is called at most once.
    void add(Maker make);
    bool isMade(int page) const { return !m_makers[page]; }
    void make(int page);
    void makeAll();
    /// Makes it where need be.
    void showPage(int page);

signals:
    void made(QWidget *page);

private:
    bool mayTakeFocus() const;

    QVector<Maker> m_makers; ///< by page; empty once it is made
};

} // namespace retryscope
