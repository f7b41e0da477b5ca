// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "config/retrypresets.h"

namespace retryscope {
namespace {

RetryConfig seed()
{
    RetryConfig c;
    c.maxAttempts = 4;
    c.attemptsPerProvider = 4;
    c.baseDelay = 1s;
    c.maxDelay = 60s;
    c.jitter = JitterKind::Proportional;
    c.rateLimitDelay = 65s;
    c.deadline = 600s;
    c.serverHintCap = 60s;
    return c;
}

RetryConfig sdk(int retries, Duration base, Duration cap, JitterKind jitter, Duration timeout, Duration hintCap)
{
    RetryConfig c;
    c.maxAttempts = c.attemptsPerProvider = retries + 1;
    c.baseDelay = base;
    c.maxDelay = cap;
    c.jitter = jitter;
    c.attemptTimeout = timeout;
    c.deadline = timeout * (retries + 1) + 120s;
    c.serverHintCap = hintCap;
    return c;
}

RetryConfig googleGenai()
{
    RetryConfig c = sdk(4, 1s, 60s, JitterKind::Proportional, 60s, 60s);
    c.honourServerHints = false;
    return c;
}

RetryConfig mistral()
{
    return sdk(3, 500ms, 60s, JitterKind::Proportional, 300s, 60s);
}

} // namespace

const QVector<RetryPreset> &retryPresets()
{
    static const QVector<RetryPreset> presets{
        {"default", "Retryscope default",
         "Full jitter, server hints obeyed, early failover, one planned deadline.", {}},
        {"seed", "Original handler",
         "3 retries, 1 s doubling to 60 s, 65 s after a rate limit; the cap no longer cuts that wait.", seed()},
        {"openai_sdk", "OpenAI SDK",
         "2 retries, 0.5 s doubling to 8 s, hints up to 60 s; proportional jitter here, x 0.75 to 1 there.",
         sdk(2, 500ms, 8s, JitterKind::Proportional, 600s, 60s)},
        {"anthropic_sdk", "Anthropic SDK",
         "2 retries, 0.5 s doubling to 8 s, any positive hint; here hints up to one hour.",
         sdk(2, 500ms, 8s, JitterKind::Proportional, 600s, 3600s)},
        {"google_genai", "Google Gen AI SDK",
         "5 attempts once retry options are given, 1 s doubling to 60 s, hints ignored.", googleGenai()},
        {"mistral_sdk", "Mistral SDK",
         "Its strategy when switched on, bounded here by attempts because its growth is polynomial.", mistral()},
    };
    return presets;
}

} // namespace retryscope
