// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "theme/theme.h"

#include <QBrush>
#include <QSet>
#include <QWidget>

namespace retryscope {

struct LegendEntry
{
    QBrush brush;
    QString glyph;  ///< drawn in place of the swatch where there is one
    QString label, value;
    QString widest; ///< the longest value expected, so that the row does not jump
};

/// A legend that never elides: entries on one line, or else in columns, each with its value. A click (or Space) shows one entry alone,
/// Ctrl adds another; the arrow keys move.
class ChartLegend : public QWidget
{
    Q_OBJECT
public:
    ChartLegend(const Theme &theme, QWidget *parent);
    void setEntries(const QVector<LegendEntry> &entries);
    const QVector<LegendEntry> &entries() const { return m_entries; }
    /// Off: the entries only explain; no clicks, no focus.
    void setSelectable(bool selectable);
    bool isShown(int entry) const { return m_only.isEmpty() || m_only.contains(entry); }
    void toggle(int entry, bool add);

    QSize minimumSizeHint() const override;

signals:
    void selectionChanged();

protected:
    void paintEvent(QPaintEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void changeEvent(QEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;

private:
    QVector<QRect> places(int width) const;
    void fitHeight();
    int entryWidth(const LegendEntry &entry) const;
    const Theme &m_theme;
    QVector<LegendEntry> m_entries;
    QSet<int> m_only;
    int m_current = 0;
    bool m_selectable = true;
};

} // namespace retryscope
