// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "fuzz.h"

#include "base/virtualclock.h"
#include "engine/gatewayfollower.h"

#include <QSet>

using namespace retryscope;

namespace {

/// Plays the gateway: whoever connects gets what the test says.
class Wire final : public Transport
{
public:
    std::unique_ptr<Exchange> start(const HttpRequest &, ExchangeCallbacks told) override
    {
        callbacks = std::make_shared<ExchangeCallbacks>(std::move(told));
        return std::make_unique<Running>(callbacks);
    }
    std::shared_ptr<ExchangeCallbacks> callbacks; ///< of the connection that runs; null: there is none

private:
    struct Running : Exchange
    {
        explicit Running(std::weak_ptr<ExchangeCallbacks> of) : mine(std::move(of)) {}
        ~Running() override
        {
            if (const auto there = mine.lock())
                there->data = {};
        }
        Delivery delivery() const override { return Delivery::MaybeSent; }
        std::weak_ptr<ExchangeCallbacks> mine;
    };
};

struct Followed
{
    QVector<Event> events;
    int configurations = 0;
    quint64 unread = 0;
    FollowStatus::State state{};
    QString sentence;
};

void mustBeSane(const Configuration &configuration)
{
    QSet<ProviderId> ids;
    MUST(configuration.providers.size() <= GatewayFollower::mostProviders);
    for (const ProviderConfig &p : configuration.providers) {
        MUST(!p.id.isEmpty() && p.id.size() <= 200 && p.name.size() <= 200 && p.model.size() <= 200);
        MUST(!ids.contains(p.id));
        ids.insert(p.id);
    }
    MUST(configuration.retry.firstTokenTimeout >= 1s && configuration.retry.firstTokenTimeout <= 1h);
}

/// Each NUL of the bytes cuts the connection; the follower comes back by itself.
template <typename Feed> Followed follow(const QByteArray &bytes, Feed feed)
{
    Followed seen;
    VirtualClock clock;
    clock.advance(100h);
    Wire wire;
    GatewayFollower follower({clock, wire}, {.url = QUrl(QStringLiteral("http://127.0.0.1:1")), .token = "t", .caFile = {}},
                             {[&](const Event &e) {
                                  MUST(e.at <= clock.now() && e.at >= clock.now() - 192h);
                                  MUST(e.provider.size() <= 200 && e.model.size() <= 200);
                                  const bool first = seen.events.isEmpty() || seen.events.last().run != e.run;
                                  MUST(first || seen.events.last().seq < e.seq);
                                  seen.events.append(e);
                              },
                              [&](const Configuration &told) {
                                  ++seen.configurations;
                                  mustBeSane(told);
                              },
                              [&](const FollowStatus &status) { seen.state = status.state; }, [](const QString &) {}});
    follower.start();
    for (const QByteArray &part : bytes.split('\0')) {
        clock.advance(11s); // it waits for ten at most
        MUST(wire.callbacks);
        const auto connection = wire.callbacks;
        connection->head({200, {{"Content-Type", "text/event-stream"}}});
        feed(part, [&](QByteArrayView piece) {
            if (connection->data)
                connection->data(piece.toByteArray());
        });
        follower.health().advance(clock.now(), clock.wallNow());
        seen.sentence += QString::number(follower.health().snapshot().providers.size()) + QLatin1Char(' ');
        if (connection->data)
            connection->ended({TransportFailure::Reset, Delivery::MaybeSent, QStringLiteral("cut")});
    }
    seen.unread = follower.unread();
    return seen;
}

} // namespace

/// Whatever a gateway sends is told within its bounds, each event once and in order, however the bytes are split.
FUZZ_TARGET(follow)
{
    const QByteArray bytes = fuzz::bytesOf(data, size);
    if (bytes.count('\0') > 20)
        return 0; // each takes a connection, and no other shows more
    const Followed whole = follow(bytes, [](const QByteArray &part, auto take) {
        if (!part.isEmpty())
            take(QByteArrayView(part));
    });
    const Followed pieces = follow(bytes, [](const QByteArray &part, auto take) { fuzz::inPieces(part, take); });
    MUST(whole.events.size() == pieces.events.size());
    for (qsizetype i = 0; i < whole.events.size(); ++i)
        MUST(toJsonLine(whole.events[i]) == toJsonLine(pieces.events[i]));
    MUST(whole.configurations == pieces.configurations);
    MUST(whole.unread == pieces.unread && whole.state == pieces.state && whole.sentence == pieces.sentence);
    return 0;
}
