// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "batch/batchprompts.h"
#include "support/suite.h"
#include "words/batchwords.h"

#include <QTemporaryDir>
#include <QTest>

using namespace retryscope;

/// Prompts from files: what is read, and what is said of what cannot be.
class BatchPromptsTest : public QObject
{
    Q_OBJECT
private slots:
    void aLineOfJsonIsATextAPromptMessagesOrABatchLine();
    void whatALineDoesNotSayIsAsUsual();
    void badLinesAreNamedAndTheOthersRead();
    void fieldsThatAreNotSentAreNamed();
    void columnsAndFieldsFillVariables();
    void csvHasQuotesSeparatorsAndLineBreaks();
    void badRecordsAreNamedWithTheirLine();
    void aHeaderWithoutPromptSaysWhatItHas();
    void everySeparatorAndLineEnd();
    void linesAreAPromptEach();
    void theFormatIsTheNamesOrTheFirstLines();
    void wholeFilesThatAreNothing();
    void sizesAreBounded();
    void everyProblemHasASentence();

private:
    static QString said(const Prompt &prompt)
    {
        QStringList texts = prompt.texts();
        texts.removeAll(QString());
        return texts.join(QLatin1Char('|'));
    }
    static BatchInput jsonLines(const QByteArray &bytes, const Prompt &usual = {})
    {
        const auto input = readBatch(bytes, BatchFormat::JsonLines, usual);
        return input ? *input : BatchInput();
    }
    static BatchInput csv(const QByteArray &bytes)
    {
        const auto input = readBatch(bytes, BatchFormat::Csv);
        return input ? *input : BatchInput();
    }
    static InputFault faultOf(const QByteArray &bytes, BatchFormat format = BatchFormat::JsonLines)
    {
        const auto input = readBatch(bytes, format);
        return input ? InputFault::Unreadable : input.error().fault;
    }
};

void BatchPromptsTest::aLineOfJsonIsATextAPromptMessagesOrABatchLine()
{
    const BatchInput input = jsonLines(
        "\"Hello \\u00e9\"\n"
        "\n"
        "  {\"prompt\": \"Two\", \"system\": \"Be short\", \"model\": \"m\", \"max_tokens\": 50, \"id\": \"b\"}\r\n"
        "{\"id\": 7, \"prompt\": \"Seven\"}\n"
        "{\"messages\": [{\"role\": \"system\", \"content\": \"S\"}, {\"role\": \"user\", \"content\": \"Three\"}], "
        "\"max_tokens\": 9}\n"
        "{\"custom_id\": \"c\", \"method\": \"POST\", \"url\": \"/v1/chat/completions\", \"body\": {\"model\": \"x\", "
        "\"messages\": [{\"role\": \"user\", \"content\": \"Four\"}]}}\n"
        "{\"custom_id\": \"d\", \"url\": \"/v1/responses\", \"body\": {\"model\": \"x\", \"input\": \"Five\"}}");
    QCOMPARE(input.problems, 0);
    QVERIFY(input.issues.isEmpty());
    QCOMPARE(input.prompts.size(), 6);
    QCOMPARE(input.prompts[0].prompt.text, QStringLiteral("Hello é"));
    QCOMPARE(input.prompts[0].line, 1);
    const BatchPrompt &two = input.prompts[1];
    QCOMPARE(two.line, 3);
    QCOMPARE(two.id, QStringLiteral("b"));
    QCOMPARE(two.prompt.system, QStringLiteral("Be short"));
    QCOMPARE(two.prompt.model, QStringLiteral("m"));
    QCOMPARE(two.prompt.maxTokens, 50);
    QCOMPARE(input.prompts[2].id, QStringLiteral("7"));
    QCOMPARE(said(input.prompts[3].prompt), QStringLiteral("S|Three"));
    QCOMPARE(input.prompts[3].prompt.maxTokens, 9);
    QCOMPARE(input.prompts[4].id, QStringLiteral("c"));
    QCOMPARE(input.prompts[4].prompt.model, QStringLiteral("x"));
    QCOMPARE(said(input.prompts[4].prompt), QStringLiteral("Four"));
    QCOMPARE(said(input.prompts[5].prompt), QStringLiteral("Five"));
    for (const BatchPrompt &one : input.prompts)
        QVERIFY(one.prompt.stream && one.prompt.maxTokens > 0);
}

