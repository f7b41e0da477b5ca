// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "http/httpserver.h"
#include "support/rawserver.h"
#include "support/suite.h"
#include "support/testcertificate.h"
#include "transport/connectfailure.h"
#include "transport/curltransport.h"
#include "transport/networktransport.h"
#include "transport/transportkind.h"

#include <QElapsedTimer>
#include <QSslCertificate>
#include <QSslConfiguration>
#include <QSslKey>
#include <QSslServer>
#include <QTemporaryFile>
#include <QTest>

using namespace retryscope;

/// How a connection comes about, or why it does not: names, certificates, schemes, proxies.
class ConnectingTest : public QObject
{
    Q_OBJECT
public:
    explicit ConnectingTest(TransportKind kind) : m_kind(kind) {}
private slots:
    void localhostConnectsToAServerOnIpv4Only();
    void anUnknownHostIsNamed();
    void aCertificateThatNobodyTrustsIsTheFault();
    void aCertificateNamedInSslCertFileIsTrusted();
    void whatAnUntrustedCertificateNeedsIsTold_data();
    void whatAnUntrustedCertificateNeedsIsTold();
    void httpsToAPlainPortIsTold();
    void httpToATlsPortIsTold();
    void aDeadProxyIsNamedWithoutItsPassword_data();
    void aDeadProxyIsNamedWithoutItsPassword();
    void aProxyGetsTheWholeAddress();
    void aProxyThatRefusesIsTheFault_data();
    void aProxyThatRefusesIsTheFault();
    void aHostInNoProxyIsAskedDirectly();

private:
    struct Outcome { std::optional<ExchangeEnd> end; int status = 0; QByteArray body; qint64 ms = 0; };
    static Outcome post(Transport &transport, const QUrl &url)
    {
        Outcome outcome;
        QElapsedTimer timer;
        timer.start();
        ExchangeCallbacks callbacks;
        callbacks.sent = [] {};
        callbacks.head = [&](const HttpHead &head) { outcome.status = head.status; };
        callbacks.data = [&](const QByteArray &bytes) { outcome.body += bytes; };
        callbacks.ended = [&](const ExchangeEnd &end) { outcome.end = end; };
        const auto exchange = transport.start({"POST", url, {{"Authorization", "Bearer k"}}, "{}"}, callbacks);
        if (!QTest::qWaitFor([&] { return outcome.end.has_value(); }, 8000))
            outcome.end = ExchangeEnd{TransportFailure::Cancelled, Delivery::NotSent, QStringLiteral("did not end")};
        outcome.ms = timer.elapsed();
        return outcome;
    }
    std::unique_ptr<Transport> make(const ProxyRules &proxies = {}) const
    {
        if (m_kind == TransportKind::Curl)
            return std::make_unique<CurlTransport>(proxies);
        return std::make_unique<NetworkTransport>(proxies);
    }
    static ProxyRules rules(const QHash<QString, QString> &variables)
    {
        return ProxyRules::from([variables](const QString &name) { return variables.value(name); });
    }
    static void answerOverTls(QSslServer &server)
    {
        QSslConfiguration configuration = QSslConfiguration::defaultConfiguration();
        configuration.setLocalCertificate(QSslCertificate(testcertificate::certificate));
        configuration.setPrivateKey(QSslKey(QByteArray(testcertificate::key), QSsl::Ec));
        server.setSslConfiguration(configuration);
        QVERIFY(server.listen(QHostAddress::LocalHost));
        connect(&server, &QSslServer::pendingConnectionAvailable, &server, [&server] {
            QTcpSocket *socket = server.nextPendingConnection();
            connect(socket, &QTcpSocket::readyRead, socket, [socket] {
                if (socket->readAll().contains("{}"))
                    RawServer::reply(socket, "over TLS");
            });
        });
    }
    static QUrl url(const char *scheme, const QTcpServer &server)
    {
        return QUrl(QStringLiteral("%1://127.0.0.1:%2/v1").arg(QLatin1String(scheme)).arg(server.serverPort()));
    }

    const TransportKind m_kind;
};

void ConnectingTest::localhostConnectsToAServerOnIpv4Only()
{
    RawServer server;
    server.answer = [](QTcpSocket *s, int) { RawServer::reply(s, "{}"); };
    const auto transport = make();
    QCOMPARE(post(*transport, QUrl(QStringLiteral("http://localhost:%1/").arg(server.serverPort()))).status, 200);
}

