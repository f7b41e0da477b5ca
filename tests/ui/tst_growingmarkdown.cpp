// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/benchanswer.h"
#include "support/suite.h"
#include "widgets/growingmarkdown.h"

#include <QRandomGenerator>
#include <QScrollBar>
#include <QTest>
#include <QTextBlock>
#include <QTextBrowser>
#include <QTextDocument>
#include <QTextList>
#include <QThreadPool>
#include <QToolButton>

using namespace retryscope;

/// Markdown that streams in comes to the same picture as Markdown that is read at once, for work that does not grow.
class GrowingMarkdownTest : public QObject
{
    Q_OBJECT
private slots:
    void inPiecesItComesToTheSameAsAtOnce_data();
    void inPiecesItComesToTheSameAsAtOnce();
    void linesOfAnItemAreNoItems();
    void theWorkOfAPieceDoesNotGrow_data();
    void theWorkOfAPieceDoesNotGrow();
    void anotherTextTakesItsPlace();
    void whatIsSelectedAndReadStays();
    void plainTextGrowsToo();
    void aLongAnswerIsReadBesideTheWindow();
    void whatIsReadTooLateIsNotShown();

private:
    static QStringList blocks();
    /// All that a picture is made of.
    static QString pictureOf(const QTextDocument &document)
    {
        QString picture = document.toHtml();
        for (QTextBlock block = document.begin(); block.isValid(); block = block.next()) {
            if (const QTextList *list = block.textList())
                picture += QStringLiteral("%1 %2\n").arg(block.text(), list->itemText(block));
        }
        return picture;
    }
    static QString pictureAtOnce(const QString &text)
    {
        QTextDocument document;
        document.setMarkdown(MarkdownLines::whole(text),
                             QTextDocument::MarkdownFeatures(QTextDocument::MarkdownDialectGitHub
                                                             | QTextDocument::MarkdownNoHTML));
        return pictureOf(document);
    }
    static QTextBrowser *viewOf(BenchAnswer &answer)
    {
        return answer.findChild<QTextBrowser *>(QStringLiteral("answerView"));
    }
};

QStringList GrowingMarkdownTest::blocks()
{
    return QStringLiteral(
               "# Heading one\n\n@## Two **bold**\n\n@Setext\n======\n\n@Setext two\n---\n\n@A text with "
               "*emphasis\nacross "
               "lines*, **bold**, `code` and more.\nA second line.\n\n@- a\n- b\n  - nested\n  - nested two\n    going "
               "on\n- c\n\n@1. one\n2. two:\n   goes on\n3. three\n\n   with a paragraph\n\n4. four\n\n@```python\ndef "
               "f(x):\n\n    return x\n\n\n# no heading\n- no item\n```\n\n@~~~\ntilde\n\n```\ninner\n~~~\n\n@| "
               "a | b | c "
               "|\n| --- | :-: | --: |\n| 1 | **2** | `3` |\n| 4 | 5 | 6 |\n\n@[a link](https://example.org/x), "
               "<b>html</b> & an ![image](http://x/y.png)\n\n@<div>\nhtml block\n\n</div>\n\n@See [ref] and [this "
               "one][other].\n\n@[ref]: https://example.org/ref\n[other]: https://example.org/other \"Title\"\n\n@> "
               "quoted\n> two\n\n> another\n>\n> - list in quote\n\n@***\n\n@---\n\n@- [ ] todo\n- [x] done\n\n@    "
               "indented code\n\n    more\n\n@- item\n\n  ```sh\n  ls\n\n  cd\n  ```\n\n- next\n\n@* star\n* "
               "star **bold\n "
               " over lines**\n+ plus\n\n@Text right before a list:\n- one\n- two\nlazy line\n\n@1. x\n```\ncode right "
               "after\n```\n2. y\n\n@A table without end | x\n--- | ---\n1 | 2\n\nText\n@`unclosed code and **unclosed "
               "bold\n\n@~~strike~~ https://auto.link/x?y=1 foo_bar_baz\n\n@- ```\n  code in item\n  ```\n- "
               "z\n\n@\n\n\n@"
               "with CR\r\n\r\n@1) paren\n2) two\n\n\n@- a\n\n\n\n- b\n\n@Term\n: no list\n\n@\t tabbed\n\n@- "
               "a\n\t- tab "
               "nested\n\t- two\n\n@no end of line")
        .split(QLatin1Char('@'));
}

void GrowingMarkdownTest::inPiecesItComesToTheSameAsAtOnce_data()
{
    QTest::addColumn<quint32>("seed");
    for (quint32 seed = 1; seed <= 60; ++seed)
        QTest::addRow("seed %u", seed) << seed;
}