void BatchPromptsTest::whatALineDoesNotSayIsAsUsual()
{
    Prompt usual;
    usual.system = QStringLiteral("S");
    usual.model = QStringLiteral("M");
    usual.maxTokens = 77;
    const BatchInput input = jsonLines("\"a\"\n{\"prompt\": \"b\", \"model\": \"own\"}\n"
                                       "{\"messages\": [{\"role\": \"user\", \"content\": \"c\"}]}",
                                       usual);
    QCOMPARE(input.prompts.size(), 3);
    for (const BatchPrompt &one : input.prompts) {
        QCOMPARE(one.prompt.system, QStringLiteral("S"));
        QCOMPARE(one.prompt.maxTokens, 77);
    }
    QCOMPARE(input.prompts[0].prompt.model, QStringLiteral("M"));
    QCOMPARE(input.prompts[1].prompt.model, QStringLiteral("own"));
    QCOMPARE(input.prompts[2].prompt.model, QStringLiteral("M"));
}

void BatchPromptsTest::badLinesAreNamedAndTheOthersRead()
{
    const BatchInput input =
        jsonLines("\"good\"\n{\"prompt\": \n[\"a\", \"b\"]\n5\n\"  \"\n{\"text\": \"x\"}\n"
                  "{\"prompt\": 3}\n{\"prompt\": \"x\", \"max_tokens\": 1.5}\n\"a\" \"b\"\n\"a\", \"b\"\n"
                  "{\"url\": \"/v1/nothing\", \"body\": {}}\n{\"body\": {\"messages\": []}}\n\"\xff\"\n\"also good\"");
    QCOMPARE(input.prompts.size(), 2);
    QCOMPARE(input.prompts[1].line, 14);
    const std::pair<int, LineProblem> expected[] = {
        {2, LineProblem::NotJson},      {3, LineProblem::JsonList},  {4, LineProblem::NoPrompt},
        {5, LineProblem::EmptyPrompt},  {6, LineProblem::NoPrompt},  {7, LineProblem::WrongValue},
        {8, LineProblem::WrongValue},   {9, LineProblem::NotJson},   {10, LineProblem::NotJson},
        {11, LineProblem::UnknownPath}, {12, LineProblem::NoPrompt}, {13, LineProblem::NotUtf8}};
    QCOMPARE(input.issues.size(), qsizetype(std::size(expected)));
    for (qsizetype i = 0; i < input.issues.size(); ++i) {
        QCOMPARE(input.issues[i].line, expected[i].first);
        QVERIFY2(input.issues[i].problem == expected[i].second, qPrintable(issueSentence(input.issues[i])));
    }
    QCOMPARE(input.problems, int(std::size(expected)));
}

void BatchPromptsTest::fieldsThatAreNotSentAreNamed()
{
    const BatchInput input = jsonLines("{\"prompt\": \"a\", \"colour\": \"red\"}\n"
                                       "{\"messages\": [{\"role\": \"user\", \"content\": \"b\"}], \"n\": 3, "
                                       "\"stream\": false, \"stream_options\": {\"include_usage\": true}}");
    QCOMPARE(input.prompts.size(), 2);
    QCOMPARE(input.problems, 0);
    QCOMPARE(input.issues.size(), 2);
    QCOMPARE(input.issues[0], (LineIssue{1, LineProblem::UnknownField, QStringLiteral("colour")}));
    QCOMPARE(input.issues[1], (LineIssue{2, LineProblem::NotSent, QStringLiteral("n")}));
    // what is left out, that the prompt goes all the same, and what to do
    QCOMPARE(
        issueSentence(input.issues[0]),
        QStringLiteral("Line 1: the prompt is sent without colour, which is not known here and fills no "
                       "{{variable}} of it. Known are prompt, system, model, max_tokens and id: rename it, or take it "
                       "out."));
    QCOMPARE(
        issueSentence(input.issues[1]),
        QStringLiteral("Line 2: the prompt is sent without n, which a batch cannot carry to every provider. Take it "
                       "out."));
    QCOMPARE(issueSentence({3, LineProblem::FieldCount, QStringLiteral("1 of 3")}),
             QStringLiteral("Line 3: 1 field, but the header names 3. A prompt with a separator in it needs quotes."));
}

