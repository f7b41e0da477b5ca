// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "base/random.h"
#include "transport/transport.h"

#include <deque>

namespace retryscope {

/// | field       | what                                                                        | default |
/// | what        | who is told, for sentences: "The OTLP receiver of traces"                    |         |
/// | request     | address, headers, authorities and proxy of every POST                        |         |
/// | queue       | shipments that may wait; beyond it the oldest is dropped                     | 16      |
/// | attempts    | of one shipment; 0: until it is dropped for younger ones                     | 0       |
/// | timeout     | of one attempt                                                               | 10 s    |
/// | firstWait   | before the second attempt; doubles, half of it by chance, up to longestWait  | 1 s     |
/// | longestWait | between two attempts; what Retry-After asks for may be up to an hour            | 60 s    |
/// | mayRetry    | statuses after which it is sent again; a failed connection always is         | 429, 502, 503, 504 |
struct ShipperOptions
{
    QString what;
    HttpRequest request;
    std::size_t queue = 16;
    int attempts = 0;
    Duration timeout = 10s, firstWait = 1s, longestWait = 60s;
    bool (*mayRetry)(int status) = [](int status) { return status == 429 || (status >= 502 && status <= 504); };
};

/// Something that is POSTed as it is.
struct Shipment
{
    QByteArray body;
    HttpHeaders headers; ///< beside those of every request
    int items = 1;       ///< in it, for counting what is dropped
};

/// `taken` with the body of the answer (at most 64 KB). All but `tell` may be empty.
struct ShipperCallbacks
{
    std::function<void(const QString &sentence)> tell;
    std::function<void(int items)> dropped;
    std::function<void(const QByteArray &answer)> taken;
};

/// Hands shipments over to another system, one at a time and in order, by POST over a transport. A receiver that is down,
/// slow or busy is asked again later; one that refuses a shipment loses it. A trouble is told once until it is over, and
/// at most every ten minutes. Bounded in everything. On one thread; its parts must outlive it.
class Shipper
{
public:
    Shipper(Clock &clock, Transport &transport, RandomSource &random, ShipperOptions options, ShipperCallbacks callbacks);
    void add(Shipment shipment);
    /// The one that waits is tried at once.
    void hurry();
    bool isIdle() const { return m_queue.empty(); }
    std::size_t waiting() const { return m_queue.size(); }
    /// How much waits, in items.
    int items() const;

private:
    void start();
    void onEnd(const ExchangeEnd &end);
    void retry(const QString &why, std::optional<Duration> asked);
    void drop(const QString &why);
    void next();
    void tellTrouble(const QString &sentence);
    QString place() const;

    Clock &m_clock;
    Transport &m_transport;
    RandomSource &m_random;
    ShipperOptions m_options;
    ShipperCallbacks m_callbacks;
    std::deque<Shipment> m_queue; ///< the first is under way, or waits for its next attempt
    std::unique_ptr<Exchange> m_exchange;
    TimerHandle m_timer;          ///< of the attempt, or of the wait for the next one
    std::optional<HttpHead> m_head;
    QByteArray m_answer;
    int m_attempt = 0;
    bool m_waits = false, m_troubled = false, m_told = false;
    std::optional<SteadyTime> m_toldAt;
};

} // namespace retryscope
