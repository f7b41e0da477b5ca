// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/benchrun.h"
#include "models/prompttext.h"
#include "protocols/prompttemplate.h"
#include "support/randomcalls.h"
#include "support/suite.h"
#include "widgets/attemptwaterfall.h"

#include <QTest>

using namespace retryscope;

/// What the bench is made of, without the bench.
class BenchModelsTest : public QObject
{
    Q_OBJECT
private slots:
    void theTimelineTellsWhatTheEventsTold_data();
    void theTimelineTellsWhatTheEventsTold();
    void aQueueIsPartOfItsAttempt();
    void aQueueThatIsLeftEndsThere();
    void aQueueEndsWithItsCall();
    void theAxisMovesInSteps();
    void variablesAreFound_data();
    void variablesAreFound();
    void toolsAreReadAsAnybodyWritesThem_data();
    void toolsAreReadAsAnybodyWritesThem();
    void schemasAreRead();
};

void BenchModelsTest::theTimelineTellsWhatTheEventsTold_data()
{
    QTest::addColumn<quint64>("seed");
    for (quint64 seed = 1; seed <= 8; ++seed)
        QTest::addRow("seed %llu", static_cast<unsigned long long>(seed)) << seed;
}

/// Counted again, event by event, for forty calls of every shape.
void BenchModelsTest::theTimelineTellsWhatTheEventsTold()
{
    QFETCH(quint64, seed);
    RandomCalls generator(seed);
    for (int call = 0; call < 40; ++call) {
        generator.call();
        const Events events = generator.stream.take();
        AttemptTimeline timeline;
        int attempts = 0, skips = 0, backoffs = 0, failures = 0, failovers = 0;
        bool moved = false;
        for (const Event &e : events) {
            timeline.onEvent(e);
            attempts += e.kind == EventKind::AttemptStarted;
            skips += e.kind == EventKind::ProviderSkipped;
            backoffs += e.kind == EventKind::RetryScheduled;
            failures += e.kind == EventKind::AttemptFinished && e.reason != RetryReason::None;
            failovers += e.kind == EventKind::AttemptStarted && moved;
            moved = e.kind == EventKind::FailedOver || (moved && e.kind != EventKind::AttemptStarted);
        }
        int rowAttempts = 0, rowSkips = 0, rowBackoffs = 0, rowFailures = 0, rowFailovers = 0;
        const SteadyTime now = events.last().at;
        Duration last{};
        for (const TimelineRow &row : timeline.rows()) {
            rowAttempts += row.kind == TimelineRow::Kind::Attempt;
            rowSkips += row.kind == TimelineRow::Kind::Skipped;
            rowFailures += row.kind == TimelineRow::Kind::Attempt && row.reason != RetryReason::None;
            rowFailovers += row.failedOver;
            Duration at = row.at();
            QVERIFY(at >= last); // rows go down as time goes on
            last = at;
            for (const TimelineStretch &s : row.stretches) {
                rowBackoffs += s.kind == TimelineStretch::Kind::Backoff;
                QVERIFY(s.from >= at && (!s.until || *s.until >= s.from)); // one after the other
                at = s.from;
                QVERIFY(s.until.value_or(s.from) <= timeline.span(now));
                QVERIFY(!timeline.isOver() || s.until);
            }
            QVERIFY(!timeline.rowText(row, now, {}).isEmpty());
        }
        QCOMPARE(rowAttempts, attempts);
        QCOMPARE(rowSkips, skips);
        QCOMPARE(rowBackoffs, backoffs);
        QCOMPARE(rowFailures, failures);
        QCOMPARE(rowFailovers, failovers);
        QCOMPARE(timeline.sentences({}, now, {}).size(), timeline.rows().size());
    }
}

void BenchModelsTest::aQueueIsPartOfItsAttempt()
{
    RecordedStream stream;
    stream.beginCall();
    stream.add(EventKind::AttemptQueued, QStringLiteral("openai")).attempt = 1;
    stream.wait(200ms);
    stream.add(EventKind::AttemptStarted, QStringLiteral("openai")).attempt = 1;
    stream.wait(300ms);
    AttemptTimeline timeline;
    for (const Event &e : stream.take())
        timeline.onEvent(e);
    QCOMPARE(timeline.rows().size(), 1);
    const auto &stretches = timeline.rows()[0].stretches;
    QCOMPARE(stretches.size(), 2);
    QCOMPARE(stretches[0].kind, TimelineStretch::Kind::Queue);
    QCOMPARE(stretches[0].until, std::optional<Duration>(200ms));
    QVERIFY(!stretches[1].until);
    QCOMPARE(timeline.span(stream.now()), Duration(500ms));
    QCOMPARE(timeline.rowText(timeline.rows()[0], stream.now(), {}), QStringLiteral("no token for 300 ms"));
}

/// No slot came free in time: that wait does not count on, and is one row with the skip.
void BenchModelsTest::aQueueThatIsLeftEndsThere()
{
    RecordedStream stream;
    stream.beginCall();
    stream.add(EventKind::AttemptQueued, QStringLiteral("openai")).attempt = 1;
    stream.wait(2s);
    stream.add(EventKind::ProviderSkipped, QStringLiteral("openai")).skip = SkipReason::NoSlot;
    stream.add(EventKind::AttemptQueued, QStringLiteral("anthropic")).attempt = 1;
    stream.wait(1s);
    stream.add(EventKind::AttemptStarted, QStringLiteral("anthropic")).attempt = 1;
    stream.wait(30s);
    AttemptTimeline timeline;
    for (const Event &e : stream.take())
        timeline.onEvent(e);
    QCOMPARE(timeline.rows().size(), 2);
    const TimelineRow &left = timeline.rows()[0];
    QCOMPARE(left.kind, TimelineRow::Kind::Skipped);
    QCOMPARE(left.stretches.last().until, std::optional<Duration>(2s));
    QCOMPARE(timeline.rowText(left, stream.now(), {}), QStringLiteral("waited 2.0 s for a slot · skipped: no free slot"));
    QCOMPARE(timeline.rowText(timeline.rows()[1], stream.now(), {}), QStringLiteral("no token for 30.0 s"));
}

