// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "base/ids.h"
#include "base/random.h"
#include "transport/transport.h"

#include <QMetaType>
#include <QVector>

#include <map>

namespace retryscope {

/// What a fault on purpose does to an exchange.
enum class PlayedFault : quint8 {
    RateLimit,     ///< 429 with a Retry-After
    ServerError,   ///< 500
    Unavailable,   ///< 503 with a Retry-After
    Overloaded,    ///< 529
    Refused,       ///< nobody takes the connection
    CutStream,     ///< an answer begins, and its connection breaks
    SlowFirstByte, ///< nothing comes for a while, then the provider is asked after all
    Hang,          ///< the request is taken, and nothing comes
    Malformed,     ///< an answer that is no answer of the wire's
};
/// One row of the table of them: `key` on the command line and in what is kept.
struct PlayedFaultTraits { PlayedFault fault; const char *key; };
const QVector<PlayedFaultTraits> &playedFaultTable();
QString toKey(PlayedFault fault);
std::optional<PlayedFault> playedFaultFromKey(QStringView key);

/// | field   | what                                        | default | range        |
/// | fault   | what is done                                |         |              |
/// | share   | of the exchanges that meet it               | 1       | 0..1         |
/// | lasting | how long it is on; nothing is without an end | 5 min  | 1 s to 1 day |
/// | delay   | SlowFirstByte: how long nothing comes       | 20 s    | 0 or more    |
struct FaultPlan
{
    PlayedFault fault = PlayedFault::ServerError;
    double share = 1.0;
    Duration lasting = 5min;
    Duration delay = 20s;
    bool operator==(const FaultPlan &) const = default;
};

/// A fault that is on.
struct StandingFault
{
    ProviderId provider;
    FaultPlan plan;
    WallTime until{};
    bool operator==(const StandingFault &) const = default;
};
using StandingFaults = QVector<StandingFault>; ///< in order of the providers' names

/// A finished answer that stands for the provider's.
struct FaultAnswer
{
    int status = 200;
    HttpHeaders headers;
    QByteArray body; ///< CutStream: as far as it comes
};

/// Stands before a transport and answers, for chosen providers and for a time, in their place: what a caller does about it is
/// real, and nobody is asked. An exchange knows its provider by HttpRequest::provider and tells by isOnPurpose() that it
/// was one of these. What is not chosen passes through untouched. Lives on the clock's thread; must outlive its exchanges.
class FaultTransport final : public Transport
{
public:
    /// The answer in the words of the request's provider; asked for none of Refused, SlowFirstByte and Hang.
    using Answers = std::function<FaultAnswer(PlayedFault, const HttpRequest &)>;

    FaultTransport(Transport &inner, Clock &clock, RandomSource &random, Answers answers)
        : m_inner(inner), m_clock(clock), m_random(random), m_answers(std::move(answers))
    {}
    [[nodiscard]] std::unique_ptr<Exchange> start(const HttpRequest &request, ExchangeCallbacks callbacks) override;

    /// For exchanges that start from now on; in place of what is on for the provider.
    void play(const ProviderId &provider, const FaultPlan &plan);
    void stop();
    StandingFaults standing() const;
    /// Called whenever what stands has changed, also because its time was over.
    void watch(std::function<void()> changed) { m_changed = std::move(changed); }

private:
    class Played;
    struct Row
    {
        FaultPlan plan;
        SteadyTime end;
        WallTime until;
    };
    void expire();
    void arm();

    Transport &m_inner;
    Clock &m_clock;
    RandomSource &m_random;
    Answers m_answers;
    std::map<ProviderId, Row> m_rows;
    std::function<void()> m_changed;
    TimerHandle m_timer; ///< until the next one ends
};

} // namespace retryscope
Q_DECLARE_METATYPE(retryscope::StandingFaults)
