// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/testpage.h"
#include "support/suite.h"
#include "theme/theme.h"
#include "words/eventwords.h"

#include <QApplication>
#include <QComboBox>
#include <QDir>
#include <QLabel>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSettings>
#include <QSpinBox>
#include <QSplitter>
#include <QStandardPaths>
#include <QTableWidget>
#include <QTest>

using namespace retryscope;

namespace {

/// Remembers what it was asked; the test plays what the engine would tell.
struct Engine final : EngineClient
{
    CallId send(const Prompt &prompt, const Route &route, const SendOptions & = {}) override
    {
        prompts.append(prompt);
        routes.append(route);
        return CallId{++last};
    }
    void cancel(CallId call) override { cancelled.append(call); }
    void tryNow(CallId) override {}
    void failOverNow(CallId) override {}
    void apply(const Configuration &) override {}
    void isolate(const ProviderId &) override {}
    void release(const ProviderId &) override {}
    void probe(const ProviderId &) override {}
    void playFault(const ProviderId &, const FaultPlan &) override {}
    void stopFaults() override {}
    void annotateIncident(quint64, const QString &) override {}
    void restoreIncidents(const Incidents &) override {}
    QVector<Prompt> prompts;
    QVector<Route> routes;
    QVector<CallId> cancelled;
    quint64 last = 0;
};

} // namespace

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
    void theSplitterIsRemembered();
    void selectingInTheAnswerSurvivesNewText();
    void ordinals();
    void looksRight();

private:
    template <typename T> T *find(const char *name) { return m_page->findChild<T *>(QLatin1String(name)); }
    QString status() { return find<QLabel>("callStatus")->text(); }
    QString why() { return find<QLabel>("callWhy")->text(); }
    void makePage()
    {
        m_page = std::make_unique<TestPage>(m_engine);
        m_page->setClock([this] { return m_now; });
        ProviderConfigs providers;
        for (const auto &[id, name] :
             {std::pair("openai", "OpenAI"), std::pair("anthropic", "Anthropic"), std::pair("mistral", "Mistral")}) {
            ProviderConfig p;
            p.id = QLatin1String(id);
            p.name = QLatin1String(name);
            providers.append(p);
        }
        m_page->setProviders(providers);
        m_page->resize(760, 520);
        m_page->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_page.get()));
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
        m_now += d;
        QTest::qWait(130); // the page counts ten times a second
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
    Engine m_engine;
    SteadyTime m_now{100s};
    std::unique_ptr<TestPage> m_page;
};

void TestPageTest::init()
{
    QLocale::setDefault(QLocale::c());
    QSettings().clear();
    makePage();
}