/// As on the Test page: what is sent is never a name in braces without a word about it.
void BatchPromptsTest::columnsAndFieldsFillVariables()
{
    Prompt usual;
    usual.system = QStringLiteral("Answer in {{ Language }}.");
    const auto table = readBatch("prompt,language,City,note\n"
                                 "\"How is {{city}}, and {{city}}'s {{weather}}?\",French,Paris {{note}},x\n"
                                 "plain,,,\n",
                                 BatchFormat::Csv, usual);
    QVERIFY(table);
    QCOMPARE(table->problems, 0);
    QCOMPARE(table->prompts.size(), 2);
    QCOMPARE(table->prompts[0].prompt.text, // a value is not looked into
             QStringLiteral("How is Paris {{note}}, and Paris {{note}}'s {{weather}}?"));
    QCOMPARE(table->prompts[0].prompt.system, QStringLiteral("Answer in French."));
    QCOMPARE(table->prompts[1].prompt.system, QStringLiteral("Answer in ."));
    QCOMPARE(table->issues.size(), 2);
    QCOMPARE(table->issues[0], (LineIssue{1, LineProblem::UnknownColumn, QStringLiteral("note")}));
    QCOMPARE(table->issues[1], (LineIssue{2, LineProblem::Unfilled, QStringLiteral("weather")}));
    QVERIFY(issueSentence(table->issues[1]).startsWith(QStringLiteral("Line 2: {{weather}} is sent as it stands")));

    const BatchInput lines =
        jsonLines("{\"prompt\": \"{{n}} of {{of}}\", \"n\": 3, \"of\": true, \"rest\": 1, \"list\": []}\n"
                  "{\"prompt\": \"{{list}}\", \"list\": []}\n"
                  "\"and {{n}}\"\n"
                  "{\"messages\": [{\"role\": \"user\", \"content\": \"{{as it is}} {{n}}\"}]}");
    QCOMPARE(lines.prompts[0].prompt.text, QStringLiteral("3 of true"));
    QCOMPARE(lines.prompts[3].prompt.messages.size() + (lines.prompts[3].prompt.text.isEmpty() ? 0 : 1), 1);
    QCOMPARE(lines.issues.size(), 4);
    QCOMPARE(lines.issues[0], (LineIssue{1, LineProblem::UnknownField, QStringLiteral("list, rest")}));
    QVERIFY(lines.issues.contains(LineIssue{2, LineProblem::Unfilled, QStringLiteral("list")}));
    QVERIFY(lines.issues.contains(LineIssue{2, LineProblem::UnknownField, QStringLiteral("list")}));
    QVERIFY(lines.issues.contains(LineIssue{3, LineProblem::Unfilled, QStringLiteral("n")}));

    QByteArray many("prompt\n"); // the lines that cannot be sent are still named
    for (int i = 0; i < 300; ++i)
        many += "{{v" + QByteArray::number(i) + "}}\n";
    const BatchInput crowd = csv(many + "a,b\n");
    QCOMPARE(crowd.problems, 1);
    QVERIFY(crowd.issues.contains(LineIssue{302, LineProblem::FieldCount, QStringLiteral("2 of 1")}));
}