void BenchModelsTest::aQueueEndsWithItsCall()
{
    RecordedStream stream;
    stream.beginCall();
    stream.add(EventKind::AttemptQueued, QStringLiteral("openai")).attempt = 1;
    stream.wait(3s);
    stream.add(EventKind::CallFinished, QStringLiteral("openai")).outcome = CallOutcome::Cancelled;
    stream.wait(60s);
    AttemptTimeline timeline;
    for (const Event &e : stream.take())
        timeline.onEvent(e);
    QCOMPARE(timeline.rowText(timeline.rows()[0], stream.now(), {}), QStringLiteral("waited 3.0 s for a slot"));
}

void BenchModelsTest::theAxisMovesInSteps()
{
    QCOMPARE(axisFor(1ms), Duration(200ms));
    QCOMPARE(axisFor(1'001ms), Duration(2s));
    QCOMPARE(axisFor(61s), Duration(90s));
    QCOMPARE(axisFor(30h), Duration(30h)); // longer than any: just so long
}

void BenchModelsTest::variablesAreFound_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QStringList>("names");
    QTest::addColumn<QString>("filled");
    const auto row = [](const char *name, const char *text, const QStringList &names, const char *filled) {
        QTest::newRow(name) << QString::fromUtf8(text) << names << QString::fromUtf8(filled);
    };
    row("none", "no braces", {}, "no braces");
    row("one", "{{a}}", {QStringLiteral("a")}, "1");
    row("twice", "{{a}} {{ a }}", {QStringLiteral("a")}, "1 1");
    row("without a value", "{{a}} {{zz}}", {QStringLiteral("a"), QStringLiteral("zz")}, "1 {{zz}}");
    row("dots and dashes", "{{user.name}} {{x-y}}", {QStringLiteral("user.name"), QStringLiteral("x-y")},
        "Ada {{x-y}}");
    row("umlauts", "{{größe}}", {QStringLiteral("größe")}, "{{größe}}");
    row("json stays json", "{\"a\": {\"b\": 1}} {{}} {{ }} {{1a}} {{a b}}", {},
        "{\"a\": {\"b\": 1}} {{}} {{ }} {{1a}} {{a b}}");
    row("half open", "{{a", {}, "{{a");
}

void BenchModelsTest::variablesAreFound()
{
    QFETCH(QString, text);
    QFETCH(QStringList, names);
    QFETCH(QString, filled);
    QCOMPARE(variablesIn({text}), names);
    QCOMPARE(filledIn(text, {{QStringLiteral("a"), QStringLiteral("1")},
                             {QStringLiteral("user.name"), QStringLiteral("Ada")}}),
             filled);
}

void BenchModelsTest::toolsAreReadAsAnybodyWritesThem_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<int>("tools");
    QTest::addColumn<int>("line"); ///< of a problem; -1: there is none
    const auto row = [](const char *name, const char *text, int tools, int line) {
        QTest::newRow(name) << QString::fromUtf8(text) << tools << line;
    };
    row("empty", " \n ", 0, -1);
    row("openai",
        "[{\"type\":\"function\",\"function\":{\"name\":\"w\",\"parameters\":{\"type\":\"object\"},\"strict\":true}}]",
        1, -1);
    row("anthropic", "[{\"name\":\"w\",\"input_schema\":{\"type\":\"object\"}},{\"name\":\"v\"}]", 2, -1);
    row("one object", "{\"name\":\"w\"}", 1, -1);
    row("no name", "[{\"name\":\"w\"},\n{\"description\":\"x\"}]", 0, 0);
    row("not an object", "[1]", 0, 0);
    row("schema is a text", "[{\"name\":\"w\",\"parameters\":\"x\"}]", 0, 0);
    row("comma missing in line 3", "[{\"name\": \"w\",\n\"description\": \"x\"\n\"strict\": true}]", 0, 3);
    row("not closed", "[{\"name\": \"w\"},\n\n", 0, 3);
}

void BenchModelsTest::toolsAreReadAsAnybodyWritesThem()
{
    QFETCH(QString, text);
    QFETCH(int, tools);
    QFETCH(int, line);
    const auto read = toolsFromText(text);
    QCOMPARE(bool(read), line < 0);
    if (read) {
        QCOMPARE(read->size(), tools);
        return;
    }
    QCOMPARE(read.error().line, line);
    QVERIFY(!read.error().sentence.isEmpty());
}

void BenchModelsTest::schemasAreRead()
{
    QCOMPARE(formatFromText({})->kind, ResponseFormat::Kind::Text);
    const auto plain = formatFromText(QStringLiteral("{\"type\":\"object\"}"));
    QVERIFY(plain && plain->name == QStringLiteral("answer"));
    const auto named = formatFromText(QStringLiteral("{\"name\":\"person\",\"schema\":{\"type\":\"object\"}}"));
    QVERIFY(named && named->name == QStringLiteral("person"));
    QCOMPARE(named->schema.value(QStringLiteral("type")).toString(), QStringLiteral("object"));
    QVERIFY(!formatFromText(QStringLiteral("{}")));
    QVERIFY(!formatFromText(QStringLiteral("[]")));
    QCOMPARE(formatFromText(QStringLiteral("{\n\"a\":\n}")).error().line, 3);
}

SUITE_TEST(BenchModelsTest)
#include "tst_benchmodels.moc"
