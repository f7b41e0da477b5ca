// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "support/keptentry.h"
#include "support/suite.h"
#include "workbench/answerfile.h"
#include "workbench/sessionjson.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QJsonDocument>
#include <QTemporaryDir>
#include <QTest>

#include <sys/file.h>

#include <unistd.h>

using namespace retryscope;
using Kind = AnswerFileProblem::Kind;

/// The file of what was asked and answered, for whoever switched on that it is kept.
class AnswerFileTest : public QObject
{
    Q_OBJECT
private slots:
    void init();
    void anAnswerComesBackWithEveryField();
    void aFailureComesBackWithItsWords();
    void noKeyIsWritten_data();
    void noKeyIsWritten();
    void aPictureIsWrittenAsItIs();
    void aMissingFileKeepsNothing();
    void linesAreAddedInTheirOrder();
    void theFileIsForItsUserAlone();
    void theOldestGo();
    void theLargestGo();
    void aLineThatIsTooLargeIsRefused();
    void aCutLineIsPassedOver();
    void damagedLinesStayWhereTheyAre();
    void whatIsNotOursIsLeftAsItIs_data();
    void whatIsNotOursIsLeftAsItIs();
    void whatANewerVersionWroteIsReadAroundAndNotAddedTo();
    void whatCannotBeReadOrWrittenIsSaid();
    void aFolderThatCannotBeWrittenIsSaid();
    void whoeverHoldsTheFileIsWaitedForAndSaid();
    void deletingLeavesNothing();
    void aSessionPutsWhatWasKeptBeforeItsOwn();

private:
    static QStringList asked(const KeptAnswers &kept)
    {
        QStringList all;
        for (const SessionEntry &e : kept.entries)
            all << e.prompt.text.section(QLatin1Char(' '), 1);
        return all;
    }
    QString path() const { return m_folder->filePath(QStringLiteral("answers.jsonl")); }
    QByteArray bytes() const
    {
        QFile file(path());
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }
    void write(const QByteArray &text) const
    {
        QFile file(path());
        QVERIFY(file.open(QIODevice::WriteOnly));
        QCOMPARE(file.write(text), text.size());
    }
    AnswerFile file(const AnswerFileOptions &options = {.patience = std::chrono::milliseconds(0)}) const
    {
        return AnswerFile(path(), options);
    }

    std::unique_ptr<QTemporaryDir> m_folder;
};

void AnswerFileTest::init() { m_folder = std::make_unique<QTemporaryDir>(); }

void AnswerFileTest::anAnswerComesBackWithEveryField()
{
    const SessionEntry e = fullEntry();
    const QByteArray written = answerLine(e, Discretion({}));
    QCOMPARE(written.count('\n'), 1);
    QVERIFY(written.endsWith('\n'));
    const ReadAnswerLine read = readAnswerLine(written);
    QCOMPARE(read.kind, AnswerLineKind::Ours);
    QCOMPARE(read.entry.at, e.at);
    QVERIFY(read.entry.prompt == e.prompt);
    QCOMPARE(read.entry.chain, e.chain);
    const CallResult &r = read.entry.result, &was = e.result;
    QCOMPARE(r.outcome, was.outcome);
    QCOMPARE(r.reason, was.reason);
    QCOMPARE(r.provider, was.provider);
    QCOMPARE(r.model, was.model);
    QCOMPARE(r.text, was.text);
    QCOMPARE(r.rule, was.rule);
    QVERIFY(r.content == was.content);
    QVERIFY(r.answer == was.answer);
    QCOMPARE(r.status, was.status);
    QCOMPARE(r.attempts, was.attempts);
    QCOMPARE(r.duration, was.duration);
    QCOMPARE(r.firstToken, was.firstToken);
    QCOMPARE(r.tokensIn, was.tokensIn);
    QCOMPARE(r.tokensOut, was.tokensOut);
    QCOMPARE(r.costUsd, was.costUsd);
    QCOMPARE(r.maybeTwice, was.maybeTwice);
    QVERIFY(r.simulated);
    QCOMPARE(read.entry.tokensPerSecond, e.tokensPerSecond);
    QCOMPARE(answerLine(read.entry, Discretion({})), written);
}

void AnswerFileTest::aFailureComesBackWithItsWords()
{
    SessionEntry e = keptEntry(1, {});
    e.result.outcome = CallOutcome::Failed;
    e.result.reason = RetryReason::QuotaExhausted;
    e.result.message = QStringLiteral("You are out of credit.");
    e.result.status = 429;
    const CallResult r = readAnswerLine(answerLine(e, Discretion({}))).entry.result;
    QCOMPARE(r.outcome, CallOutcome::Failed);
    QCOMPARE(r.reason, RetryReason::QuotaExhausted);
    QCOMPARE(r.message, QStringLiteral("You are out of credit."));
    QCOMPARE(r.status, 429);
    QVERIFY(!r.succeeded() && !r.costUsd && !r.firstToken && !r.tokensOut);
}

