// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/answerwriter.h"

#include "protocols/answerreader.h"
#include "protocols/registry.h"
#include "protocols/sse.h"
#include "protocols/writing.h"
#include "support/suite.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QTest>

using namespace retryscope;

Q_DECLARE_METATYPE(retryscope::ProtocolKind)

namespace {

WriterContext context()
{
    return {.id = "0123456789abcdef0123456789abcdef", .now = WallTime(1'790'000'000s), .model = QStringLiteral("m")};
}

QJsonObject json(const QByteArray &data) { return QJsonDocument::fromJson(data).object(); }

} // namespace

/// What the round trips of random answers do not show.
class AnswerWriterTest : public QObject
{
    Q_OBJECT
private slots:
    void thoughtsWithoutASignatureAreKeptFromAnthropicsCallers();
    void aFinishThatNobodyGaveIsAStop_data();
    void aFinishThatNobodyGaveIsAStop();
    void aCallThatWasCutIsNotToldWhole();
    void argumentsThatAreNoObjectAreNotLost();
    void halfACharacterWaits_data() { aFinishThatNobodyGaveIsAStop_data(); }
    void halfACharacterWaits();
    void aCallHoldsBackWhatComesBehindIt();
    void theClosingBracketIsFound_data();
    void theClosingBracketIsFound();
    void idsComeBackAsTheVendorTakesThem();
};

/// The vendor would refuse them when they come back; that something is alive is told all the same.
void AnswerWriterTest::thoughtsWithoutASignatureAreKeptFromAnthropicsCallers()
{
    Answer answer;
    answer.addThought(QStringLiteral("hm"));
    WriterContext with = context();
    const QByteArray kept = makeAnswerWriter(ProtocolKind::Anthropic, with)->grown(answer);
    QVERIFY2(kept.contains("event: ping") && !kept.contains("hm") && kept.startsWith("event: message_start"),
             kept.constData());
    with.unsignedThoughts = true;
    const auto writer = makeAnswerWriter(ProtocolKind::Anthropic, with);
    QByteArray told = writer->grown(answer);
    answer.addText(QStringLiteral("So."));
    told += writer->ending(answer, answer);
    AnswerReader reader(Protocol::of(ProtocolKind::Anthropic));
    reader.feed(told);
    QCOMPARE(reader.answer().content.reasoning, QStringLiteral("hm"));
    QCOMPARE(reader.answer().text, QStringLiteral("So."));
}

void AnswerWriterTest::aFinishThatNobodyGaveIsAStop_data()
{
    QTest::addColumn<ProtocolKind>("kind");
    for (const Wire &wire : wires())
        QTest::newRow(wire.key) << wire.kind;
}

/// Of a server whose end mark or connection is trusted alone.
void AnswerWriterTest::aFinishThatNobodyGaveIsAStop()
{
    QFETCH(ProtocolKind, kind);
    Answer answer;
    answer.addText(QStringLiteral("All."));
    for (const QByteArray &bytes : {makeAnswerWriter(kind, context())->whole(answer, answer),
                                    makeAnswerWriter(kind, context())->ending(answer, answer)}) {
        AnswerReader reader(Protocol::of(kind));
        reader.feed(bytes);
        reader.end();
        QVERIFY(!reader.fault());
        QVERIFY(reader.traits().isPlain(true));
        QCOMPARE(reader.answer().text, QStringLiteral("All."));
    }
}

/// A tool that is called with nothing, or with half of what was meant, does harm.
void AnswerWriterTest::aCallThatWasCutIsNotToldWhole()
{
    using enum ProtocolKind;
    Answer answer;
    answer.addText(QStringLiteral("x"));
    answer.newCall() = {QStringLiteral("c"), QStringLiteral("erase"), QStringLiteral(R"({"all":fal)")};
    answer.finish = Finish::Length;
    const auto whole = [&](ProtocolKind kind) { return makeAnswerWriter(kind, context())->whole(answer, answer); };
    for (const ProtocolKind kind : {Anthropic, GoogleAi})
        QVERIFY2(!whole(kind).contains("erase"), whole(kind).constData());
    QVERIFY(!makeAnswerWriter(GoogleAi, context())->ending(answer, answer).contains("erase"));
    for (const ProtocolKind kind : {OpenAi, Mistral, OpenAiResponses}) // there the caller sees how far it came
        QVERIFY2(whole(kind).contains(R"({\"all\":fal")"), whole(kind).constData());
    QCOMPARE(json(whole(OpenAiResponses))[QLatin1String("output")][1][QLatin1String("status")].toString(),
             QStringLiteral("incomplete"));
}

void AnswerWriterTest::argumentsThatAreNoObjectAreNotLost()
{
    Answer answer;
    answer.newCall() = {QStringLiteral("c"), QStringLiteral("look"), QStringLiteral("not json")};
    answer.addToolCall();
    answer.finish = Finish::ToolCalls;
    for (const ProtocolKind kind : {ProtocolKind::Anthropic, ProtocolKind::GoogleAi}) {
        AnswerReader reader(Protocol::of(kind));
        reader.feed(makeAnswerWriter(kind, context())->whole(answer, answer));
        reader.end();
        QCOMPARE(reader.answer().content.toolCalls.value(0).arguments, QStringLiteral("{\"arguments\":\"not json\"}"));
    }
}

void AnswerWriterTest::halfACharacterWaits()
{
    QFETCH(ProtocolKind, kind);
    const QString rocket = QStringLiteral("\U0001F680");
    const auto writer = makeAnswerWriter(kind, context());
    Answer answer;
    answer.addText(rocket.left(1));
    QVERIFY(writer->grown(answer).isEmpty());
    answer.addText(rocket.mid(1) + QStringLiteral("!"));
    const QByteArray bytes = writer->grown(answer);
    QVERIFY2(bytes.contains("\U0001F680!"), bytes.constData());
}

/// One block after the other: the next begins once the arguments before it are closed, in whatever order they come.
void AnswerWriterTest::aCallHoldsBackWhatComesBehindIt()
{
    const auto writer = makeAnswerWriter(ProtocolKind::Anthropic, context());
    Answer answer;
    answer.callAt(1) = {QStringLiteral("b"), QStringLiteral("second"), QStringLiteral("{\"x\":")};
    QVERIFY(writer->grown(answer).contains("second"));
    answer.callAt(0) = {QStringLiteral("a"), QStringLiteral("first"), {}};
    answer.addText(QStringLiteral("late words"));
    QVERIFY(writer->grown(answer).isEmpty());
    answer.callAt(1).arguments += QStringLiteral("1}");
    const QByteArray bytes = writer->grown(answer);
    QVERIFY2(bytes.contains("late words") && bytes.contains("first"), bytes.constData());
    QVERIFY(bytes.indexOf("late words") < bytes.indexOf("first"));
    QVERIFY(writer->ending(answer, answer).contains("message_stop"));
}

void AnswerWriterTest::theClosingBracketIsFound_data()
{
    QTest::addColumn<QString>("arguments");
    QTest::addColumn<int>("end"); // letters until it is; -1: never
    QTest::newRow("nothing") << QString() << -1;
    QTest::newRow("empty") << QStringLiteral("{}") << 2;
    QTest::newRow("nested") << QStringLiteral(R"({"a":{"b":[{}]}} )") << 16;
    QTest::newRow("brackets in texts") << QStringLiteral(R"({"a":"}\\\"}{["})") << 16;
    QTest::newRow("a backslash at the end") << QStringLiteral(R"({"a":"\\"})") << 10;
    QTest::newRow("open") << QStringLiteral(R"({"a":"}")") << -1;
}

