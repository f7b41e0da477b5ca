// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/answerreader.h"
#include "base/text.h"
#include "protocols/sse.h"
#include "support/suite.h"
#include "unit/answerrows.h"

#include <QTest>

#include <random>

using namespace retryscope;
using namespace retryscope::rows;

namespace {

/// All that a reader can tell.
struct Reading
{
    QString shown, text, finish;
    std::string message;
    std::vector<std::string> codes;
    bool ok = false, cut = false, malformed = false, empty = false, settledEarly = false, complete = false;
    int status = 0, undecodable = 0, in = -1, out = -1;
    bool operator==(const Reading &) const = default;
};

Reading read(ProtocolKind kind, const QVector<QByteArrayView> &pieces, Undecodable undecodable = Undecodable::Skip)
{
    AnswerReader reader(Protocol::of(kind), undecodable);
    Reading r;
    for (const QByteArrayView piece : pieces)
        r.shown += reader.feed(piece);
    r.settledEarly = reader.settled();
    r.shown += reader.end();
    const Answer &a = reader.answer();
    const auto fault = reader.fault();
    const FailureFacts f = fault.value_or(FailureFacts{});
    return {r.shown, a.text, a.finishReason, f.message, f.codes,
            !fault, f.streamCut, f.malformed, f.empty, r.settledEarly, a.complete, f.status, a.unreadable,
            a.tokensIn.value_or(-1), a.tokensOut.value_or(-1)};
}

QString describe(const Reading &r)
{
    QStringList codes;
    for (const std::string &code : r.codes)
        codes << toText(code);
    return QStringLiteral("ok=%1 cut=%2 malformed=%3 text=“%4” finish=%5 codes=%6 message=%7 undecodable=%8")
        .arg(r.ok)
        .arg(r.cut)
        .arg(r.malformed)
        .arg(r.text, r.finish, codes.join(QLatin1Char(',')), toText(r.message))
        .arg(r.undecodable);
}

/// Every row, and answers with characters of two, three and four bytes and all line endings.
QVector<StreamRow> allRows()
{
    QVector<StreamRow> rows = openAiStreams() + openAiBodies() + anthropicStreams() + googleStreams();
    const QByteArray wide = "h\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80";
    const QByteArray stream = chunk(wide.constData()) + chunk("i", "stop") + "data: [DONE]\n\n";
    rows.append({"wide characters", AnyKind, stream, ""});
    rows.append({"wide characters, CRLF", AnyKind, QByteArray(stream).replace("\n", "\r\n"), ""});
    rows.append({"wide characters, CR", AnyKind, QByteArray(stream).replace("\n", "\r"), ""});
    rows.append({"a byte order mark", AnyKind, "\xEF\xBB\xBF" + stream, ""});
    rows.append({"a byte order mark before JSON", GoogleKind, "\xEF\xBB\xBF" + gemini(hi, "STOP"), ""});
    rows.append({"no space after the colon", AnyKind, QByteArray(stream).replace("data: ", "data:"), ""});
    rows.append({"data over two lines", AnyKind,
                 "data: {\"choices\":[{\"delta\":{\"content\":\"hi\"},\ndata: \"finish_reason\":\"stop\"}]}\n\n", ""});
    rows.append({"ids, retries and comments between", AnyKind, "id: 1\nretry: 10\n: hm\n" + stream, ""});
    rows.append({"no blank line at the end", AnyKind, chunk("hi", "stop").chopped(1), ""});
    return rows;
}

/// Where the bytes alone prove the end: what may be a success when cut before `at`.
bool endSeen(ProtocolKind kind, const QByteArray &bytes)
{
    const bool whole = bytes.trimmed().startsWith('{') || bytes.trimmed().startsWith('[');
    if (whole)
        return bytes.trimmed().endsWith('}') || bytes.trimmed().endsWith(']');
    switch (kind) {
    case ProtocolKind::Anthropic:
        return bytes.contains(R"("message_stop"})") || bytes.contains(R"("stop_reason":"end_turn"})");
    case ProtocolKind::GoogleAi: return bytes.contains("\"finishReason\":\"");
    default:
        return bytes.contains("\"finish_reason\":\"") || bytes.contains("[DONE]")
               || bytes.contains("response.completed") || bytes.contains("\"done\":true");
    }
}

} // namespace