void BatchPromptsTest::csvHasQuotesSeparatorsAndLineBreaks()
{
    const BatchInput input = csv("\xEF\xBB\xBFID,Prompt,max_tokens\r\n"
                                 "1,\"a, \"\"b\"\"\r\nc\",20\r\n"
                                 "\r\n"
                                 "2,plain,\r\n"
                                 "\"3\",\"\"\"quoted\"\"\",5");
    QCOMPARE(input.problems, 0);
    QCOMPARE(input.prompts.size(), 3);
    QCOMPARE(input.prompts[0].prompt.text, QStringLiteral("a, \"b\"\r\nc"));
    QCOMPARE(input.prompts[0].id, QStringLiteral("1"));
    QCOMPARE(input.prompts[0].prompt.maxTokens, 20);
    QCOMPARE(input.prompts[0].line, 2);
    QCOMPARE(input.prompts[1].line, 5); // behind a record of two lines and an empty one
    QCOMPARE(input.prompts[1].prompt.maxTokens, Prompt().maxTokens);
    QCOMPARE(input.prompts[2].prompt.text, QStringLiteral("\"quoted\""));
}

void BatchPromptsTest::badRecordsAreNamedWithTheirLine()
{
    const BatchInput input = csv("prompt,id,note\n"
                                 "good,1,x\n"
                                 "too,many,by,one\n"
                                 "few\n"
                                 "\"closed\" early,3,x\n"
                                 ",4,x\n"
                                 "good too,5,x\n"
                                 "\"never closed,6,x\n"
                                 "last,7,x\n");
    QCOMPARE(input.prompts.size(), 3);
    QCOMPARE(input.prompts[2].prompt.text, QStringLiteral("last")); // one slip costs one record
    const LineIssue expected[] = {{1, LineProblem::UnknownColumn, QStringLiteral("note")},
                                  {3, LineProblem::FieldCount, QStringLiteral("4 of 3")},
                                  {4, LineProblem::FieldCount, QStringLiteral("1 of 3")},
                                  {5, LineProblem::AfterQuote, {}},
                                  {6, LineProblem::EmptyPrompt, {}},
                                  {8, LineProblem::OpenQuote, {}}};
    QCOMPARE(input.issues.size(), qsizetype(std::size(expected)));
    for (qsizetype i = 0; i < input.issues.size(); ++i)
        QVERIFY2(input.issues[i] == expected[i], qPrintable(issueSentence(input.issues[i])));
    QCOMPARE(input.problems, 5);
}

void BatchPromptsTest::aHeaderWithoutPromptSaysWhatItHas()
{
    const auto input = readBatch("question,answer\na,b\n", BatchFormat::Csv);
    QVERIFY(!input);
    QVERIFY(input.error().fault == InputFault::NoPromptColumn);
    QVERIFY(faultSentence(QStringLiteral("f.csv"), input.error()).contains(QStringLiteral("question, answer")));
}

void BatchPromptsTest::everySeparatorAndLineEnd()
{
    for (const char separator : {',', ';', '\t'}) {
        for (const QByteArray &end : {QByteArray("\n"), QByteArray("\r\n"), QByteArray("\r")}) {
            QByteArray file("id?prompt" + end + "1?one" + end + "2?two" + end);
            const BatchInput input = csv(file.replace('?', separator));
            QCOMPARE(input.prompts.size(), 2);
            QCOMPARE(input.prompts[1].prompt.text, QStringLiteral("two"));
            QCOMPARE(input.prompts[1].line, 3);
        }
    }
}

void BatchPromptsTest::linesAreAPromptEach()
{
    const auto input = readBatch("one\r\n\n  two  \n{\"three\"", BatchFormat::Lines);
    QVERIFY(input);
    QCOMPARE(input->prompts.size(), 3);
    QCOMPARE(input->prompts[1].prompt.text, QStringLiteral("two"));
    QCOMPARE(input->prompts[2].line, 4);
}

