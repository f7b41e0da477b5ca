// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "support/randomanswers.h"

#include "protocols/answerreader.h"
#include "protocols/answerwriter.h"
#include "protocols/losses.h"
#include "protocols/registry.h"
#include "protocols/sse.h"
#include "support/suite.h"

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
    if (answer.finish == Finish::Other && kind != Anthropic && kind != GoogleAi)
        return Finish::Length;
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
    void chunksAreOneCompletion_data();
    void chunksAreOneCompletion();
    void blocksAreOneAfterTheOther();
    void itemsAreOneAfterTheOther();
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

namespace {

/// The events of a random answer's stream.
QVector<SseEvent> eventsOf(ProtocolKind kind, quint64 seed, const WriterContext &with = context())
{
    Dice dice(seed);
    const Answer source = someAnswer(dice);
    const auto writer = makeAnswerWriter(kind, with);
    SseDecoder decoder;
    QVector<SseEvent> events;
    Growing growing(source, dice);
    while (growing.step())
        events += decoder.feed(writer->grown(growing.now()));
    return events + decoder.feed(writer->ending(source, source)) + decoder.end();
}

QJsonObject json(const QByteArray &data) { return QJsonDocument::fromJson(data).object(); }
QString typeOf(const QJsonObject &event) { return event[QLatin1String("type")].toString(); }

} // namespace

void WireCodecsTest::chunksAreOneCompletion_data()
{
    QTest::addColumn<ProtocolKind>("kind");
    QTest::addColumn<bool>("asked");
    QTest::newRow("openai, usage") << ProtocolKind::OpenAi << true;
    QTest::newRow("openai") << ProtocolKind::OpenAi << false;
    QTest::newRow("mistral") << ProtocolKind::Mistral << false; // tells it always
}

void WireCodecsTest::chunksAreOneCompletion()
{
    QFETCH(ProtocolKind, kind);
    QFETCH(bool, asked);
    WriterContext with = context();
    with.includeUsage = asked;
    for (quint64 seed = 1; seed <= seeds; ++seed) {
        QVector<SseEvent> events = eventsOf(kind, seed, with);
        QCOMPARE(events.takeLast().data, "[DONE]");
        QStringList ids, finishes;
        int usages = 0;
        for (const SseEvent &event : events) {
            QVERIFY(event.name.isEmpty());
            const QJsonObject chunk = json(event.data);
            ids << chunk[QLatin1String("id")].toString() + chunk[QLatin1String("model")].toString();
            usages += chunk[QLatin1String("usage")].isObject();
            const QJsonValue finish = chunk[QLatin1String("choices")][0][QLatin1String("finish_reason")];
            if (finish.isString())
                finishes << finish.toString();
        }
        const QJsonValue first = json(events[0].data)[QLatin1String("choices")][0][QLatin1String("delta")];
        QCOMPARE(first[QLatin1String("role")].toString(), QStringLiteral("assistant"));
        ids.removeDuplicates();
        QCOMPARE(ids.size(), 1);
        QCOMPARE(finishes.size(), 1);
        Dice dice(seed);
        const bool used = someAnswer(dice).tokensIn.has_value();
        QCOMPARE(usages, kind == ProtocolKind::Mistral || (asked && used) ? 1 : 0);
    }
}

void WireCodecsTest::blocksAreOneAfterTheOther()
{
    WriterContext with = context();
    with.unsignedThoughts = true;
    for (quint64 seed = 1; seed <= seeds; ++seed) {
        const QVector<SseEvent> events = eventsOf(ProtocolKind::Anthropic, seed, with);
        int block = -1;
        bool open = false;
        for (const SseEvent &event : events) {
            const QJsonObject object = json(event.data);
            const QString type = typeOf(object), where = QStringLiteral("seed %1").arg(seed);
            SAME(QString::fromLatin1(event.name), type);
            if (type == QLatin1String("content_block_start")) {
                SAME(open, false);
                open = true;
                ++block;
            }
            if (!type.startsWith(QLatin1String("content_block")))
                continue;
            SAME(open, true);
            SAME(object[QLatin1String("index")].toInt(), block);
            open = type != QLatin1String("content_block_stop");
        }
        QVERIFY(!open);
        QCOMPARE(typeOf(json(events.first().data)), QStringLiteral("message_start"));
        QCOMPARE(typeOf(json(events[events.size() - 2].data)), QStringLiteral("message_delta"));
        QCOMPARE(typeOf(json(events.last().data)), QStringLiteral("message_stop"));
    }
}

void WireCodecsTest::itemsAreOneAfterTheOther()
{
    for (quint64 seed = 1; seed <= seeds; ++seed) {
        int number = 0;
        QString open;
        QJsonArray done;
        const QString where = QStringLiteral("seed %1").arg(seed);
        const QVector<SseEvent> events = eventsOf(ProtocolKind::OpenAiResponses, seed);
        for (const SseEvent &event : events) {
            const QJsonObject object = json(event.data);
            const QString type = typeOf(object);
            SAME(QString::fromLatin1(event.name), type);
            SAME(object[QLatin1String("sequence_number")].toInt(-1), number);
            ++number;
            if (type == QLatin1String("response.output_item.added")) {
                SAME(open, QString());
                open = object[QLatin1String("item")][QLatin1String("id")].toString();
            }
            if (object.contains(QLatin1String("item_id")))
                SAME(object[QLatin1String("item_id")].toString(), open);
            if (object.contains(QLatin1String("output_index")))
                SAME(object[QLatin1String("output_index")].toInt(), int(done.size()));
            if (type == QLatin1String("response.output_item.done")) {
                done.append(object[QLatin1String("item")]);
                open.clear();
            }
        }
        const QJsonObject last = json(events.last().data);
        QVERIFY2(typeOf(last) == QLatin1String("response.completed")
                     || typeOf(last) == QLatin1String("response.incomplete"),
                 qPrintable(where));
        QCOMPARE(last[QLatin1String("response")][QLatin1String("output")].toArray(), done);
        QCOMPARE(json(events[0].data)[QLatin1String("response")][QLatin1String("id")],
                 last[QLatin1String("response")][QLatin1String("id")]);
    }
}

SUITE_TEST(WireCodecsTest)
#include "tst_wirecodecs.moc"