class StreamTest : public QObject
{
    Q_OBJECT
private slots:
    void everySplitInTwoGivesTheSameAnswer_data() { rows(); }
    void everySplitInTwoGivesTheSameAnswer();
    void randomSplitsGiveTheSameAnswer_data() { rows(); }
    void randomSplitsGiveTheSameAnswer();
    void byteByByteGivesTheSameAnswer_data() { rows(); }
    void byteByByteGivesTheSameAnswer();
    void aCutAnywhereIsNoSuccessBeforeTheEnd_data() { rows(); }
    void aCutAnywhereIsNoSuccessBeforeTheEnd();
    void aCutSpoilsNothingThatWasShown_data() { rows(); }
    void aCutSpoilsNothingThatWasShown();
    void theCutsOfEachProtocolAreCountedExactly_data();
    void theCutsOfEachProtocolAreCountedExactly();
    void nothingSpoiltIsAPlainSuccess_data() { rows(); }
    void nothingSpoiltIsAPlainSuccess();
    void aHoleIsTold_data();
    void aHoleIsTold();
    void tellsCompleteFromSettled_data();
    void tellsCompleteFromSettled();
    void memoryIsBounded_data();
    void memoryIsBounded();
    void feedingIsLinear_data();
    void feedingIsLinear();
    void randomBytesAreNeverASuccess();
    void mutatedAnswersHarmNothing_data() { rows(); }
    void mutatedAnswersHarmNothing();
    void decodesEventsAsTheStandardSays_data();
    void decodesEventsAsTheStandardSays();

private:
    static void rows()
    {
        QTest::addColumn<StreamRow>("row");
        int n = 0;
        for (const StreamRow &row : allRows())
            QTest::addRow("%d %s", n++, row.name) << row;
    }
};

void StreamTest::everySplitInTwoGivesTheSameAnswer()
{
    QFETCH(StreamRow, row);
    const QByteArrayView bytes(row.bytes);
    const Reading whole = read(row.kind, {bytes});
    for (qsizetype at = 0; at <= bytes.size(); ++at) {
        const Reading split = read(row.kind, {bytes.first(at), bytes.sliced(at)});
        QVERIFY2(split == whole,
                 qPrintable(QStringLiteral("at %1: %2\nwhole: %3").arg(at).arg(describe(split), describe(whole))));
    }
}

void StreamTest::randomSplitsGiveTheSameAnswer()
{
    QFETCH(StreamRow, row);
    const Reading whole = read(row.kind, {QByteArrayView(row.bytes)});
    for (quint32 seed = 1; seed <= 40; ++seed) {
        std::mt19937 random(seed);
        QVector<QByteArrayView> pieces;
        QByteArrayView rest(row.bytes);
        while (!rest.isEmpty()) {
            const auto size = std::min<qsizetype>(rest.size(), qsizetype(random() % 23)); // empty pieces too
            pieces.append(rest.first(size));
            rest = rest.sliced(size);
        }
        const Reading split = read(row.kind, pieces);
        QVERIFY2(split == whole,
                 qPrintable(QStringLiteral("seed %1: %2\nwhole: %3").arg(seed).arg(describe(split), describe(whole))));
    }
}

void StreamTest::byteByByteGivesTheSameAnswer()
{
    QFETCH(StreamRow, row);
    QVector<QByteArrayView> pieces;
    for (qsizetype i = 0; i < row.bytes.size(); ++i)
        pieces.append(QByteArrayView(row.bytes).sliced(i, 1));
    for (const Undecodable undecodable : {Undecodable::Skip, Undecodable::Fail})
        QVERIFY(read(row.kind, pieces, undecodable) == read(row.kind, {QByteArrayView(row.bytes)}, undecodable));
}

void StreamTest::aCutAnywhereIsNoSuccessBeforeTheEnd()
{
    QFETCH(StreamRow, row);
    for (qsizetype at = 0; at < row.bytes.size(); ++at) {
        const QByteArray piece = row.bytes.left(at);
        for (const Undecodable undecodable : {Undecodable::Skip, Undecodable::Fail}) {
            const Reading r = read(row.kind, {piece}, undecodable);
            QVERIFY2(!r.ok || endSeen(row.kind, piece),
                     qPrintable(QStringLiteral("cut at %1: %2").arg(at).arg(describe(r))));
            QVERIFY2(!r.ok || r.text == read(row.kind, {row.bytes}).text,
                     qPrintable(QStringLiteral("a shorter answer passed, cut at %1: %2").arg(at).arg(describe(r))));
        }
    }
}

