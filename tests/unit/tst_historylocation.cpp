// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "config/configuration.h"
#include "config/historylocation.h"
#include "support/suite.h"

#include <QTest>

using namespace retryscope;
using LocationKind = HistoryLocation::Kind;

class HistoryLocationTest : public QObject
{
    Q_OBJECT
private slots:
    void readsTheLine_data();
    void readsTheLine();
    void refusesWithASentence_data();
    void refusesWithASentence();
    void theConfigurationKeepsTheLine();
    void aWrongLineIsAnIssueOfTheConfiguration();
};

void HistoryLocationTest::readsTheLine_data()
{
    QTest::addColumn<QString>("line");
    QTest::addColumn<HistoryLocation>("location");
    QTest::newRow("nothing: the default file") << QString() << HistoryLocation{};
    QTest::newRow("sqlite alone") << QStringLiteral("sqlite:") << HistoryLocation{};
    QTest::newRow("a file") << QStringLiteral("sqlite:/var/lib/r s/h.sqlite")
                            << HistoryLocation{LocationKind::Sqlite, QStringLiteral("/var/lib/r s/h.sqlite")};
    QTest::newRow("off") << QStringLiteral("off") << HistoryLocation{LocationKind::Off};
    HistoryLocation server{
        LocationKind::PostgreSql, {}, QStringLiteral("ops"), QStringLiteral("db.example"), QStringLiteral("history")};
    QTest::newRow("a server") << QStringLiteral("postgresql://ops@db.example/history") << server;
    server.port = 6'432;
    server.passwordVariable = QStringLiteral("DB_PASSWORD");
    server.sslMode = QStringLiteral("verify-full");
    QTest::newRow("a server with everything")
        << QStringLiteral("postgresql://ops@db.example:6432/history?password=env:DB_PASSWORD&sslmode=verify-full")
        << server;
    QTest::newRow("a socket")
        << QStringLiteral("postgresql:///history?host=/run/postgresql")
        << HistoryLocation{LocationKind::PostgreSql, {}, {}, QStringLiteral("/run/postgresql"), QStringLiteral("history")};
}

void HistoryLocationTest::readsTheLine()
{
    QFETCH(const QString, line);
    QFETCH(const HistoryLocation, location);
    const auto read = historyLocationFromText(line);
    QVERIFY2(read, read ? "" : qPrintable(read.error()));
    QVERIFY(*read == location);
}

void HistoryLocationTest::refusesWithASentence_data()
{
    QTest::addColumn<QString>("line");
    QTest::addColumn<QString>("says");
    QTest::newRow("unknown scheme") << QStringLiteral("mysql://h/d") << QStringLiteral("Must be sqlite:");
    QTest::newRow("a relative path") << QStringLiteral("sqlite:history.sqlite") << QStringLiteral("absolute");
    QTest::newRow("a folder") << QStringLiteral("sqlite:/var/lib/") << QStringLiteral("not a folder");
    QTest::newRow("a password in the address")
        << QStringLiteral("postgresql://ops:hunter2@db/history") << QStringLiteral("password=env:NAME");
    QTest::newRow("a password in an address that is none")
        << QStringLiteral("postgresql://ops:hunter2 @db/history") << QStringLiteral("whole address");
    QTest::newRow("a password as an option")
        << QStringLiteral("postgresql://ops@db/history?password=hunter2") << QStringLiteral("reference");
    QTest::newRow("a password under another name")
        << QStringLiteral("postgresql://ops@db/history?passwd=hunter2") << QStringLiteral("only password=env:NAME");
    QTest::newRow("no database") << QStringLiteral("postgresql://ops@db") << QStringLiteral("database's name");
    QTest::newRow("two databases") << QStringLiteral("postgresql://ops@db/a/b") << QStringLiteral("database's name");
    QTest::newRow("no server") << QStringLiteral("postgresql:///history") << QStringLiteral("server is missing");
    QTest::newRow("options smuggled in by the user's name")
        << QStringLiteral("postgresql://o%20sslmode=disable@db/history") << QStringLiteral("no spaces");
    QTest::newRow("an unknown way to secure it")
        << QStringLiteral("postgresql://ops@db/history?sslmode=maybe") << QStringLiteral("verify-full");
}

void HistoryLocationTest::refusesWithASentence()
{
    QFETCH(const QString, line);
    QFETCH(const QString, says);
    const auto read = historyLocationFromText(line);
    QVERIFY(!read);
    QVERIFY2(read.error().contains(says), qPrintable(read.error()));
    QVERIFY2(!read.error().contains(QStringLiteral("hunter2")), "a password was repeated");
}

void HistoryLocationTest::theConfigurationKeepsTheLine()
{
    Configuration configuration;
    configuration.providers = builtInProviders();
    QVERIFY(!toJson(configuration).contains("history"));
    configuration.history = QStringLiteral("postgresql://ops@db/history?password=env:DB_PASSWORD");
    const LoadedConfiguration loaded = configurationFromJson(toJson(configuration));
    QCOMPARE(loaded.configuration.history, configuration.history);
    QVERIFY(loaded.configuration.unknown.isEmpty());
}

void HistoryLocationTest::aWrongLineIsAnIssueOfTheConfiguration()
{
    const auto issueOf = [](const char *value) {
        for (const ConfigIssue &issue : configurationFromJson(QByteArray(R"({"history": )") + value + '}').issues) {
            if (issue.where == QStringLiteral("history") && issue.severity == ConfigIssue::Severity::Error)
                return issue.message;
        }
        return QString();
    };
    QVERIFY(issueOf("7").contains(QStringLiteral("text")));
    QVERIFY(issueOf("\"postgresql://a:hunter2@b/c\"").contains(QStringLiteral("password")));
    QVERIFY(!issueOf("\"postgresql://a:hunter2@b/c\"").contains(QStringLiteral("hunter2")));
    QCOMPARE(issueOf("\"off\""), QString());
}

SUITE_TEST(HistoryLocationTest)
#include "tst_historylocation.moc"