void ConnectingTest::anUnknownHostIsNamed()
{
    const auto transport = make();
    const Outcome outcome = post(*transport, QUrl(QStringLiteral("http://nobody.invalid/v1")));
    QCOMPARE(outcome.end->failure, TransportFailure::HostNotFound);
    QCOMPARE(outcome.end->delivery, Delivery::NotSent);
    QVERIFY(outcome.end->message.contains(QLatin1String("nobody.invalid")));
}

void ConnectingTest::aCertificateThatNobodyTrustsIsTheFault()
{
    QSslServer server;
    answerOverTls(server);
    const auto transport = make();
    const Outcome outcome = post(*transport, url("https", server));
    QCOMPARE(outcome.end->failure, TransportFailure::Certificate);
    QCOMPARE(outcome.end->delivery, Delivery::NotSent);
    QVERIFY2(outcome.end->message.contains(QLatin1String("certificate of 127.0.0.1")),
             qPrintable(outcome.end->message));
}

void ConnectingTest::aCertificateNamedInSslCertFileIsTrusted()
{
    QSslServer server;
    answerOverTls(server);
    QTemporaryFile file;
    QVERIFY(file.open());
    file.write(testcertificate::certificate);
    file.close();
    qputenv("SSL_CERT_FILE", file.fileName().toLocal8Bit());
    const auto transport = make();
    const Outcome outcome = post(*transport, url("https", server));
    qunsetenv("SSL_CERT_FILE");
    QVERIFY2(outcome.status == 200, qPrintable(outcome.end->message));
    QCOMPARE(outcome.body, QByteArray("over TLS"));
}

void ConnectingTest::whatAnUntrustedCertificateNeedsIsTold_data()
{
    QTest::addColumn<QString>("library");
    QTest::addColumn<QString>("needs");
    const auto row = [](const char *library, const char *needs) {
        QTest::newRow(library) << QString::fromLatin1(library) << QString::fromLatin1(needs);
    };
    row("The certificate is self-signed, and untrusted", "ca_file");
    row("SSL certificate problem: self-signed certificate", "ca_file");
    row("The host name did not match any of the valid hosts for this certificate", "base_url");
    row("SSL: no alternative certificate subject name matches target host name 'a.test'", "base_url");
    row("The certificate has expired", "renew");
    row("SSL certificate problem: certificate has expired", "renew");
    row("The certificate is not yet valid", "clock");
}

void ConnectingTest::whatAnUntrustedCertificateNeedsIsTold()
{
    QFETCH(QString, library);
    QFETCH(QString, needs);
    const QString message = untrustedCertificate(QUrl(QStringLiteral("https://a.test")), library).message;
    QVERIFY2(message.contains(needs), qPrintable(message));
    QCOMPARE(message.contains(QStringLiteral("ca_file")), needs == QStringLiteral("ca_file"));
}

void ConnectingTest::httpsToAPlainPortIsTold()
{
    HttpServer server([](const ServedRequest &, const ResponderPtr &r) { r->send(200, {}, "ok"); });
    QVERIFY(server.listen(QHostAddress::LocalHost));
    const auto transport = make();
    const Outcome outcome = post(*transport, url("https", server));
    QVERIFY2(outcome.end->failure == TransportFailure::WrongScheme, qPrintable(outcome.end->message));
    QCOMPARE(outcome.end->delivery, Delivery::NotSent);
    QVERIFY2(outcome.end->message.contains(QLatin1String("http://")), qPrintable(outcome.end->message));
    QVERIFY(outcome.ms < 3000);
}

void ConnectingTest::httpToATlsPortIsTold()
{
    RawServer server; // what OpenSSL, Go and others answer to a request without TLS
    server.answer = [](QTcpSocket *s, int) { s->write(QByteArray::fromHex("15030100020246")); };
    const auto transport = make();
    const Outcome outcome = post(*transport, server.url());
    QCOMPARE(outcome.end->failure, TransportFailure::WrongScheme);
    QVERIFY2(outcome.end->message.contains(QLatin1String("https://")), qPrintable(outcome.end->message));
}

void ConnectingTest::aDeadProxyIsNamedWithoutItsPassword_data()
{
    QTest::addColumn<QString>("variable");
    QTest::addColumn<QString>("proxy");
    QTest::addColumn<QUrl>("url");
    const QString http = QStringLiteral("http://user:secret@127.0.0.1:1"),
                  socks = QStringLiteral("socks5://user:secret@127.0.0.1:1");
    QTest::newRow("http") << QStringLiteral("http_proxy") << http << QUrl(QStringLiteral("http://llm.corp.test/v1"));
    QTest::newRow("https") << QStringLiteral("https_proxy") << http << QUrl(QStringLiteral("https://llm.corp.test/v1"));
    QTest::newRow("socks") << QStringLiteral("all_proxy") << socks << QUrl(QStringLiteral("http://llm.corp.test/v1"));
    QTest::newRow("unusable") << QStringLiteral("all_proxy") << QStringLiteral("ftp://user:secret@127.0.0.1:1")
                              << QUrl(QStringLiteral("http://llm.corp.test/v1"));
}

