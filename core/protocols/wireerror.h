// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/protocol.h"

namespace retryscope {

/// A failure, before it is told in a wire's words.
///
/// | reason                           | status                 | class of OpenAI's and Anthropic's SDK                |
/// | rate_limit                       | 429                    | RateLimitError                                       |
/// | quota_exhausted                  | OpenAI 429, others 402 | RateLimitError, PaymentRequiredError; not repeated   |
/// | temporary_failure                | 503, Anthropic 529     | InternalServerError, OverloadedError                 |
/// | server_error, unknown            | 500                    | InternalServerError                                  |
/// | network, stream_interrupted,     | 502                    | InternalServerError                                  |
/// | malformed_response               |                        |                                                      |
/// | network_timeout                  | 504                    | InternalServerError, GatewayTimeoutError             |
/// | authentication                   | 401                    | AuthenticationError                                  |
/// | permission                       | 403                    | PermissionDeniedError                                |
/// | model_unavailable                | 404                    | NotFoundError                                        |
/// | invalid_request, context_length, | 400                    | BadRequestError                                      |
/// | content_filter                   |                        |                                                      |
/// | cancelled                        | 499                    | APIError, ClientClosedRequestError                   |
/// Google's SDK has an ApiError with the status, Mistral's an SDKError, and in a stream an error of its decoder.
///
/// Read again here it has the same reason, but for what stands behind a server and is its own failure for a caller:
/// unknown, network, network_timeout, stream_interrupted and malformed_response are server_error; cancelled is
/// temporary_failure on Google's wire (its own CANCELLED) and invalid_request elsewhere, in a stream server_error.
struct WireError
{
    RetryReason reason = RetryReason::Unknown;
    int status = 0;  ///< 0: from the reason
    QString message; ///< a sentence for the caller. Anthropic, Google and Mistral know a prompt that is too long by
                     ///< their own words only, which are put before it
    QString param;   ///< the field at fault, as a path of the caller's body; may be empty
    QByteArray requestId;               ///< empty: none is told
    std::optional<Duration> retryAfter; ///< written as Retry-After, and where the vendor has a place for it in the body
};

struct WrittenError
{
    int status = 0;
    HttpHeaders
        headers; ///< type, request id where the vendor has one, Retry-After; where a repeat is of no use, its word
    QByteArray body;
};

/// With the status, type and code that the vendor's official SDK turns into the right class.
WrittenError writeError(ProtocolKind kind, const WireError &error);
/// As one event of a running stream, at which the official SDK raises an error. Nothing may follow it.
QByteArray writeErrorEvent(ProtocolKind kind, const WireError &error);

} // namespace retryscope
