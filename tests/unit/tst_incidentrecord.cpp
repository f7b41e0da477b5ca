// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "health/incidentstore.h"
#include "support/incidentplayer.h"
#include "support/suite.h"
#include "words/incidentwords.h"

#include <QDir>
#include <QJsonArray>
#include <QJsonDocument>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include <random>

using namespace retryscope;

/// Incidents as they are kept, read again and written out.
class IncidentRecordTest : public QObject
{
    Q_OBJECT
private slots:
    void survivesRestart();
    void continuesOverARestart();
    void jsonRoundTrip();
    void refusesWhatIsNoIncident();
    void readsTheOlderSchema();
    void numbersOutOfRangeAreMovedIntoIt();
    void csvIsSafeForSpreadsheets();
    void markdownTellsTheStory();
    void storeSavesAndLoads();
    void storeSetsDamagedFilesAside_data();
    void storeSetsDamagedFilesAside();
    void storeNamesAPlaceThatCannotBeWritten();
    void storeWritesTheNewestOfMany();
};

void IncidentRecordTest::survivesRestart()
{
    IncidentPlayer p;
    p.breakDown("openai");
    p.recover("openai");
    p.breakDown("mistral");
    p.wait(5s);
    IncidentPlayer q;
    q.tracker.restore(Incidents(p.tracker.incidents().begin(), p.tracker.incidents().end()));
    QCOMPARE(q.tracker.incidents().size(), std::size_t(2));
    QCOMPARE(q.tracker.incidents()[0], p.tracker.incidents()[0]);
    QCOMPARE(q.last().ending, IncidentEnding::NotWatched);
    QCOMPARE(q.last().ended, p.last().lastSeen);
    QVERIFY(q.tracker.annotate(1, QStringLiteral("vendor confirmed")));
    QVERIFY(!q.tracker.annotate(99, QStringLiteral("nobody")));
    QCOMPARE(q.tracker.find(1)->note, QStringLiteral("vendor confirmed"));
    q.now = p.now + 10min;
    q.breakDown("openai");
    QCOMPARE(q.last().id, 3ULL);
}

void IncidentRecordTest::continuesOverARestart()
{
    IncidentPlayer p;
    p.breakDown("openai");
    p.wait(5s);
    IncidentPlayer q;
    q.tracker.restore(Incidents(p.tracker.incidents().begin(), p.tracker.incidents().end()));
    q.now = SteadyTime(3s); // another process: its steady time starts anew
    q.step = (p.now - q.now) + 30s;
    q.breakDown("openai");
    QCOMPARE(q.tracker.incidents().size(), std::size_t(1));
    QCOMPARE(q.last().reopened, 1);
    QVERIFY(q.last().isOpen());
    QCOMPARE(q.last().failedAttempts, 10ULL);
}

void IncidentRecordTest::jsonRoundTrip()
{
    const Incident before = sampleIncident();
    const QByteArray bytes = QJsonDocument(toJson(before)).toJson();
    const auto after = incidentFromJson(QJsonDocument::fromJson(bytes).object());
    QVERIFY(after.has_value());
    QCOMPARE(*after, before);
    const QList<QByteArray> lines = toJsonLines({before, before}).split('\n');
    QCOMPARE(lines.size(), 3);
    QCOMPARE(incidentFromJson(QJsonDocument::fromJson(lines[1]).object()), std::optional(before));
}

void IncidentRecordTest::refusesWhatIsNoIncident()
{
    QVERIFY(!incidentFromJson({}));
    for (const char *key : {"id", "provider", "trigger", "ending", "started", "ended", "schema"}) {
        QJsonObject o = toJson(sampleIncident());
        o.remove(QLatin1String(key));
        QVERIFY2(!incidentFromJson(o), key);
    }
    QJsonObject odd = toJson(sampleIncident());
    odd[QLatin1String("failed_attempts")] = -4;
    odd[QLatin1String("timeline")] = QStringLiteral("none");
    const auto read = incidentFromJson(odd);
    QVERIFY(read && read->failedAttempts == 0 && read->facts.isEmpty());
}

