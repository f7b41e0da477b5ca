// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "base/random.h"
#include "support/suite.h"
#include "workbench/benchsession.h"
#include "workbench/promptlibrary.h"
#include "workbench/worddiff.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace retryscope;

/// The prompt library's file, the memory of a session, and the comparison of two answers.
class WorkbenchTest : public QObject
{
    Q_OBJECT
private slots:
    void aPromptComesBackWithEveryField();
    void aPlainPromptIsShort();
    void aLibraryComesBackInItsOrder();
    void aMissingFileIsAnEmptyLibrary();
    void whatIsNoLibraryIsNotTaken_data();
    void whatIsNoLibraryIsNotTaken();
    void theFileIsForItsUserAlone();
    void aFileThatCannotBeWrittenIsSaid();
    void wordsAreCompared_data();
    void wordsAreCompared();
    void everyDifferencePutsBothTextsTogether();
    void textsThatShareNothingAreToldAsAWhole();
    void theSessionForgetsTheOldest();

private:
    static Prompt full()
    {
        Prompt p;
        p.text = QStringLiteral("Hello {{name}}\n\"é\"");
        p.system = QStringLiteral("Be brief.");
        p.model = QStringLiteral("m");
        p.maxTokens = 7;
        p.stream = false;
        p.messages = {{ChatRole::User,
                       {{ChatPart::Kind::Text, QStringLiteral("see")},
                        {.kind = ChatPart::Kind::Image, .mediaType = QStringLiteral("image/png"), .data = QByteArray("\0\1\xff", 3)}}},
                      {ChatRole::Assistant,
                       {{.kind = ChatPart::Kind::ToolCall,
                         .call = {QStringLiteral("1"), QStringLiteral("look"), QStringLiteral("{}")}}}},
                      {ChatRole::User,
                       {{.kind = ChatPart::Kind::ToolResult,
                         .text = QStringLiteral("none"),
                         .call = {QStringLiteral("1"), QStringLiteral("look"), {}},
                         .failed = true}}}};
        p.tools = {{QStringLiteral("look"), QStringLiteral("Looks."), {{QStringLiteral("type"), QStringLiteral("object")}}, true}};
        p.toolChoice = ToolChoice::Named;
        p.toolName = QStringLiteral("look");
        p.format = {ResponseFormat::Kind::Schema, QStringLiteral("s"), {{QStringLiteral("type"), QStringLiteral("object")}}};
        p.effort = QStringLiteral("low");
        p.temperature = 0.7;
        p.topP = 0.9;
        p.topK = 40;
        p.stop = {QStringLiteral("a"), QStringLiteral("b")};
        p.seed = 9007199254740993;
        p.metadata = {{QStringLiteral("user"), QStringLiteral("x")}};
        p.extra = {{QStringLiteral("y"), 1}};
        return p;
    }
    static QString side(const WordDiff &diff, DiffPiece::In in)
    {
        QString text;
        for (const DiffPiece &piece : diff.pieces)
            text += piece.in == DiffPiece::In::Both || piece.in == in ? piece.text : QString();
        return text;
    }
};

void WorkbenchTest::aPromptComesBackWithEveryField()
{
    QCOMPARE(promptFromJson(toJson(full())), std::optional(full()));
    QCOMPARE(promptFromJson(toJson(Prompt{})), std::optional(Prompt{}));
    QCOMPARE(promptFromJson({}), std::nullopt);
}

void WorkbenchTest::aPlainPromptIsShort()
{
    QCOMPARE(toJson(Prompt{QStringLiteral("x")}), (QJsonObject{{QStringLiteral("text"), QStringLiteral("x")}}));
}

void WorkbenchTest::aLibraryComesBackInItsOrder()
{
    const SavedPrompts prompts{
        {QStringLiteral("2"), QStringLiteral("Second #a"), {QStringLiteral("a")}, full(), WallTime(1'764'000'000'123ms)},
        {QStringLiteral("1"), QStringLiteral("First"), {}, Prompt{QStringLiteral("x")}, WallTime(1'764'000'000'000ms)}};
    const auto read = libraryFromJson(libraryToJson(prompts));
    QVERIFY(read);
    QCOMPARE(*read, prompts);
}

void WorkbenchTest::aMissingFileIsAnEmptyLibrary()
{
    const QTemporaryDir folder;
    const auto read = loadLibrary(folder.filePath(QStringLiteral("no/prompts.json")));
    QVERIFY(read);
    QVERIFY(read->isEmpty());
    QCOMPARE(loadLibrary({}).error().kind, LibraryProblem::Kind::NoFolder);
    QCOMPARE(loadLibrary(folder.path()).error().kind, LibraryProblem::Kind::Unreadable);
}

void WorkbenchTest::whatIsNoLibraryIsNotTaken_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<int>("problem");
    const auto row = [](const char *name, const QByteArray &bytes, LibraryProblem::Kind kind) {
        QTest::newRow(name) << bytes << int(kind);
    };
    row("half a file", libraryToJson({{QStringLiteral("1"), {}, {}, full(), {}}}).left(60), LibraryProblem::Kind::NotALibrary);
    row("another JSON", "{\"providers\":[]}", LibraryProblem::Kind::NotALibrary);
    row("a newer one", "{\"kind\":\"retryscope.prompts\",\"version\":2,\"prompts\":[]}", LibraryProblem::Kind::Newer);
    row("an entry without a prompt", "{\"kind\":\"retryscope.prompts\",\"version\":1,\"prompts\":[{\"id\":\"1\"}]}",
        LibraryProblem::Kind::NotALibrary);
}

