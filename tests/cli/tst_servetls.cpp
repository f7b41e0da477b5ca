// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "support/cliprogram.h"
#include "support/suite.h"
#include "support/testcertificate.h"

#include <QNetworkInterface>
#include <QSslCertificate>
#include <QStandardPaths>
#include <QTest>

#include <csignal>

using namespace retryscope;

/// retryscope-cli serve over TLS, from outside and with curl.
class ServeTlsTest : public QObject
{
    Q_OBJECT
private slots:
    void aCertificateIsMadeOnTheSpot();
    void otherMachinesReachIt();
    void aGivenOneIsTakenAnewWhenItsFilesChange();
    void theEndOfAGivenOneIsTold();
    void wrongUsageIsNamed_data();
    void wrongUsageIsNamed();

private:
    struct Serving
    {
        Serving(const CliProgram &cli, const QString &listen, const QStringList &more)
        {
            cli.start(process,
                      QStringList{QStringLiteral("serve"), QStringLiteral("--listen"), listen, QStringLiteral("--json")}
                          + more);
            if (QTest::qWaitFor([this] { return process.canReadLine() || process.state() == QProcess::NotRunning; },
                                20'000))
                said = QJsonDocument::fromJson(process.readLine()).object();
            url = said[QLatin1String("url")].toString();
        }
        CliProgram::Ran stop()
        {
            ::kill(pid_t(process.processId()), SIGTERM);
            return CliProgram::end(process);
        }
        QString fingerprint() const { return said[QLatin1String("fingerprint_sha256")].toString(); }
        QProcess process;
        QJsonObject said;
        QString url;
    };
    /// As openssl tells it where it is installed, else as Qt does.
    static QString fingerprintOf(const CliProgram &cli, const QString &file)
    {
        if (!QStandardPaths::findExecutable(QStringLiteral("openssl")).isEmpty())
            return QString::fromLatin1(
                cli.shell(QStringLiteral("openssl x509 -noout -fingerprint -sha256 -in '%1'").arg(file))
                    .out.trimmed()
                    .split('=')
                    .value(1));
        return QString::fromLatin1(
            QSslCertificate::fromPath(file).value(0).digest(QCryptographicHash::Sha256).toHex(':').toUpper());
    }
    static QString status(const CliProgram &cli, const QString &url, const QString &more)
    {
        return QStringLiteral("curl -sS -m 20 %1 %2/retryscope/status -H \"Authorization: Bearer $(cat %3)\"")
            .arg(more, url, cli.data(QStringLiteral("gateway-token")));
    }
};

void ServeTlsTest::aCertificateIsMadeOnTheSpot()
{
    const CliProgram cli;
    const QString file = cli.data(QStringLiteral("gateway-certificate.pem")),
                  trust = QStringLiteral("--cacert '%1'").arg(file);
    QString first;
    {
        Serving gateway(cli, QStringLiteral("127.0.0.1:0"), {QStringLiteral("--tls")});
        QVERIFY2(gateway.url.startsWith(QStringLiteral("https://127.0.0.1:")), qPrintable(gateway.url));
        first = gateway.fingerprint();
        QCOMPARE(first, fingerprintOf(cli, file));
        const auto answer = cli.shell(status(cli, gateway.url, trust));
        QVERIFY2(answer.code == 0, answer.err.constData());
        QCOMPARE(
            QJsonDocument::fromJson(answer.out)[QLatin1String("tls")][QLatin1String("fingerprint_sha256")].toString(),
            first);
        QVERIFY2(cli.shell(status(cli, gateway.url, {})).err.contains("certificate"),
                 "curl trusts nobody that it was not told of");
        const QString byName = QString(gateway.url).replace(QStringLiteral("127.0.0.1"), QStringLiteral("localhost"));
        QCOMPARE(cli.shell(status(cli, byName, trust)).code, 0);
        const auto call =
            cli.shell(QStringLiteral("curl -sS %1 %2/v1/chat/completions -H \"Authorization: Bearer $(cat %3)\" -d "
                                     "'{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}'")
                          .arg(trust, gateway.url, cli.data(QStringLiteral("gateway-token"))));
        QVERIFY2(call.out.contains("simulated model"), call.said().constData());
        QCOMPARE(gateway.stop().code, 0);
    }
    for (const char *name : {"gateway-certificate.pem", "gateway-key.pem"})
        QCOMPARE(QFile::permissions(cli.data(QLatin1String(name))) & 0x0077, QFile::Permissions());
    {
        Serving gateway(cli, QStringLiteral("127.0.0.1:0"), {QStringLiteral("--tls")});
        QCOMPARE(gateway.fingerprint(), first);
        QCOMPARE(gateway.stop().code, 0);
    }
    Serving named(cli, QStringLiteral("127.0.0.1:0"),
                  {QStringLiteral("--tls"), QStringLiteral("--host"), QStringLiteral("Gateway.Test")});
    QVERIFY(!named.fingerprint().isEmpty() && named.fingerprint() != first);
    const QString port = named.url.section(QLatin1Char(':'), -1);
    const QString there = QStringLiteral("%1 --resolve gateway.test:%2:127.0.0.1").arg(trust, port);
    QCOMPARE(cli.shell(status(cli, QStringLiteral("https://gateway.test:") + port, there)).code, 0);
    QCOMPARE(named.stop().code, 0);
}

void ServeTlsTest::otherMachinesReachIt()
{
    QHostAddress here;
    for (const QHostAddress &address : QNetworkInterface::allAddresses()) {
        if (address.protocol() == QAbstractSocket::IPv4Protocol && !address.isLoopback() && !address.isLinkLocal())
            here = address;
    }
    if (here.isNull())
        QSKIP("this machine has no address beside loopback's");
    const CliProgram cli;
    const QString trust = QStringLiteral("--cacert '%1'").arg(cli.data(QStringLiteral("gateway-certificate.pem")));
    for (const QString &listen :
         {QStringLiteral("0.0.0.0:0"), QStringLiteral("[::]:0"), here.toString() + QStringLiteral(":0")}) {
        Serving gateway(cli, listen, {QStringLiteral("--tls")});
        QVERIFY2(gateway.url.startsWith(QStringLiteral("https://")), qPrintable(listen));
        QVERIFY2(!gateway.url.contains(QStringLiteral("0.0.0.0")) && !gateway.url.contains(QStringLiteral("[::]")),
                 qPrintable(gateway.url));
        const QString url =
            QStringLiteral("https://%1:%2").arg(here.toString(), gateway.url.section(QLatin1Char(':'), -1));
        const auto answer = cli.shell(status(cli, url, trust));
        QVERIFY2(answer.code == 0 && answer.out.contains("\"tls\""), answer.said().constData());
        QVERIFY(
            cli.shell(status(cli, url, trust + QStringLiteral(" -H 'Host: evil.test'"))).out.contains("Host header"));
        QVERIFY(cli.shell(QStringLiteral("curl -sS %1 %2/retryscope/status").arg(trust, url)).out.contains("token"));
        QVERIFY(cli.shell(QStringLiteral("curl -sS -m 5 %1/healthz")
                              .arg(QString(url).replace(QStringLiteral("https"), QStringLiteral("http"))))
                    .code
                != 0);
        QCOMPARE(gateway.stop().code, 0);
    }
}

void ServeTlsTest::aGivenOneIsTakenAnewWhenItsFilesChange()
{
    const CliProgram cli;
    QString other; // a second pair: what --tls makes
    {
        Serving made(cli, QStringLiteral("127.0.0.1:0"), {QStringLiteral("--tls")});
        other = made.fingerprint();
        QCOMPARE(made.stop().code, 0);
    }
    const auto put = [&cli](const QByteArray &certificate, const QByteArray &key) {
        cli.write(QStringLiteral("c.pem"), certificate);
        cli.write(QStringLiteral("k.pem"), key);
    };
    put(testcertificate::certificate, testcertificate::key);
    Serving gateway(cli, QStringLiteral("127.0.0.1:0"),
                    {QStringLiteral("--tls-cert"), cli.path(QStringLiteral("c.pem")), QStringLiteral("--tls-key"),
                     cli.path(QStringLiteral("k.pem"))});
    const QString first = gateway.fingerprint();
    QCOMPARE(first, fingerprintOf(cli, cli.path(QStringLiteral("c.pem"))));
    const auto shown = [&] {
        const auto answer = cli.shell(status(cli, gateway.url, QStringLiteral("-k")));
        return QJsonDocument::fromJson(answer.out)[QLatin1String("tls")][QLatin1String("fingerprint_sha256")]
            .toString();
    };
    QCOMPARE(shown(), first);
    QByteArray said;
    const auto says = [&](const QByteArray &words) {
        return QTest::qWaitFor(
            [&] {
                said += gateway.process.readAllStandardError();
                return said.contains(words);
            },
            15'000);
    };
    put("garbage", testcertificate::key);
    QVERIFY2(says("The certificate before stays in use"), said.constData()); // nobody had to ask
    QCOMPARE(shown(), first);
    QTest::qWait(4'500); // two more looks
    said += gateway.process.readAllStandardError();
    QCOMPARE(said.count("stays in use"), 1);
    put(cli.read(cli.data(QStringLiteral("gateway-certificate.pem"))),
        cli.read(cli.data(QStringLiteral("gateway-key.pem"))));
    QVERIFY2(says(other.toLatin1()), said.constData());
    QTRY_COMPARE(shown(), other);
    put(testcertificate::certificate, testcertificate::key);
    ::kill(pid_t(gateway.process.processId()), SIGHUP); // at once
    QTRY_COMPARE(shown(), first);
    QCOMPARE(gateway.stop().code, 0);
}

void ServeTlsTest::theEndOfAGivenOneIsTold()
{
    if (QStandardPaths::findExecutable(QStringLiteral("openssl")).isEmpty())
        QSKIP("openssl is not installed");
    const CliProgram cli;
    for (const int days : {13, 15}) {
        const QString file = cli.path(QStringLiteral("ends.pem"));
        QCOMPARE(
            cli.shell(QStringLiteral("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days %1 "
                                     "-subj /CN=localhost -keyout '%2.key' -out '%2'")
                          .arg(days)
                          .arg(file))
                .code,
            0);
        Serving gateway(
            cli, QStringLiteral("127.0.0.1:0"),
            {QStringLiteral("--tls-cert"), file, QStringLiteral("--tls-key"), file + QStringLiteral(".key")});
        QVERIFY(!gateway.fingerprint().isEmpty());
        QTest::qWait(2'500); // a second look tells nothing more
        const auto ended = gateway.stop();
        QCOMPARE(ended.code, 0);
        QCOMPARE(ended.err.count("ends.pem ends on "), days < 14 ? 1 : 0);
    }
}

void ServeTlsTest::wrongUsageIsNamed_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<int>("code");
    QTest::addColumn<QByteArray>("named");
    const QString all = QStringLiteral("0.0.0.0:0"), none = QStringLiteral("/nowhere/c.pem");
    QTest::newRow("no TLS for everybody") << QStringList{all} << 4 << QByteArray("--tls-cert FILE");
    QTest::newRow("a name alone is no TLS")
        << QStringList{all, "--host", "gateway.test"} << 4 << QByteArray("needs TLS");
    QTest::newRow("both") << QStringList{all, "--tls", "--tls-cert", none} << 2 << QByteArray("Use one of them");
    QTest::newRow("a key alone") << QStringList{all, "--tls-key", none} << 2 << QByteArray("--tls-cert FILE");
    QTest::newRow("no such file") << QStringList{all, "--tls-cert", none} << 4
                                  << QByteArray("/nowhere/c.pem cannot be read");
    QTest::newRow("a port") << QStringList{all, "--tls", "--host", "gateway:443"} << 2 << QByteArray("without a port");
    QTest::newRow("no name") << QStringList{all, "--tls", "--host", "a b"} << 2
                             << QByteArray("\"a b\" is no host name");
}

void ServeTlsTest::wrongUsageIsNamed()
{
    QFETCH(QStringList, arguments);
    QFETCH(int, code);
    QFETCH(QByteArray, named);
    const auto ran = CliProgram().run(QStringList{QStringLiteral("serve"), QStringLiteral("--listen")} + arguments);
    QCOMPARE(ran.code, code);
    QVERIFY2(ran.err.contains(named), ran.err.constData());
    QVERIFY(ran.out.isEmpty());
}

SUITE_TEST(ServeTlsTest)
#include "tst_servetls.moc"
