// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "engine/localengineclient.h"
#include "support/rawserver.h"
#include "support/suite.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QTemporaryDir>
#include <QTest>

#include <sys/stat.h>

using namespace retryscope;

/// What an engine finds shut until a point in time is shut for the next engine, as in a window that is started anew.
class KeptBlocksTest : public QObject
{
    Q_OBJECT
private slots:
    void aWindowThatIsStartedAgainKnows();
    void whatAPersonLetsGoStaysOpen();
    void failuresAndSimulationsAreNotKept();
    void aFolderThatCannotBeWrittenIsTold();

private:
    struct Engine
    {
        Engine(const Configuration &configuration, const QString &file)
        {
            QObject::connect(&client, &EngineClient::callFinished, &client,
                             [this](const CallResult &r) { results.append(r); });
            QObject::connect(&client, &EngineClient::eventsArrived, &client, [this](const Events &e) { events += e; });
            QObject::connect(&client, &LocalEngineClient::blocksNotKept, &client,
                             [this](const QString &p) { told << p; });
            client.keepBlocks(file);
            client.apply(configuration);
        }
        CallResult call()
        {
            const qsizetype before = results.size();
            client.send(Prompt{QStringLiteral("Hello"), {}, {}, 64, false}, {});
            return QTest::qWaitFor([&] { return results.size() > before; }, 20'000) ? results.last() : CallResult();
        }
        LocalEngineClient client{5};
        QVector<CallResult> results;
        Events events;
        QStringList told;
    };
    struct Stage
    {
        explicit Stage(const QByteArray &status = "429 Too Many")
        {
            x.answer = [status](QTcpSocket *socket, int) {
                RawServer::reply(
                    socket, R"({"error":{"message":"No.","type":"insufficient_quota","code":"insufficient_quota"}})",
                    status);
            };
            y.answer = [](QTcpSocket *socket, int) {
                RawServer::reply(socket, R"({"choices":[{"message":{"content":"Yes."},"finish_reason":"stop"}]})");
            };
            for (const auto &[id, server] : {std::pair{"x", &x}, std::pair{"y", &y}}) {
                ProviderConfig p;
                p.id = QLatin1String(id);
                p.baseUrl = server->url(QStringLiteral("/v1"));
                p.model = QStringLiteral("m");
                configuration.providers.append(p);
            }
            configuration.retry.probeInterval = 0s;
        }
        QJsonArray kept() const
        {
            QFile f(file());
            return f.open(QIODevice::ReadOnly) ? QJsonDocument::fromJson(f.readAll())[QLatin1String("blocks")].toArray()
                                               : QJsonArray();
        }
        QString file() const { return folder.filePath(QStringLiteral("state/blocks.json")); }
        QTemporaryDir folder;
        RawServer x, y;
        Configuration configuration;
    };
};

void KeptBlocksTest::aWindowThatIsStartedAgainKnows()
{
    Stage stage;
    {
        Engine first(stage.configuration, stage.file());
        QVERIFY(first.call().succeeded());
    }
    QCOMPARE(stage.x.requests, 1);
    QCOMPARE(stage.kept().size(), 1);
    Engine second(stage.configuration, stage.file());
    const CallResult result = second.call();
    QVERIFY2(second.told.isEmpty(), qPrintable(second.told.join(QLatin1Char(' '))));
    QCOMPARE(result.provider, QStringLiteral("y"));
    QCOMPARE(stage.x.requests, 1);
    const auto opened = std::find_if(second.events.begin(), second.events.end(),
                                     [](const Event &e) { return e.kind == EventKind::CircuitChanged; });
    QVERIFY(opened != second.events.end());
    QCOMPARE(toKey(opened->reason), QStringLiteral("quota_exhausted"));
    QVERIFY(*opened->openFor > 13min && *opened->openFor < 17min); // the rest of it, not all of it anew
    QVERIFY(std::any_of(second.events.begin(), second.events.end(), [](const Event &e) {
        return e.kind == EventKind::ProviderSkipped && e.skip == SkipReason::Blocked;
    }));
}

void KeptBlocksTest::whatAPersonLetsGoStaysOpen()
{
    Stage stage;
    {
        Engine first(stage.configuration, stage.file());
        QVERIFY(first.call().succeeded());
        QTRY_COMPARE(stage.kept().size(), 1);
        first.client.release(QStringLiteral("x"));
        QTRY_COMPARE(stage.kept().size(), 0);
    }
    {
        Engine second(stage.configuration, stage.file());
        QVERIFY(second.call().succeeded());
        QCOMPARE(stage.x.requests, 2);
        QTRY_COMPARE(stage.kept().size(), 1);
    }
    Engine third(stage.configuration, stage.file()); // restored, let go, and configured anew
    third.client.release(QStringLiteral("x"));
    third.client.apply(stage.configuration);
    QVERIFY(third.call().succeeded());
    QCOMPARE(stage.x.requests, 3);
}

void KeptBlocksTest::failuresAndSimulationsAreNotKept()
{
    Stage stage("503 Busy");
    stage.x.answer = [](QTcpSocket *socket, int) {
        RawServer::reply(socket, R"({"error":{"message":"busy"}})", "503 Busy");
    };
    stage.configuration.retry.circuitMinCalls = 1;
    stage.configuration.retry.baseDelay = 1ms;
    {
        Engine engine(stage.configuration, stage.file());
        for (int i = 0; i < 6; ++i)
            QVERIFY(engine.call().succeeded());
        QVERIFY(std::any_of(engine.events.begin(), engine.events.end(), [](const Event &e) {
            return e.kind == EventKind::CircuitChanged && e.circuitTo == CircuitState::Open;
        }));
    }
    QCOMPARE(stage.kept().size(), 0);
    Stage simulated;
    simulated.configuration.providers[0].simulated = true;
    {
        Engine engine(simulated.configuration, simulated.file());
        QVERIFY(engine.call().succeeded());
    }
    QCOMPARE(simulated.kept().size(), 0);
}

void KeptBlocksTest::aFolderThatCannotBeWrittenIsTold()
{
    Stage stage;
    QFile inTheWay(stage.folder.filePath(QStringLiteral("state")));
    QVERIFY(inTheWay.open(QIODevice::WriteOnly));
    Engine engine(stage.configuration, stage.file());
    QVERIFY(engine.call().succeeded());
    QTRY_COMPARE(engine.told.size(), 1);
    QVERIFY2(engine.told.first().contains(stage.file())
                 && engine.told.first().contains(QStringLiteral("make the folder writable")),
             qPrintable(engine.told.first()));
}

SUITE_TEST(KeptBlocksTest)
#include "tst_keptblocks.moc"