void AnswerWriterTest::theClosingBracketIsFound()
{
    QFETCH(QString, arguments);
    QFETCH(int, end);
    writing::ArgumentsEnd whole, piecewise;
    QCOMPARE(whole.reached(arguments), end >= 0);
    for (int size = 0; size <= int(arguments.size()); ++size)
        QCOMPARE(piecewise.reached(QStringView(arguments).first(size)), end >= 0 && size >= end);
}

void AnswerWriterTest::idsComeBackAsTheVendorTakesThem()
{
    Answer answer;
    answer.newCall() = {QStringLiteral("functions.look:0"), QStringLiteral("look"), QStringLiteral("{}")};
    answer.newCall() = {{}, QStringLiteral("look"), QStringLiteral("{}")};
    answer.finish = Finish::ToolCalls;
    for (const Wire &wire : wires()) {
        QStringList ids[2];
        for (int streamed = 0; streamed < 2; ++streamed) {
            const auto writer = makeAnswerWriter(wire.kind, context());
            AnswerReader reader(*wire.protocol);
            reader.feed(streamed ? writer->ending(answer, answer) : writer->whole(answer, answer));
            reader.end();
            for (const ToolCall &call : reader.answer().content.toolCalls)
                ids[streamed] << call.id;
        }
        QCOMPARE(ids[0].size(), 2);
        QCOMPARE(ids[0], ids[1]);
        QVERIFY(ids[0][0] != ids[0][1] && !ids[0].contains(QString()));
        const QString first = wire.kind == ProtocolKind::Anthropic ? QStringLiteral("functions_look_0")
                              : wire.kind == ProtocolKind::Mistral ? ids[0][0]
                                                                   : QStringLiteral("functions.look:0");
        QCOMPARE(ids[0][0], first);
        QCOMPARE(ids[0][0].size() == 9, wire.kind == ProtocolKind::Mistral);
    }
}

SUITE_TEST(AnswerWriterTest)
#include "tst_answerwriter.moc"
