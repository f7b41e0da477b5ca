// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHash>
#include <QObject>
#include <QRect>
#include <QSettings>
#include <QVariant>
#include <QVector>

class QHeaderView;
class QSplitter;
class QWidget;

namespace retryscope {

/// How a person left the window: sizes, columns, choices. Apart from the configuration, which is about calls.
///
/// A page that wants its splitter or its columns remembered gives the splitter or the table an object name; `adopt` does
/// the rest, and writes only what a person moved.
class RememberedState : public QObject
{
    Q_OBJECT
public:
    /// Reads and writes `settings`, which must outlive this.
    explicit RememberedState(QSettings &settings, QObject *parent = nullptr);

    QVariant value(const QString &key, const QVariant &fallback = {}) const;
    void setValue(const QString &key, const QVariant &value);

    /// Every splitter and every table header below `root` that can be named; restores them when they are first shown.
    void adopt(QWidget *root);
    void adopt(QSplitter *splitter);
    void adopt(QHeaderView *header, const QString &name);

    /// Geometry and whether it was maximised, under `key`; the window stays inside the screens that are there now.
    void restoreWindow(QWidget *window, const QString &key) const;
    void saveWindow(const QWidget *window, const QString &key);

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    QSettings &m_settings;
    QHash<QObject *, QString> m_waiting; ///< not shown yet, and their keys
};

/// `wanted` as it fits the screens' free areas, all in the same units: on the screen it overlaps most, else on the first;
/// not larger than that, not smaller than `least` where there is room, and whole inside it.
QRect fittedToScreens(const QRect &wanted, const QVector<QRect> &screens, const QSize &least);

} // namespace retryscope
