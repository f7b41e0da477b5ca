// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/expected.h"
#include "http/httpserver.h"

namespace retryscope {

/// An origin as browsers write it: "https://app.example", "http://localhost:3000"; the error says what is none.
Expected<QByteArray, QString> webOrigin(const QString &text);
/// Of a web page that was not served by this machine and is not one of these origins.
bool isForeignPage(const QByteArray &origin, const QByteArrayList &allowed);
/// A browser asks whether a page of such an origin may send a request, which it does without the page's key.
bool isPreflight(const ServedRequest &request, const QByteArrayList &allowed);
void answerPreflight(const ServedRequest &request, const ResponderPtr &responder);
/// Answers that a page of these origins may read, with all of their headers; for any other request the responder itself.
ResponderPtr readableBy(const QByteArrayList &allowed, const ServedRequest &request, const ResponderPtr &responder);

} // namespace retryscope
