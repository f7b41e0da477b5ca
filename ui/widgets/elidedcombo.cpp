// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/elidedcombo.h"

#include "words/isolatedname.h"

#include <QAbstractItemView>
#include <QHelpEvent>
#include <QScreen>
#include <QScrollBar>
#include <QStyleOptionComboBox>
#include <QStylePainter>
#include <QToolTip>

#include <algorithm>

namespace retryscope {
namespace {

constexpr int besideChoice = 4; ///< the style keeps so many pixels free beside the text
constexpr int roundItems = 28;  ///< and the list round its items

} // namespace

QString elidedEitherWay(const QFontMetrics &metrics, const QString &text, int width)
{
    QString shown = metrics.elidedText(text, Qt::ElideRight, width);
    if (shown.size() > 1 && shown != text && isFromTheRight(shown[shown.size() - 2]))
        shown += QChar(0x200f); // or it would stand beside the beginning
    return shown;
}

QString ElidedCombo::shown() const
{
    QStyleOptionComboBox option;
    initStyleOption(&option);
    const QRect field = style()->subControlRect(QStyle::CC_ComboBox, &option, QStyle::SC_ComboBoxEditField, this);
    return elidedEitherWay(fontMetrics(), currentText(), field.width() - besideChoice);
}

QString ElidedCombo::told() const
{
    QStringList lines;
    if (!isEditable() && shown() != currentText())
        lines << currentText();
    if (!toolTip().isEmpty())
        lines << toolTip();
    return lines.join(QLatin1Char('\n'));
}

void ElidedCombo::showPopup()
{
    const int free = screen() ? screen()->availableGeometry().width() : 0;
    const int wanted = view()->sizeHintForColumn(0) + view()->verticalScrollBar()->sizeHint().width() + roundItems;
    view()->setMinimumWidth(std::clamp(wanted, 0, std::max(0, free)));
    QComboBox::showPopup();
}

void ElidedCombo::paintEvent(QPaintEvent *event)
{
    if (isEditable())
        return QComboBox::paintEvent(event);
    QStylePainter painter(this);
    painter.setPen(palette().color(QPalette::Text));
    QStyleOptionComboBox option;
    initStyleOption(&option);
    painter.drawComplexControl(QStyle::CC_ComboBox, option);
    if (currentIndex() < 0 && !placeholderText().isEmpty())
        option.currentText = placeholderText();
    else
        option.currentText = shown();
    painter.drawControl(QStyle::CE_ComboBoxLabel, option);
}

bool ElidedCombo::event(QEvent *event)
{
    if (event->type() != QEvent::ToolTip)
        return QComboBox::event(event);
    QToolTip::showText(static_cast<QHelpEvent *>(event)->globalPos(), told(), this);
    return true;
}

} // namespace retryscope