void AnswerFileTest::noKeyIsWritten_data()
{
    QTest::addColumn<QString>("said");
    QTest::newRow("as it is") << QStringLiteral("the key is zq-secret-of-mine, see");
    QTest::newRow("in base64") << QString::fromLatin1(QByteArray("user:zq-secret-of-mine").toBase64());
    QTest::newRow("percent-encoded") << QStringLiteral("?key=zq%2Dsecret%2Dof%2Dmine");
    QTest::newRow("another's, by its look") << QStringLiteral("use sk-zq-secret-of-mine-0123456789");
    QTest::newRow("a header") << QStringLiteral("Authorization: Bearer zq-secret-of-mine0123456789");
}

void AnswerFileTest::noKeyIsWritten()
{
    QFETCH(QString, said);
    qputenv("ANSWER_KEY", "zq-secret-of-mine");
    ProviderConfig provider;
    provider.id = QStringLiteral("x");
    provider.baseUrl = QUrl(QStringLiteral("https://x.test/v1"));
    provider.keyReference = QStringLiteral("env:ANSWER_KEY");
    Configuration configuration;
    configuration.providers = {provider};
    SessionEntry e = fullEntry();
    e.prompt.text = e.prompt.system = said;
    e.prompt.messages = {{ChatRole::User, {ChatPart{.text = said}, {.kind = ChatPart::Kind::Image, .url = said}}}};
    e.prompt.extra = {{QStringLiteral("api_key"), said}, {said, 1}, {QStringLiteral("data"), said}};
    e.prompt.metadata = {{QStringLiteral("note"), said}};
    e.prompt.stop = {said};
    e.result.text = e.result.message = e.result.content.reasoning = e.result.content.refusal = said;
    e.result.content.toolCalls = {{said, said, said}};
    e.result.content.others.first().text = said;
    const QByteArray written = answerLine(e, Discretion(configuration));
    qunsetenv("ANSWER_KEY");
    QCOMPARE(readAnswerLine(written).kind, AnswerLineKind::Ours);
    QVERIFY(!written.contains("zq-secret") && !written.contains("zq%2Dsecret"));
    for (const char *coded : {"enEtc2VjcmV0", "pxLXNlY3JldC1vZi", "6cS1zZWNyZXQtb2"})
        QVERIFY(!written.contains(coded));
    QVERIFY(readAnswerLine(written).entry.result.text.contains(QStringLiteral("[key]")));
}

void AnswerFileTest::aPictureIsWrittenAsItIs()
{
    SessionEntry e = keptEntry(1);
    const QByteArray picture = QByteArray::fromBase64("/AIzaAAAAAAAAAAAAAAAAAAAA+eyJAAAAAAAAAAAAAAAAAA");
    e.prompt.messages = {
        {ChatRole::User, {{.kind = ChatPart::Kind::Image, .mediaType = QStringLiteral("image/png"), .data = picture}}}};
    const ReadAnswerLine read = readAnswerLine(answerLine(e, Discretion({})));
    QCOMPARE(read.entry.prompt.messages.first().parts.first().data, picture);
}

void AnswerFileTest::aMissingFileKeepsNothing()
{
    const auto kept = AnswerFile(m_folder->filePath(QStringLiteral("no/answers.jsonl"))).read();
    QVERIFY(kept && kept->lines() == 0);
    QVERIFY(!QFileInfo::exists(m_folder->filePath(QStringLiteral("no"))));
    const auto none = AnswerFile(QString()).read();
    QVERIFY(!none && none.error().kind == Kind::NoFolder);
}

void AnswerFileTest::linesAreAddedInTheirOrder()
{
    const auto first = file().add({keptLine(1)}), second = file().add({keptLine(2), keptLine(3)});
    QVERIFY(first && second);
    QCOMPARE(*first, 1);
    QCOMPARE(*second, 3);
    const auto kept = file().read();
    QVERIFY(kept);
    QCOMPARE(asked(*kept), (QStringList{QStringLiteral("1"), QStringLiteral("2"), QStringLiteral("3")}));
}

