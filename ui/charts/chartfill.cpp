// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "charts/chartfill.h"

namespace retryscope {
namespace {
constexpr double ground = 0.35;
}

QColor mixed(const QColor &over, const QColor &under, double share)
{
    const auto part = [share](int a, int b) { return int(a * share + b * (1.0 - share) + 0.5); };
    return {part(over.red(), under.red()), part(over.green(), under.green()), part(over.blue(), under.blue())};
}

ChartFill::ChartFill(const QBrush &brush, const QColor &surface, double pixelRatio) : m_solid(brush.color())
{
    if (brush.style() == Qt::SolidPattern)
        return;
    m_tile = QPixmap(int(side * pixelRatio), int(side * pixelRatio));
    m_tile.setDevicePixelRatio(pixelRatio);
    m_tile.fill(mixed(brush.color(), surface, ground));
    QPainter(&m_tile).fillRect(QRect(0, 0, side, side), brush);
}

void ChartFill::operator()(QPainter &painter, const QRectF &rect) const
{
    if (m_tile.isNull()) {
        painter.fillRect(rect, m_solid);
        return;
    }
    const double ratio = m_tile.devicePixelRatio();
    for (double y = rect.top(); y < rect.bottom(); y += side) {
        for (double x = rect.left(); x < rect.right(); x += side) {
            const QSizeF size(std::min<double>(side, rect.right() - x), std::min<double>(side, rect.bottom() - y));
            painter.drawPixmap(QRectF(QPointF(x, y), size), m_tile, QRectF(QPointF(0, 0), size * ratio));
        }
    }
}

} // namespace retryscope
