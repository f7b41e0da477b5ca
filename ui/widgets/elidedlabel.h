// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/textwidth.h"

#include <QLabel>
#include <QPainter>

namespace retryscope {

/// One line of plain text that gives way: what does not fit ends in "…" and stands whole in the tooltip.
class ElidedLabel : public QLabel
{
    Q_OBJECT
public:
    explicit ElidedLabel(QWidget *parent = nullptr) : QLabel(parent)
    {
        setTextFormat(Qt::PlainText);
        setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    }
    QSize minimumSizeHint() const override
    {
        return {std::min(sizeHint().width(), textWidth(font(), QStringLiteral("MMM…"))), sizeHint().height()};
    }
    QSize sizeHint() const override { return {textWidth(font(), text()) + 2, fontMetrics().height() + 1}; }
    /// What the tooltip tells in place of the whole text.
    void setDetail(const QString &detail)
    {
        m_detail = detail;
        update();
    }
    /// What is painted.
    QString shown() const { return elidedText(font(), text(), contentsRect().width()); }

protected:
    void paintEvent(QPaintEvent *) override
    {
        QPainter painter(this);
        painter.setPen(palette().color(foregroundRole()));
        const QString visible = shown();
        paintLine(painter, contentsRect(), (alignment() & Qt::AlignHorizontal_Mask) | Qt::AlignVCenter, visible);
        const QString whole = visible == text() ? QString() : text();
        if (const QString tip = m_detail.isEmpty() ? whole : m_detail; toolTip() != tip)
            setToolTip(tip);
    }

private:
    QString m_detail;
};

} // namespace retryscope