void GrowingMarkdownTest::inPiecesItComesToTheSameAsAtOnce()
{
    QFETCH(quint32, seed);
    QRandomGenerator random(seed);
    const QStringList all = blocks();
    QString text;
    for (int left = 1 + int(random.bounded(25)); left > 0; --left)
        text += all[random.bounded(int(all.size()))];
    QTextDocument document;
    GrowingMarkdown growing(document);
    for (qsizetype at = 0; at < text.size();) {
        at = std::min<qsizetype>(text.size(), at + 1 + random.bounded(random.bounded(5) == 0 ? 200 : 20));
        growing.show(text.left(at));
    }
    growing.finish(text, GrowingMarkdown::whole(text, document.defaultFont()));
    QVERIFY2(pictureOf(document) == pictureAtOnce(text), qPrintable(text));
}

/// "2. two:\n   goes on" was shown as two items, and every later one had a wrong number.
void GrowingMarkdownTest::linesOfAnItemAreNoItems()
{
    QTextDocument document;
    GrowingMarkdown growing(document);
    const auto text = QStringLiteral("1. one\n2. two:\n   goes on\n3. three\n\n- a\nlazy\n- b\n\nover\ntwo lines");
    growing.finish(text, GrowingMarkdown::whole(text, document.defaultFont()));
    QStringList shown;
    for (QTextBlock block = document.begin(); block.isValid(); block = block.next())
        shown << (block.textList() ? block.textList()->itemText(block) + QLatin1Char(' ') : QString()) + block.text();
    QCOMPARE(shown.mid(0, 4), (QStringList{QStringLiteral("1. one"), QStringLiteral("2. two:"),
                                           QStringLiteral("goes on"), QStringLiteral("3. three")}));
    QCOMPARE(shown[5], QStringLiteral("lazy"));
    QCOMPARE(shown.mid(7), (QStringList{QStringLiteral("over"), QStringLiteral("two lines")}));
}

void GrowingMarkdownTest::theWorkOfAPieceDoesNotGrow_data()
{
    QTest::addColumn<QString>("block");
    QTest::addRow("everything") << blocks().mid(0, 9).join(QString()) + blocks()[9] + blocks()[14];
    QTest::addRow("a list of one line each") << QStringLiteral("1. A fact about **jitter**, and another one.\n");
    QTest::addRow("loose items") << QStringLiteral("- A fact about **jitter**.\n\n");
    QTest::addRow("code without an end") << QStringLiteral("    return f(7)\n\n"); // after its first line, below
    QTest::addRow("paragraphs") << QStringLiteral("Some words and *more* of them.\nA line.\n\n");
}

