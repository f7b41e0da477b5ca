// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "support/gatewayrig.h"
#include "support/sanitized.h"
#include "support/suite.h"

#include <QDir>

#include <malloc.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#ifdef RETRYSCOPE_SANITIZED
#include <sanitizer/allocator_interface.h>
constexpr bool sanitized = true;
#else
constexpr bool sanitized = false;
#endif

using namespace retryscope;

/// Ten thousand connections that do nothing good, and what is left of them.
class GatewayCrowdTest : public QObject
{
    Q_OBJECT
private slots:
    void initTestCase();
    void tenThousandThatSayNothingLeaveNothing_data();
    void tenThousandThatSayNothingLeaveNothing();
    void cleanupTestCase() { ::setrlimit(RLIMIT_NOFILE, &m_before); }

private:
    static int descriptors()
    {
        return int(QDir(QStringLiteral("/proc/self/fd")).entryList(QDir::Files | QDir::System).size());
    }
    /// Bytes of the heap that are in use, to the byte also where a sanitizer keeps what was given back.
    static qint64 heap()
    {
#ifdef RETRYSCOPE_SANITIZED
        return qint64(__sanitizer_get_current_allocated_bytes());
#else
        const struct mallinfo2 info = ::mallinfo2();
        return qint64(info.uordblks) + qint64(info.hblkhd);
#endif
    }
    /// So many come, say that, and stay; the gateway has its turn in between, or nobody would be let in.
    static void crowd(quint16 port, int count, const QByteArray &says, std::vector<int> *clients)
    {
        for (int i = 0; i < count; ++i) {
            const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
            QVERIFY2(fd >= 0, qPrintable(QStringLiteral("after %1: %2").arg(i).arg(qt_error_string(errno))));
            sockaddr_in address{};
            address.sin_family = AF_INET;
            address.sin_port = htons(port);
            address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
            (void)::connect(fd, reinterpret_cast<sockaddr *>(&address), sizeof address); // on loopback it is there at once
            if (!says.isEmpty())
                (void)!::send(fd, says.constData(), std::size_t(says.size()), MSG_NOSIGNAL);
            clients->push_back(fd);
            if (i % 100 == 0)
                QCoreApplication::processEvents();
        }
    }
    /// They come, a program that may come in is served while they are there or once their time is over, and they go.
    void round(const GatewayRig &rig, int count, const QByteArray &says)
    {
        std::vector<int> clients;
        crowd(rig.port, count, says, &clients);
        const QByteArray body = R"({"model":"m","messages":[{"role":"user","content":"Hello"}]})";
        QTRY_COMPARE_WITH_TIMEOUT(rig.ask(GatewayRig::post("/v1/chat/completions", body)).status, 200, 60'000);
        for (const int fd : clients)
            ::close(fd);
    }
    rlimit m_before{};
    int m_crowd = 0;
};

/// Both ends are in this process: of 10,000 clients the gateway lets as many in as its limit says.
void GatewayCrowdTest::initTestCase()
{
    QCOMPARE(::getrlimit(RLIMIT_NOFILE, &m_before), 0);
    rlimit most = m_before;
    most.rlim_cur = most.rlim_max;
    QCOMPARE(::setrlimit(RLIMIT_NOFILE, &most), 0);
    const int served = GatewayOptions::defaults().connections, spare = 500;
    const rlim_t ours = std::min<rlim_t>(most.rlim_cur / 2, rlim_t(served + spare));
    m_crowd = int(std::min<rlim_t>(10'000, most.rlim_cur - ours));
    if (m_crowd < 10'000)
        qInfo("this process may have %llu descriptors: %d clients in place of 10,000", static_cast<unsigned long long>(most.rlim_cur), m_crowd);
}

void GatewayCrowdTest::tenThousandThatSayNothingLeaveNothing_data()
{
    QTest::addColumn<QByteArray>("says");
    QTest::newRow("nothing") << QByteArray();
    QTest::newRow("half a head") << QByteArray("POST /v1/chat/completions HTTP/1.1\r\nHost: loc");
    QTest::newRow("no body")
        << QByteArray("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900000\r\n\r\n{");
    QTest::newRow("one request without a token") << QByteArray("GET /v1/models HTTP/1.1\r\nHost: localhost\r\n\r\n");
}

void GatewayCrowdTest::tenThousandThatSayNothingLeaveNothing()
{
    QFETCH(const QByteArray, says);
    const int clients = sanitized && !says.isEmpty() ? m_crowd / 4 : m_crowd; // what is read is slow under a sanitizer
    RawServer server;
    server.answer = [](QTcpSocket *socket, int) {
        RawServer::reply(socket, R"({"choices":[{"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}]})");
    };
    GatewayRig rig;
    rig.add(QStringLiteral("a"), server);
    GatewayOptions options;
    options.http.headTime = options.http.bodyTime = 2s;
    rig.start(options);
    const int files = descriptors();
    const qint64 before = heap();
    round(rig, clients, says); // Qt keeps the room of its lists of timers and sockets, once
    QTRY_VERIFY_WITH_TIMEOUT(descriptors() <= files, 60'000);
    const qint64 once = heap();
    round(rig, clients, says);
    QTRY_VERIFY_WITH_TIMEOUT(descriptors() <= files, 60'000);
    const qint64 grown = heap() - once;
    qInfo("%d clients: %lld KB after the first crowd, %lld KB more after the second", clients, (once - before) >> 10, grown >> 10);
    QVERIFY(once - before < (16 << 20));
    QVERIFY(grown < (2 << 20)); // 200 bytes of each, where the least connection has thousands
}

SUITE_TEST(GatewayCrowdTest)
#include "tst_gatewaycrowd.moc"