void ConnectingTest::aDeadProxyIsNamedWithoutItsPassword()
{
    QFETCH(QString, variable);
    QFETCH(QString, proxy);
    QFETCH(QUrl, url);
    const auto transport = make(rules({{variable, proxy}}));
    const Outcome outcome = post(*transport, url);
    const QString message = outcome.end->message;
    QVERIFY2(outcome.end->failure == TransportFailure::Proxy, qPrintable(message));
    QCOMPARE(outcome.end->delivery, Delivery::NotSent);
    QVERIFY2(message.contains(variable) && !message.contains(QLatin1String("secret")), qPrintable(message));
    QVERIFY2(proxy.startsWith(QLatin1String("ftp")) || message.contains(QLatin1String("127.0.0.1:1")),
             qPrintable(message));
}

void ConnectingTest::aProxyGetsTheWholeAddress()
{
    RawServer proxy;
    proxy.answer = [](QTcpSocket *s, int) { RawServer::reply(s, "{}"); };
    const auto transport = make(rules(
        {{QStringLiteral("http_proxy"), QStringLiteral("http://user:secret@127.0.0.1:%1").arg(proxy.serverPort())}}));
    const Outcome outcome = post(*transport, QUrl(QStringLiteral("http://llm.corp.test:8080/v1/chat?x=1")));
    QCOMPARE(outcome.status, 200);
    const QByteArray head = proxy.heads.last();
    QVERIFY2(head.startsWith("POST http://llm.corp.test:8080/v1/chat?x=1 HTTP/1.1\r\nHost: llm.corp.test:8080\r\n"),
             head.constData());
    QVERIFY(head.contains("Proxy-Authorization: Basic " + QByteArray("user:secret").toBase64()));
}

void ConnectingTest::aProxyThatRefusesIsTheFault_data()
{
    QTest::addColumn<QUrl>("url");
    QTest::newRow("http") << QUrl(QStringLiteral("http://llm.corp.test/v1"));
    QTest::newRow("https") << QUrl(QStringLiteral("https://llm.corp.test/v1"));
}

void ConnectingTest::aProxyThatRefusesIsTheFault()
{
    QFETCH(QUrl, url);
    RawServer proxy;
    proxy.answer = [](QTcpSocket *s, int) {
        RawServer::reply(s, "who are you", "407 Proxy Authentication Required",
                         "Proxy-Authenticate: Basic realm=\"x\"\r\n");
    };
    const auto transport = make(rules({{QStringLiteral("all_proxy"), QStringLiteral("http://127.0.0.1:%1").arg(proxy.serverPort())}}));
    const Outcome outcome = post(*transport, url);
    QVERIFY2(outcome.end->failure == TransportFailure::Proxy, qPrintable(outcome.end->message));
    QCOMPARE(outcome.end->delivery, Delivery::NotSent);
    QVERIFY2(outcome.end->message.contains(QLatin1String("user and a password")), qPrintable(outcome.end->message));
    for (const QByteArray &head : proxy.heads)
        QVERIFY2(url.scheme() == QLatin1String("http") || !head.contains("Bearer"), head.constData());
}

void ConnectingTest::aHostInNoProxyIsAskedDirectly()
{
    const auto transport = make(rules({{QStringLiteral("http_proxy"), QStringLiteral("http://127.0.0.1:1")},
                                      {QStringLiteral("no_proxy"), QStringLiteral("corp.invalid")}}));
    QCOMPARE(post(*transport, QUrl(QStringLiteral("http://llm.corp.invalid/"))).end->failure,
             TransportFailure::HostNotFound);
}

SUITE_MAIN(ConnectingTest)
{
    QCoreApplication app(argc, argv);
    int failed = 0;
    for (const TransportKind kind : {TransportKind::Qt, TransportKind::Curl}) {
        ConnectingTest test(kind);
        qInfo("%s", kind == TransportKind::Qt ? "NetworkTransport" : "CurlTransport");
        failed += QTest::qExec(&test, argc, argv);
    }
    return failed;
}
#include "tst_connecting.moc"