void AnswerFileTest::theFileIsForItsUserAlone()
{
    const auto own = QFile::ReadOwner | QFile::WriteOwner | QFile::ReadUser | QFile::WriteUser;
    const AnswerFile bounded = file({.most = 2});
    for (int i = 0; i < 4; ++i) { // made, added to, put in its place
        QVERIFY(bounded.add({keptLine(i)}));
        QCOMPARE(QFileInfo(path()).permissions(), own);
    }
}

void AnswerFileTest::theOldestGo()
{
    const AnswerFile bounded = file({.most = 3});
    for (int i = 1; i <= 5; ++i)
        QVERIFY(bounded.add({keptLine(i)}));
    const auto kept = bounded.read();
    QVERIFY(kept);
    QCOMPARE(asked(*kept), (QStringList{QStringLiteral("3"), QStringLiteral("4"), QStringLiteral("5")}));
    const QStringList left = QDir(m_folder->path()).entryList(QDir::Files | QDir::Hidden);
    QCOMPARE(left, QStringList{QStringLiteral("answers.jsonl")});
}

void AnswerFileTest::theLargestGo()
{
    const qint64 one = keptLine(1).size();
    const AnswerFile bounded = file({.bytes = 3 * one});
    for (int i = 1; i <= 3; ++i)
        QVERIFY(bounded.add({keptLine(i)}));
    QCOMPARE(bounded.read()->lines(), 3);
    QVERIFY(bounded.add({keptLine(4, QString(2 * one, QLatin1Char('x')))}));
    QCOMPARE(asked(*bounded.read()), (QStringList{QStringLiteral("4")}));
    QVERIFY(bytes().size() <= 3 * one);
}

void AnswerFileTest::aLineThatIsTooLargeIsRefused()
{
    QVERIFY(file().add({keptLine(1)}));
    const auto added = file({.bytes = keptLine(2).size() - 1}).add({keptLine(2)});
    QVERIFY(!added && added.error().kind == Kind::TooLarge);
    QCOMPARE(bytes(), keptLine(1));
}

/// A program or a machine that ended in the middle of a line.
void AnswerFileTest::aCutLineIsPassedOver()
{
    for (qsizetype cut = 1; cut < keptLine(2).size(); cut += 7) {
        write(keptLine(1) + keptLine(2).left(cut));
        const auto kept = file().read();
        QVERIFY(kept);
        QCOMPARE(asked(*kept), QStringList{QStringLiteral("1")});
        QCOMPARE(kept->unreadable, 1);
        QVERIFY(file().add({keptLine(3)})); // on a line of its own
        QCOMPARE(asked(*file().read()), (QStringList{QStringLiteral("1"), QStringLiteral("3")}));
    }
    write(keptLine(1) + keptLine(2).chopped(1)); // only its end is missing
    QCOMPARE(file().read()->unreadable, 0);
    QVERIFY(file().add({keptLine(3)}));
    QCOMPARE(asked(*file().read()), (QStringList{QStringLiteral("1"), QStringLiteral("2"), QStringLiteral("3")}));
}

void AnswerFileTest::damagedLinesStayWhereTheyAre()
{
    QByteArray broken = keptLine(2);
    broken.replace("\"at\"", "\"ta\"");
    const QByteArray noise(100, '\0');
    write(keptLine(1) + broken + noise + '\n' + keptLine(3));
    const auto kept = file().read();
    QVERIFY(kept);
    QCOMPARE(kept->unreadable, 2);
    QCOMPARE(kept->lines(), 4);
    QCOMPARE(asked(*kept), (QStringList{QStringLiteral("1"), QStringLiteral("3")}));
    QVERIFY(file().add({keptLine(4)}));
    QCOMPARE(bytes(), keptLine(1) + broken + noise + '\n' + keptLine(3) + keptLine(4));
}

void AnswerFileTest::whatIsNotOursIsLeftAsItIs_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::newRow("text") << QByteArray("Dear diary\n");
    QTest::newRow("JSON") << QByteArray("{\"kind\":\"retryscope.prompts\",\"version\":1}\n");
    QTest::newRow("a list") << QByteArray("[1,2]\n");
    QTest::newRow("NUL bytes") << QByteArray(64, '\0');
    QTest::newRow("only a cut line") << keptLine(1).left(40);
}

void AnswerFileTest::whatIsNotOursIsLeftAsItIs()
{
    QFETCH(QByteArray, text);
    write(text);
    const auto kept = file().read();
    QVERIFY(!kept && kept.error().kind == Kind::Foreign);
    const auto added = file().add({keptLine(1)});
    QVERIFY(!added && added.error().kind == Kind::Foreign);
    const auto removed = file().remove();
    QVERIFY(!removed && removed.error().kind == Kind::Foreign);
    QCOMPARE(bytes(), text);
}

