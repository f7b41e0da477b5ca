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

/// `base` with `path` (encoded) added, whatever the base ends with: slashes, the version, or a whole endpoint.
QUrl endpoint(const Wire &wire, const QUrl &base, const QString &path, const QString &query = {});
/// The request without its body: address, key and the wire's headers.
HttpRequest startRequest(const Wire &wire, const ProviderConfig &provider, const ChatRequest &chat,
                         const QByteArray &key);

/// An error inside an answer: an object, or the text alone. False: there is none.
bool readInnerError(const QJsonObject &object, Answer *answer);
/// The object is an error: the answer has failed.
void takeError(const QJsonObject &object, Answer *answer);
/// The choice or candidate that is the answer: number 0, where they are numbered. Empty: none of these.
QJsonObject firstChoice(const QJsonArray &choices);
/// The choices beside that one, each read as if it were an answer of its own and kept by its number; without a number, or
/// with one that is there twice, by the lowest that is free. Numbers above 127 are not kept.
void readOtherChoices(const QJsonArray &choices, Answer *answer,
                      void (*read)(const QJsonObject &choice, Answer *answer));

/// A family of headers that together tell one window.
struct LimitFamily
{
    LimitKind kind;
    bool continuous;
    std::array<std::string_view, 3> names; ///< limit, remaining, reset, in lower case; empty: not sent
};

} // namespace retryscope
