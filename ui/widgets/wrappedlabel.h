// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/textwidth.h"

#include <QLabel>

namespace retryscope {

/// Plain text that wraps where one line does not hold it. What one line holds is not laid out to learn its height, which a
/// layout asks for several times whenever anything on its page changes.
class WrappedLabel : public QLabel
{
public:
    explicit WrappedLabel(QWidget *parent = nullptr) : QLabel(parent)
    {
        setTextFormat(Qt::PlainText);
        setWordWrap(true);
    }
    int heightForWidth(int width) const override
    {
        return lineWidth() <= width ? lineHeight() : QLabel::heightForWidth(width);
    }
    QSize sizeHint() const override { return {lineWidth(), lineHeight()}; }
    QSize minimumSizeHint() const override
    {
        return {std::min(lineWidth(), textWidth(font(), QStringLiteral("MMMMMMMM"))), lineHeight()};
    }

private:
    int lineWidth() const { return textWidth(font(), text()) + 2; }
    int lineHeight() const { return fontMetrics().height(); }
};

} // namespace retryscope
