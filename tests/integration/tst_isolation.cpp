// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "engine/localengineclient.h"
#include "protocols/answerreader.h"
#include "support/floodserver.h"
#include "support/rawserver.h"
#include "support/sanitized.h"
#include "support/suite.h"
#include "support/transportoftest.h"

#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>
#include <QTimer>

using namespace retryscope;

/// Bad providers among good ones, over real sockets: nobody gets a byte that was not its own, nobody waits for another's
/// fault, every deadline holds, and memory stays where it was.
class IsolationTest : public QObject
{
    Q_OBJECT
private slots:
    void nobodyGetsAnothersAnswer_data();
    void nobodyGetsAnothersAnswer();
    void aFloodHarmsNobody_data();
    void aFloodHarmsNobody();

private:
    static ProviderConfig provider(const char *id, const QUrl &url)
    {
        ProviderConfig p;
        p.id = QString::fromLatin1(id);
        p.baseUrl = url;
        p.model = QStringLiteral("m");
        return p;
    }
    static Prompt prompt(const QString &text, bool stream)
    {
        Prompt p;
        p.text = text;
        p.stream = stream;
        return p;
    }
    static QByteArray answer(const QByteArray &text)
    {
        const QByteArray body = "{\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"" + text
                                + "\"},\"finish_reason\":\"stop\"}]}";
        return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + QByteArray::number(body.size())
               + "\r\n\r\n" + body;
    }
    /// The text of the prompt that a request carries.
    static QByteArray asked(const QByteArray &body)
    {
        return QJsonDocument::fromJson(body)[QLatin1String("messages")][0][QLatin1String("content")]
            .toString()
            .toLatin1();
    }
    /// Peak of resident memory so far, in bytes.
    static qint64 peakMemory()
    {
        QFile status(QStringLiteral("/proc/self/status"));
        if (!status.open(QIODevice::ReadOnly))
            return 0;
        const QByteArray text = status.readAll();
        const qsizetype at = text.indexOf("VmHWM:");
        return at < 0 ? 0 : text.mid(at + 6, text.indexOf("kB", at) - at - 6).trimmed().toLongLong() * 1024;
    }
    /// How late the machine itself wakes a thread that nothing here can hold up: what other programs cost.
    class Pulse
    {
    public:
        ~Pulse()
        {
            m_stop = true;
            m_thread.join();
        }
        /// The longest since the last time that it was asked.
        Duration worst() { return Duration(m_worst.exchange(0)); }

