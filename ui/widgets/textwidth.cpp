// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/textwidth.h"

#include <QFontMetrics>
#include <QHash>

#include <algorithm>
#include <vector>

namespace retryscope {
namespace {
constexpr std::size_t mostFonts = 8;
constexpr int mostTexts = 1'000; // of a font; then it begins anew
struct Widths { QFont font; QHash<QString, int> known; };
} // namespace

int textWidth(const QFont &font, const QString &text)
{
    static std::vector<Widths> fonts;
    auto at = std::find_if(fonts.begin(), fonts.end(), [&](const Widths &w) { return w.font == font; });
    if (at == fonts.end()) {
        if (fonts.size() == mostFonts)
            fonts.erase(fonts.begin());
        at = fonts.insert(fonts.end(), {font, {}});
    }
    const auto known = at->known.constFind(text);
    if (known != at->known.cend())
        return *known;
    if (at->known.size() >= mostTexts)
        at->known.clear();
    return *at->known.insert(text, QFontMetrics(font).horizontalAdvance(text));
}

QString elidedText(const QFont &font, const QString &text, int width)
{
    return textWidth(font, text) <= width ? text : QFontMetrics(font).elidedText(text, Qt::ElideRight, width);
}

} // namespace retryscope