void IncidentRecordTest::readsTheOlderSchema()
{
    QJsonObject old{
        {QStringLiteral("schema"), 1},
        {QStringLiteral("id"), 7},
        {QStringLiteral("provider"), QStringLiteral("openai")},
        {QStringLiteral("trigger"), QStringLiteral("failures")},
        {QStringLiteral("ending"), QStringLiteral("recovered")},
        {QStringLiteral("started"), QStringLiteral("2026-11-25T18:37:15.200Z")},
        {QStringLiteral("opened"), QStringLiteral("2026-11-25T18:37:16.000Z")},
        {QStringLiteral("ended"), QStringLiteral("2026-11-25T18:39:19.900Z")},
        {QStringLiteral("last_seen"), QStringLiteral("2026-11-25T18:39:29.000Z")},
        {QStringLiteral("lasted_s"), 65.0},
        {QStringLiteral("reopened"), 1},
        {QStringLiteral("slow"), true},
        {QStringLiteral("failed_attempts"), 12},
        {QStringLiteral("affected_calls"), 9},
        {QStringLiteral("failed_calls"), 2},
        {QStringLiteral("added_median_s"), 30.3},
        {QStringLiteral("added_worst_s"), 30.0},
        {QStringLiteral("reasons"),
         QJsonObject{{QStringLiteral("rate_limit"), 10}, {QStringLiteral("server_error"), 2}}},
        {QStringLiteral("carried_by"), QJsonObject{{QStringLiteral("anthropic"), 5}, {QStringLiteral("openai"), 2}}},
        {QStringLiteral("timeline"),
         QJsonArray{QJsonObject{{QStringLiteral("ts"), QStringLiteral("2026-11-25T18:39:19.900Z")},
                                {QStringLiteral("kind"), QStringLiteral("ended")},
                                {QStringLiteral("what"), QStringLiteral("recovered, 3 successes in a row")}}}}};
    const auto i = incidentFromJson(old);
    QVERIFY(i.has_value());
    QCOMPARE(i->causes.size(), 3);
    QCOMPARE(i->cause(), RetryReason::RateLimit);
    QVERIFY(i->slow());
    QCOMPARE(i->failedCalls, 2ULL);
    QCOMPARE(i->reroutedCalls, 5ULL);
    QCOMPARE(i->delayedCalls, 2ULL);
    QVERIFY(*i->addedMedian() <= *i->addedP95() && *i->addedP95() <= *i->addedWorst());
    QCOMPARE(*i->addedWorst(), Duration(30s));
    QCOMPARE(lastedText(*i), QStringLiteral("unwell for 1:05 of 2:04"));
    QCOMPARE(toSentence(i->facts[0], *i), QStringLiteral("Ended: recovered, 3 successes in a row."));
    QCOMPARE(incidentFromJson(toJson(*i)), i); // and is written as the newer one
}

void IncidentRecordTest::numbersOutOfRangeAreMovedIntoIt()
{
    std::mt19937 random(4);
    const QVector<QJsonValue> odd{-1.0, 1e300, -1e300, 0.5, 9.3e18, QJsonValue(QStringLiteral("x")),
                                  QJsonValue(),
                                  QJsonArray{1, 2},
                                  QJsonObject{}, true, QStringLiteral("9999-12-31T23:59:59.999Z"),
                                  QStringLiteral("0001-01-01T00:00:00Z"),
                                  QStringLiteral("1000000..86400000000000 0:4294967295 1:4294967295")};
    for (int round = 0; round < 3'000; ++round) {
        QJsonObject o = toJson(sampleIncident());
        for (int n = int(1 + random() % 4); n > 0; --n)
            o[o.keys()[qsizetype(random() % quint32(o.size()))]] = odd[qsizetype(random() % quint32(odd.size()))];
        QJsonObject curve = o[QLatin1String("curve")].toObject();
        if (random() % 3 == 0 && !curve.isEmpty()) {
            curve[curve.keys()[qsizetype(random() % quint32(curve.size()))]] =
                odd[qsizetype(random() % quint32(odd.size()))];
            o[QLatin1String("curve")] = curve;
        }
        const auto i = incidentFromJson(o);
        if (!i)
            continue;
        QVERIFY(i->span() >= 0s && i->lasted >= 0s);
        IncidentPlayer p; // and it can go on from there
        p.tracker.restore({*i});
        p.breakDown("openai");
        QVERIFY(!toMarkdown(p.last()).isEmpty() && !toCsv({p.last()}).isEmpty() && !toJsonLines({p.last()}).isEmpty());
    }
}

void IncidentRecordTest::csvIsSafeForSpreadsheets()
{
    const QByteArray csv = toCsv({sampleIncident()});
    QVERIFY(csv.startsWith("id,provider,cause,"));
    QVERIFY2(csv.contains("\"'=cmd|' /C calc'!A0, \"\"quoted\"\"\nsecond line\"\r\n"), csv.constData());
    QVERIFY(csv.contains("\"anthropic 92 %, mistral 8 %\""));
}