void StreamTest::aCutSpoilsNothingThatWasShown()
{
    QFETCH(StreamRow, row);
    const Reading whole = read(row.kind, {row.bytes});
    for (qsizetype at = 0; at < row.bytes.size(); ++at) {
        const Reading r = read(row.kind, {row.bytes.left(at)});
        QVERIFY2(whole.text.left(r.shown.size()) == r.shown, qPrintable(describe(r)));
        QCOMPARE(r.shown, r.text);
    }
}

void StreamTest::theCutsOfEachProtocolAreCountedExactly_data()
{
    QTest::addColumn<ProtocolKind>("kind");
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<qsizetype>("firstGood"); // the shortest piece that is a success
    const auto row = [](const char *name, ProtocolKind kind, const QByteArray &bytes, qsizetype firstGood) {
        QTest::newRow(name) << kind << bytes << firstGood;
    };
    const QByteArray openAi = chunk("h") + chunk("i", "stop") + "data: [DONE]\n\n";
    row("OpenAI: the finish reason's event, without its blank line", OpenAiKind, openAi,
        openAi.indexOf("\n\ndata: [DONE]"));
    const QByteArray bare = chunk("hi") + "data: [DONE]\n\n";
    row("OpenAI: [DONE] alone proves nothing", AnyKind, bare, bare.size() + 1);
    const QByteArray anthropic = claude("end_turn") + claudeStop;
    row("Anthropic: message_stop", AnthropicKind, anthropic, anthropic.size() - 2);
    const QByteArray google = sse(gemini(R"([{"text":"h"}])")) + sse(gemini(R"([{"text":"i"}])", "STOP"));
    row("Google: finishReason", GoogleKind, google, google.size() - 2);
    const QByteArray array = "[" + gemini(hi) + ",\n" + gemini(hi, "STOP") + "]";
    row("Google: the finish reason's object in an array", GoogleKind, array, array.size() - 1);
    const QByteArray body = R"({"choices":[{"message":{"content":"hi"},"finish_reason":"stop"}]})";
    row("a body's last brace", AnyKind, body, body.size());
    const QByteArray lines = R"({"message":{"content":"h"},"done":false})"
                             "\n"
                             R"({"message":{"content":"i"},"done":true})"
                             "\n";
    row("Ollama: done", AnyKind, lines, lines.size() - 1);
}

void StreamTest::theCutsOfEachProtocolAreCountedExactly()
{
    QFETCH(ProtocolKind, kind);
    QFETCH(QByteArray, bytes);
    QFETCH(qsizetype, firstGood);
    for (qsizetype at = 0; at <= bytes.size(); ++at) {
        const Reading r = read(kind, {bytes.left(at)});
        QVERIFY2(r.ok == (at >= firstGood),
                 qPrintable(QStringLiteral("at %1 of %2: %3").arg(at).arg(firstGood).arg(describe(r))));
        if (!r.ok)
            QVERIFY2(r.cut || (r.malformed && bytes.startsWith('{') && !bytes.left(at).contains('\n')),
                     qPrintable(QStringLiteral("a cut is called so, at %1: %2").arg(at).arg(describe(r))));
    }
}

/// Reads to the end; true for a success of which nothing needs telling.
static bool isPlain(ProtocolKind kind, const QByteArray &bytes, AnswerEnd how, QString *text)
{
    AnswerReader reader(Protocol::of(kind));
    reader.feed(bytes);
    reader.end(how);
    *text = reader.answer().text;
    return !reader.fault() && reader.traits().isPlain(!text->isEmpty());
}

