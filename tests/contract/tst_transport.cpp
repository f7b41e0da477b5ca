// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "base/systemclock.h"
#include "support/rawserver.h"
#include "support/scriptedtransport.h"
#include "support/suite.h"
#include "transport/transportkind.h"

#include <QTest>
#include <QThread>

using namespace retryscope;

/// What every Transport promises, asked of each implementation: completion exactly once, or never after a drop; never
/// synchronous; always on the calling thread; head before data before the end.
class TransportTest : public QObject
{
    Q_OBJECT
private slots:
    void promises_data();
    void promises();
    void droppedMeansSilent_data() { promises_data(); }
    void droppedMeansSilent();
    void mayBeDroppedFromItsOwnCallback_data() { promises_data(); }
    void mayBeDroppedFromItsOwnCallback();

private:
    struct Seen { QStringList order; bool early = false, elsewhere = false; std::optional<ExchangeEnd> end; };
    struct Rig
    {
        explicit Rig(const QString &kind, const QString &what)
        {
            if (kind == QLatin1String("scripted")) {
                auto scripted = std::make_unique<ScriptedTransport>(clock);
                scripted->next = [what](const HttpRequest &, int) {
                    return what == QLatin1String("answer")    ? scripts::openAiAnswer("hi", 5ms)
                           : what == QLatin1String("error")   ? scripts::serverError()
                           : what == QLatin1String("refused") ? scripts::refused()
                                                              : scripts::reset();
                };
                transport = std::move(scripted);
                url = QUrl(QStringLiteral("http://scripted.test/"));
                return;
            }
            transport = makeTransport(*transportFromKey(kind));
            url = what == QLatin1String("refused") ? QUrl(QStringLiteral("http://127.0.0.1:1/")) : server.url();
            server.answer = [what](QTcpSocket *socket, int) {
                if (what == QLatin1String("reset"))
                    RawServer::reset(socket);
                else
                    RawServer::reply(socket, "{}", what == QLatin1String("error") ? "500 Broken" : "200 OK");
            };
        }
        ExchangeCallbacks callbacks(Seen &seen, const bool &inside, std::function<void()> onAny = [] {})
        {
            const auto note = [&seen, &inside, onAny, home = QThread::currentThread()](const char *what) {
                seen.order << QLatin1String(what);
                seen.early |= inside;
                seen.elsewhere |= QThread::currentThread() != home;
                onAny();
            };
            ExchangeCallbacks c;
            c.sent = [note] { note("sent"); };
            c.head = [note](const HttpHead &) { note("head"); };
            c.data = [note](const QByteArray &) { note("data"); };
            c.ended = [note, &seen](const ExchangeEnd &end) { seen.end = end; note("ended"); };
            return c;
        }
        SystemClock clock;
        RawServer server;
        std::unique_ptr<Transport> transport;
        QUrl url;
    };
};

void TransportTest::promises_data()
{
    QTest::addColumn<QString>("kind");
    QTest::addColumn<QString>("what");
    for (const char *kind : {"scripted", "qt", "curl"}) {
        for (const char *what : {"answer", "error", "refused", "reset"})
            QTest::addRow("%s: %s", kind, what) << QString::fromLatin1(kind) << QString::fromLatin1(what);
    }
}

void TransportTest::promises()
{
    QFETCH(QString, kind);
    QFETCH(QString, what);
    Rig rig(kind, what);
    Seen seen;
    bool inside = true;
    const auto exchange = rig.transport->start({"POST", rig.url, {}, "{}"}, rig.callbacks(seen, inside));
    inside = false;
    QVERIFY(QTest::qWaitFor([&] { return seen.end.has_value(); }, 5000));
    QTest::qWait(20);
    QVERIFY(!seen.early && !seen.elsewhere);
    QCOMPARE(seen.order.count(QStringLiteral("ended")), 1);
    QCOMPARE(seen.order.last(), QStringLiteral("ended"));
    QVERIFY(seen.order.count(QStringLiteral("sent")) <= 1 && seen.order.count(QStringLiteral("head")) <= 1);
    const bool answered = what == QLatin1String("answer") || what == QLatin1String("error");
    QCOMPARE(seen.order.contains(QStringLiteral("head")), answered);
    QCOMPARE(seen.end->failure == TransportFailure::None, answered);
    QCOMPARE(seen.end->delivery == Delivery::Answered, answered);
    if (answered)
        QVERIFY(seen.order.indexOf(QStringLiteral("head")) < seen.order.indexOf(QStringLiteral("data")));
    if (what == QLatin1String("reset"))
        QCOMPARE(seen.end->delivery, Delivery::MaybeSent);
}

void TransportTest::droppedMeansSilent()
{
    QFETCH(QString, kind);
    QFETCH(QString, what);
    Rig rig(kind, what);
    Seen seen;
    const bool inside = false;
    rig.transport->start({"POST", rig.url, {}, "{}"}, rig.callbacks(seen, inside)).reset();
    QTest::qWait(30);
    QVERIFY(seen.order.isEmpty());
}

void TransportTest::mayBeDroppedFromItsOwnCallback()
{
    QFETCH(QString, kind);
    QFETCH(QString, what);
    Rig rig(kind, what);
    Seen seen;
    const bool inside = false;
    std::unique_ptr<Exchange> exchange;
    exchange =
        rig.transport->start({"POST", rig.url, {}, "{}"}, rig.callbacks(seen, inside, [&] { exchange.reset(); }));
    QVERIFY(QTest::qWaitFor([&] { return !seen.order.isEmpty(); }, 5000));
    QTest::qWait(30);
    QCOMPARE(seen.order.size(), 1);
}

SUITE_TEST(TransportTest)
#include "tst_transport.moc"
