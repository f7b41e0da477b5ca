// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QByteArray>
#include <QList>

#include <utility>

namespace retryscope {

/// In order of arrival; a name may come more than once.
using HttpHeaders = QList<std::pair<QByteArray, QByteArray>>;
/// The first one of that name, in any case; null where there is none.
QByteArray headerValue(const HttpHeaders &headers, QByteArrayView name);
/// Letters, digits and what else HTTP has in a name.
bool isHeaderToken(QByteArrayView name);
/// A control character, which may end a line, or the whole head, for whoever reads it.
bool hasControls(QByteArrayView value);
/// The value with a space in place of each.
QByteArray withoutControls(QByteArray value);

} // namespace retryscope
