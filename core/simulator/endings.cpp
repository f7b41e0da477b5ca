// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "simulator/endings.h"

namespace retryscope {
namespace {

FailureFacts answer(int status, const char *code)
{
    FailureFacts facts;
    facts.status = status;
    if (*code)
        facts.codes = {code};
    return facts;
}

} // namespace

FailureFacts brokenOff(TransportFailure failure)
{
    FailureFacts facts;
    facts.transport = failure;
    return facts;
}

Ending endingFor(RetryReason reason)
{
    FailureFacts broken = answer(200, "");
    switch (reason) {
    case RetryReason::RateLimit: return {answer(429, "rate_limit_exceeded")};
    case RetryReason::TemporaryFailure: return {answer(529, "overloaded_error")};
    case RetryReason::Authentication: return {answer(401, "invalid_api_key")};
    case RetryReason::QuotaExhausted: return {answer(429, "insufficient_quota")};
    case RetryReason::Permission: return {answer(403, "")};
    case RetryReason::ModelUnavailable: return {answer(404, "model_not_found")};
    case RetryReason::InvalidRequest: return {answer(400, "")};
    case RetryReason::ContextLength: return {answer(400, "context_length_exceeded")};
    case RetryReason::ContentFilter: return {answer(400, "content_filter")};
    case RetryReason::Unknown: return {answer(199, "")}; // no rule knows it
    case RetryReason::NetworkTimeout: return {brokenOff(TransportFailure::AttemptTimeout), Delivery::MaybeSent};
    case RetryReason::Network: return {brokenOff(TransportFailure::Refused), Delivery::NotSent};
    case RetryReason::StreamInterrupted: broken.streamCut = true; return {broken};
    case RetryReason::MalformedResponse: broken.malformed = true; return {broken};
    case RetryReason::Cancelled: return {brokenOff(TransportFailure::Cancelled), Delivery::MaybeSent};
    default: return {answer(500, "")};
    }
}

} // namespace retryscope
