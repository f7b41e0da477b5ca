// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/faulttimeline.h"

#include "widgets/clocktext.h"
#include "widgets/valueedit.h"
#include "words/simulationwords.h"

#include <QContextMenuEvent>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QMenu>
#include <QToolTip>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace retryscope {
namespace {

constexpr double gripWidth = 7, leastDrag = 4;
constexpr int newSteps = 12; ///< of the snap: as long is a fault that was not drawn

} // namespace

int FaultTimeline::rowAt(double y) const
{
    for (int row = 0; row + 1 < m_editor.rows(); ++row) {
        if (y < (rowRect(row).bottom() + rowRect(row + 1).top()) / 2)
            return row;
    }
    return m_editor.rows() - 1;
}

/// The one on top where they overlap; of a narrow one the ends can be taken from outside it.
FaultTimeline::Hit FaultTimeline::hitAt(QPointF at) const
{
    const int row = rowAt(at.y());
    Hit hit{{row, -1}, Grip::None};
    double nearest = 1e9;
    for (int i = 0; i < int(m_editor.faults(row).size()); ++i) {
        const QRectF rect = faultRect({row, i});
        const double outside = rect.width() < 3 * gripWidth ? gripWidth : 2;
        if (!rect.adjusted(-outside, -1, outside, 1).contains(at))
            continue;
        const double inside = std::min(gripWidth, rect.width() / 3), off = std::abs(at.x() - rect.center().x());
        if (off >= nearest)
            continue;
        nearest = off;
        hit.ref.number = i;
        hit.grip = at.x() < rect.left() + inside    ? Grip::Start
                   : at.x() > rect.right() - inside ? Grip::End
                                                    : Grip::Whole;
    }
    return hit;
}

Duration FaultTimeline::snapped(Duration at) const
{
    const Duration step = snap();
    return (at + step / 2) / step * step;
}

void FaultTimeline::mousePressEvent(QMouseEvent *event)
{
    if (event->button() != Qt::LeftButton)
        return QWidget::mousePressEvent(event);
    const QPointF at = event->position();
    const Hit hit = hitAt(at);
    m_editor.select(hit.ref);
    if (at.x() < plot().left() || at.y() > plot().bottom())
        return;
    Drag drag{hit.grip, hit.ref, {}, {}, hit.ref.row, at, false};
    if (const FaultSpan *fault = m_editor.fault(hit.ref))
        drag.before = *fault;
    else
        drag.grip = Grip::New;
    drag.now = drag.before;
    m_drag = drag;
    update();
}

void FaultTimeline::mouseMoveEvent(QMouseEvent *event)
{
    if (m_drag && (event->buttons() & Qt::LeftButton))
        return follow(event->position());
    m_hover = hitAt(event->position());
    const bool inPlot = event->position().x() >= plot().left() && event->position().y() <= plot().bottom();
    setCursor(m_hover.grip == Grip::Start || m_hover.grip == Grip::End ? Qt::SizeHorCursor
              : m_hover.grip == Grip::Whole                            ? Qt::SizeAllCursor
              : inPlot                                                 ? Qt::CrossCursor
                                                                       : Qt::ArrowCursor);
}

void FaultTimeline::follow(QPointF at)
{
    Drag &drag = *m_drag;
    drag.moved = drag.moved || (at - drag.pressed).manhattanLength() >= leastDrag;
    if (!drag.moved)
        return;
    const Duration day = m_editor.scenario().length, step = snap();
    const Duration by = timeAt(at.x()) - timeAt(drag.pressed.x());
    FaultSpan now = drag.before;
    const Duration end = now.from + now.length;
    switch (drag.grip) {
    case Grip::New: {
        const Duration a = snapped(timeAt(drag.pressed.x())), b = snapped(timeAt(at.x()));
        now.from = std::min(a, b);
        now.length = std::max(step, std::max(a, b) - now.from);
        break;
    }
    case Grip::Whole:
        now.from = std::clamp(snapped(now.from + by), Duration{}, std::max<Duration>(Duration{}, day - step));
        drag.row = rowAt(at.y());
        break;
    case Grip::Start:
        now.from = std::clamp(snapped(now.from + by), Duration{}, std::max<Duration>(Duration{}, end - step));
        now.length = end - now.from;
        break;
    case Grip::End:
        now.length = std::max<Duration>(step, std::min(snapped(std::min(end, day) + by), day) - now.from);
        break;
    case Grip::None: break;
    }
    drag.now = now;
    update();
}

