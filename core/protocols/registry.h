// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "policy/failureclassifier.h"
#include "protocols/provider.h"
#include "transport/transport.h"

#include <QJsonObject>
#include <QStringList>

#include <span>

namespace retryscope {

class Protocol;
class Serving;
struct LimitFamily;

/// One wire format: everything that depends on the protocol and is no code. Paths stand below a provider's base URL.
struct Wire
{
    ProtocolKind kind;
    const char *key;          ///< in the configuration
    const char *label;        ///< shown
    const char *pricedAs;     ///< the key that the price list knows its models by
    const char *tracedAs;     ///< the vendor in OpenTelemetry's words (gen_ai.provider.name); empty: nobody's
    const char *tracedDoing;  ///< what a prompt is there (gen_ai.operation.name)
    const char *requestPath;  ///< where prompts are posted; {model} stands for the model
    const char *streamPath;   ///< where streamed ones are; empty: the same
    const char *streamQuery;
    const char *modelsPath;   ///< GET: the list of models
    const char *keyHeader, *keyPrefix;
    HttpHeaders headers;      ///< of every request
    const char *endMark;      ///< the last event of a stream; empty: it ends with its connection
    const char *baseUrl, *model, *keyVariable; ///< of the vendor whose wire it is; empty: nobody's
    const char *servedPath;   ///< the base URL's path below the first segment, where we serve it ourselves
    Vendor vendor;            ///< whose words errors are in, where the host tells nothing
    std::span<const LimitFamily> limits; ///< the headers that tell its rate limits
    void (*readErrorFields)(const QJsonObject &error,
                            FailureFacts *facts); ///< fields of errors that are its own; none: no such
    void (*readErrorHeaders)(const HttpHeaders &headers, FailureFacts *facts);
    const Protocol *protocol;
    const Serving *serving;
};

/// Every wire; those of vendors first, in the usual order of priority.
std::span<const Wire> wires();
const Wire &wireOf(ProtocolKind kind);
/// None: no wire has this key.
const Wire *wireFromKey(QStringView key);
QStringList wireKeys();
/// The wire that a simulated provider of this name speaks: mistral-2 is one more mistral, any other name is
/// OpenAI-compatible.
const Wire &wireServedAs(QStringView provider);
/// Headers that carry keys on one wire or another, or that are a wire's own; in lower case.
const QStringList &keyHeaders();
const QStringList &wireHeaders();

/// The request for the list of models: costs no tokens, takes the same key.
HttpRequest modelListRequest(const ProviderConfig &provider, const QByteArray &key);

} // namespace retryscope