/// A hole, a cut or a foreign finish reason, in every place where it can be.
void StreamTest::nothingSpoiltIsAPlainSuccess()
{
    QFETCH(StreamRow, row);
    QString whole, text;
    if (!isPlain(row.kind, row.bytes, AnswerEnd::Closed, &whole))
        QSKIP("is no plain success to begin with");
    const bool stream = !row.bytes.trimmed().startsWith('{') && !row.bytes.trimmed().startsWith('[');
    for (qsizetype at = row.bytes.indexOf("data:"); stream && at >= 0; at = row.bytes.indexOf("data:", at + 1)) {
        QByteArray holed = row.bytes;
        const qsizetype brace = holed.indexOf('{', at), end = holed.indexOf('\n', at);
        const qsizetype done = row.bytes.indexOf("[DONE]");
        if (brace < 0 || (end >= 0 && brace > end)
            || (done >= 0 && at > done)) // what follows the end is nobody's answer
            continue;
        holed[brace] = '!';
        QVERIFY2(!isPlain(row.kind, holed, AnswerEnd::Closed, &text),
                 qPrintable(QStringLiteral("a hole at %1: “%2”").arg(at).arg(text)));
    }
    for (qsizetype at = 0; at < row.bytes.size(); ++at) {
        for (const AnswerEnd how : {AnswerEnd::Closed, AnswerEnd::Reset, AnswerEnd::Silence}) {
            if (isPlain(row.kind, row.bytes.left(at), how, &text))
                QVERIFY2(text == whole, qPrintable(QStringLiteral("cut at %1: “%2”").arg(at).arg(text)));
        }
    }
    for (const QByteArray word : {"stop", "end_turn", "STOP", "completed"}) {
        for (const QByteArray foreign : {"overloaded_error", "error", "network_error", "abort", "whatever", "length",
                                         "max_tokens", "tool_calls", "content_filter"}) {
            QByteArray changed = row.bytes;
            changed.replace('"' + word + '"', '"' + foreign + '"');
            QVERIFY2(changed == row.bytes || !isPlain(row.kind, changed, AnswerEnd::Closed, &text),
                     foreign.constData());
        }
    }
}

void StreamTest::aHoleIsTold_data()
{
    QTest::addColumn<ProtocolKind>("kind");
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("shown"); // before the end
    QTest::addColumn<int>("unreadable");
    QTest::addColumn<AnswerEnd>("how");
    const QByteArray hole = "data: !" + gemini(R"([{"text":"x"}])") + "\n",
                     h = "data: " + gemini(R"([{"text":"h"}])") + "\n";
    const QByteArray i = "data: " + gemini(R"([{"text":"i"}])", "STOP") + "\n";
    const auto row = [](const char *name, ProtocolKind kind, const QByteArray &bytes, const char *shown, int unreadable,
                        AnswerEnd how = AnswerEnd::Closed) {
        QTest::newRow(name) << kind << bytes << QString::fromLatin1(shown) << unreadable << how;
    };
    row("the first of several, glued", GoogleKind, hole + h + i, "h", 1);
    row("the first two, glued: one hole", GoogleKind, hole + hole + h + i, "h", 1);
    row("between, glued", GoogleKind, h + hole + i, "h", 1);
    row("the last, glued: a cut", GoogleKind, h + i + hole, "h", 0, AnswerEnd::Reset);
    row("the first, a blank line behind each", GoogleKind, hole + '\n' + h + '\n' + i + '\n', "hi", 1);
    row("a piece of an event at the end", GoogleKind, h + '\n' + i + '\n' + "data: {\"candid", "hi", 0,
        AnswerEnd::Reset);
    row("a hole and a piece, glued", GoogleKind, hole + h + i + "data: {\"candid", "h", 1, AnswerEnd::Reset);
    row("an object that lost its brace, glued", GoogleKind, "data: {\"candidates\":[\n" + h + i, "h", 1);
    row("in an array", GoogleKind, "[\"?\"," + gemini(hi, "STOP") + "]", "hi", 1, AnswerEnd::Mark);
    row("of a twofold prefix, glued", AnyKind,
        "data: data: !{}\ndata: " + chunk("h") + "data: " + chunk("i", "stop") + "data: [DONE]\n\n", "hi", 1,
        AnswerEnd::Mark);
    row("the first with an end mark, glued", AnyKind,
        glued("data: !{}\n\n" + chunk("h") + chunk("i", "stop") + "data: [DONE]\n\n"), "hi", 1, AnswerEnd::Mark);
    row("with names, glued", AnthropicKind,
        glued(sse("!{}", "content_block_delta") + claude("end_turn") + claudeStop).chopped(1), "hi", 1,
        AnswerEnd::Mark);
    row("Ollama's line", AnyKind,
        R"({"message":{"content":"h"},"done":false})"
        "\n!{}\n"
        R"({"message":{"content":"i"},"done":true})"
        "\n",
        "", 1, AnswerEnd::Mark);
}

