// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/time.h"
#include "policy/failureclassifier.h"

#include <optional>

namespace retryscope {

/// The time limits of one attempt.
struct AttemptTimes
{
    Duration connect{};    ///< until the request leaves
    Duration
        firstToken{}; ///< from then until the first output of a streamed answer, while somebody else could be asked
    Duration idle{};       ///< between two bytes, once an answer is under way or comes whole
    Duration attempt{};    ///< from the start until a streamed answer is under way; for all else until its end
    Duration stream{};     ///< of a streamed answer, from its first output
};

/// A provider's or its model's own limits in place of the policy's; that of the attempt is the policy's matter.
struct OwnTimes
{
    std::optional<Duration> connect, firstToken, idle, stream;
    bool operator==(const OwnTimes &) const = default;
    void applyTo(AttemptTimes *times) const
    {
        times->connect = connect.value_or(times->connect);
        times->firstToken = firstToken.value_or(times->firstToken);
        times->idle = idle.value_or(times->idle);
        times->stream = stream.value_or(times->stream);
    }
};

/// Which time limit ends an attempt, and when. Pure: it is told what happens and is asked at times of its own choosing.
/// Any output of the model puts a streamed answer under way; what only keeps the connection alive does not.
class AttemptLimits
{
public:
    AttemptLimits(const AttemptTimes &times, SteadyTime now) : m_times(times), m_started(now), m_heard(now) {}

    /// The request has left. `streamed`: an answer in pieces was asked for.
    void sent(SteadyTime now, bool streamed)
    {
        m_sent = now;
        m_streamed = streamed;
    }
    /// What comes is no stream: an error, or an answer in one piece. Silence then counts from here on.
    void comesWhole(SteadyTime now)
    {
        m_whole = true;
        m_heard = now;
    }
    /// Bytes came, whatever they say.
    void heard(SteadyTime now) { m_heard = now; }
    /// A streamed answer's first output.
    void underWay(SteadyTime now)
    {
        if (!m_begun)
            m_begun = m_heard = now;
    }
    bool isUnderWay() const { return m_begun.has_value(); }

    /// The limit that has run out. `canMoveOn`: another provider could be asked in place of this one.
    std::optional<TransportFailure> over(SteadyTime now, bool canMoveOn) const;
    /// When to ask again, after `now`.
    SteadyTime next(SteadyTime now) const;

private:
    bool awaitsFirstToken() const { return m_sent && m_streamed && !m_whole; }

    AttemptTimes m_times;
    SteadyTime m_started, m_heard;
    std::optional<SteadyTime> m_sent, m_begun;
    bool m_streamed = false;
    bool m_whole = false;
};

} // namespace retryscope
