// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "base/random.h"
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

class Dice
{
public:
    explicit Dice(quint64 seed) : m_random(seed) {}
    int below(int n) { return int(m_random.uniform() * n); }
    bool chance(double p) { return m_random.uniform() < p; }
    template <typename T> const T &of(const QVector<T> &list) { return list[below(int(list.size()))]; }

private:
    SeededRandom m_random;
};

const QStringList &scraps()
{
    static const QStringList list{
        QStringLiteral("plain words "), QStringLiteral("\"quoted\" \\back\\slash/"), QStringLiteral("línea ñandú ß"),
        QStringLiteral("日本語、漢字。"), QStringLiteral("مرحبا بالعالم"), QStringLiteral("Привет"),
        QStringLiteral("🚀👩‍👩‍👧🇩🇪"), QStringLiteral("\n\n"), QStringLiteral("\r\n\t"), QStringLiteral("data: [DONE]\n\n"),
        QStringLiteral("event: error\n"), QStringLiteral("{\"error\":{\"message\":\"none\"}}"), QStringLiteral("\u2028\u2029\u00a0"),
        QString(QChar(1)) + QChar(0x7f), QStringLiteral("אבג 123"), QStringLiteral("e\u0301 z\u0335"), QStringLiteral(" "),
        QStringLiteral("</script><!-- "), QStringLiteral("ไทย"), QStringLiteral("0.1e-5")};
    return list;
}

QString someText(Dice &dice, int most = 8)
{
    QString text;
    for (int n = 1 + dice.below(most); n > 0; --n)
        text += dice.of(scraps());
    return text;
}

QJsonValue someValue(Dice &dice, int depth = 2)
{
    switch (dice.below(depth > 0 ? 7 : 5)) {
    case 0: return someText(dice, 3);
    case 1: return dice.below(2'000'000) - 1'000'000;
    case 2: return dice.below(1000) / 8.0;
    case 3: return dice.chance(0.5);
    case 4: return QJsonValue::Null;
    case 5: {
        QJsonArray list;
        for (int n = dice.below(4); n > 0; --n)
            list.append(someValue(dice, depth - 1));
        return list;
    }
    default: break;
    }
    QJsonObject object;
    for (int n = dice.below(4); n > 0; --n)
        object[QStringLiteral("k%1").arg(n)] = someValue(dice, depth - 1);
    return object;
}

QJsonObject someObject(Dice &dice)
{
    QJsonObject object;
    for (int n = 1 + dice.below(4); n > 0; --n)
        object[dice.chance(0.2) ? someText(dice, 1) : QStringLiteral("field%1").arg(n)] = someValue(dice);
    return object;
}

QString compact(const QJsonObject &object)
{
    return QString::fromUtf8(QJsonDocument(object).toJson(QJsonDocument::Compact));
}

ToolCall someCall(Dice &dice, int number)
{
    ToolCall call{dice.chance(0.8) ? QStringLiteral("toolcall%1").arg(number) : QString(),
                  QStringLiteral("tool_%1").arg(dice.below(3)), {}};
    if (dice.chance(0.85))
        call.arguments = QString::fromUtf8(QJsonDocument(someObject(dice))
                                               .toJson(dice.chance(0.5) ? QJsonDocument::Compact : QJsonDocument::Indented));
    return call;
}