void StreamTest::aHoleIsTold()
{
    QFETCH(ProtocolKind, kind);
    QFETCH(QByteArray, bytes);
    AnswerReader reader(Protocol::of(kind));
    QTEST(reader.feed(bytes), "shown");
    reader.end();
    QVERIFY2(!reader.fault(), reader.fault() ? reader.fault()->message.c_str() : "");
    QVERIFY(reader.answer().text.endsWith(QLatin1String("hi")));
    QTEST(reader.traits().unreadable, "unreadable");
    QTEST(reader.traits().end, "how");
    QVERIFY(!reader.traits().isPlain(true));
    AnswerReader strict(Protocol::of(kind), Undecodable::Fail);
    strict.feed(bytes);
    strict.end();
    QCOMPARE(strict.fault().has_value(), reader.traits().unreadable > 0); // a cut behind the finish reason is none
}

void StreamTest::tellsCompleteFromSettled_data()
{
    QTest::addColumn<ProtocolKind>("kind");
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<bool>("complete");
    QTest::addColumn<bool>("settled");
    QTest::newRow("OpenAI, content") << OpenAiKind << chunk("hi") << false << false;
    QTest::newRow("OpenAI, finish reason") << OpenAiKind << chunk("hi", "stop") << true << false;
    QTest::newRow("OpenAI, text after it") << OpenAiKind << chunk("h", "stop") + chunk("i") << false << false;
    QTest::newRow("OpenAI, an end mark without its blank line") << OpenAiKind << chunk("hi", "stop") + "data: [DONE]\n"
                                                                << false << true;
    QTest::newRow("OpenAI, usage after it")
        << OpenAiKind << chunk("hi", "stop") + sse(R"({"choices":[],"usage":{"prompt_tokens":1}})") << true << false;
    QTest::newRow("OpenAI, [DONE]") << OpenAiKind << chunk("hi", "stop") + "data: [DONE]\n\n" << false << true;
    QTest::newRow("OpenAI, error") << OpenAiKind << sse(R"({"error":{"message":"x"}})") << false << true;
    QTest::newRow("Responses, completed")
        << OpenAiKind << sse(R"({"type":"response.completed","response":{"status":"completed"}})") << false << true;
    QTest::newRow("Anthropic, stop reason")
        << AnthropicKind << claude("end_turn") << false << false; // message_stop decides
    QTest::newRow("Anthropic, message_stop") << AnthropicKind << claude("end_turn") + claudeStop << false << true;
    QTest::newRow("Anthropic, error") << AnthropicKind << sse(rows::anthropic("overloaded_error"), "error") << false
                                      << true;
    QTest::newRow("Google, content") << GoogleKind << sse(gemini(hi)) << false << false;
    QTest::newRow("Google, finishReason") << GoogleKind << sse(gemini(hi, "STOP")) << true << false;
    QTest::newRow("Google, blocked") << GoogleKind << sse(R"({"promptFeedback":{"blockReason":"SAFETY"}})") << false
                                     << true;
    QTest::newRow("a body is not read before its end")
        << OpenAiKind << QByteArray(R"({"choices":[{"message":{"content":"hi"}}]})") << false << false;
}

void StreamTest::tellsCompleteFromSettled()
{
    QFETCH(ProtocolKind, kind);
    QFETCH(QByteArray, bytes);
    QFETCH(bool, complete);
    QFETCH(bool, settled);
    AnswerReader reader(Protocol::of(kind));
    reader.feed(bytes);
    QCOMPARE(reader.answer().complete && !reader.settled(), complete);
    QCOMPARE(reader.settled(), settled);
    reader.end(AnswerEnd::Silence);
    if (complete) // whatever the connection does now
        QVERIFY(!reader.fault().has_value());
}

