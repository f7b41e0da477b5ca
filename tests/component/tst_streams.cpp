// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "support/enginerig.h"
#include "support/suite.h"
#include "words/callwords.h"

using namespace retryscope;
using namespace retryscope::scripts;

/// Streams in both modes: never a truncated answer as success, never a repeat that would show text twice.
class StreamsTest : public QObject
{
    Q_OBJECT
private slots:
    void outcomes_data();
    void outcomes();
    void liveShowsTextAtOnce();
    void completeAnswerShowsItWholeAndOnce();
    void aMissingEndMarkAfterAFinishReasonIsWaitedForUntilSilence();
    void theEndMarkIsEnoughThoughTheConnectionStaysOpen();
    void aTalkingStreamIsNotIdle();
    void cancelInsideTheFirstText();
};

void StreamsTest::outcomes_data()
{
    QTest::addColumn<StreamMode>("mode");
    QTest::addColumn<Script>("first");
    QTest::addColumn<bool>("succeeds");
    QTest::addColumn<int>("attempts");
    QTest::addColumn<QString>("firstReason");
    const QVector<QByteArray> whole{delta("one "), delta("two"), finishReason(), done()};
    const ExchangeEnd broken{TransportFailure::Reset, Delivery::Answered, QStringLiteral("broken")};
    const QByteArray overloaded =
        R"(data: {"error":{"message":"busy","type":"service_unavailable_error","code":"server_is_overloaded"}})"
        "\n\n";
    const struct
    {
        const char *name;
        Script script;
        bool live, complete;
        const char *reason;
        int liveAttempts;
    } rows[] = {
        {"whole", stream(whole), true, true, "none", 1},
        {"cut after text, clean end", stream({delta("one ")}), false, true, "stream_interrupted", 1},
        {"cut after text, broken connection", stream({delta("one ")}, true, broken), false, true, "stream_interrupted",
         1},
        {"stalled after text", stream({delta("one ")}, false), false, true, "stream_interrupted", 1},
        {"cut before any text", stream({}), true, true, "stream_interrupted", 2},
        {"error before any text", stream({overloaded}), true, true, "temporary_failure", 2},
        {"error after text", stream({delta("one "), overloaded}), false, true, "temporary_failure", 1},
        {"one undecodable event in a whole stream",
         stream({delta("one "), "data: {\"choices\":[{\"de\n\n", delta("two"), finishReason(), done()}), true, true,
         "none", 1},
        {"finish reason, then a broken connection", stream({delta("one "), finishReason()}, true, broken), true, true,
         "none", 1},
        {"empty answer", stream({finishReason(), done()}), true, true, "malformed_response", 2},
    };
    for (const auto &row : rows) {
        QTest::addRow("live: %s", row.name)
            << StreamMode::Live << row.script << row.live << row.liveAttempts << QString::fromLatin1(row.reason);
        const bool malformed = QLatin1String(row.name).startsWith(QLatin1String("one undecodable"));
        const QString reason = malformed ? QStringLiteral("malformed_response") : QString::fromLatin1(row.reason);
        QTest::addRow("complete answer: %s", row.name) << StreamMode::CompleteAnswer << row.script << row.complete
                                                       << (reason == QLatin1String("none") ? 1 : 2) << reason;
    }
}

void StreamsTest::outcomes()
{
    QFETCH(StreamMode, mode);
    QFETCH(Script, first);
    QFETCH(bool, succeeds);
    QFETCH(int, attempts);
    QFETCH(QString, firstReason);
    RetryConfig c = EngineRig::exact();
    c.streamMode = mode;
    EngineRig rig(c);
    QString shown;
    QObject::connect(rig.handler.get(), &ApiRetryHandler::textArrived,
                     [&](CallId, const QString &text) { shown += text; });
    rig.transport.queue = {first};
    rig.transport.next = [](const HttpRequest &, int) {
        return stream({delta("one "), delta("two"), finishReason(), done()});
    };
    const CallResult result = rig.call(true);
    QCOMPARE(toKey(rig.of(EventKind::AttemptFinished).first().reason), firstReason);
    QCOMPARE(result.succeeded(), succeeds);
    QCOMPARE(result.attempts, attempts);
    if (succeeds) {
        const bool cutShort = attempts == 1 && shown == QLatin1String("one ");
        QVERIFY2(shown == QLatin1String("one two") || cutShort, qPrintable(shown)); // once, never repeated
    }
    if (mode == StreamMode::CompleteAnswer && !succeeds)
        QVERIFY(shown.isEmpty());
    rig.check();
}

