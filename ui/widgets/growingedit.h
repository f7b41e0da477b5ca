// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractTextDocumentLayout>
#include <QPlainTextEdit>

namespace retryscope {

/// A field of plain text that is as high as what stands in it, between two numbers of lines. Tab leaves it.
class GrowingEdit : public QPlainTextEdit
{
    Q_OBJECT
public:
    GrowingEdit(int least, int most, QWidget *parent = nullptr) : QPlainTextEdit(parent), m_least(least), m_most(most)
    {
        setTabChangesFocus(true);
        setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
        setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
        connect(document()->documentLayout(), &QAbstractTextDocumentLayout::documentSizeChanged, this,
                [this] { fit(); });
        fit();
    }
    QSize sizeHint() const override { return {200, maximumHeight()}; }
    QSize minimumSizeHint() const override { return {80, minimumHeight()}; }

protected:
    void changeEvent(QEvent *event) override
    {
        QPlainTextEdit::changeEvent(event);
        if (event->type() == QEvent::FontChange || event->type() == QEvent::StyleChange)
            fit();
    }

private:
    void fit()
    {
        const int wanted = int(document()->size().height()), lines = std::clamp(wanted, m_least, m_most);
        const int height = lines * fontMetrics().lineSpacing() + int(2 * document()->documentMargin()) + frame;
        setVerticalScrollBarPolicy(wanted > m_most ? Qt::ScrollBarAsNeeded : Qt::ScrollBarAlwaysOff);
        if (height != maximumHeight())
            setFixedHeight(height);
    }
    static constexpr int frame = 10; ///< border and padding, pixels
    const int m_least, m_most;
};

} // namespace retryscope