void FaultTimeline::mouseReleaseEvent(QMouseEvent *event)
{
    if (event->button() == Qt::LeftButton && m_drag)
        finishDrag();
}

void FaultTimeline::finishDrag()
{
    const Drag drag = *m_drag;
    m_drag.reset(); // what follows is not a picture of it
    update();
    if (!drag.moved)
        return;
    if (drag.grip == Grip::New)
        return m_editor.add(drag.row, drag.now);
    m_editor.endStep();
    m_editor.move(drag.ref, drag.row, drag.now);
    m_editor.endStep();
}

void FaultTimeline::mouseDoubleClickEvent(QMouseEvent *event)
{
    const Hit hit = hitAt(event->position());
    m_drag.reset();
    if (hit.ref.isFault())
        emit fieldsRequested();
    else if (event->position().x() >= plot().left())
        addAt(hit.ref.row, snapped(timeAt(event->position().x())));
}

void FaultTimeline::leaveEvent(QEvent *) { m_hover = {}; }

/// Where nothing is yet, as long as there is room.
void FaultTimeline::addAt(int row, Duration from)
{
    const Duration day = m_editor.scenario().length, step = snap();
    FaultSpan fault;
    fault.from = std::min(from, std::max<Duration>(Duration{}, day - step));
    fault.length = std::max<Duration>(step, std::min<Duration>(step * newSteps, day - fault.from));
    m_editor.add(row, fault);
}

/// Through the faults of a row by time, then to the next row.
void FaultTimeline::step(int by)
{
    QVector<FaultRef> stops;
    for (int row = 0; row < m_editor.rows(); ++row) {
        QVector<int> order(m_editor.faults(row).size());
        std::iota(order.begin(), order.end(), 0);
        std::stable_sort(order.begin(), order.end(),
                         [&](int a, int b) { return m_editor.faults(row)[a].from < m_editor.faults(row)[b].from; });
        if (order.isEmpty())
            stops.append(FaultRef{row, -1});
        for (const int i : order)
            stops.append(FaultRef{row, i});
    }
    qsizetype at = stops.indexOf(m_editor.selected());
    if (at < 0) { // a row as a whole: its first fault comes next
        at = std::find_if(stops.begin(), stops.end(), [&](FaultRef s) { return s.row == m_editor.selected().row; })
             - stops.begin();
        by = by > 0 ? 0 : by;
    }
    m_editor.select(stops[std::clamp<qsizetype>(at + by, 0, stops.size() - 1)]);
}

bool FaultTimeline::nudge(int key, Qt::KeyboardModifiers modifiers)
{
    const FaultRef ref = m_editor.selected();
    const FaultSpan *selected = m_editor.fault(ref);
    if (!selected)
        return false;
    FaultSpan fault = *selected;
    const Duration day = m_editor.scenario().length, step = snap(), end = fault.from + fault.length;
    const Duration by = key == Qt::Key_Left ? -step : step;
    if (modifiers & Qt::ShiftModifier) {
        fault.length = std::max<Duration>(step, std::min(std::min(end, day) + by, day) - fault.from);
    } else if (modifiers & Qt::ControlModifier) {
        fault.from = std::clamp(fault.from + by, Duration{}, std::max<Duration>(Duration{}, end - step));
        fault.length = end - fault.from;
    } else {
        fault.from = std::clamp(fault.from + by, Duration{}, std::max<Duration>(Duration{}, day - step));
    }
    m_editor.set(ref, fault);
    return true;
}

