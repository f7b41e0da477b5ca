// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "support/suite.h"

#include <QDateTime>
#include <QProcess>
#include <QSqlDatabase>
#include <QSqlQuery>
#include <QTemporaryDir>
#include <QTest>

/// The program as a person starts it, without a screen.
class DesktopTest : public QObject
{
    Q_OBJECT
private slots:
    void theHistoryIsWhatRan();

private:
    QProcessEnvironment environment() const
    {
        QProcessEnvironment e = QProcessEnvironment::systemEnvironment();
        for (const char *name : {"HOME", "XDG_RUNTIME_DIR"})
            e.insert(QLatin1String(name), m_home.path());
        e.insert(QStringLiteral("XDG_CONFIG_HOME"), m_home.filePath(QStringLiteral("config")));
        e.insert(QStringLiteral("XDG_DATA_HOME"), m_home.filePath(QStringLiteral("data")));
        e.insert(QStringLiteral("QT_QPA_PLATFORM"), QStringLiteral("offscreen"));
        e.insert(QStringLiteral("QT_LOGGING_RULES"), QStringLiteral("retryscope.start.info=true"));
        return e;
    }
    QVector<qint64> asked(const QString &sql) const
    {
        QVector<qint64> values;
        {
            QSqlDatabase db = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), QStringLiteral("asked"));
            db.setDatabaseName(m_home.filePath(QStringLiteral("data/retryscope/history.sqlite")));
            db.setConnectOptions(QStringLiteral("QSQLITE_OPEN_READONLY"));
            if (db.open()) {
                QSqlQuery query(db);
                if (query.exec(sql) && query.next()) {
                    for (int i = 0; !query.value(i).isNull(); ++i)
                        values << query.value(i).toLongLong();
                }
            }
        }
        QSqlDatabase::removeDatabase(QStringLiteral("asked"));
        return values;
    }
    const QTemporaryDir m_home;
};

/// The calls of this run from the first, and nothing that was only rehearsed.
void DesktopTest::theHistoryIsWhatRan()
{
    QProcess program;
    program.setProcessEnvironment(environment());
    program.setProcessChannelMode(QProcess::MergedChannels);
    const qint64 before = QDateTime::currentMSecsSinceEpoch();
    program.start(QStringLiteral(DESKTOP_BINARY), {QStringLiteral("--demo")});
    QByteArray said;
    while (!said.contains("first page painted") && program.waitForReadyRead(30'000))
        said += program.readAll();
    QVERIFY2(said.contains("first page painted"), said.constData());
    const QString calls = QStringLiteral("SELECT count(*), min(wall) FROM events WHERE kind = 'call_finished'");
    QTRY_VERIFY(asked(calls).value(0) >= 3);
    QVERIFY(asked(calls).value(1) >= before);
    const QVector<qint64> run = asked(QStringLiteral("SELECT started, last, 0 FROM runs"));
    QVERIFY2(run.value(1) > run.value(0), qPrintable(QString::number(run.value(1) - run.value(0))));
    QCOMPARE(asked(QStringLiteral("SELECT min(seq) FROM events")).value(0, -1), 1);
    program.terminate();
    QVERIFY(program.waitForFinished(20'000));
}

SUITE_TEST(DesktopTest)
#include "tst_desktop.moc"
