// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "base/httpheaders.h"

#include <algorithm>

namespace retryscope {

static bool isControl(char c) { return (quint8(c) < 0x20 && c != '\t') || c == 0x7f; }

bool isHeaderToken(QByteArrayView name)
{
    return !name.isEmpty() && std::all_of(name.begin(), name.end(), [](char c) {
        return quint8(c) > 0x20 && quint8(c) < 0x7f && !QByteArrayView("\"(),/:;<=>?@[\\]{}").contains(c);
    });
}

bool hasControls(QByteArrayView value) { return std::any_of(value.begin(), value.end(), isControl); }

QByteArray withoutControls(QByteArray value)
{
    if (hasControls(value))
        std::replace_if(value.begin(), value.end(), isControl, ' ');
    return value;
}

QByteArray headerValue(const HttpHeaders &headers, QByteArrayView name)
{
    for (const auto &[key, value] : headers) {
        if (key.compare(name, Qt::CaseInsensitive) == 0)
            return value;
    }
    return {};
}

} // namespace retryscope