void FaultTimeline::keyPressEvent(QKeyEvent *event)
{
    const FaultRef ref = m_editor.selected();
    const Qt::KeyboardModifiers modifiers = event->modifiers();
    switch (event->key()) {
    case Qt::Key_Up:
    case Qt::Key_Down: {
        const int by = event->key() == Qt::Key_Up ? -1 : 1;
        if (!(modifiers & Qt::ControlModifier))
            return step(by);
        if (const FaultSpan *fault = m_editor.fault(ref)) {
            m_editor.endStep();
            m_editor.move(ref, ref.row + by, *fault);
        }
        return;
    }
    case Qt::Key_Left:
    case Qt::Key_Right:
        if (!nudge(event->key(), modifiers))
            step(event->key() == Qt::Key_Left ? -1 : 1);
        return;
    case Qt::Key_Insert:
    case Qt::Key_Plus: {
        const FaultSpan *fault = m_editor.fault(ref);
        return addAt(ref.row, fault ? snapped(fault->from + fault->length) : snapped(m_editor.scenario().length / 4));
    }
    case Qt::Key_Delete:
    case Qt::Key_Backspace: return m_editor.remove(ref);
    case Qt::Key_Return:
    case Qt::Key_Enter:
        if (modifiers & Qt::ControlModifier)
            break; // the page runs
        if (ref.isFault())
            emit fieldsRequested();
        else
            addAt(ref.row, snapped(m_editor.scenario().length / 4));
        return;
    case Qt::Key_Escape:
        if (m_drag) {
            m_drag.reset();
            return update();
        }
        if (!ref.isFault())
            break; // the page stops what runs
        return m_editor.select({ref.row, -1});
    default: break;
    }
    QWidget::keyPressEvent(event);
}

QString FaultTimeline::tipAt(QPointF at) const
{
    const Hit hit = hitAt(at);
    if (const FaultSpan *fault = m_editor.fault(hit.ref))
        return tr("%1\n%2 – %3 (%4)")
            .arg(faultText(*fault), clockText(fault->from), clockText(fault->from + fault->length),
                 readableDuration(fault->length));
    if (at.x() < plot().left())
        return m_rows.value(hit.ref.row).name + QLatin1Char('\n') + habitText(m_editor.scenario().model(hit.ref.row));
    return {};
}

bool FaultTimeline::event(QEvent *event)
{
    if (event->type() == QEvent::ToolTip) {
        const auto *help = static_cast<QHelpEvent *>(event);
        if (const QString tip = tipAt(help->pos()).trimmed(); !tip.isEmpty() && !m_drag)
            QToolTip::showText(help->globalPos(), tip, this);
        else
            QToolTip::hideText();
        return true;
    }
    if (event->type() == QEvent::FocusIn || event->type() == QEvent::FocusOut)
        update();
    if (event->type() == QEvent::FontChange)
        updateGeometry();
    return QWidget::event(event);
}

void FaultTimeline::resizeEvent(QResizeEvent *event)
{
    m_hover = {};
    QWidget::resizeEvent(event);
}

void FaultTimeline::contextMenuEvent(QContextMenuEvent *event)
{
    QPointF at = event->pos();
    if (event->reason() == QContextMenuEvent::Keyboard) {
        const FaultRef ref = m_editor.selected();
        at = ref.isFault() ? faultRect(ref).center() : rowRect(ref.row).center();
    }
    const Hit hit = hitAt(at);
    m_editor.select(hit.ref);
    QMenu menu(this);
    if (const FaultSpan *fault = m_editor.fault(hit.ref)) {
        for (int m = 0; m < faultModeCount; ++m) {
            QAction *action = menu.addAction(label(FaultMode(m)), this, [this, ref = hit.ref, m] {
                FaultSpan changed = *m_editor.fault(ref);
                changed.mode = FaultMode(m);
                m_editor.endStep();
                m_editor.set(ref, changed);
            });
            action->setCheckable(true);
            action->setChecked(fault->mode == FaultMode(m));
        }
        menu.addSeparator();
        menu.addAction(tr("Delete"), this, [this, ref = hit.ref] { m_editor.remove(ref); });
    } else {
        menu.addAction(tr("Add a fault here"), this,
                       [this, row = hit.ref.row, from = snapped(timeAt(at.x()))] { addAt(row, from); });
    }
    menu.exec(mapToGlobal(at.toPoint()));
}

} // namespace retryscope
