// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "base/random.h"
#include "sandbox/sandbox.h"
#include "transport/transport.h"

#include <map>

namespace retryscope {

/// The simulated providers without a socket, on any clock: what the Sandbox answers over HTTP, so that minutes can be played
/// in a moment; a streamed answer comes in events of several words. Takes requests to the Sandbox's own paths (http://HOST/openai/v1/chat/completions, ...). Plays the faults
/// that are answered with an HTTP error; others are as None. Belongs to the clock's thread; must outlive its exchanges.
class InProcessProviders final : public Transport
{
public:
    InProcessProviders(Clock &clock, RandomSource &random, const SandboxOptions &options = {})
        : m_clock(clock), m_random(random), m_options(options)
    {}
    std::unique_ptr<Exchange> start(const HttpRequest &request, ExchangeCallbacks callbacks) override;
    void setFault(const ProviderId &provider, Fault fault) { m_faults[provider] = fault; }

private:
    class Playing;
    Clock &m_clock;
    RandomSource &m_random;
    SandboxOptions m_options;
    std::map<ProviderId, Fault> m_faults;
    int m_served = 0;
};

} // namespace retryscope
