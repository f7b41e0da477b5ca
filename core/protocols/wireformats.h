// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "policy/ratelimits.h"
#include "protocols/protocol.h"
#include "protocols/registry.h"

#include <QJsonArray>

#include <array>
#include <string_view>

namespace retryscope {

// What the wires' folders share; nobody else needs it.

/// `base` with `path` (encoded) added, whatever slashes the base ends with.
QUrl endpoint(const QUrl &base, const QString &path, const QString &query = {});
/// The request without its body: address, key and the wire's headers.
HttpRequest startRequest(const Wire &wire, const ProviderConfig &provider, const Prompt &prompt, const QByteArray &key);

QByteArray toBody(const QJsonObject &object);

/// An error inside an answer: an object, or the text alone. False: there is none.
bool readInnerError(const QJsonObject &object, Answer *answer);
/// The object is an error: the answer has failed.
void takeError(const QJsonObject &object, Answer *answer);
/// The choice or candidate that is the answer: number 0, where they are numbered. Empty: none of these.
QJsonObject firstChoice(const QJsonArray &choices);

/// A family of headers that together tell one window.
struct LimitFamily
{
    LimitKind kind;
    bool continuous;
    std::array<std::string_view, 3> names; ///< limit, remaining, reset, in lower case; empty: not sent
};

} // namespace retryscope
