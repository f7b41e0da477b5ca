// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/time.h"
#include "policy/retryreason.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace retryscope {

/// What ended an exchange below HTTP, as the runner knows it (Qt reports a timeout as a cancellation).
enum class TransportFailure : std::uint8_t {
    None, Refused, HostNotFound, Tls, Reset, NotHttp, BadUrl, TooLarge,
    ConnectTimeout, AttemptTimeout, FirstTokenTimeout, IdleTimeout, StreamTimeout, Cancelled,
    Certificate, WrongScheme, Proxy, HeadTooLarge,
};

/// Who answers, where an error's words mean something only there.
enum class Vendor : std::uint8_t {
    Unknown, OpenAi, Azure, Anthropic, Google, Mistral, OpenRouter, Groq, DeepSeek, Xai, Cerebras, Ollama
};

/// What is known about a failed attempt, free of any protocol. Texts are UTF-8.
struct FailureFacts
{
    TransportFailure transport = TransportFailure::None;
    int status = 0;                     ///< 0: no response head came
    std::vector<std::string> codes;     ///< every code, type, status and reason field of the body, in that order
    std::string message;                ///< the provider's own text; looked at last
    std::optional<bool> shouldRetry;    ///< x-should-retry
    std::optional<Duration> hint;       ///< how long the server asks to wait
    bool streamCut = false;             ///< ended without the protocol's end mark
    bool silent = false;                ///< and without one byte, or stalled: asked again, it would be silent again
    bool malformed = false;             ///< could not be decoded
    bool empty = false;                 ///< a whole answer without content
    WallTime wall{}; ///< when it ended, for quotas that come back at a calendar time; zero: not known
    Vendor vendor = Vendor::Unknown;    ///< Unknown: every vendor's words are tried
    bool html = false;                  ///< the body is a page, not an answer
    bool zeroLimit = false;             ///< the limit itself is 0: this model is not on this plan
    bool overLimit = false;             ///< the request alone asks for more than the limit allows
    bool relayed = false;               ///< told of an upstream provider, whose codes are among `codes`
    std::optional<WallTime> resetsAt;   ///< when the body says that the limit comes back
    std::string host;                   ///< of the provider's base URL, for a person's own rules
};

/// What a failure means. `rule` names the row that decided.
struct Classification
{
    RetryReason reason = RetryReason::None;
    Scope scope = Scope::Request;
    bool retryHere = false;
    bool failoverHelps = false;
    HealthSignal health = HealthSignal::Success;
    std::optional<Duration> hint; ///< how long the server, or its documentation for this error, asks to wait; never 0
    std::optional<Duration> blockFor; ///< how long `scope` is known to be unusable (used-up quota); none: not known
    int retryLimit = 0;               ///< at most this many retries for it on one provider; 0: no limit of its own
    bool awayFirst = false; ///< it ended without one byte, or stalled: asked again here only where nobody else can be
    std::string_view rule;  ///< static text such as "openai:insufficient_quota", "status:429", "transport:refused"
};

/// Code fields first, then the words of unknown codes, x-should-retry, status, transport; text last and never digits in
/// it. A message that says that money or credit is gone is believed before a general code. Pure, any thread;
/// allocates nothing.
Classification classify(const FailureFacts &facts);
/// A wait of minutes is no pause between two tries: what it concerns is shut until then.
void shutForLongWait(Classification *c);

} // namespace retryscope