void BatchPromptsTest::theFormatIsTheNamesOrTheFirstLines()
{
    const QByteArray any("x");
    QVERIFY(batchFormatOf(QStringLiteral("a/b.CSV"), any) == BatchFormat::Csv);
    QVERIFY(batchFormatOf(QStringLiteral("b.tsv"), any) == BatchFormat::Csv);
    QVERIFY(batchFormatOf(QStringLiteral("b.jsonl"), any) == BatchFormat::JsonLines);
    QVERIFY(batchFormatOf(QStringLiteral("b.txt"), "{\"prompt\": 1}") == BatchFormat::Lines);
    QVERIFY(batchFormatOf({}, "\n{\"prompt\": \"a\"}\n") == BatchFormat::JsonLines);
    const auto cut = readBatch("whole\nende\xc3", BatchFormat::Lines); // the file ends within a character
    QVERIFY(cut && cut->prompts.size() == 1 && cut->issues.size() == 1);
    QVERIFY(cut->issues[0].line == 2 && cut->issues[0].problem == LineProblem::NotUtf8);
    QVERIFY(batchFormatOf({}, "\"a text\"\n") == BatchFormat::JsonLines);
    QVERIFY(batchFormatOf({}, "{broken\n") == BatchFormat::JsonLines);
    QVERIFY(batchFormatOf({}, "id,prompt\n1,a") == BatchFormat::Csv);
    QVERIFY(batchFormatOf({}, "What is a retry?\n") == BatchFormat::Lines);
}

void BatchPromptsTest::wholeFilesThatAreNothing()
{
    QVERIFY(faultOf("") == InputFault::Empty);
    QVERIFY(faultOf(" \n\r\n") == InputFault::Empty);
    QVERIFY(faultOf("prompt\n", BatchFormat::Csv) == InputFault::Empty);
    QVERIFY(faultOf(QByteArray("\xFF\xFE\"\0a\0", 6)) == InputFault::NotUtf8);
    QVERIFY(faultOf(QByteArray("a\0b", 3), BatchFormat::Lines) == InputFault::NotUtf8);
    const QTemporaryDir folder;
    for (const QString &path : {folder.filePath(QStringLiteral("none.jsonl")), folder.path()}) {
        const auto input = readBatchFile(path);
        QVERIFY(!input);
        QVERIFY(input.error().fault == InputFault::Unreadable);
        QVERIFY(faultSentence(path, input.error()).startsWith(path + QStringLiteral(" cannot be read")));
    }
}

void BatchPromptsTest::sizesAreBounded()
{
    QByteArray many;
    for (int i = 0; i < mostBatchPrompts; ++i)
        many += "p\n";
    QCOMPARE(readBatch(many, BatchFormat::Lines)->prompts.size(), mostBatchPrompts);
    QVERIFY(faultOf(many + "p", BatchFormat::Lines) == InputFault::TooMany);
    QVERIFY(faultOf("prompt\n" + many + "p\n", BatchFormat::Csv) == InputFault::TooMany);
    const QByteArray longLine(longestBatchLine + 1, 'x');
    const auto lines = readBatch("a\n" + longLine + "\nb", BatchFormat::Lines);
    QVERIFY(lines);
    QCOMPARE(lines->prompts.size(), 2);
    QCOMPARE(lines->issues, (QVector<LineIssue>{{2, LineProblem::TooLong, {}}}));
    QCOMPARE(csv("prompt\n\"" + longLine + "\"\n").issues.value(0).problem, LineProblem::TooLong);
    QByteArray bad;
    for (int i = 0; i < mostLineIssues + 7; ++i)
        bad += "{\n";
    const BatchInput input = jsonLines(bad);
    QCOMPARE(input.issues.size(), mostLineIssues);
    QCOMPARE(input.moreIssues, 7);
    QCOMPARE(input.problems, mostLineIssues + 7);
}

void BatchPromptsTest::everyProblemHasASentence()
{
    for (int problem = 0; problem <= int(LineProblem::NotSent); ++problem) {
        const QString sentence = issueSentence({3, LineProblem(problem), QStringLiteral("x")});
        QVERIFY2(sentence.startsWith(QStringLiteral("Line 3: ")) && sentence.endsWith(QLatin1Char('.'))
                     && sentence.size() > 14,
                 qPrintable(sentence));
    }
    for (int fault = 0; fault <= int(InputFault::TooMany); ++fault)
        QVERIFY(
            faultSentence(QStringLiteral("F"), {InputFault(fault), QStringLiteral("x")}).startsWith(QLatin1Char('F')));
}

SUITE_TEST(BatchPromptsTest)
#include "tst_batchprompts.moc"