void AnswerFileTest::whatANewerVersionWroteIsReadAroundAndNotAddedTo()
{
    QByteArray newer = keptLine(2);
    newer.replace("\"version\":1", "\"version\":2");
    write(keptLine(1) + newer);
    const auto kept = file().read();
    QVERIFY(kept);
    QCOMPARE(kept->newer, 1);
    QCOMPARE(asked(*kept), QStringList{QStringLiteral("1")});
    const auto added = file({.most = 1}).add({keptLine(3)});
    QVERIFY(!added && added.error().kind == Kind::Newer);
    QCOMPARE(bytes(), keptLine(1) + newer);
    QVERIFY(file().remove()); // which a person asked for
    QVERIFY(!QFileInfo::exists(path()));
}

void AnswerFileTest::whatCannotBeReadOrWrittenIsSaid()
{
    QVERIFY(QDir(m_folder->path()).mkdir(QStringLiteral("answers.jsonl")));
    const auto kept = file().read();
    QVERIFY(!kept && kept.error().kind == Kind::Unreadable);
    QCOMPARE(kept.error().detail, QStringLiteral("cannot be read: it is a folder"));
    const auto added = file().add({keptLine(1)});
    QVERIFY(!added && added.error().kind == Kind::NotWritten);
    QCOMPARE(added.error().detail, QStringLiteral("it is no regular file"));
    QVERIFY(!file().remove());
    QVERIFY(QFileInfo(path()).isDir());
}

void AnswerFileTest::aFolderThatCannotBeWrittenIsSaid()
{
    QFile notAFolder(m_folder->filePath(QStringLiteral("file")));
    QVERIFY(notAFolder.open(QIODevice::WriteOnly));
    const auto added = AnswerFile(notAFolder.fileName() + QStringLiteral("/answers.jsonl")).add({keptLine(1)});
    QVERIFY(!added && added.error().kind == Kind::NotWritten);
    QVERIFY(!added.error().detail.isEmpty());
}

void AnswerFileTest::whoeverHoldsTheFileIsWaitedForAndSaid()
{
    QVERIFY(file().add({keptLine(1)}));
    QFile held(path());
    QVERIFY(held.open(QIODevice::ReadWrite));
    QCOMPARE(::flock(held.handle(), LOCK_EX), 0);
    const auto added = file().add({keptLine(2)});
    QVERIFY(!added && added.error().kind == Kind::InUse);
    const auto removed = file().remove();
    QVERIFY(!removed && removed.error().kind == Kind::InUse);
    QCOMPARE(file().read()->lines(), 1); // whole lines are there all the same
    held.close();
    QVERIFY(file().add({keptLine(2)}));
    QCOMPARE(file().read()->lines(), 2);
}

void AnswerFileTest::deletingLeavesNothing()
{
    QVERIFY(file().remove()); // nothing is there
    QVERIFY(file().add({keptLine(1)}));
    QFile open(path()), cutOff(path() + QStringLiteral(".new"));
    QVERIFY(open.open(QIODevice::ReadOnly));
    QVERIFY(cutOff.open(QIODevice::WriteOnly)); // a program ended while it put a new file in place
    QVERIFY(file().remove());
    QVERIFY(QDir(m_folder->path()).isEmpty(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot));
    QCOMPARE(open.readAll(), QByteArray());
    QVERIFY(file().add({keptLine(2)}));
    QCOMPARE(asked(*file().read()), QStringList{QStringLiteral("2")});
}

void AnswerFileTest::aSessionPutsWhatWasKeptBeforeItsOwn()
{
    BenchSession session;
    session.add(keptEntry(5));
    session.restore({keptEntry(1), keptEntry(2), keptEntry(5)}); // the last is its own, read again
    const auto texts = [&session] {
        QStringList all;
        for (const SessionEntry &e : session.entries())
            all << e.prompt.text.section(QLatin1Char(' '), 1) + (e.earlier ? QStringLiteral(" earlier") : QString());
        return all.join(QStringLiteral(", "));
    };
    QCOMPARE(texts(), QStringLiteral("1 earlier, 2 earlier, 5"));
    QCOMPARE(session.find(1)->prompt.text, QStringLiteral("prompt 5"));
    session.restore({keptEntry(2), keptEntry(5)});
    QCOMPARE(texts(), QStringLiteral("2 earlier, 5"));
    session.forgetEarlier();
    QCOMPARE(texts(), QStringLiteral("5"));
}

SUITE_TEST(AnswerFileTest)
#include "tst_answerfile.moc"
