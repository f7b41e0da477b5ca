// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/httpheaders.h"

#include <QUrl>

namespace retryscope {

/// What a transport writes itself: a request has one framing and one host, whatever its headers say.
bool isOwnHeader(const QByteArray &name);
/// Why it cannot be sent at all, as a sentence; empty: it can.
QString requestRefusal(const QByteArray &method, const QUrl &url, const HttpHeaders &headers);
/// What to say of a ca_file that holds no certificate.
QString unreadableCaFile(const QString &file);

} // namespace retryscope