void StreamTest::memoryIsBounded_data()
{
    QTest::addColumn<QByteArray>("start");
    QTest::addColumn<QByteArray>("piece");
    QTest::newRow("a body without an end") << QByteArray("{\"a\":\"") << QByteArray(1 << 16, 'x');
    QTest::newRow("a line without an end") << QByteArray("data: ") << QByteArray(1 << 16, 'x');
    QTest::newRow("an event without an end") << QByteArray("data: ") << "data: " + QByteArray(1 << 15, 'x') + "\n";
    QTest::newRow("content without an end") << QByteArray() << chunk(QByteArray(1 << 15, 'x').constData());
    QTest::newRow("blank lines without an end") << QByteArray() << QByteArray(1 << 16, '\n');
    QTest::newRow("comments without an end") << QByteArray() << QByteArray(": keep-alive\n\n").repeated(5000);
    QTest::newRow("text without an end") << QByteArray("x") << QByteArray("no field at all\n").repeated(4096);
}

void StreamTest::memoryIsBounded()
{
    QFETCH(QByteArray, start);
    QFETCH(QByteArray, piece);
    AnswerReader reader(Protocol::of(AnyKind));
    reader.feed(start);
    int pieces = 0;
    while (!reader.tooLarge() && pieces < 1000) {
        reader.feed(piece);
        ++pieces;
    }
    QVERIFY(reader.tooLarge());
    QVERIFY(pieces * piece.size() <= AnswerReader::maxBody + 2 * piece.size() + start.size());
    QVERIFY(reader.feed(chunk("more", "stop")).isEmpty());
    QVERIFY(reader.end().isEmpty());
    const auto fault = reader.fault();
    QVERIFY(fault && fault->transport == TransportFailure::TooLarge);
    QCOMPARE(toText(classify(*fault).rule), QStringLiteral("transport:too_large"));
}

void StreamTest::feedingIsLinear_data()
{
    QTest::addColumn<QByteArray>("unit");
    QTest::newRow("blank bytes") << QByteArray(1, '\n');
    QTest::newRow("a long line") << QByteArray(1, 'x');
    QTest::newRow("a body") << QByteArray(1, '{');
    QTest::newRow("events") << chunk(QByteArray(2000, 'x').constData());
    QTest::newRow("comments") << QByteArray(": k\n");
}

/// Four megabytes, byte by byte: work that grew with the square would not end within the test's time limit.
void StreamTest::feedingIsLinear()
{
    QFETCH(QByteArray, unit);
    const QByteArray all = unit.repeated((4 << 20) / int(unit.size()));
    AnswerReader reader(Protocol::of(AnyKind));
    qsizetype shown = 0;
    for (const char &c : all)
        shown += reader.feed(QByteArrayView(&c, 1)).size();
    shown += reader.end().size();
    QCOMPARE(shown, reader.answer().text.size());
    QVERIFY(reader.fault().has_value());
}

void StreamTest::randomBytesAreNeverASuccess()
{
    constexpr quint32 firstSeed = 7;
    for (quint32 seed = firstSeed; seed < firstSeed + 400; ++seed) {
        std::mt19937 random(seed);
        static const QByteArray alphabet = "data: {}[]\":,\n\r\\error<>\xEF\xBB\xBF\xF0\x9F event nulltrue0123";
        QByteArray bytes;
        for (int i = 0; i < 400; ++i)
            bytes.append(random() % 5 ? alphabet[random() % quint32(alphabet.size())] : char(random()));
        for (const ProtocolKind kind : {OpenAiKind, AnthropicKind, GoogleKind, MistralKind})
            QVERIFY2(!read(kind, {bytes}).ok, qPrintable(QStringLiteral("seed %1").arg(seed)));
    }
}

