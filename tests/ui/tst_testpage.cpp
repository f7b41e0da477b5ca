// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/benchcomposer.h"
#include "pages/testpage.h"
#include "support/rememberingengine.h"
#include "support/suite.h"
#include "theme/theme.h"
#include "widgets/attemptwaterfall.h"

#include <QApplication>
#include <QComboBox>
#include <QLabel>
#include <QPushButton>
#include <QSettings>
#include <QSpinBox>
#include <QStandardPaths>
#include <QTest>
#include <QTextBrowser>
#include <QToolButton>

using namespace retryscope;

class TestPageTest : public QObject
{
    Q_OBJECT
private slots:
    void init();
    void beforeTheFirstTokenItSaysWhomItAsks();
    void aSkippedFirstChoiceIsToldWithItsCountdown();
    void textIsCountedWhileItStreams();
    void aWaitCountsDownAndCanBeStopped();
    void aFailoverIsTold();
    void costUnknownIsNeverNothing();
    void anAnswerCutByTheTokenLimitSaysSo();
    void theTokenLimitIsSentAndRemembered();
    void anErrorHasAPlainSentenceTheProvidersWordsAndWhatToDo();
    void stoppedByYou();
    void attemptsTellTheSameStory();
    void theColumnsAreRemembered();
    void selectingInTheAnswerSurvivesNewText();
    void ordinals();

private:
    template <typename T> T *find(const char *name) { return m_page->findChild<T *>(QLatin1String(name)); }
    QString status() { return find<QLabel>("callStatus")->text(); }
    QString why() { return find<QLabel>("callWhy")->text(); }
    QString facts() { return find<QLabel>("callFacts")->text(); }
    void makePage()
    {
        m_page = std::make_unique<TestPage>(m_engine, m_theme);
        m_page->setClock([this] { return m_now; });
        Configuration configuration;
        for (const auto &[id, name] :
             {std::pair("openai", "OpenAI"), std::pair("anthropic", "Anthropic"), std::pair("mistral", "Mistral")}) {
            ProviderConfig p;
            p.id = QLatin1String(id);
            p.name = QLatin1String(name);
            configuration.providers.append(p);
        }
        m_page->setConfiguration(configuration);
        m_page->resize(760, 620);
        m_page->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_page.get(), suite::patience));
    }
    void send() { QTest::mouseClick(find<QPushButton>("sendButton"), Qt::LeftButton); }
    void play(EventKind kind, const char *provider, int attempt, const std::function<void(Event &)> &more = {})
    {
        Event e;
        e.kind = kind;
        e.call = CallId{m_engine.last};
        e.at = m_now;
        e.provider = QLatin1String(provider);
        e.model = QStringLiteral("m");
        e.attempt = attempt;
        e.maxAttempts = 4;
        if (more)
            more(e);
        m_page->onEvents({e});
    }
    void wait(Duration d)
    {
        m_now += d; // the page counts ten times a second by itself
    }
    CallResult result(CallOutcome outcome, RetryReason reason = RetryReason::None)
    {
        CallResult r;
        r.call = CallId{m_engine.last};
        r.outcome = outcome;
        r.reason = reason;
        r.provider = QStringLiteral("openai");
        r.attempts = 1;
        r.duration = 1'400ms;
        return r;
    }
    RememberingEngine m_engine;
    Theme m_theme{ThemeMode::Light};
    SteadyTime m_now{100s};
    std::unique_ptr<TestPage> m_page;
};

void TestPageTest::init()
{
    QLocale::setDefault(QLocale::c());
    QSettings().clear();
    m_page.reset();
    m_engine.forget();
    makePage();
}