void StreamsTest::liveShowsTextAtOnce()
{
    EngineRig rig;
    QStringList shown;
    QObject::connect(rig.handler.get(), &ApiRetryHandler::textArrived,
                     [&](CallId, const QString &text) { shown << text; });
    rig.transport.queue = {stream({delta("one "), delta("two"), finishReason(), done()})};
    rig.send(true);
    rig.clock.advance(111ms);
    QCOMPARE(shown, QStringList{"one "});
    QCOMPARE(rig.of(EventKind::FirstToken).first().firstToken, std::optional<Duration>(110ms));
    rig.drain();
    QCOMPARE(shown, (QStringList{"one ", "two"}));
}

void StreamsTest::completeAnswerShowsItWholeAndOnce()
{
    RetryConfig c = EngineRig::exact();
    c.streamMode = StreamMode::CompleteAnswer;
    EngineRig rig(c);
    QStringList shown;
    QObject::connect(rig.handler.get(), &ApiRetryHandler::textArrived,
                     [&](CallId, const QString &text) { shown << text; });
    rig.transport.queue = {stream({delta("one "), delta("tw")}),
                           stream({delta("one "), delta("two"), finishReason(), done()})};
    QVERIFY(rig.call(true).succeeded());
    QCOMPARE(shown, QStringList{"one two"});
}

void StreamsTest::aMissingEndMarkAfterAFinishReasonIsWaitedForUntilSilence()
{
    EngineRig rig;
    rig.transport.queue = {stream({delta("one"), finishReason()}, false)}; // and the connection stays open
    const CallResult result = rig.call(true);
    QVERIFY(result.succeeded());
    QCOMPARE(result.duration, Duration(120ms + 20s)); // the idle timeout
    QCOMPARE(toKey(result.answer.end), QStringLiteral("silence"));
}

void StreamsTest::theEndMarkIsEnoughThoughTheConnectionStaysOpen()
{
    EngineRig rig;
    rig.transport.queue = {stream({delta("one"), finishReason(), done()}, false)};
    const CallResult result = rig.call(true);
    QVERIFY(result.succeeded());
    QCOMPARE(result.duration, Duration(130ms));
}

void StreamsTest::aTalkingStreamIsNotIdle()
{
    RetryConfig c = EngineRig::exact();
    c.idleTimeout = 1s;
    EngineRig rig(c);
    Script script = stream({delta("one")}, false);
    for (int i = 1; i <= 20; ++i)
        script.data.append({110ms + i * 900ms, ": keep-alive\n\n"}); // a comment is a sign of life
    script.data.append({110ms + 20 * 900ms + 10ms, finishReason() + done()});
    rig.transport.queue = {script};
    const CallResult result = rig.call(true);
    QVERIFY2(result.succeeded(), qPrintable(errorText(result)));
}

void StreamsTest::cancelInsideTheFirstText()
{
    for (const StreamMode mode : {StreamMode::Live, StreamMode::CompleteAnswer}) {
        RetryConfig c = EngineRig::exact();
        c.streamMode = mode;
        EngineRig rig(c);
        QObject::connect(rig.handler.get(), &ApiRetryHandler::textArrived,
                         [&](CallId call, const QString &) { rig.handler->cancel(call); });
        rig.transport.queue = {stream({delta("one "), delta("two"), finishReason(), done()})};
        const CallResult result = rig.call(true);
        QCOMPARE(toKey(result.outcome), QStringLiteral("cancelled"));
        QCOMPARE(rig.finished[1], 1);
        rig.check();
    }
}

SUITE_TEST(StreamsTest)
#include "tst_streams.moc"