    private:
        void run()
        {
            while (!m_stop) {
                const auto before = std::chrono::steady_clock::now();
                std::this_thread::sleep_for(2ms);
                const Duration late = std::chrono::steady_clock::now() - before - 2ms;
                m_worst = std::max<qint64>(m_worst, late.count());
            }
        }
        std::atomic<bool> m_stop = false;
        std::atomic<qint64> m_worst = 0; ///< ns
        std::thread m_thread{[this] { run(); }};
    };
    struct Rig
    {
        explicit Rig(Configuration c)
        {
            client.apply(c);
            QObject::connect(&client, &EngineClient::callFinished, &client, [this](const CallResult &r) {
                results[r.call.value] = r;
                if (onFinished)
                    onFinished(r);
            });
        }
        LocalEngineClient client{3, transportOfTest()};
        QHash<quint64, CallResult> results;
        std::function<void(const CallResult &)> onFinished;
    };
    /// Calls of a good provider, one each 50 ms; the slowest of them, a minute when one failed. False in `ok` when one does
    /// not end, or has another text than its own.
    static Duration slowest(Rig &rig, int calls, bool *ok)
    {
        std::vector<quint64> ids;
        QTimer timer;
        connect(&timer, &QTimer::timeout, &timer, [&] {
            if (int(ids.size()) < calls)
                ids.push_back(
                    rig.client.send(prompt(QStringLiteral("healthy"), false), Route{{QStringLiteral("good")}}).value);
        });
        timer.start(50);
        Duration worst{};
        *ok = QTest::qWaitFor(
            [&] {
                return int(ids.size()) == calls
                       && std::all_of(ids.begin(), ids.end(), [&](quint64 id) { return rig.results.contains(id); });
            }, 20'000);
        for (const quint64 id : ids) {
            const CallResult &r = rig.results[id];
            *ok = *ok && (!r.succeeded() || r.text == QLatin1String("healthy"));
            worst = std::max(worst, r.succeeded() ? r.duration : Duration(60s));
        }
        return worst;
    }
};

void IsolationTest::nobodyGetsAnothersAnswer_data()
{
    QTest::addColumn<int>("delayMs"); // until the surplus answer; -1: in one piece with the first
    QTest::addColumn<bool>("among");  // good ones, too
    for (const int delay : {-1, 0, 3, 20}) {
        QTest::addRow("surplus %s, alone",
                      delay < 0 ? "in one piece" : qPrintable(QStringLiteral("after %1 ms").arg(delay)))
            << delay << false;
        QTest::addRow("surplus %s, among good ones",
                      delay < 0 ? "in one piece" : qPrintable(QStringLiteral("after %1 ms").arg(delay)))
            << delay << true;
    }
}

void IsolationTest::nobodyGetsAnothersAnswer()
{
    QFETCH(int, delayMs);
    QFETCH(bool, among);
    RawServer surplus, good;
    const auto twice = [delayMs](QTcpSocket *socket, const QByteArray &whole) {
        if (delayMs < 0) {
            socket->write(whole + whole);
            return;
        }
        socket->write(whole);
        QTimer::singleShot(delayMs, socket, [socket, whole] { socket->write(whole); });
    };
    surplus.answer = [&](QTcpSocket *socket, int) { twice(socket, answer(asked(surplus.lastBody))); };
    good.answer = [&](QTcpSocket *socket, int) { socket->write(answer(asked(good.lastBody))); };
    Configuration configuration;
    configuration.providers = {provider("surplus", surplus.url(QStringLiteral("/v1"))),
                               provider("good", good.url(QStringLiteral("/v1")))};
    configuration.retry.maxAttempts = 1;
    Rig rig(configuration);
    constexpr int calls = 300;
    QHash<quint64, QString> expected;
    int started = 0;
    const auto next = [&] {
        if (started == calls)
            return;
        const QString text = QStringLiteral("call-%1").arg(++started);
        expected[rig.client
                     .send(prompt(text, started % 2 == 0),
                           Route{{among && started % 3 == 0 ? QStringLiteral("good") : QStringLiteral("surplus")}})
                     .value] = text;
    };
    rig.onFinished = [&](const CallResult &) { next(); };
    for (int i = 0; i < 6; ++i)
        next();
    QVERIFY(QTest::qWaitFor([&] { return rig.results.size() == calls; }, 30'000));
    int foreign = 0, failed = 0;
    for (auto it = expected.begin(); it != expected.end(); ++it) {
        failed += !rig.results[it.key()].succeeded();
        foreign += rig.results[it.key()].succeeded() && rig.results[it.key()].text != it.value();
    }
    QCOMPARE(foreign, 0);
    QCOMPARE(failed, 0);
    QCOMPARE(surplus.requests + good.requests, calls); // each was sent, once
    QCOMPARE(surplus.connections, surplus.requests); // libcurl keeps the good one's, once it is trusted
    if (transportOfTest() == TransportKind::Qt)
        QCOMPARE(good.connections, good.requests);
}

void IsolationTest::aFloodHarmsNobody_data()
{
    QTest::addColumn<QByteArray>("first");
    QTest::addColumn<QByteArray>("again");
    const QByteArray line = "X-Field: " + QByteArray(100, 'x') + "\r\n";
    QTest::newRow("one header line without an end") << QByteArray("HTTP/1.1 200 OK\r\nX-Long: ") << QByteArray("x");
    QTest::newRow("header lines without an end") << QByteArray("HTTP/1.1 200 OK\r\n") << line;
    QTest::newRow("short header lines without an end") << QByteArray("HTTP/1.1 200 OK\r\n") << QByteArray("a:b\r\n");
    QTest::newRow("a head of 5 MB, then an endless body") << "HTTP/1.1 500 Broken\r\n" + line.repeated(50'000) + "\r\n"
                                                          << QByteArray("body ");
    QTest::newRow("interim answers without an end") << QByteArray() << QByteArray("HTTP/1.1 102 Processing\r\n\r\n");
    QTest::newRow("an error's body without an end")
        << QByteArray("HTTP/1.1 500 Broken\r\n\r\n") << QByteArray("broken ");
    QTest::newRow("an error's body of 1 GB")
        << QByteArray("HTTP/1.1 503 Busy\r\nContent-Length: 1073741824\r\n\r\n") << QByteArray("busy ");
    QTest::newRow("a wrong key's body without an end")
        << QByteArray("HTTP/1.1 401 Unauthorized\r\n\r\n") << QByteArray("wrong ");
    QTest::newRow("a redirect's body without an end")
        << QByteArray("HTTP/1.1 307 Temporary Redirect\r\nLocation: http://127.0.0.1:1/\r\n\r\n")
        << QByteArray("moved ");
    QTest::newRow("an answer without an end")
        << QByteArray("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{\"a\":\"") << QByteArray("text ");
    QTest::newRow("comments without an end") << QByteArray("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
                                             << QByteArray(": still thinking\n\n");
    QTest::newRow("chunks without an end")
        << QByteArray("HTTP/1.1 500 Broken\r\nTransfer-Encoding: chunked\r\n\r\n") << QByteArray("1\r\nx\r\n");
    QTest::newRow("silence after the head")
        << QByteArray("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n") << QByteArray();
}

void IsolationTest::aFloodHarmsNobody()
{
    QFETCH(QByteArray, first);
    QFETCH(QByteArray, again);
    constexpr Duration deadline = 800ms;
#ifdef RETRYSCOPE_SANITIZED
    constexpr Duration bearable = 100ms;
#else
    constexpr Duration bearable = 50ms;
#endif
    FloodServer bad(first, again.isEmpty() ? QByteArray(1, '\n') : again);
    RawServer silent, good;
    silent.answer = [&](QTcpSocket *socket, int) { socket->write(first); };
    good.answer = [](QTcpSocket *socket, int) { socket->write(answer("healthy")); };
    Configuration configuration;
    configuration.providers = {provider("bad", again.isEmpty() ? silent.url(QStringLiteral("/v1")) : bad.url()),
                               provider("good", good.url(QStringLiteral("/v1")))};
    configuration.retry.maxAttempts = 1;
    configuration.retry.deadline = deadline;
    configuration.retry.failoverReserve = 0s;
    configuration.retry.circuitMinCalls = 1000;
    QVector<quint64> badCalls; // outlives the timers that add to it
    Rig rig(configuration);
    bool ok = false;
    (void)slowest(rig, 2, &ok); // warms up
    QVERIFY(ok);
#ifndef RETRYSCOPE_SANITIZED
    const qint64 before = peakMemory();
#endif
    Pulse machine;
    Duration late{};
    for (int round = 0; round < 4; ++round) { // a machine that does other things gets another chance
        const Duration baseline = slowest(rig, 8, &ok);
        QVERIFY(ok);
        (void)machine.worst();
        badCalls.clear();
        bool going = true;
        rig.onFinished = [&](const CallResult &r) {
            if (going && badCalls.contains(r.call.value)) // not at once: an open circuit answers at once
                QTimer::singleShot(5, &rig.client, [&] {
                    badCalls
                        << rig.client.send(prompt(QStringLiteral("bad"), true), Route{{QStringLiteral("bad")}}).value;
                });
        };
        for (int i = 0; i < 4; ++i)
            badCalls
                << rig.client.send(prompt(QStringLiteral("bad"), i % 2 == 0), Route{{QStringLiteral("bad")}}).value;
        late = slowest(rig, 16, &ok) - baseline;
        going = false;
        QVERIFY(ok);
        QVERIFY(QTest::qWaitFor(
            [&] {
                return std::all_of(badCalls.begin(), badCalls.end(),
                                   [&](quint64 id) { return rig.results.contains(id); });
            }, 10'000));
        Duration overDeadline{};
        for (const quint64 id : badCalls) {
            QVERIFY(!rig.results[id].succeeded());
            overDeadline = std::max(overDeadline, rig.results[id].duration - deadline);
        }
        rig.onFinished = nullptr;
        QTest::qWait(10);
        late = std::max(late, overDeadline - 150ms) - machine.worst();
        if (late <= bearable)
            break;
    }
    QVERIFY2(late <= bearable,
             qPrintable(QStringLiteral("%1 ms late").arg(std::chrono::duration<double, std::milli>(late).count())));
#ifndef RETRYSCOPE_SANITIZED // which keeps what was freed
    const qint64 grown = peakMemory() - before;
    // Four calls at once, each of which may keep so much of its answer and has it twice while the block that holds it grows.
    const qint64 allowed = (qint64(16) << 20) + (first.contains("application/json") ? 4 * 2 * AnswerReader::maxBody : 0);
    QVERIFY2(grown < allowed, qPrintable(QStringLiteral("%1 MB more").arg(grown >> 20)));
#endif
}

SUITE_TEST(IsolationTest)
#include "tst_isolation.moc"
