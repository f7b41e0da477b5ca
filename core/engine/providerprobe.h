// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "engine/credentials.h"
#include "engine/masker.h"
#include "protocols/protocol.h"

#include <functional>

namespace retryscope {

struct ProbeResult
{
    Classification classification; ///< reason None: it answered
    int status = 0;
    QString message;
    Duration duration{};
    bool onPurpose = false; ///< it met a fault that a person plays
};

/// Asks a provider for its list of models: costs no tokens, and says that it can be reached and takes the key. It
/// says nothing of quota: a list may come while every answer is refused. Without a key that can be used nothing is sent, and
/// it ends as a refused key does. Dropping it cancels.
class ProviderProbe
{
public:
    ProviderProbe(Clock &clock, Transport &transport, const ProviderConfig &provider,
                  const Expected<Credentials, KeyProblem> &credentials, Duration timeout,
                  std::function<void(const ProbeResult &)> done);

private:
    void finish(const FailureFacts &facts);

    Clock &m_clock;
    SteadyTime m_started;
    Masker m_mask;
    std::function<void(const ProbeResult &)> m_done;
    HttpHead m_head;
    QByteArray m_body;
    TimerHandle m_timer;
    std::unique_ptr<Exchange> m_exchange;
};

} // namespace retryscope
