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

} // namespace retryscope