/// As a reader has it at the end of a whole answer; a filter or refusal only where `refusals`.
Answer someAnswer(Dice &dice, bool refusals = false)
{
    Answer answer;
    answer.complete = answer.ended = true;
    answer.end = AnswerEnd::Mark;
    if (dice.chance(0.4))
        answer.addThought(someText(dice));
    const int calls = dice.chance(0.5) ? 1 + dice.below(4) : 0;
    if (calls == 0 || dice.chance(0.6))
        answer.addText(someText(dice));
    for (int i = 0; i < calls; ++i) {
        answer.newCall() = someCall(dice, i);
        answer.addToolCall();
    }
    answer.finish = calls > 0 ? Finish::ToolCalls : Finish::Stop;
    if (const int other = dice.below(8); other == 0)
        answer.finish = Finish::Length;
    else if (other == 1)
        answer.finish = Finish::Other;
    if (refusals) {
        answer.finish = dice.chance(0.5) ? Finish::ContentFilter : Finish::Refusal;
        answer.refused = true;
        if (answer.finish == Finish::Refusal && dice.chance(0.5)) {
            answer.content.refusal = someText(dice);
            answer.addText(answer.content.refusal);
        }
    }
    if (answer.finish == Finish::Length && calls > 0 && answer.content.toolCalls.last().arguments.isEmpty())
        answer.content.toolCalls.last().arguments = QStringLiteral("{}"); // else it may be cut
    answer.finishReason = answer.finish == Finish::Other ? QStringLiteral("pause_turn") : toKey(answer.finish);
    if (dice.chance(0.85)) {
        answer.tokensIn = dice.below(100'000);
        answer.tokensOut = 1 + dice.below(10'000);
        if (dice.chance(0.5))
            answer.tokensCached = dice.below(*answer.tokensIn + 1);
        if (dice.chance(0.5))
            answer.tokensReasoning = dice.below(*answer.tokensOut + 1);
    }
    return answer;
}

void addChoices(Dice &dice, Answer *answer)
{
    for (int i = 1, n = 1 + dice.below(3); i <= n; ++i) {
        AnswerChoice choice;
        choice.index = i;
        choice.text = someText(dice);
        if (dice.chance(0.3))
            choice.reasoning = someText(dice);
        if (dice.chance(0.3))
            choice.toolCalls.append(someCall(dice, i));
        choice.finish = !choice.toolCalls.isEmpty() ? Finish::ToolCalls
                        : dice.chance(0.2)          ? Finish::Length
                                                    : Finish::Stop;
        choice.finishReason = toKey(choice.finish);
        answer->content.others.append(choice);
    }
}

/// The same answer as it comes, a random piece of it after each step, until it is whole.
class Growing
{
public:
    Growing(const Answer &whole, Dice &dice) : m_whole(whole), m_dice(dice) {}
    const Answer &now() const { return m_now; }
    /// False: it was whole before.
    bool step()
    {
        QVector<int> open;
        if (m_now.content.reasoning.size() < m_whole.content.reasoning.size())
            open << -3;
        else if (m_now.text.size() < m_whole.text.size())
            open << -2;
        for (qsizetype i = 0; i < m_whole.content.toolCalls.size(); ++i) {
            const bool begun = i < m_now.content.toolCalls.size() && !m_now.content.toolCalls[i].name.isEmpty();
            if (!begun || m_now.content.toolCalls[i].arguments.size() < m_whole.content.toolCalls[i].arguments.size()) {
                if (i == 0 || open.isEmpty() || m_dice.chance(0.1)) // seldom beside each other, as on OpenAI's wire
                    open << int(i);
            }
        }
        for (qsizetype i = 0; i < m_whole.content.others.size(); ++i) {
            const bool begun = i < m_now.content.others.size();
            if ((!begun && i == m_now.content.others.size())
                || (begun && m_now.content.others[i].text.size() < m_whole.content.others[i].text.size()))
                open << 1000 + int(i);
        }
        if (open.isEmpty())
            return false;
        grow(m_dice.of(open));
        return true;
    }

private:
    QString more(const QString &whole, const QString &now)
    {
        return whole.mid(now.size(), 1 + m_dice.below(m_dice.chance(0.2) ? 200 : 9));
    }
    void grow(int what)
    {
        if (what == -3)
            return m_now.addThought(more(m_whole.content.reasoning, m_now.content.reasoning));
        if (what == -2)
            return growText();
        if (what >= 1000)
            return growChoice(what - 1000);
        ToolCall &call = m_now.callAt(what);
        const ToolCall &whole = m_whole.content.toolCalls[what];
        if (call.name.isEmpty())
            call = {whole.id, whole.name, {}};
        else
            call.arguments += more(whole.arguments, call.arguments);
        m_now.addToolCall();
    }
    void growText()
    {
        const QString piece = more(m_whole.text, m_now.text);
        const qsizetype refusalAt = m_whole.text.size() - m_whole.content.refusal.size();
        m_now.addText(piece);
        if (m_now.text.size() > refusalAt)
            m_now.content.refusal = m_now.text.mid(refusalAt);
    }
    void growChoice(int place)
    {
        const AnswerChoice &whole = m_whole.content.others[place];
        if (m_now.content.others.size() <= place) {
            m_now.content.others.append(AnswerChoice());
            m_now.content.others[place].index = whole.index;
        }
        AnswerChoice &now = m_now.content.others[place];
        now.text += more(whole.text, now.text);
        if (now.text == whole.text)
            now = whole;
    }

    const Answer &m_whole;
    Dice &m_dice;
    Answer m_now;
};

WriterContext context()
{
    return {.id = "0123456789abcdef0123456789abcdef", .now = WallTime(1'790'000'000s), .model = QStringLiteral("model-\"x\"")};
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

struct CallsOf { QStringList names; QVector<QJsonObject> arguments; };
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

#define SAME(actual, expected) \
    QVERIFY2((actual) == (expected), qPrintable(QStringLiteral("%1: %2 is <%3> instead of <%4>") \
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
        const Read streamed(kind, bytes, dice), whole(kind, makeAnswerWriter(kind, context())->whole(source, source), dice);
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
        const Read streamed(kind, bytes, dice), whole(kind, makeAnswerWriter(kind, context())->whole(source, source), dice);
        for (const Read *read : {&streamed, &whole}) {
            const QString where = placeOf(kind, seed);
            const QVector<AnswerChoice> &others = read->reader.answer().content.others;
            SAME(others.size(), source.content.others.size());
            for (qsizetype i = 0; i < others.size(); ++i) {
                SAME(others[i].index, source.content.others[i].index);
                SAME(others[i].text, source.content.others[i].text);
                SAME(others[i].reasoning, source.content.others[i].reasoning);
                SAME(sorted(callsOf(others[i])), sorted(callsOf(source.content.others[i])));
                const Finish told = kind == ProtocolKind::GoogleAi && others[i].finish == Finish::Stop
                                            && !others[i].toolCalls.isEmpty()
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
