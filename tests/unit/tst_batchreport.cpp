// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "support/suite.h"
#include "words/batchwords.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QTest>

using namespace retryscope;

/// What came of a batch: figures, display modes, exports.
class BatchReportTest : public QObject
{
    Q_OBJECT
private slots:
    void modesAreWhatTheirRowsSay();
    void quantilesAreExact();
    void neitherPromptNorAnswerUnlessAskedFor();
    void noCellIsAFormula();
    void theCsvHasARowACall();
    void aPageEscapesWhatPeopleWrote();
    void theJsonHoldsTheSameFigures();
    void aCostIsWrittenWithoutTheNoiseOfItsSum();
    void peopleReadNamesAndProgramsReadIds();

private:
    static BatchRow row(int number, CallOutcome outcome, Duration took, int retries = 0, int failovers = 0)
    {
        BatchRow r;
        r.number = number;
        r.state = RowState::Done;
        r.call = CallId{quint64(number)};
        r.provider = QStringLiteral("openai");
        r.model = QStringLiteral("m");
        r.outcome = outcome;
        r.reason = outcome == CallOutcome::Failed ? RetryReason::ServerError : RetryReason::None;
        r.attempts = 1 + retries + failovers;
        r.retries = retries;
        r.failovers = failovers;
        r.duration = took;
        return r;
    }
    static BatchReport report()
    {
        BatchReport r;
        r.plan.name = QStringLiteral("<b>prompts</b>.csv");
        BatchPrompt prompt;
        prompt.prompt.text = QStringLiteral("=HYPERLINK(\"secret question\")");
        prompt.id = QStringLiteral("@id<1>");
        prompt.line = 2;
        r.plan.prompts = {prompt};
        r.plan.runs = 2;
        r.rows = {row(1, CallOutcome::FirstTry, 1s), row(2, CallOutcome::Failed, 2s, 1, 1)};
        r.rows[0].answer = QStringLiteral("<script>the answer</script>");
        r.rows[0].costUsd = 0.25;
        r.rows[0].tokensIn = 3;
        r.rows[0].firstToken = 100ms;
        r.rows[1].message = QStringLiteral("words that repeat the secret question");
        r.rows[1].rule = QStringLiteral("attempts used up");
        return r;
    }
};

void BatchReportTest::modesAreWhatTheirRowsSay()
{
    BatchRows rows;
    for (int i = 1; i <= 40; ++i)
        rows.append(row(i, CallOutcome::FirstTry, std::chrono::milliseconds(i)));
    rows[3].retries = 1;
    rows[5].failovers = 1;
    rows[5].retries = 2;
    rows[7] = row(8, CallOutcome::Failed, 10s);
    rows[9] = row(10, CallOutcome::Cancelled, 20s);
    rows.append(BatchRow());
    QCOMPARE(rowsOf(rows, BatchMode::All).size(), 41);
    QCOMPARE(rowsOf(rows, BatchMode::Failed), QVector<int>{7});
    QCOMPARE(rowsOf(rows, BatchMode::Retried), (QVector<int>{3, 5}));
    QCOMPARE(rowsOf(rows, BatchMode::FailedOver), QVector<int>{5});
    QCOMPARE(rowsOf(rows, BatchMode::Slowest), (QVector<int>{7, 39})); // of 39 that ended by themselves
    QCOMPARE(rowsOf({}, BatchMode::Slowest).size(), 0);
    QCOMPARE(rowsOf({row(1, CallOutcome::FirstTry, 1s)}, BatchMode::Slowest), QVector<int>{0});
}

void BatchReportTest::quantilesAreExact()
{
    BatchRows rows;
    for (int i = 100; i >= 1; --i)
        rows.append(row(i, CallOutcome::FirstTry, std::chrono::milliseconds(i)));
    rows.append(row(101, CallOutcome::Failed, 1h)); // no answer: its time is no answer's
    const BatchSummary sum = summaryOf(rows);
    QCOMPARE(*sum.median, 50ms);
    QCOMPARE(*sum.p95, 95ms);
    QCOMPARE(*sum.slowest, 100ms);
    QCOMPARE(sum.served, 100);
    QVERIFY(!summaryOf({}).median && !summaryOf({}).share());
}

void BatchReportTest::neitherPromptNorAnswerUnlessAskedFor()
{
    const BatchReport r = report();
    for (const auto format : {BatchFileFormat::Csv, BatchFileFormat::Json, BatchFileFormat::Html}) {
        const QByteArray bare = encode(r, format), whole = encode(r, format, BatchTexts::PromptsAndAnswers);
        QVERIFY2(!bare.contains("secret question") && !bare.contains("the answer"), qPrintable(toKey(format)));
        QVERIFY2(whole.contains("secret question") && whole.contains("the answer"), qPrintable(toKey(format)));
    }
    QVERIFY(!QJsonDocument(summaryJson(r)).toJson().contains("secret question"));
}

