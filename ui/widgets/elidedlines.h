// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLabel>
#include <QPainter>
#include <QTextLayout>

namespace retryscope {

/// Plain text in a fixed number of lines: it is always so high, whatever it says, so that nothing below it moves. What
/// does not fit ends in "…" and stands whole in the tooltip.
class ElidedLines : public QLabel
{
    Q_OBJECT
public:
    explicit ElidedLines(int lines, QWidget *parent = nullptr) : QLabel(parent), m_lines(lines)
    {
        setTextFormat(Qt::PlainText);
        setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
    }
    QSize minimumSizeHint() const override
    {
        return {fontMetrics().horizontalAdvance(QStringLiteral("MMM…")), sizeHint().height()};
    }
    QSize sizeHint() const override
    {
        return {fontMetrics().horizontalAdvance(text()) + 2, m_lines * fontMetrics().lineSpacing() + 1};
    }
    /// What is painted, a line each.
    QStringList shown() const
    {
        QStringList lines;
        QTextLayout layout(text(), font());
        layout.setTextOption(QTextOption(alignment() & Qt::AlignHorizontal_Mask));
        layout.beginLayout();
        for (QTextLine line = layout.createLine(); line.isValid(); line = layout.createLine()) {
            line.setLineWidth(contentsRect().width());
            if (lines.size() + 1 == m_lines) {
                lines << fontMetrics().elidedText(text().mid(line.textStart()), Qt::ElideRight, contentsRect().width());
                break;
            }
            lines << text().mid(line.textStart(), line.textLength()).trimmed();
        }
        layout.endLayout();
        return lines;
    }

protected:
    void paintEvent(QPaintEvent *) override
    {
        QPainter painter(this);
        painter.setPen(palette().color(foregroundRole()));
        const QStringList lines = shown();
        QRect at = contentsRect();
        at.setHeight(fontMetrics().lineSpacing());
        for (const QString &line : lines) {
            painter.drawText(at, int(alignment() & Qt::AlignHorizontal_Mask) | Qt::AlignVCenter | Qt::TextSingleLine,
                             line);
            at.translate(0, fontMetrics().lineSpacing());
        }
        if (const QString tip = lines.isEmpty() || !lines.last().endsWith(u'…') ? QString() : text(); toolTip() != tip)
            setToolTip(tip);
    }

private:
    const int m_lines;
};

} // namespace retryscope