void TestPageTest::beforeTheFirstTokenItSaysWhomItAsks()
{
    send();
    play(EventKind::AttemptStarted, "openai", 1);
    wait(1'200ms);
    QCOMPARE(status(), QStringLiteral("Asking OpenAI (1st choice), attempt 1 of 4, 1.2 s"));
    QVERIFY(!find<QLabel>("callWhy")->isVisible());
    wait(2s);
    QCOMPARE(status(), QStringLiteral("Asking OpenAI (1st choice), attempt 1 of 4: no token for 3.2 s so far"));
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
    QVERIFY(status().startsWith(QStringLiteral("Asking Anthropic (2nd choice), attempt 1 of 4")));
    QCOMPARE(why(), QStringLiteral("OpenAI was skipped: circuit open (rate limited), it may be asked in 5.0 s."));
    wait(10s);
    QCOMPARE(why(), QStringLiteral("OpenAI was skipped: circuit open (rate limited)."));
}

void TestPageTest::textIsCountedWhileItStreams()
{
    send();
    play(EventKind::AttemptStarted, "openai", 1);
    m_now += 400ms;
    play(EventKind::FirstToken, "openai", 1);
    emit m_engine.textArrived(CallId{m_engine.last}, QString(840, QLatin1Char('x')));
    wait(2'600ms);
    QCOMPARE(status(), QStringLiteral("Text is streaming from OpenAI, about 210 tokens so far, 3.0 s"));
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
    QCOMPARE(status(), QStringLiteral("Attempt 2 of 4 in 3.0 s: rate limited, the server asked for 3.0 s."));
    wait(1'200ms);
    QCOMPARE(status(), QStringLiteral("Attempt 2 of 4 in 1.8 s: rate limited, the server asked for 3.0 s."));
    wait(5s);
    QVERIFY2(status().startsWith(QStringLiteral("Attempt 2 of 4 in 0 ms")), qPrintable(status())); // never below
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
    QVERIFY(status().startsWith(QStringLiteral("Asking Anthropic (2nd choice), attempt 2 of 4")));
    QCOMPARE(why(), QStringLiteral("OpenAI failed: server error."));
}

void TestPageTest::costUnknownIsNeverNothing()
{
    send();
    emit m_engine.callFinished(result(CallOutcome::FirstTry));
    QVERIFY2(status().contains(QStringLiteral("cost unknown")) && !status().contains(QLatin1Char('$')),
             qPrintable(status()));
    send();
    CallResult priced = result(CallOutcome::FirstTry);
    priced.costUsd = 0.00123;
    emit m_engine.callFinished(priced);
    QVERIFY(status().contains(QStringLiteral("$0.00123")));
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
    });
    CallResult r = result(CallOutcome::Failed, RetryReason::Authentication);
    r.message = QStringLiteral("Incorrect API key provided");
    r.rule = QStringLiteral("not repeated for this reason");
    emit m_engine.callFinished(r);
    const QString error = find<QLabel>("callError")->text();
    QVERIFY(find<QLabel>("callError")->isVisible());
    const QStringList lines = error.split(QLatin1Char('\n'));
    QCOMPARE(lines.size(), 3);
    QVERIFY2(lines[0].contains(QStringLiteral("\"Incorrect API key provided\"")),
             qPrintable(error)); // the provider's own words
    QVERIFY(lines[1].startsWith(QStringLiteral("Gave up")));
    QVERIFY(lines[2].startsWith(QStringLiteral("Check the key")));
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
    Event wait;
    play(EventKind::RetryScheduled, "anthropic", 1, [&](Event &e) {
        e.reason = RetryReason::RateLimit;
        e.delay = 2s;
        e.delaySource = DelaySource::Backoff;
        wait = e;
    });
    auto *table = find<QTableWidget>("attemptsTable");
    QCOMPARE(table->rowCount(), 2);
    QCOMPARE(table->item(0, 1)->text(), QStringLiteral("OpenAI"));
    QVERIFY(table->item(0, 2)->text().contains(QStringLiteral("skipped")));
    QVERIFY(table->item(0, 4)->text().contains(QStringLiteral("isolated")));
    QCOMPARE(table->item(1, 0)->text(), QStringLiteral("1 of 4"));
    QCOMPARE(table->item(1, 4)->text(), toSentence(wait)); // the words of the story
}

void TestPageTest::theSplitterIsRemembered()
{
    auto *split = find<QSplitter>("testSplitter");
    split->setSizes({140, 180, 120});
    const QList<int> sizes = split->sizes();
    m_page->hide();
    makePage();
    QCOMPARE(find<QSplitter>("testSplitter")->sizes(), sizes);
}

void TestPageTest::selectingInTheAnswerSurvivesNewText()
{
    send();
    emit m_engine.textArrived(CallId{m_engine.last}, QStringLiteral("hello world"));
    auto *answer = find<QPlainTextEdit>("answerView");
    answer->selectAll();
    emit m_engine.textArrived(CallId{m_engine.last}, QStringLiteral(" and more"));
    QCOMPARE(answer->toPlainText(), QStringLiteral("hello world and more"));
    QVERIFY(answer->textCursor().hasSelection());
}

void TestPageTest::ordinals()
{
    QCOMPARE(ordinal(1) + ordinal(2) + ordinal(3) + ordinal(4) + ordinal(11) + ordinal(12) + ordinal(21),
             QStringLiteral("1st2nd3rd4th11th12th21st"));
}

void TestPageTest::looksRight()
{
    const QString folder = QDir::tempPath() + QStringLiteral("/retryscope-pictures");
    QVERIFY(QDir().mkpath(folder));
    for (const auto mode : {ThemeMode::Light, ThemeMode::Dark}) {
        Theme theme(mode);
        for (const QSize size : {QSize(760, 520), QSize(1120, 720), QSize(1760, 1000)}) {
            makePage();
            m_page->resize(size);
            const auto grab = [&](const char *name) {
                QTest::qWait(120);
                QVERIFY(m_page->grab().save(QStringLiteral("%1/test-%2-%3-%4.png")
                                                .arg(folder, QLatin1String(name))
                                                .arg(size.width())
                                                .arg(int(mode))));
            };
            grab("empty");
            send();
            play(EventKind::ProviderSkipped, "openai", 0, [](Event &e) {
                e.skip = SkipReason::CircuitOpen;
                e.reason = RetryReason::RateLimit;
                e.delay = 6s;
            });
            play(EventKind::AttemptStarted, "anthropic", 1);
            m_now += 3'200ms;
            grab("waiting");
            play(EventKind::AttemptFinished, "anthropic", 1, [](Event &e) {
                e.reason = RetryReason::RateLimit;
                e.status = 429;
                e.duration = 3'310ms;
                e.detail = QStringLiteral("Rate limit reached for requests");
            });
            play(EventKind::RetryScheduled, "anthropic", 1, [](Event &e) {
                e.reason = RetryReason::RateLimit;
                e.delay = 3s;
                e.delaySource = DelaySource::Server;
            });
            m_now += 200ms;
            grab("retrying");
            play(EventKind::AttemptStarted, "anthropic", 2);
            emit m_engine.textArrived(
                CallId{m_engine.last}, QStringLiteral(
                    "Without jitter, clients that failed together come back together, and fail together again. ")
                    .repeated(6));
            m_now += 1'400ms;
            grab("streaming");
            play(EventKind::AttemptFinished, "anthropic", 2, [](Event &e) { e.status = 200; e.duration = 2'400ms; });
            play(EventKind::CallFinished, "anthropic", 2, [](Event &e) {
                e.outcome = CallOutcome::RecoveredByRetry;
                e.finish = QStringLiteral("length");
            });
            CallResult r = result(CallOutcome::RecoveredByRetry);
            r.provider = QStringLiteral("anthropic");
            r.attempts = 2;
            r.firstToken = 610ms;
            r.tokensIn = 21;
            r.tokensOut = 1024;
            emit m_engine.callFinished(r);
            grab("cut");
            send();
            play(EventKind::AttemptStarted, "openai", 1);
            play(EventKind::AttemptFinished, "openai", 1, [](Event &e) {
                e.reason = RetryReason::Authentication;
                e.status = 401;
                e.duration = 120ms;
                e.detail = QStringLiteral("Incorrect API key provided");
            });
            CallResult failed = result(CallOutcome::Failed, RetryReason::Authentication);
            failed.message = QStringLiteral("Incorrect API key provided");
            failed.rule = QStringLiteral("not repeated for this reason");
            emit m_engine.callFinished(failed);
            grab("failed");
        }
    }
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