void BatchReportTest::noCellIsAFormula()
{
    const QByteArray csv = toCsv(report(), BatchTexts::PromptsAndAnswers);
    QVERIFY(csv.contains("\"'=HYPERLINK(\"\"secret question\"\")\""));
    QVERIFY(csv.contains(",'@id<1>,"));
}

void BatchReportTest::theCsvHasARowACall()
{
    const QList<QByteArray> lines = toCsv(report()).split('\n');
    QCOMPARE(lines.size(), 4); // header, two calls, the end
    QVERIFY(lines[0].startsWith("number,prompt,line,id,run,outcome,reason,"));
    QVERIFY(lines[1].startsWith("1,1,2,'@id<1>,1,first_try,,"));
    QVERIFY(lines[2].contains(",failed,server_error,"));
    QVERIFY(lines[2].contains("attempts used up"));
}

void BatchReportTest::aPageEscapesWhatPeopleWrote()
{
    const QString page = toHtml(report(), BatchTexts::PromptsAndAnswers);
    QVERIFY(!page.contains(QStringLiteral("<script")));
    QVERIFY(!page.contains(QStringLiteral("<b>prompts")));
    QVERIFY(page.contains(QStringLiteral("&lt;script&gt;the answer")));
    QVERIFY(page.contains(QStringLiteral("@id&lt;1&gt;")));
    QVERIFY(!page.contains(QStringLiteral("http://"))
            && !page.contains(QStringLiteral("https://"))); // needs nothing else
}

void BatchReportTest::theJsonHoldsTheSameFigures()
{
    const QJsonObject o = toJson(report());
    QCOMPARE(o[QStringLiteral("planned")].toInt(), 2);
    QCOMPARE(o[QStringLiteral("served")].toInt(), 1);
    QCOMPARE(o[QStringLiteral("failed_over")].toInt(), 1);
    QCOMPARE(o[QStringLiteral("cost_usd")].toDouble(), 0.25);
    QCOMPARE(o[QStringLiteral("cost_unknown")].toInt(), 1); // never told as nothing
    const QJsonArray rows = o[QStringLiteral("rows")].toArray();
    QCOMPARE(rows.size(), 2);
    QVERIFY(!rows[1].toObject().contains(QStringLiteral("cost_usd")));
    QCOMPARE(rows[0].toObject()[QStringLiteral("ttft_s")].toDouble(), 0.1);
    QVERIFY(batchFileFormatFromKey(u"html") == BatchFileFormat::Html && !batchFileFormatFromKey(u"xml"));
}

void BatchReportTest::aCostIsWrittenWithoutTheNoiseOfItsSum()
{
    BatchReport r = report();
    r.rows[0].costUsd = 0.0000051 + 0.0000204; // 2.5499999999999997e-05
    r.rows[1].costUsd = 3 * 0.1;               // 0.30000000000000004
    r.spent = 0.1 + 0.2;
    r.uncertain = 0.7 + 0.1;                   // 0.7999999999999999
    for (const auto format : {BatchFileFormat::Csv, BatchFileFormat::Json}) {
        const QByteArray bytes = encode(r, format, BatchTexts::None);
        QVERIFY2(!bytes.contains("00000004") && !bytes.contains("99999999"), bytes);
        QVERIFY2(bytes.contains("0.3"), bytes);
    }
    QCOMPARE(summaryJson(r)[QStringLiteral("spent_uncertain_usd")].toDouble(), 0.8);
    QVERIFY(toJson(r)[QStringLiteral("rows")][0][QStringLiteral("cost_usd")].toDouble() == 0.0000255);
}

void BatchReportTest::peopleReadNamesAndProgramsReadIds()
{
    BatchReport r = report();
    r.rows[0].provider = r.rows[1].provider = QStringLiteral("one_id");
    r.rows[0].model = QStringLiteral("m");
    r.plan.names.insert(QStringLiteral("one_id"), QStringLiteral("The <first>"));
    const QString page = toHtml(r);
    QVERIFY(page.contains(QStringLiteral("<td>The &lt;first&gt; m</td>")) && !page.contains(QStringLiteral("one_id")));
    QVERIFY(toCsv(r).contains(",one_id,m,"));
    QCOMPARE(toJson(r)[QStringLiteral("rows")].toArray()[0].toObject()[QStringLiteral("provider")].toString(),
             QStringLiteral("one_id"));
}

SUITE_TEST(BatchReportTest)
#include "tst_batchreport.moc"
