// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QBrush>
#include <QPainter>

namespace retryscope {

/// `over` at `share` of opacity on `under`, as one opaque colour.
QColor mixed(const QColor &over, const QColor &under, double share);

/// Fills rectangles solid or with a pattern over a fainter ground, always opaque and from a tile: Qt spreads translucent
/// and patterned fills higher than some 100 lines over threads, which costs more than the fill.
class ChartFill
{
public:
    ChartFill(const QBrush &brush, const QColor &surface, double pixelRatio);
    void operator()(QPainter &painter, const QRectF &rect) const;

private:
    static constexpr int side = 64;
    QColor m_solid;
    QPixmap m_tile;
};

} // namespace retryscope
