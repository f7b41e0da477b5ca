// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/protocol.h"
#include "protocols/serving.h"

namespace retryscope {

/// What a program wants by one address, and in whose words.
struct Dialect
{
    ProtocolKind words = ProtocolKind::OpenAi;
    ServedAction action = ServedAction::None; ///< None: nothing that we know; it may be passed on
    QByteArray path;  ///< below the wire's served path, encoded, without the query
    QByteArray query; ///< without a key
    QString model;    ///< that the path names; may be empty
    bool stream = false; ///< the path says so
    bool array = false;  ///< see asksForArray
    QByteArrayList methods; ///< where what the path is for is known: those that it is asked with; empty: any
};

/// What a path means; `query` without its question mark. HEAD means what GET does. By the path's first part where it is a wire's key (/anthropic/v1/messages), else by the path itself, else by headers that
/// only one vendor's clients send. None: no path of any dialect.
std::optional<Dialect> dialectOf(const QByteArray &method, const QByteArray &path, const QByteArray &query,
                                 const HttpHeaders &headers);
/// Google's stream without alt=sse: its answer is one JSON array of what would be events.
bool asksForArray(ProtocolKind words, const QByteArray &path, const QByteArray &query);
/// Requests in these words can be passed on to such a provider as they are.
bool speaks(ProtocolKind provider, ProtocolKind words);
/// The same of a prompt: models that OpenAI serves by its responses alone take no chat completions.
bool takesPrompts(ProtocolKind provider, ProtocolKind words);

/// A request of a program, as it came.
struct PassedRequest
{
    ProtocolKind words = ProtocolKind::OpenAi;
    QByteArray method = "POST";
    QByteArray path, query; ///< as of the Dialect
    HttpHeaders headers;    ///< those that may go on: see mayPass
    QByteArray body;
    QString model;          ///< asked for; empty: it names none
    bool modelInPath = false;
    bool array = false; ///< see asksForArray
};
/// The request as a provider that speaks its words is to have it: at its address, with its key, the model's name there, and
/// what its parameters rename, remove and add; every other byte of the body stays. `model` empty: as asked.
HttpRequest passOn(const ProviderConfig &provider, const PassedRequest &request, const QString &model,
                   const QByteArray &key);
/// Where a program is to send a file to, as this provider of Google's wire named it (X-Goog-Upload-URL), at `origin` instead, such as
/// http://127.0.0.1:4180: it would take the gateway's token to the provider. An address that is none of this provider's stays.
QByteArray uploadHere(const QByteArray &address, const ProviderConfig &provider, const QByteArray &origin);
/// Whether a header of a caller goes on to a provider, or one of a provider's back: not those of one connection, nor keys,
/// cookies, lengths, encodings and our own.
bool mayPass(QByteArrayView header);

/// The list of models, in these words.
QByteArray modelList(ProtocolKind words, const QStringList &models, WallTime now);
/// One of them.
QByteArray modelEntry(ProtocolKind words, const QString &model, WallTime now);

} // namespace retryscope
