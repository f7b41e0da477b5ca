// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/measuredlabel.h"
#include "widgets/textwidth.h"

namespace retryscope {

/// Plain text that wraps where one line does not hold it. What one line holds is not laid out to learn its height, which a
/// layout asks for several times whenever anything on its page changes.
class WrappedLabel : public MeasuredLabel
{
public:
    explicit WrappedLabel(QWidget *parent = nullptr) : MeasuredLabel(parent) { setTextFormat(Qt::PlainText); }
    int heightForWidth(int width) const override
    {
        return lineWidth() <= width ? lineHeight() : MeasuredLabel::heightForWidth(width);
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