/// A byte changed, a piece lost or a piece sent twice: nothing is shown that is not in the answer, and a fault is one.
void StreamTest::mutatedAnswersHarmNothing()
{
    QFETCH(StreamRow, row);
    for (quint32 seed = 1; seed <= 60 && !row.bytes.isEmpty(); ++seed) {
        std::mt19937 random(seed);
        QByteArray bytes = row.bytes;
        for (quint32 changes = 1 + random() % 3; changes > 0 && !bytes.isEmpty(); --changes) {
            const auto at = qsizetype(random() % quint32(bytes.size())),
                       length = std::min<qsizetype>(bytes.size() - at, qsizetype(random() % 40));
            switch (random() % 3) {
            case 0: bytes[at] = char(random()); break;
            case 1: bytes.remove(at, length); break;
            default: bytes.insert(at, bytes.sliced(at, length)); break;
            }
        }
        const Reading r = read(row.kind, {bytes});
        QVERIFY2(r.shown == r.text && (r.ok || r.cut || r.malformed || r.empty || !r.codes.empty() || r.status != 0),
                 qPrintable(QStringLiteral("seed %1: %2").arg(seed).arg(describe(r))));
        FailureFacts facts{.status = 429};
        readErrorBody(bytes, &facts);
        const Classification c = classify(facts);
        QVERIFY2(c.health != HealthSignal::Success && facts.message.size() <= 2000 && facts.codes.size() <= 32,
                 qPrintable(QStringLiteral("seed %1").arg(seed)));
    }
}

void StreamTest::decodesEventsAsTheStandardSays_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QStringList>("events"); // name=data
    QTest::newRow("LF") << QByteArray("data: a\n\ndata: b\n\n") << QStringList{"=a", "=b"};
    QTest::newRow("CRLF") << QByteArray("data: a\r\n\r\ndata: b\r\n\r\n") << QStringList{"=a", "=b"};
    QTest::newRow("CR") << QByteArray("data: a\r\rdata: b\r\r") << QStringList{"=a", "=b"};
    QTest::newRow("mixed") << QByteArray("data: a\r\n\ndata: b\n\r\n") << QStringList{"=a", "=b"};
    QTest::newRow("a byte order mark") << QByteArray("\xEF\xBB\xBF" "data: a\n\n") << QStringList{"=a"};
    QTest::newRow("several lines") << QByteArray("data: a\ndata\ndata: b\n\n") << QStringList{"=a\n\nb"};
    QTest::newRow("no space, two spaces") << QByteArray("data:a\n\ndata:  b\n\n") << QStringList{"=a", "= b"};
    QTest::newRow("names") << QByteArray("event: x\ndata: a\n\ndata: b\n\n") << QStringList{"x=a", "=b"};
    QTest::newRow("a name without data") << QByteArray("event: x\n\ndata: b\n\n") << QStringList{"=b"};
    QTest::newRow("comments and other fields")
        << QByteArray(": c\nid: 1\nretry: 2\nfoo: bar\ndata: a\n\n") << QStringList{"=a"};
    QTest::newRow("no blank line at the end") << QByteArray("data: a") << QStringList{"=a"};
    QTest::newRow("whole objects glued by one line end")
        << QByteArray("data: {\"a\":1}\ndata: {\"b\":2}\ndata: [DONE]\n")
        << QStringList{"={\"a\":1}", "={\"b\":2}", "=[DONE]"};
    QTest::newRow("an object over lines is not taken apart")
        << QByteArray("data: {\"a\":\ndata: {\"b\":2}\ndata: }\n\n") << QStringList{"={\"a\":\n{\"b\":2}\n}"};
    QTest::newRow("glued with names") << QByteArray("event: x\ndata: {}\nevent: y\ndata: {}\n\n")
                                      << QStringList{"x={}", "y={}"};
    QTest::newRow("a name behind its data") << QByteArray("data: {}\nevent: y\n\n") << QStringList{"y={}"};
    QTest::newRow("nothing") << QByteArray() << QStringList{};
}

void StreamTest::decodesEventsAsTheStandardSays()
{
    QFETCH(QByteArray, bytes);
    QFETCH(QStringList, events);
    for (qsizetype at = 0; at <= bytes.size(); ++at) {
        SseDecoder decoder;
        QVector<SseEvent> found = decoder.feed(QByteArrayView(bytes).first(at));
        found += decoder.feed(QByteArrayView(bytes).sliced(at));
        found += decoder.end();
        QStringList got;
        for (const SseEvent &event : std::as_const(found))
            got << QString::fromUtf8(event.name + '=' + event.data);
        QCOMPARE(got, events);
    }
}

SUITE_TEST(StreamTest)
#include "tst_stream.moc"
