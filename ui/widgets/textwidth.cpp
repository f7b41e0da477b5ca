// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/textwidth.h"

#include <QFontMetrics>
#include <QHash>
#include <QStaticText>

#include <algorithm>
#include <vector>

namespace retryscope {
namespace {
constexpr std::size_t mostFonts = 8;
constexpr int mostTexts = 1'000; // of a font; then it begins anew
constexpr int mostShapes = 200;  // which hold glyphs
struct Widths
{
    QFont font;
    QHash<QString, int> known;
    QHash<std::pair<QString, int>, QString> elided; ///< by what was too wide, and for which width
    QHash<QString, QStaticText> shapes;
};

Widths &widthsOf(const QFont &font)
{
    static std::vector<Widths> fonts;
    auto at = std::find_if(fonts.begin(), fonts.end(), [&](const Widths &w) { return w.font == font; });
    if (at == fonts.end()) {
        if (fonts.size() == mostFonts)
            fonts.erase(fonts.begin());
        at = fonts.insert(fonts.end(), {font, {}, {}, {}});
    }
    return *at;
}

/// The value of `key`, found with `find` where it is not known.
template <typename Key, typename Value, typename Find>
Value remembered(QHash<Key, Value> *known, const Key &key, Find find, int most = mostTexts)
{
    const auto at = known->constFind(key);
    if (at != known->cend())
        return *at;
    if (known->size() >= most)
        known->clear();
    return *known->insert(key, find());
}
} // namespace

int textWidth(const QFont &font, const QString &text)
{
    return remembered(&widthsOf(font).known, text, [&] { return QFontMetrics(font).horizontalAdvance(text); });
}

QString elidedText(const QFont &font, const QString &text, int width)
{
    Widths &widths = widthsOf(font);
    const QFontMetrics metrics(font);
    if (remembered(&widths.known, text, [&] { return metrics.horizontalAdvance(text); }) <= width)
        return text;
    return remembered(&widths.elided, std::pair(text, width), [&] {
        const QString shown = metrics.elidedText(text, Qt::ElideRight, width);
        return text.isRightToLeft() ? shown + QChar(0x200F) : shown; // the dots stand where such a text ends: at its left
    });
}

void paintLine(QPainter &painter, const QRectF &area, Qt::Alignment alignment, const QString &words)
{
    if (words.isEmpty())
        return;
    QString text = words;
    text.replace(QLatin1Char('\n'), QLatin1Char(' '));
    const QFont font = painter.font();
    const double wide = textWidth(font, text), high = QFontMetricsF(font).height();
    const double x = alignment & Qt::AlignRight     ? area.right() - wide
                     : alignment & Qt::AlignHCenter ? area.center().x() - wide / 2
                                                    : area.left();
    const double y = alignment & Qt::AlignBottom    ? area.bottom() - high
                     : alignment & Qt::AlignVCenter ? area.center().y() - high / 2
                                                    : area.top();
    const QStaticText shape = remembered(&widthsOf(font).shapes, text, [&] {
        QStaticText fresh(text);
        fresh.setTextFormat(Qt::PlainText);
        fresh.prepare(painter.transform(), font);
        return fresh;
    }, mostShapes);
    painter.drawStaticText(QPointF(x, y), shape);
}

} // namespace retryscope