void GrowingMarkdownTest::theWorkOfAPieceDoesNotGrow()
{
    QFETCH(QString, block);
    const bool code = block.startsWith(QLatin1String("    "));
    const QString text = (code ? QStringLiteral("```py\n") : QString()) + block.repeated(int(16'000 / block.size()));
    QTextDocument document;
    GrowingMarkdown growing(document);
    GrowingMarkdown::Work early, late;
    for (qsizetype at = 0; at < text.size(); at += 20) {
        growing.show(text.left(at));
        GrowingMarkdown::Work &most = at < 3'000 ? early : late;
        most.parsed = std::max(most.parsed, growing.work().parsed);
        most.written = std::max(most.written, growing.work().written);
    }
    QVERIFY2(late.parsed <= early.parsed * 5 / 4 && late.parsed < 3'000,
             qPrintable(QStringLiteral("%1 and %2 characters").arg(early.parsed).arg(late.parsed)));
    QVERIFY2(late.written <= early.written + 1, qPrintable(QString::number(late.written)));
}

void GrowingMarkdownTest::anotherTextTakesItsPlace()
{
    QTextDocument document;
    GrowingMarkdown growing(document);
    const QString first = blocks().mid(0, 12).join(QString()), second = blocks().mid(5, 6).join(QString());
    growing.show(first);
    growing.show(second); // a call that was repeated begins its answer anew
    growing.finish(second, GrowingMarkdown::whole(second, document.defaultFont()));
    QCOMPARE(pictureOf(document), pictureAtOnce(second));
    growing.clear();
    QCOMPARE(document.toPlainText(), QString());
    growing.show(QStringLiteral("# New"));
    QCOMPARE(pictureOf(document), pictureAtOnce(QStringLiteral("# New")));
}

void GrowingMarkdownTest::whatIsSelectedAndReadStays()
{
    BenchAnswer answer;
    answer.resize(300, 200);
    answer.show();
    QVERIFY(QTest::qWaitForWindowExposed(&answer, suite::patience));
    BenchRun run;
    run.text = blocks().mid(0, 10).join(QString());
    QVERIFY(answer.showText(run.text));
    QTextBrowser *view = viewOf(answer);
    QScrollBar *bar = view->verticalScrollBar();
    QVERIFY(bar->maximum() > 40);
    bar->setValue(30);
    QTextCursor cursor(view->document());
    cursor.setPosition(3);
    cursor.setPosition(25, QTextCursor::KeepAnchor);
    view->setTextCursor(cursor);
    bar->setValue(30);
    const QString chosen = cursor.selectedText();
    for (const QString &block : blocks().mid(10)) {
        run.text += block;
        QTRY_VERIFY(answer.showText(run.text));
        QCOMPARE(view->textCursor().selectedText(), chosen);
        QCOMPARE(bar->value(), 30);
    }
    answer.showAll(run, {});
    QCOMPARE(view->textCursor().selectedText(), chosen);
    QCOMPARE(bar->value(), 30);
    bar->setValue(bar->maximum()); // at the end one follows it
    run.text += QStringLiteral("\n\nOne more.\n\nAnd one.\n\nAnd one.");
    answer.showAll(run, {});
    QCOMPARE(bar->value(), bar->maximum());
}

void GrowingMarkdownTest::plainTextGrowsToo()
{
    BenchAnswer answer;
    auto *plain = answer.findChild<QToolButton *>(QStringLiteral("plainToggle"));
    BenchRun run;
    run.text = QStringLiteral("# One\n\n- two");
    QVERIFY(answer.showText(run.text));
    plain->setChecked(true);
    QCOMPARE(viewOf(answer)->toPlainText(), run.text);
    run.text += QStringLiteral("\n- three\n");
    QTRY_VERIFY(answer.showText(run.text));
    QCOMPARE(viewOf(answer)->toPlainText(), run.text);
    plain->setChecked(false);
    QCOMPARE(pictureOf(*viewOf(answer)->document()).contains(QStringLiteral("# One")), false);
    run.text += QStringLiteral("- four");
    answer.showAll(run, {});
    QCOMPARE(viewOf(answer)->toPlainText(), QStringLiteral("One\ntwo\nthree\nfour"));
}

/// Its end took the window's thread for as long as all of it takes to read.
void GrowingMarkdownTest::aLongAnswerIsReadBesideTheWindow()
{
    BenchAnswer answer;
    BenchRun run;
    run.text = blocks().join(QString()).repeated(8);
    answer.showAll(run, {});
    answer.showAll(run, {}); // what is being read is not asked for again
    QCOMPARE(answer.renders(), 0);
    QTRY_COMPARE(answer.renders(), 1);
    QVERIFY(pictureOf(*viewOf(answer)->document()) == pictureAtOnce(run.text));

    answer.clearAnswer();
    const QString begun = run.text.left(run.text.size() / 2);
    QTRY_VERIFY(answer.showText(begun));
    const int before = answer.renders();
    answer.showAll(run, {});
    QVERIFY(viewOf(answer)->toPlainText().contains(QStringLiteral("Heading one"))); // what was there stays
    QTRY_COMPARE(answer.renders(), before + 2);
    QVERIFY(pictureOf(*viewOf(answer)->document()) == pictureAtOnce(run.text));
}

void GrowingMarkdownTest::whatIsReadTooLateIsNotShown()
{
    BenchAnswer answer;
    BenchRun run;
    run.text = blocks().join(QString()).repeated(8);
    answer.showAll(run, {});
    answer.clearAnswer();
    QVERIFY(answer.showText(QStringLiteral("the next answer")));
    QVERIFY(QThreadPool::globalInstance()->waitForDone(int(suite::patience)));
    QCoreApplication::processEvents();
    QCOMPARE(viewOf(answer)->toPlainText(), QStringLiteral("the next answer"));

    run.text += QStringLiteral("and more");
    answer.showAll(run, {});
    answer.findChild<QToolButton *>(QStringLiteral("plainToggle"))->setChecked(true);
    QVERIFY(QThreadPool::globalInstance()->waitForDone(int(suite::patience)));
    QCoreApplication::processEvents();
    QCOMPARE(viewOf(answer)->toPlainText(), QString(run.text).replace(QStringLiteral("\r\n"), QStringLiteral("\n")));
}

SUITE_TEST(GrowingMarkdownTest)
#include "tst_growingmarkdown.moc"
