// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/ids.h"
#include "models/scenarioeditor.h"

#include <QWidget>

#include <optional>

namespace retryscope {

class Theme;

/// Rows of providers over the time of a scenario, with the faults as blocks on them. Dragging over a row draws one; a
/// block is moved by its middle, resized at both ends, and taken to another row. By keys: Up and Down go through rows
/// and faults, Insert adds one, Left and Right move it, with Shift its end and with Ctrl its start, Ctrl+Up and
/// Ctrl+Down take it to another row, Delete deletes it, Esc gives up a drag or the selection. What is dragged becomes
/// one step when it is let go.
class FaultTimeline : public QWidget
{
    Q_OBJECT
public:
    struct Row
    {
        ProviderId id;
        QString name;
        bool operator==(const Row &) const = default;
    };

    FaultTimeline(ScenarioEditor &editor, const Theme &theme, QWidget *parent = nullptr);
    /// What stands before the rows.
    void setRows(const QVector<Row> &rows);

    QRectF rowRect(int row) const;
    /// As far as it can be seen.
    QRectF faultRect(FaultRef ref) const;
    double xOf(Duration at) const;
    Duration timeAt(double x) const;
    /// What is drawn and moved stands at multiples of it.
    Duration snap() const;
    bool isDragging() const { return m_drag.has_value(); }

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

signals:
    /// A person wants to edit the fields of the selected fault.
    void fieldsRequested();

protected:
    void paintEvent(QPaintEvent *event) override;
    bool event(QEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void mouseMoveEvent(QMouseEvent *event) override;
    void mouseReleaseEvent(QMouseEvent *event) override;
    void mouseDoubleClickEvent(QMouseEvent *event) override;
    void leaveEvent(QEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    void contextMenuEvent(QContextMenuEvent *event) override;

private:
    enum class Grip : quint8 { None, Whole, Start, End, New };
    struct Drag
    {
        Grip grip = Grip::None;
        FaultRef ref; ///< New: none yet
        FaultSpan before, now;
        int row = 0;
        QPointF pressed;
        bool moved = false;
    };
    struct Hit
    {
        FaultRef ref;
        Grip grip = Grip::None;
    };

    void arrange();
    void describe();
    QRectF plot() const;
    QRectF blockRect(int row, int track, const FaultSpan &fault) const;
    int rowAt(double y) const;
    Hit hitAt(QPointF at) const;
    Duration snapped(Duration at) const;
    void follow(QPointF at);
    void finishDrag();
    void addAt(int row, Duration from);
    void step(int by);
    bool nudge(int key, Qt::KeyboardModifiers modifiers);
    QString tipAt(QPointF at) const;
    QString faultText(const FaultSpan &fault) const;
    QColor colourOf(FaultMode mode) const;
    void paintRow(QPainter &painter, int row) const;
    void paintAxis(QPainter &painter) const;
    void paintFault(QPainter &painter, const QRectF &rect, const FaultSpan &fault, bool selected) const;
    void paintDrag(QPainter &painter) const;

    ScenarioEditor &m_editor;
    const Theme &m_theme;
    QVector<Row> m_rows;
    QVector<QVector<int>> m_tracks; ///< by row and fault: which of the row's lines it stands on
    QVector<int> m_lines;           ///< by row: how many lines it has
    std::optional<Drag> m_drag;
    Hit m_hover;
};

} // namespace retryscope