void WorkbenchTest::whatIsNoLibraryIsNotTaken()
{
    QFETCH(QByteArray, bytes);
    QFETCH(int, problem);
    const auto read = libraryFromJson(bytes);
    QVERIFY(!read);
    QCOMPARE(int(read.error().kind), problem);
}

void WorkbenchTest::theFileIsForItsUserAlone()
{
    const QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("prompts.json"));
    QVERIFY(saveLibrary({{QStringLiteral("1"), QStringLiteral("n"), {}, full(), {}}}, path));
    QCOMPARE(QFile::permissions(path) & (QFileDevice::ReadGroup | QFileDevice::ReadOther | QFileDevice::WriteOther),
             QFileDevice::Permissions());
    QCOMPARE(loadLibrary(path)->first().prompt, full());
}

void WorkbenchTest::aFileThatCannotBeWrittenIsSaid()
{
    const QTemporaryDir folder;
    QFile file(folder.filePath(QStringLiteral("file")));
    QVERIFY(file.open(QIODevice::WriteOnly));
    const auto saved = saveLibrary({}, file.fileName() + QStringLiteral("/prompts.json"));
    QVERIFY(!saved);
    QCOMPARE(saved.error().kind, LibraryProblem::Kind::NotWritten);
    QVERIFY(!saved.error().detail.isEmpty());
}

void WorkbenchTest::wordsAreCompared_data()
{
    QTest::addColumn<QString>("first");
    QTest::addColumn<QString>("second");
    QTest::addColumn<QString>("told"); ///< [only first] {only second}
    const auto row = [](const char *name, const char *first, const char *second, const char *told) {
        QTest::newRow(name) << QString::fromUtf8(first) << QString::fromUtf8(second) << QString::fromUtf8(told);
    };
    row("nothing", "", "", "");
    row("the same", "one two", "one two", "one two");
    row("one word", "a quick fox", "a slow fox", "a [quick]{slow} fox");
    row("more at the end", "a b", "a b c", "a b{ c}");
    row("less at the beginning", "x a b", "a b", "[x ]a b");
    row("all of it", "one", "two", "[one]{two}");
    row("from nothing", "", "two", "{two}");
    row("a mark", "Yes, it is.", "Yes it is!", "Yes[,] it is[.]{!}");
    row("letters without spaces", "日本語", "日本人", "日本[語]{人}");
    row("white space", "a  b", "a b", "a[  ]{ }b");
}

void WorkbenchTest::wordsAreCompared()
{
    QFETCH(QString, first);
    QFETCH(QString, second);
    QFETCH(QString, told);
    QString said;
    for (const DiffPiece &piece : diffWords(first, second).pieces)
        said += piece.in == DiffPiece::In::Both    ? piece.text
                : piece.in == DiffPiece::In::First ? QLatin1Char('[') + piece.text + QLatin1Char(']')
                                                   : QLatin1Char('{') + piece.text + QLatin1Char('}');
    QCOMPARE(said, told);
}

void WorkbenchTest::everyDifferencePutsBothTextsTogether()
{
    SeededRandom random(20260001);
    const QStringList words{QStringLiteral("a"), QStringLiteral("bb"), QStringLiteral(" "), QStringLiteral("\n"),
                            QStringLiteral("é."), QStringLiteral("😀"), QStringLiteral("語")};
    for (int round = 0; round < 400; ++round) {
        QString first, second;
        for (QString *text : {&first, &second}) {
            for (int i = int(random.uniform() * 40); i > 0; --i)
                *text += words[int(random.uniform() * double(words.size()))];
        }
        const WordDiff diff = diffWords(first, second);
        QCOMPARE(side(diff, DiffPiece::In::First), first);
        QCOMPARE(side(diff, DiffPiece::In::Second), second);
        const WordDiff back = diffWords(second, first);
        QCOMPARE(back.same + back.onlyFirst, diff.same + diff.onlySecond);
    }
}

void WorkbenchTest::textsThatShareNothingAreToldAsAWhole()
{
    QString first, second;
    for (int i = 0; i < 4000; ++i) {
        first += QStringLiteral("a%1 ").arg(i);
        second += QStringLiteral("b%1\n").arg(i);
    }
    const WordDiff diff = diffWords(first, second);
    QVERIFY(diff.coarse);
    QCOMPARE(side(diff, DiffPiece::In::First), first);
    QCOMPARE(side(diff, DiffPiece::In::Second), second);
    QCOMPARE(diff.onlyFirst, 4000);
    QCOMPARE(diff.likeness(), 0.0);
}

void WorkbenchTest::theSessionForgetsTheOldest()
{
    BenchSession session;
    for (std::size_t i = 0; i < BenchSession::mostEntries + 5; ++i)
        session.add({});
    QCOMPARE(session.entries().size(), BenchSession::mostEntries);
    QCOMPARE(session.find(5), nullptr);
    QCOMPARE(session.find(6)->number, quint64(6));
    SessionEntry large;
    large.result.text = QString(BenchSession::mostCharacters + 1, QLatin1Char('x'));
    session.add(large);
    QCOMPARE(session.entries().size(), std::size_t(1));
    session.clear();
    QVERIFY(session.entries().empty());
}

SUITE_TEST(WorkbenchTest)
#include "tst_workbench.moc"
