// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "http/owncertificate.h"
#include "support/madecertificate.h"
#include "support/suite.h"

#include <QFileInfo>
#include <QSslCertificate>
#include <QSslConfiguration>
#include <QSslKey>
#include <QTemporaryDir>
#include <QTest>

using namespace retryscope;

/// Certificates of a server: what is refused before anybody comes, and the one that is made on the spot.
class ServerCertificateTest : public QObject
{
    Q_OBJECT
private slots:
    void whatCannotServeIsSaid_data();
    void whatCannotServeIsSaid();
    void whatIsReadIsTold();
    void oneFileMayHoldBoth();
    void ourOwnIsMadeOnce();
    void ourOwnIsMadeAnewInTime();
    void ourOwnNamesWhatItIsAskedFor();

private:
    QString write(const char *name, const QByteArray &bytes) const
    {
        QFile file(m_folder.filePath(QLatin1String(name)));
        return file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size() ? file.fileName() : QString();
    }
    static QSslCertificate readCertificate(const QString &file) { return QSslCertificate::fromPath(file).value(0); }
    QTemporaryDir m_folder;
};

void ServerCertificateTest::whatCannotServeIsSaid_data()
{
    QTest::addColumn<QByteArray>("certificate");
    QTest::addColumn<QByteArray>("key");
    QTest::addColumn<QString>("named");
    const auto row = [](const char *name, const MadeCertificate &made, const char *named) {
        QTest::newRow(name) << made.certificate << made.key << QString::fromLatin1(named);
    };
    using Wish = MadeCertificate::Wish;
    const MadeCertificate good = MadeCertificate::make({});
    row("ended", MadeCertificate::make(Wish{.from = -7'200, .until = -60}), "ended on 2");
    row("not begun", MadeCertificate::make(Wish{.from = 3'600, .until = 7'200}), "begins on 2");
    row("the key is encrypted", MadeCertificate::make(Wish{.passphrase = "secret-phrase"}), "is encrypted");
    row("another's key", {good.certificate, MadeCertificate::make({}).key}, "is not that of the certificate");
    row("no certificate in it", {good.key, good.key}, "holds no certificate");
    row("no key in it", {good.certificate, good.certificate}, "holds no private key");
    row("garbage for a certificate", {"-----BEGIN CERTIFICATE-----\nxx\n-----END CERTIFICATE-----\n", good.key},
        "holds no certificate");
    row("nothing in either", {}, "holds no certificate");
    row("a weak key", MadeCertificate::make(Wish{.rsaBits = 1024}), "too weak");
    row("a kind that cannot be used", MadeCertificate::make(Wish{.kind = "ED25519"}), "neither RSA nor EC");
    row("a weak signature of another", MadeCertificate::make(Wish{.issuer = "an authority", .sha1 = true}),
        "signed too weakly");
}

void ServerCertificateTest::whatCannotServeIsSaid()
{
    QFETCH(QByteArray, certificate);
    QFETCH(QByteArray, key);
    QFETCH(QString, named);
    const auto read = readServerCertificate(write("c.pem", certificate), write("k.pem", key));
    QVERIFY(!read);
    QVERIFY2(read.error().contains(named), qPrintable(read.error()));
    QVERIFY2(read.error().contains(QStringLiteral("/c.pem")) || read.error().contains(QStringLiteral("/k.pem")),
             qPrintable(read.error()));
    QVERIFY(!read.error().contains(QStringLiteral("secret-phrase")));
    const auto missing = readServerCertificate(m_folder.filePath(QStringLiteral("none.pem")), write("k.pem", key));
    QVERIFY(!missing && missing.error().contains(QStringLiteral("/none.pem cannot be read")));
}

void ServerCertificateTest::whatIsReadIsTold()
{
    const auto made = MadeCertificate::make(
        MadeCertificate::Wish{.names = "DNS:Gateway.example.org,DNS:*.svc.local,IP:::1", .rsaBits = 2048});
    const QString file = write("c.pem", made.certificate);
    const auto read = readServerCertificate(file, write("k.pem", made.key));
    QVERIFY2(read, qPrintable(read ? QString() : read.error()));
    const QSslCertificate certificate = readCertificate(file);
    QCOMPARE(QByteArray::fromHex(QByteArray(read->fingerprint).replace(':', "")),
             certificate.digest(QCryptographicHash::Sha256));
    QCOMPARE(read->until, certificate.expiryDate().toUTC());
    QCOMPARE(read->names, (QStringList{QStringLiteral("*.svc.local"), QStringLiteral("::1"),
                                       QStringLiteral("gateway.example.org")}));
    QCOMPARE(read->hosts(),
             (QByteArrayList{"*.svc.local", "gateway.example.org"})); // addresses are the connection's to tell
    QCOMPARE(read->tls->protocol(), QSsl::TlsV1_2OrLater);
    QVERIFY(!read->isOwn);
}

void ServerCertificateTest::oneFileMayHoldBoth()
{
    const auto made = MadeCertificate::make({});
    const QString file = write("both.pem", made.key + made.certificate);
    const auto read = readServerCertificate(file, file);
    QVERIFY2(read, qPrintable(read ? QString() : read.error()));
}

void ServerCertificateTest::ourOwnIsMadeOnce()
{
    const QString folder = m_folder.filePath(QStringLiteral("own"));
    const auto first = ownCertificate(folder, {});
    QVERIFY2(first, qPrintable(first ? QString() : first.error()));
    QVERIFY(!first->madeBecause.isEmpty() && first->certificate.isOwn);
    QVERIFY(first->certificate.hosts().isEmpty()); // it is for names that the server may not be listening on
    for (const QString &file : {first->certificateFile, first->keyFile})
        QCOMPARE(QFile::permissions(file) & 0x0077, QFile::Permissions());
    const QSslCertificate certificate = readCertificate(first->certificateFile);
    QCOMPARE(certificate.issuerDisplayName(), certificate.subjectDisplayName());
    const auto days = QDateTime::currentDateTimeUtc().daysTo(certificate.expiryDate());
    QVERIFY2(days > 800 && days <= 825, qPrintable(QString::number(days)));
    for (const char *name : {"localhost", "127.0.0.1", "::1"})
        QVERIFY2(first->certificate.names.contains(QLatin1String(name)), name);
    for (const QString &name : machineNames())
        QVERIFY2(first->certificate.names.contains(name), qPrintable(name));
    const auto second = ownCertificate(folder, {});
    QVERIFY(second && second->madeBecause.isEmpty());
    QCOMPARE(second->certificate.fingerprint, first->certificate.fingerprint);
}

void ServerCertificateTest::ourOwnIsMadeAnewInTime()
{
    const QString folder = m_folder.filePath(QStringLiteral("late"));
    const auto first = ownCertificate(folder, {});
    QVERIFY(first);
    const auto put = [&](const MadeCertificate &made) {
        QFile certificate(first->certificateFile), key(first->keyFile);
        QVERIFY(certificate.open(QIODevice::WriteOnly) && key.open(QIODevice::WriteOnly));
        certificate.write(made.certificate);
        key.write(made.key);
    };
    constexpr long day = 24 * 3'600;
    put(MadeCertificate::make({.until = 31 * day}));
    QVERIFY(ownCertificate(folder, {})->madeBecause.isEmpty());
    put(MadeCertificate::make({.until = 29 * day}));
    const auto renewed = ownCertificate(folder, {});
    QVERIFY2(renewed->madeBecause.contains(QStringLiteral("ends on")), qPrintable(renewed->madeBecause));
    QVERIFY(renewed->certificate.until > QDateTime::currentDateTimeUtc().addDays(800));
    QFile key(first->keyFile);
    QVERIFY(key.open(QIODevice::WriteOnly | QIODevice::Truncate)); // half a pair, as a crash may leave it
    key.close();
    const auto mended = ownCertificate(folder, {});
    QVERIFY2(mended && mended->madeBecause.contains(QStringLiteral("cannot be used")),
             qPrintable(mended ? mended->madeBecause : mended.error()));
}

void ServerCertificateTest::ourOwnNamesWhatItIsAskedFor()
{
    const QString folder = m_folder.filePath(QStringLiteral("named"));
    const auto first = ownCertificate(folder, {});
    const auto named = ownCertificate(folder, {QStringLiteral("gateway.example.org"), QStringLiteral("203.0.113.7")});
    QVERIFY2(named, qPrintable(named ? QString() : named.error()));
    QVERIFY(named->certificate.fingerprint != first->certificate.fingerprint);
    const auto all = readCertificate(named->certificateFile).subjectAlternativeNames();
    QVERIFY(all.contains(QSsl::DnsEntry, QStringLiteral("gateway.example.org")));
    QVERIFY(all.contains(QSsl::IpAddressEntry, QStringLiteral("203.0.113.7")));
    for (const char *odd : {"a,DNS:evil.test", "a b", "-", "*.example.org", "\xe4.test"}) {
        const auto refused = ownCertificate(folder, {QString::fromLatin1(odd)});
        QVERIFY2(!refused && refused.error().contains(QStringLiteral("no host name")), odd);
    }
}

SUITE_TEST(ServerCertificateTest)
#include "tst_servercertificate.moc"