void TestPageTest::beforeTheFirstTokenItSaysWhomItAsks()
{
    send();
    play(EventKind::AttemptStarted, "openai", 1);
    wait(1'200ms);
    QTRY_COMPARE(status(), QStringLiteral("Asking OpenAI (1st choice), attempt 1 of 4, 1.2 s"));
    QVERIFY(!find<QLabel>("callWhy")->isVisible());
    wait(2s);
    QTRY_COMPARE(status(), QStringLiteral("Asking OpenAI (1st choice), attempt 1 of 4: no token for 3.2 s so far"));
}

void TestPageTest::aSkippedFirstChoiceIsToldWithItsCountdown()
{
    send();
    play(EventKind::ProviderSkipped, "openai", 0, [](Event &e) {
        e.skip = SkipReason::CircuitOpen;
        e.reason = RetryReason::RateLimit;
        e.delay = 6s;
    });
    play(EventKind::AttemptStarted, "anthropic", 1);
    wait(1s);
    QTRY_VERIFY(status().startsWith(QStringLiteral("Asking Anthropic (2nd choice), attempt 1 of 4")));
    QTRY_COMPARE(why(), QStringLiteral("OpenAI was skipped: circuit open (rate limited), it may be asked in 5.0 s."));
    wait(10s);
    QTRY_COMPARE(why(), QStringLiteral("OpenAI was skipped: circuit open (rate limited)."));
}

void TestPageTest::textIsCountedWhileItStreams()
{
    send();
    play(EventKind::AttemptStarted, "openai", 1);
    m_now += 400ms;
    play(EventKind::FirstToken, "openai", 1);
    emit m_engine.textArrived(CallId{m_engine.last}, QString(840, QLatin1Char('x')));
    wait(2'600ms);
    QTRY_COMPARE(status(), QStringLiteral("Text is streaming from OpenAI, about 210 tokens so far, 3.0 s"));
}

void TestPageTest::aWaitCountsDownAndCanBeStopped()
{
    send();
    play(EventKind::AttemptStarted, "openai", 1);
    play(EventKind::AttemptFinished, "openai", 1, [](Event &e) {
        e.reason = RetryReason::RateLimit;
        e.status = 429;
        e.duration = 310ms;
    });
    play(EventKind::RetryScheduled, "openai", 1, [](Event &e) {
        e.reason = RetryReason::RateLimit;
        e.delay = 3s;
        e.delaySource = DelaySource::Server;
    });
    QTRY_COMPARE(status(), QStringLiteral("Attempt 2 of 4 in 3.0 s: rate limited, the server asked for 3.0 s."));
    wait(1'200ms);
    QTRY_COMPARE(status(), QStringLiteral("Attempt 2 of 4 in 1.8 s: rate limited, the server asked for 3.0 s."));
    wait(5s);
    QTRY_VERIFY(status().startsWith(QStringLiteral("Attempt 2 of 4 in 0 ms"))); // never below
    QVERIFY(find<QPushButton>("stopButton")->isEnabled());
    QTest::keyClick(m_page.get(), Qt::Key_Escape);
    QCOMPARE(m_engine.cancelled, QVector<CallId>{CallId{m_engine.last}});
}

void TestPageTest::aFailoverIsTold()
{
    send();
    play(EventKind::AttemptStarted, "openai", 1);
    play(EventKind::AttemptFinished, "openai", 1, [](Event &e) { e.reason = RetryReason::ServerError; });
    play(EventKind::FailedOver, "openai", 1, [](Event &e) {
        e.reason = RetryReason::ServerError;
        e.toProvider = QStringLiteral("anthropic");
    });
    play(EventKind::AttemptStarted, "anthropic", 2);
    QTRY_VERIFY(status().startsWith(QStringLiteral("Asking Anthropic (2nd choice), attempt 2 of 4")));
    QTRY_COMPARE(why(), QStringLiteral("OpenAI failed: server error."));
}

void TestPageTest::costUnknownIsNeverNothing()
{
    send();
    emit m_engine.callFinished(result(CallOutcome::FirstTry));
    QVERIFY2(facts().contains(QStringLiteral("price unknown")) && !facts().contains(QLatin1Char('$')),
             qPrintable(facts()));
    send();
    CallResult priced = result(CallOutcome::FirstTry);
    priced.costUsd = 0.00123;
    emit m_engine.callFinished(priced);
    QVERIFY(facts().contains(QStringLiteral("$0.00123")));
}

void TestPageTest::anAnswerCutByTheTokenLimitSaysSo()
{
    find<QSpinBox>("tokenLimit")->setValue(64);
    send();
    play(EventKind::CallFinished, "openai", 1, [](Event &e) {
        e.outcome = CallOutcome::FirstTry;
        e.finish = QStringLiteral("length");
    });
    emit m_engine.callFinished(result(CallOutcome::FirstTry));
    QVERIFY2(status().contains(QStringLiteral("cut by the token limit of 64")), qPrintable(status()));
    send(); // also where the event comes after the result
    emit m_engine.callFinished(result(CallOutcome::FirstTry));
    QVERIFY(!status().contains(QStringLiteral("cut by")));
    play(EventKind::CallFinished, "openai", 1, [](Event &e) {
        e.outcome = CallOutcome::FirstTry;
        e.finish = QStringLiteral("length");
    });
    QVERIFY(status().contains(QStringLiteral("cut by the token limit of 64")));
}

void TestPageTest::theTokenLimitIsSentAndRemembered()
{
    QTest::mouseClick(find<QToolButton>("parametersChip"), Qt::LeftButton);
    auto *limit = find<QSpinBox>("tokenLimit");
    QCOMPARE(limit->value(), 1024);
    limit->setFocus();
    limit->selectAll();
    QTest::keyClicks(limit, QStringLiteral("300"));
    send();
    QCOMPARE(m_engine.prompts.last().maxTokens, 300);
    m_page->hide();
    makePage();
    QCOMPARE(find<QSpinBox>("tokenLimit")->value(), 300);
}

void TestPageTest::anErrorHasAPlainSentenceTheProvidersWordsAndWhatToDo()
{
    send();
    play(EventKind::AttemptStarted, "openai", 1);
    play(EventKind::AttemptFinished, "openai", 1, [](Event &e) {
        e.reason = RetryReason::Authentication;
        e.status = 401;
        e.detail = QStringLiteral("Incorrect API key provided");
        e.rule = QStringLiteral("status 401");
    });
    CallResult r = result(CallOutcome::Failed, RetryReason::Authentication);
    r.message = QStringLiteral("Incorrect API key provided");
    r.rule = QStringLiteral("not repeated for this reason");
    emit m_engine.callFinished(r);
    const QString error = find<QLabel>("callError")->text();
    QVERIFY(find<QLabel>("callError")->isVisible());
    const QStringList lines = error.split(QLatin1Char('\n'));
    QCOMPARE(lines.size(), 4);
    QVERIFY2(lines[0].contains(QStringLiteral("\"Incorrect API key provided\"")),
             qPrintable(error)); // the provider's own words
    QVERIFY2(lines[0].startsWith(QStringLiteral("OpenAI: ")), qPrintable(error)); // by its name, as everywhere
    QVERIFY(lines[1].startsWith(QStringLiteral("Gave up")));
    QVERIFY(lines[2].startsWith(QStringLiteral("Check the key")));
    QCOMPARE(lines[3], QStringLiteral("Rule that matched: status 401 (HTTP 401)."));
    send(); // a new call starts clean
    QVERIFY(!find<QLabel>("callError")->isVisible());
}

void TestPageTest::stoppedByYou()
{
    send();
    play(EventKind::AttemptStarted, "openai", 1);
    QTest::mouseClick(find<QPushButton>("stopButton"), Qt::LeftButton);
    emit m_engine.callFinished(result(CallOutcome::Cancelled, RetryReason::Cancelled));
    QVERIFY(status().contains(QStringLiteral("Stopped by you")));
    QVERIFY(!find<QLabel>("callError")->isVisible());
    QVERIFY(!find<QPushButton>("stopButton")->isEnabled());
}

void TestPageTest::attemptsTellTheSameStory()
{
    send();
    play(EventKind::ProviderSkipped, "openai", 0, [](Event &e) { e.skip = SkipReason::Isolated; });
    play(EventKind::AttemptStarted, "anthropic", 1);
    play(EventKind::AttemptFinished, "anthropic", 1, [](Event &e) {
        e.reason = RetryReason::RateLimit;
        e.status = 429;
        e.duration = 310ms;
    });
    play(EventKind::RetryScheduled, "anthropic", 1, [](Event &e) {
        e.reason = RetryReason::RateLimit;
        e.delay = 2s;
        e.delaySource = DelaySource::Backoff;
    });
    m_now += 700ms;
    auto *waterfall = find<AttemptWaterfall>("attemptWaterfall");
    const auto rows = waterfall->timeline().rows();
    QCOMPARE(rows.size(), 2);
    QCOMPARE(rows[0].kind, TimelineRow::Kind::Skipped);
    QCOMPARE(waterfall->timeline().rowText(rows[0], m_now, {}), QStringLiteral("skipped: isolated by hand"));
    QCOMPARE(waterfall->timeline().rowText(rows[1], m_now, QStringLiteral("full jitter")),
             QStringLiteral("429 rate limited · 1.3 s left of 2.0 s full jitter"));
    const QString told = waterfall->accessibleDescription(); // the same for who cannot see it
    QVERIFY2(told.contains(QStringLiteral("OpenAI skipped: isolated by hand.")), qPrintable(told));
    QVERIFY2(told.contains(QStringLiteral("Attempt 1, Anthropic, from 0 ms: 429 rate limited")), qPrintable(told));
    waterfall->setFocus();
    QTest::keyClick(waterfall, Qt::Key_Down);
    QTest::keyClick(waterfall, Qt::Key_Down);
    QCOMPARE(waterfall->currentRow(), 1);
    QTest::keyClick(waterfall, Qt::Key_Home);
    QCOMPARE(waterfall->currentRow(), 0);
    QTest::mouseClick(waterfall, Qt::LeftButton, {}, waterfall->stretchRect(1, 0).center().toPoint());
    QCOMPARE(waterfall->currentRow(), 1);
}

void TestPageTest::theColumnsAreRemembered()
{
    QTest::mouseClick(find<QPushButton>("addColumn"), Qt::LeftButton);
    QCOMPARE(m_page->columns().size(), 2);
    const auto boxes = m_page->findChildren<QComboBox *>(QStringLiteral("routeBox"));
    QCOMPARE(boxes[1]->currentData().toString(), QStringLiteral("only:openai")); // the first without a column of its own
    boxes[1]->setCurrentIndex(boxes[1]->findData(QStringLiteral("from:anthropic")));
    m_page->hide();
    makePage();
    QCOMPARE(m_page->columns().size(), 2);
    send();
    QCOMPARE(m_engine.routes[0].providers, QVector<ProviderId>());
    QCOMPARE(m_engine.routes[1].providers,
             (QVector<ProviderId>{QStringLiteral("anthropic"), QStringLiteral("mistral")}));
}

void TestPageTest::selectingInTheAnswerSurvivesNewText()
{
    send();
    emit m_engine.textArrived(CallId{m_engine.last}, QStringLiteral("hello world"));
    auto *answer = find<QTextBrowser>("answerView");
    QTRY_COMPARE(answer->toPlainText(), QStringLiteral("hello world"));
    answer->selectAll();
    emit m_engine.textArrived(CallId{m_engine.last}, QStringLiteral(" and more"));
    QTRY_COMPARE(answer->toPlainText(), QStringLiteral("hello world and more"));
    QCOMPARE(answer->textCursor().selectedText(), QStringLiteral("hello world"));
}

void TestPageTest::ordinals()
{
    QCOMPARE(ordinal(1) + ordinal(2) + ordinal(3) + ordinal(4) + ordinal(11) + ordinal(12) + ordinal(21),
             QStringLiteral("1st2nd3rd4th11th12th21st"));
}

SUITE_MAIN(TestPageTest)
{
    QStandardPaths::setTestModeEnabled(true);
    QApplication app(argc, argv);
    QCoreApplication::setOrganizationName(QStringLiteral("retryscope-test-testpage"));
    TestPageTest test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_testpage.moc"
