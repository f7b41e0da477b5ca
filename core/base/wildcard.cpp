// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "base/wildcard.h"

namespace retryscope {

bool fitsWildcard(QStringView pattern, QStringView text, Qt::CaseSensitivity sensitivity)
{
    const auto same = [sensitivity](QChar a, QChar b) {
        return a == b || (sensitivity == Qt::CaseInsensitive && a.toCaseFolded() == b.toCaseFolded());
    };
    qsizetype p = 0, t = 0, star = -1, mark = 0; // goes back to the last star only
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] != QLatin1Char('*')
            && (pattern[p] == QLatin1Char('?') || same(pattern[p], text[t]))) {
            ++p;
            ++t;
        } else if (p < pattern.size() && pattern[p] == QLatin1Char('*')) {
            star = p++;
            mark = t;
        } else if (star >= 0) {
            p = star + 1;
            t = ++mark;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == QLatin1Char('*'))
        ++p;
    return p == pattern.size();
}

} // namespace retryscope
