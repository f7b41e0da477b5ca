// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "support/randomanswers.h"

#include "protocols/answerreader.h"
#include "protocols/answerwriter.h"
#include "protocols/losses.h"
#include "protocols/registry.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QTest>

using namespace retryscope;

Q_DECLARE_METATYPE(retryscope::ProtocolKind)

namespace {

WriterContext context()
{
    return {.id = "0123456789abcdef0123456789abcdef",
            .now = WallTime(1'790'000'000s),
            .model = QStringLiteral("model-\"x\"")};
}

/// Reads bytes that come in pieces of any size.
struct Read
{
    Read(ProtocolKind kind, const QByteArray &bytes, Dice &dice) : reader(Protocol::of(kind))
    {
        for (qsizetype at = 0; at < bytes.size();) {
            const qsizetype size = std::min<qsizetype>(bytes.size() - at, 1 + dice.below(dice.chance(0.5) ? 5 : 400));
            reader.feed(QByteArrayView(bytes).sliced(at, size));
            at += size;
        }
        reader.end();
    }
    AnswerReader reader;
};

struct CallsOf
{
    QStringList names;
    QVector<QJsonObject> arguments;
};
CallsOf callsOf(const ChoiceContent &content)
{
    CallsOf calls;
    for (const ToolCall &call : content.toolCalls) {
        calls.names << call.name;
        calls.arguments << QJsonDocument::fromJson(call.arguments.toUtf8()).object();
    }
    return calls;
}

/// A wire has only some words for how an answer ends.
Finish asTold(ProtocolKind kind, const Answer &answer)
{
    using enum ProtocolKind;
    if (answer.finish != Finish::ContentFilter && answer.finish != Finish::Refusal)
        return answer.finish;
    if (kind == Anthropic)
        return Finish::Refusal;
    if (kind == GoogleAi || kind == Mistral || answer.content.refusal.isEmpty())
        return Finish::ContentFilter;
    return answer.finish;
}

QString sorted(const CallsOf &calls)
{
    QStringList lines;
    for (qsizetype i = 0; i < calls.names.size(); ++i)
        lines << calls.names[i] + compact(calls.arguments[i]);
    lines.sort();
    return lines.join(QLatin1Char('\n'));
}

QString shown(Finish finish) { return toKey(finish); }
QString shown(AnswerEnd end) { return toKey(end); }
QString shown(const QString &text) { return text; }
QString shown(const QStringList &list) { return list.join(QLatin1String(" | ")); }
QString shown(qsizetype number) { return QString::number(number); }
QString shown(int number) { return QString::number(number); }
QString shown(bool yes) { return yes ? QStringLiteral("yes") : QStringLiteral("no"); }
QString shown(const QVector<QJsonObject> &list)
{
    QStringList lines;
    for (const QJsonObject &object : list)
        lines << compact(object);
    return shown(lines);
}

#define SAME(actual, expected)                                                                                         \
    QVERIFY2((actual) == (expected),                                                                                   \
             qPrintable(QStringLiteral("%1: %2 is <%3> instead of <%4>")                                               \
                            .arg(where, QLatin1String(#actual), shown(actual), shown(expected))))

/// `ordered`: calls came one after the other.
void compare(ProtocolKind kind, const Answer &source, const AnswerReader &reader, bool ordered, const QString &where)
{
    using enum ProtocolKind;
    const Answer &read = reader.answer();
    const AnswerTraits traits = reader.traits();
    SAME(read.text, source.text);
    const CallsOf calls = callsOf(read.content), expected = callsOf(source.content);
    if (ordered) {
        SAME(calls.names, expected.names);
        SAME(calls.arguments, expected.arguments);
    }
    SAME(sorted(calls), sorted(expected));
    for (const ToolCall &call : read.content.toolCalls)
        QVERIFY2(!call.id.isEmpty(), qPrintable(where));
    if (kind != Anthropic) // which takes none without its own signature
        SAME(read.content.reasoning, source.content.reasoning);
    SAME(traits.finish, asTold(kind, source));
    SAME(traits.end, kind == GoogleAi && !reader.isBody() ? AnswerEnd::Closed : AnswerEnd::Mark);
    SAME(read.tokensIn.value_or(0), source.tokensIn.value_or(0));
    SAME(read.tokensOut.value_or(0), source.tokensOut.value_or(0));
    SAME(traits.tokensCached.value_or(0), source.tokensCached.value_or(0));
    if (kind != Anthropic)
        SAME(traits.tokensReasoning.value_or(0), source.tokensReasoning.value_or(0));
    SAME(read.unreadable, 0);
    SAME(reader.fault().has_value(), source.refused);
}

void addWires()
{
    QTest::addColumn<ProtocolKind>("kind");
    for (const Wire &wire : wires())
        QTest::newRow(wire.key) << wire.kind;
}

constexpr quint64 seeds = 150;

QString placeOf(ProtocolKind kind, quint64 seed) { return QStringLiteral("%1, seed %2").arg(toKey(kind)).arg(seed); }

} // namespace

class WireCodecsTest : public QObject
{
    Q_OBJECT
private slots:
    void aWholeAnswerIsReadAgain_data() { addWires(); }
    void aWholeAnswerIsReadAgain();
    void aStreamIsReadAgain_data() { addWires(); }
    void aStreamIsReadAgain();
    void aStreamWithoutItsEndingIsCut_data() { addWires(); }
    void aStreamWithoutItsEndingIsCut();
    void aRefusalStaysOne_data() { addWires(); }
    void aRefusalStaysOne();
    void otherChoicesAreWritten_data();
    void otherChoicesAreWritten();
    void aWriterWritesNothingTwice_data() { addWires(); }
    void aWriterWritesNothingTwice();
};

void WireCodecsTest::aWholeAnswerIsReadAgain()
{
    QFETCH(ProtocolKind, kind);
    for (quint64 seed = 1; seed <= seeds; ++seed) {
        Dice dice(seed);
        const Answer source = someAnswer(dice);
        const QByteArray body = makeAnswerWriter(kind, context())->whole(source, source);
        QVERIFY2(QJsonDocument::fromJson(body).isObject(), body.constData());
        const Read read(kind, body, dice);
        compare(kind, source, read.reader, true, placeOf(kind, seed));
        if (QTest::currentTestFailed())
            return;
    }
}

void WireCodecsTest::aStreamIsReadAgain()
{
    QFETCH(ProtocolKind, kind);
    for (quint64 seed = 1; seed <= seeds; ++seed) {
        Dice dice(seed);
        const Answer source = someAnswer(dice);
        const auto writer = makeAnswerWriter(kind, context());
        QByteArray bytes;
        Growing growing(source, dice);
        while (growing.step()) {
            if (dice.chance(0.7))
                bytes += writer->grown(growing.now());
        }
        bytes += writer->ending(source, source);
        const Read read(kind, bytes, dice);
        compare(kind, source, read.reader, false, placeOf(kind, seed));
        if (QTest::currentTestFailed())
            return;
    }
}

/// Not even at the last byte before the ending; what was said until then is there.
void WireCodecsTest::aStreamWithoutItsEndingIsCut()
{
    QFETCH(ProtocolKind, kind);
    int spoke = 0;
    for (quint64 seed = 1; seed <= seeds; ++seed) {
        Dice dice(seed);
        const Answer source = someAnswer(dice);
        const auto writer = makeAnswerWriter(kind, context());
        QByteArray bytes;
        Growing growing(source, dice);
        while (growing.step())
            bytes += writer->grown(growing.now());
        if (dice.chance(0.5))
            bytes.truncate(dice.below(int(bytes.size()) + 1));
        const Read read(kind, bytes, dice);
        const auto fault = read.reader.fault();
        const QString where = placeOf(kind, seed);
        QVERIFY2(fault.has_value(), qPrintable(where));
        QVERIFY2(fault->streamCut, qPrintable(where));
        SAME(read.reader.traits().finish, Finish::Unknown);
        SAME(read.reader.answer().text, source.text.left(read.reader.answer().text.size()));
        spoke += read.reader.spoke();
    }
    QVERIFY(spoke > int(seeds) / 2);
}

void WireCodecsTest::aRefusalStaysOne()
{
    QFETCH(ProtocolKind, kind);
    for (quint64 seed = 1; seed <= seeds; ++seed) {
        Dice dice(seed);
        const Answer source = someAnswer(dice, true);
        const auto writer = makeAnswerWriter(kind, context());
        QByteArray bytes;
        Growing growing(source, dice);
        while (growing.step())
            bytes += writer->grown(growing.now());
        bytes += writer->ending(source, source);
        const Read streamed(kind, bytes, dice),
            whole(kind, makeAnswerWriter(kind, context())->whole(source, source), dice);
        compare(kind, source, streamed.reader, false, placeOf(kind, seed) + QStringLiteral(", stream"));
        compare(kind, source, whole.reader, true, placeOf(kind, seed) + QStringLiteral(", whole"));
        if (QTest::currentTestFailed())
            return;
    }
}

void WireCodecsTest::otherChoicesAreWritten_data()
{
    QTest::addColumn<ProtocolKind>("kind");
    for (const ProtocolKind kind :
         {ProtocolKind::OpenAi, ProtocolKind::OpenAiCompatible, ProtocolKind::Mistral, ProtocolKind::GoogleAi})
        QTest::newRow(qPrintable(toKey(kind))) << kind;
}

void WireCodecsTest::otherChoicesAreWritten()
{
    QFETCH(ProtocolKind, kind);
    for (quint64 seed = 1; seed <= seeds; ++seed) {
        Dice dice(seed);
        Answer source = someAnswer(dice);
        addChoices(dice, &source);
        const auto writer = makeAnswerWriter(kind, context());
        QByteArray bytes;
        Growing growing(source, dice);
        while (growing.step())
            bytes += writer->grown(growing.now());
        bytes += writer->ending(source, source);
        const Read streamed(kind, bytes, dice),
            whole(kind, makeAnswerWriter(kind, context())->whole(source, source), dice);
        for (const Read *read : {&streamed, &whole}) {
            const QString where = placeOf(kind, seed);
            const QVector<AnswerChoice> &others = read->reader.answer().content.others;
            SAME(others.size(), source.content.others.size());
            for (qsizetype i = 0; i < others.size(); ++i) {
                SAME(others[i].index, source.content.others[i].index);
                SAME(others[i].text, source.content.others[i].text);
                SAME(others[i].reasoning, source.content.others[i].reasoning);
                SAME(sorted(callsOf(others[i])), sorted(callsOf(source.content.others[i])));
                const Finish told =
                    kind == ProtocolKind::GoogleAi && others[i].finish == Finish::Stop && !others[i].toolCalls.isEmpty()
                        ? Finish::ToolCalls // which Google has no word for
                        : others[i].finish;
                SAME(told, source.content.others[i].finish);
            }
            compare(kind, source, read->reader, read == &whole, where);
        }
        if (QTest::currentTestFailed())
            return;
    }
}

void WireCodecsTest::aWriterWritesNothingTwice()
{
    QFETCH(ProtocolKind, kind);
    for (quint64 seed = 1; seed <= seeds; ++seed) {
        Dice dice(seed);
        const Answer source = someAnswer(dice);
        const auto writer = makeAnswerWriter(kind, context());
        QVERIFY(writer->grown(Answer()).isEmpty());
        Growing growing(source, dice);
        while (growing.step()) {
            writer->grown(growing.now());
            QVERIFY2(writer->grown(growing.now()).isEmpty(), qPrintable(placeOf(kind, seed)));
        }
    }
}

QTEST_GUILESS_MAIN(WireCodecsTest)
#include "tst_wirecodecs.moc"
