// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPointer>
#include <QStackedWidget>
#include <QVector>

#include <functional>

namespace retryscope {

/// Pages, each made when it is first wanted: shown, or asked for. Until then an empty widget holds its place, in the order
/// of the pages and in that of the Tab key. A page that is made with a focus proxy begins there;
/// the proxy is taken off it, as it would lead the Tab key past all that comes before.
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
    QVector<QPointer<QWidget>> m_begins; ///< by page; null: wherever it begins by itself
};

} // namespace retryscope
