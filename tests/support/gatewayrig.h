// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/systemclock.h"
#include "gateway/gateway.h"
#include "support/eventgrammar.h"
#include "support/rawserver.h"
#include "transport/transportkind.h"

#include <QTest>

namespace retryscope {

/// What a client got.
struct Got
{
    int status = 0;
    QByteArray head, body; ///< without the framing
    bool whole = false;    ///< the answer's own end came
    QByteArray header(const QByteArray &name) const
    {
        for (const QByteArray &line : head.split('\n')) {
            if (line.toLower().startsWith(name.toLower() + ':'))
                return line.mid(name.size() + 1).trimmed();
        }
        return {};
    }
};

/// A gateway in front of providers of the test's own, over real sockets, all on this thread and under the event grammar.
class GatewayRig
{
public:
    static constexpr const char *token = "rs-a-token-of-the-test";

    explicit GatewayRig(RetryConfig retry = quick(), TransportKind kind = TransportKind::Qt) : transport(makeTransport(kind))
    {
        configuration.retry = retry;
    }
    ~GatewayRig() { engine.cancelAll(); }

    static RetryConfig quick()
    {
        RetryConfig c;
        c.jitter = JitterKind::None;
        c.baseDelay = 10ms;
        c.probeInterval = 0s;
        return c;
    }
    /// One more provider, served by `server`, of the wire with that key.
    ProviderConfig &add(const QString &id, const RawServer &server, const QString &wire = QStringLiteral("openai"))
    {
        ProviderConfig p;
        p.id = id;
        p.protocol = *protocolFromKey(wire);
        p.baseUrl = server.url(wire == QLatin1String("google_ai") ? QStringLiteral("/v1beta")
                               : wire.startsWith(QLatin1String("openai")) ? QStringLiteral("/v1") : QString());
        p.model = id + QStringLiteral("-model");
        configuration.providers.append(p);
        return configuration.providers.last();
    }
    void start(GatewayOptions options = {})
    {
        grammar.attach(engine.events());
        engine.events().subscribe([this](const Event &e) {
            events.append(e);
            health.onEvent(e);
        });
        health.configure(configuration);
        engine.configure(configuration);
        options.port = 0;
        options.token = token;
        gateway = std::make_unique<Gateway>(
            Gateway::Parts{clock, engine, health, [this] { return CallId{++calls}; }}, options);
        const auto bound = gateway->start();
        QVERIFY2(bound, qPrintable(bound ? QString() : bound.error()));
        port = *bound;
    }
    std::unique_ptr<QTcpSocket> connectTo() const
    {
        auto socket = std::make_unique<QTcpSocket>();
        socket->connectToHost(QHostAddress::LocalHost, port);
        return socket;
    }
    static QByteArray post(const QByteArray &path, const QByteArray &body, const QByteArray &more = {})
    {
        return "POST " + path + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + token
               + "\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: "
               + QByteArray::number(body.size()) + "\r\n" + more + "\r\n" + body;
    }
    static QByteArray get(const QByteArray &path)
    {
        return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + token
               + "\r\nConnection: close\r\n\r\n";
    }
    /// Sends the bytes and reads until the connection ends.
    Got ask(const QByteArray &request) const
    {
        const auto socket = connectTo();
        socket->write(request);
        QByteArray all;
        const bool ended = QTest::qWaitFor([&] {
            all += socket->readAll();
            return socket->state() == QAbstractSocket::UnconnectedState;
        }, 20'000);
        return read(ended ? all + socket->readAll() : QByteArray());
    }
    static Got read(const QByteArray &bytes)
    {
        const qsizetype end = bytes.indexOf("\r\n\r\n");
        if (end < 0)
            return {};
        Got got{bytes.mid(9, 3).toInt(), bytes.left(end), bytes.mid(end + 4), true};
        if (got.header("transfer-encoding") != "chunked") {
            got.whole = got.header("content-length").toLongLong() == got.body.size();
            return got;
        }
        QByteArray rest = std::exchange(got.body, {});
        got.whole = false;
        while (!got.whole) {
            const qsizetype line = rest.indexOf("\r\n"), size = line < 0 ? 0 : rest.left(line).toLongLong(nullptr, 16);
            if (line < 0 || rest.size() < line + 4 + size)
                break;
            got.body += rest.mid(line + 2, size);
            rest.remove(0, line + 4 + size);
            got.whole = size == 0;
        }
        return got;
    }
    QVector<Event> ofKind(EventKind kind) const
    {
        QVector<Event> some;
        std::copy_if(events.begin(), events.end(), std::back_inserter(some), [kind](const Event &e) { return e.kind == kind; });
        return some;
    }

    SystemClock clock;
    std::unique_ptr<Transport> transport;
    SeededRandom random{1};
    ApiRetryHandler engine{clock, *transport, random};
    HealthMonitor health;
    EventGrammar grammar;
    Configuration configuration;
    Events events;
    std::unique_ptr<Gateway> gateway;
    quint64 calls = 0;
    quint16 port = 0;
};

} // namespace retryscope
