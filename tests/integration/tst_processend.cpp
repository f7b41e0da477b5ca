// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "support/suite.h"
#include "transport/transportkind.h"

#include <QProcess>
#include <QTest>

#include <cstdio>

#include <openssl/crypto.h>

using namespace retryscope;

/// The end of a program that used the engine: OpenSSL must not take its threads' memory away while they may be giving it
/// back themselves (once in some hundred ends the process then crashed with a double free).
class ProcessEndTest final : public QObject
{
    Q_OBJECT
private slots:
    void nothingIsTakenFromThreadsAtTheEnd()
    {
        QProcess child;
        child.start(QCoreApplication::applicationFilePath(), {QStringLiteral("--child")});
        QVERIFY(child.waitForFinished(20'000));
        QCOMPARE(child.readAllStandardOutput(), QByteArray("used\n"));
        QCOMPARE(child.exitCode(), 0);
    }
};

SUITE_MAIN(ProcessEndTest)
{
    if (argc == 2 && QByteArrayView(argv[1]) == QByteArrayView("--child")) {
        OPENSSL_atexit([] { std::puts("OpenSSL cleans up"); }); // is called by its own cleanup only
        const auto transport = makeTransport(TransportKind::Qt);
        std::puts("used");
        return 0;
    }
    QCoreApplication app(argc, argv);
    ProcessEndTest test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_processend.moc"