void IncidentRecordTest::markdownTellsTheStory()
{
    Incident i = sampleIncident();
    i.provider = QStringLiteral("open|ai*");
    const QString text = toMarkdown(i);
    for (const char *part :
         {"## Incident 12: open\\|ai\\*, rate limited, timed out, slow answers (simulated)",
          "(unwell for 21.0 s of 24.0 s, recovered)", "| Failed attempts | 20 |", "| Rerouted calls | 11 |",
          "1.9 s median, 4.2 s p95, 4.2 s worst", "anthropic 92 %, mistral 8 %",
          "- 2023-11-14 22:13:44 Ended: recovered", "| Came back | 2 times |", "### Note"})
        QVERIFY2(text.contains(QLatin1String(part)), qPrintable(text));
    QCOMPARE(toSentence(sampleIncident()), QStringLiteral("openai: rate limited, timed out, slow answers for 24.0 s, 1 failed "
                                                  "call, 11 rerouted, 1 delayed, +1.9 s median."));
}

void IncidentRecordTest::storeSavesAndLoads()
{
    QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("deep/er/incidents.json"));
    QVERIFY(loadIncidents(path).problem.isEmpty()); // nothing yet is no problem
    QVERIFY(bool(saveIncidents({sampleIncident()}, path)));
    const LoadedIncidents loaded = loadIncidents(path);
    QVERIFY2(loaded.problem.isEmpty(), qPrintable(loaded.problem));
    QCOMPARE(loaded.incidents, Incidents{sampleIncident()});
    QCOMPARE(QDir(folder.filePath(QStringLiteral("deep/er"))).entryList(QDir::Files).size(), 1);
}

void IncidentRecordTest::storeSetsDamagedFilesAside_data()
{
    QTest::addColumn<QByteArray>("content");
    QTest::addColumn<int>("rescued");
    const QByteArray good = QJsonDocument(toJson(sampleIncident())).toJson(QJsonDocument::Compact);
    QTest::newRow("cut in the middle") << QByteArray("{\"schema\":1,\"incidents\":[" + good.left(200)) << 0;
    QTest::newRow("empty file") << QByteArray() << 0;
    QTest::newRow("binary") << QByteArray("\0\xff\xfe\x01", 4) << 0;
    QTest::newRow("another program's JSON") << QByteArray("{\"name\":\"x\"}") << 0;
    QTest::newRow("a later schema") << QByteArray("{\"schema\":3,\"incidents\":[]}") << 0;
    QTest::newRow("one good entry among bad ones")
        << QByteArray("{\"schema\":1,\"incidents\":[7,{}," + good + "]}") << 1;
}

void IncidentRecordTest::storeSetsDamagedFilesAside()
{
    QFETCH(QByteArray, content);
    QFETCH(int, rescued);
    QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("incidents.json"));
    for (int round = 1; round <= 2; ++round) {
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(content);
        file.close();
        const LoadedIncidents loaded = loadIncidents(path);
        QCOMPARE(loaded.incidents.size(), rescued);
        QVERIFY2(loaded.problem.contains(path) && loaded.problem.contains(QStringLiteral(".broken")),
                 qPrintable(loaded.problem));
        QFile aside(path + (round == 1 ? QStringLiteral(".broken") : QStringLiteral(".broken.2")));
        QVERIFY(aside.open(QIODevice::ReadOnly));
        QCOMPARE(aside.readAll(), content);
    }
}

void IncidentRecordTest::storeNamesAPlaceThatCannotBeWritten()
{
    QTemporaryDir folder;
    QFile blocker(folder.filePath(QStringLiteral("file")));
    QVERIFY(blocker.open(QIODevice::WriteOnly));
    blocker.close();
    const QString below = folder.filePath(QStringLiteral("file/incidents.json"));
    const auto saved = saveIncidents({sampleIncident()}, below);
    QVERIFY(!saved);
    QVERIFY2(saved.error().contains(below) && saved.error().contains(QStringLiteral("folder")),
             qPrintable(saved.error()));
    const auto onFolder = saveIncidents({sampleIncident()}, folder.path());
    QVERIFY(!onFolder);
    QVERIFY2(loadIncidents(folder.path()).problem.contains(folder.path()), "a folder in the file's place");
}

void IncidentRecordTest::storeWritesTheNewestOfMany()
{
    QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("incidents.json"));
    {
        IncidentStore store(path);
        for (quint64 id = 1; id <= 200; ++id) {
            Incident i = sampleIncident();
            i.id = id;
            store.save({i});
        }
        QSignalSpy saved(&store, &IncidentStore::saved);
        QVERIFY(saved.wait(suite::patience));
        QVERIFY(saved[0][0].toString().isEmpty());
        Incident last = sampleIncident();
        last.id = 201;
        store.save({last});
    } // leaves nothing unwritten behind
    IncidentStore store(path);
    QSignalSpy loaded(&store, &IncidentStore::loaded);
    store.load();
    QVERIFY(loaded.wait(suite::patience));
    QCOMPARE(loaded[0][0].value<LoadedIncidents>().incidents.first().id, 201ULL);
}

SUITE_TEST(IncidentRecordTest)
#include "tst_incidentrecord.moc"
