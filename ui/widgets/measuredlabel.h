// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHash>
#include <QLabel>

namespace retryscope {

/// A label that wraps, and lays its words out once for each width. A QLabel does so each time it is asked, and a layout asks
/// for several times whenever anything in the window changes its size.
class MeasuredLabel : public QLabel
{
public:
    explicit MeasuredLabel(QWidget *parent = nullptr) : QLabel(parent) { setWordWrap(true); }
    int heightForWidth(int width) const override
    {
        if (const Measured now{text(), font(), contentsMargins(), textFormat(), wordWrap()}; now != m_measured) {
            m_measured = now;
            m_heights.clear();
        }
        auto it = m_heights.constFind(width);
        if (it == m_heights.cend())
            it = m_heights.insert(width, QLabel::heightForWidth(width));
        return *it;
    }

private:
    struct Measured
    {
        QString text;
        QFont font;
        QMargins margins;
        Qt::TextFormat format = Qt::AutoText;
        bool wraps = false;
        bool operator==(const Measured &) const = default;
    };
    mutable Measured m_measured;       ///< what `m_heights` are of
    mutable QHash<int, int> m_heights; ///< pixels, by width
};

} // namespace retryscope
