// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/benchanswer.h"
#include "pages/benchcomposer.h"
#include "pages/benchcost.h"
#include "pages/benchimages.h"
#include "pages/benchtarget.h"
#include "pages/testpage.h"
#include "support/recordedstream.h"
#include "support/rememberingengine.h"
#include "support/pictures.h"
#include "support/suite.h"
#include "theme/stylesheet.h"
#include "widgets/attemptwaterfall.h"

#include <QApplication>
#include <QCheckBox>
#include <QClipboard>
#include <QComboBox>
#include <QDir>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSettings>
#include <QSpinBox>
#include <QTabBar>
#include <QTabWidget>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>
#include <QTextBrowser>
#include <QToolButton>

using namespace retryscope;

/// The bench as a person uses it, with an engine that remembers what it was asked.
class BenchTest : public QObject
{
    Q_OBJECT
private slots:
    void init();
    void cleanup() { m_page.reset(); }
    void oneSendAsksEveryColumn();
    void keysSendAndStopAll();
    void aColumnIsStoppedAndSentAgainAlone();
    void columnsComeAndGoWithinFour();
    void aVariableWantsItsValue();
    void wrongJsonIsToldAtItsFieldWithTheLine();
    void parametersAreSentAndAWrongOneIsToldAtItsField();
    void picturesGoWithThePrompt();
    void picturesStayWithTheirPrompt();
    void whatHasNoControlIsCarriedUntilItIsLeftOut();
    void theConversationSoFarIsSent();
    void anAnswerBecomesTheConversationSoFar();
    void aWaitCanBeEndedOrLeft();
    void whatWentOverTheWireIsShownInTabs();
    void nothingOfAnAnswerIsLoaded();
    void fastestCheapestAndLongestAreNamedOnce();
    void oneAxisForAllColumns();
    void examplesAreThereUntilTheFirstSend();
    void simulatedColumnsAreNotCharged();
    void theCostOfASendFollowsPromptColumnsAndPrices();
    void anUnknownPriceIsSaidAndWhereAPictureIsTheReason();
    void theCostGivesWayAndNeverHoldsASendBack();
    void fourColumnsAndTheirTabsFitTheUsualWindow();
    void withNobodyToAskASendSaysSo();
    void theColumnTellsWhatItSent();
    void looksRight();

private:
    template <typename T> T *find(const char *name) { return m_page->findChild<T *>(QLatin1String(name)); }
    template <typename T> T *find(int column, const char *name)
    {
        return m_page->columns()[column]->findChild<T *>(QLatin1String(name));
    }
    void click(const char *name) { QTest::mouseClick(find<QWidget>(name), Qt::LeftButton); }
    void write(const char *name, const QString &text) { find<QPlainTextEdit>(name)->setPlainText(text); }
    void makePage(const Theme &theme)
    {
        m_page = std::make_unique<TestPage>(m_engine, theme);
        m_page->setClock([this] { return m_now; });
        Configuration configuration;
        configuration.providers = RecordedStream::fourProviders();
        m_page->setConfiguration(configuration);
        m_page->setStyleSheet(styleSheet(theme));
        m_page->resize(1100, 760);
        m_page->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_page.get(), suite::patience));
    }
    /// Two that want money, a dollar and two for 100,000 tokens, and one of whose price nothing is known.
    void makeReal()
    {
        Configuration configuration;
        configuration.retry.maxAttempts = configuration.retry.attemptsPerProvider = 2;
        QVector<Price> prices;
        for (const auto &[id, output] : {std::pair{"cheap", 10.0}, std::pair{"dear", 20.0}, std::pair{"odd", 0.0}}) {
            ProviderConfig provider;
            provider.id = QLatin1String(id);
            provider.protocol = ProtocolKind::OpenAi;
            provider.baseUrl = QUrl(QStringLiteral("https://%1.test/v1").arg(provider.id));
            provider.model = provider.id + QStringLiteral("-model");
            configuration.providers.append(provider);
            Price price;
            price.protocol = QStringLiteral("*");
            price.model = provider.model;
            price.output = output;
            if (output > 0)
                prices.append(price);
        }
        m_page->setConfiguration(configuration);
        m_page->setPrices(PriceList(prices));
        m_page->columns()[0]->target().chooseOnly(QStringLiteral("cheap"));
        find<QSpinBox>("tokenLimit")->setValue(100'000);
    }
    QString cost() { return find<BenchCost>("benchCost")->text(); }
    void play(int column, EventKind kind, const char *provider, int attempt,
              const std::function<void(Event &)> &more = {})
    {
        Event e;
        e.kind = kind;
        e.call = m_page->columns()[column]->run().call;
        e.at = m_now;
        e.provider = QLatin1String(provider);
        e.model = QStringLiteral("m");
        e.attempt = attempt;
        e.maxAttempts = 4;
        if (more)
            more(e);
        m_page->onEvents({e});
    }
    void say(int column, const QString &text)
    {
        emit m_engine.textArrived(m_page->columns()[column]->run().call, text);
    }
    void end(int column, const char *provider, Duration took, std::optional<double> cost, int tokens,
             CallOutcome outcome = CallOutcome::FirstTry)
    {
        CallResult r;
        r.call = m_page->columns()[column]->run().call;
        r.outcome = outcome;
        r.provider = QLatin1String(provider);
        r.attempts = 1;
        r.duration = took;
        r.firstToken = 310ms;
        r.tokensIn = 31;
        r.tokensOut = tokens;
        r.costUsd = cost;
        r.answer.finish = Finish::Stop;
        r.reason = outcome == CallOutcome::Failed      ? RetryReason::ServerError
                   : outcome == CallOutcome::Cancelled ? RetryReason::Cancelled
                                                       : RetryReason::None;
        emit m_engine.callFinished(r);
    }
    void fail(int column, const char *provider, RetryReason reason, int status, const char *words);
    void playAll();
    void grab(const QString &folder, const QString &name, qreal scale = 1);

    RememberingEngine m_engine;
    SteadyTime m_now{100s};
    std::unique_ptr<Theme> m_theme;
    std::unique_ptr<TestPage> m_page;
};

void BenchTest::init()
{
    QLocale::setDefault(QLocale::c());
    QSettings().clear();
    m_engine.forget();
    m_theme = std::make_unique<Theme>(ThemeMode::Light);
    makePage(*m_theme);
}

void BenchTest::oneSendAsksEveryColumn()
{
    click("addColumn");
    click("addColumn");
    QCOMPARE(find<QPushButton>("sendButton")->text(), QStringLiteral("Send to three"));
    find<QLineEdit>(2, "modelEdit")->setText(QStringLiteral("claude-x"));
    click("sendButton");
    QCOMPARE(m_engine.prompts.size(), 3);
    QCOMPARE(m_engine.routes[0].providers, QVector<ProviderId>()); // the whole chain
    QCOMPARE(m_engine.routes[1].providers, QVector<ProviderId>{QStringLiteral("openai")});
    QCOMPARE(m_engine.routes[2].providers, QVector<ProviderId>{QStringLiteral("anthropic")});
    QCOMPARE(m_engine.prompts[0].model, QString());
    QCOMPARE(m_engine.prompts[2].model, QStringLiteral("claude-x"));
    QCOMPARE(m_engine.captures, QVector<Capture>(3, Capture::Yes));
    say(1, QStringLiteral("second")); // each to its own column
    say(0, QStringLiteral("first"));
    QTRY_COMPARE(find<QTextBrowser>(0, "answerView")->toPlainText(), QStringLiteral("first"));
    QTRY_COMPARE(find<QTextBrowser>(1, "answerView")->toPlainText(), QStringLiteral("second"));
    QCOMPARE(find<QTextBrowser>(2, "answerView")->toPlainText(), QString());
}

void BenchTest::keysSendAndStopAll()
{
    click("addColumn");
    find<QPlainTextEdit>("promptEdit")->setFocus();
    QTest::keyClick(find<QPlainTextEdit>("promptEdit"), Qt::Key_Return, Qt::ControlModifier);
    QCOMPARE(m_engine.prompts.size(), 2);
    QVERIFY(find<QPushButton>("stopButton")->isEnabled());
    QTest::keyClick(find<QPlainTextEdit>("promptEdit"), Qt::Key_Escape);
    QCOMPARE(m_engine.cancelled.size(), 2);
    QTest::keyClick(m_page.get(), Qt::Key_Return, Qt::ControlModifier); // Send while streaming stops the old one
    QCOMPARE(m_engine.cancelled.size(), 4);
    QCOMPARE(m_engine.prompts.size(), 4);
}

void BenchTest::aColumnIsStoppedAndSentAgainAlone()
{
    click("addColumn");
    click("sendButton");
    auto *action = find<QPushButton>(1, "columnAction");
    QCOMPARE(action->text(), QStringLiteral("Stop"));
    QTest::mouseClick(action, Qt::LeftButton);
    QCOMPARE(m_engine.cancelled, QVector<CallId>{m_page->columns()[1]->run().call});
    end(1, "openai", 1s, {}, 0, CallOutcome::Cancelled);
    QCOMPARE(action->text(), QStringLiteral("Retry"));
    write("promptEdit", QStringLiteral("something else"));
    const Prompt before = m_engine.prompts[1];
    QTest::keyClick(action, Qt::Key_Space);
    QCOMPARE(m_engine.prompts.size(), 3);
    QCOMPARE(m_engine.prompts[2], before); // the same prompt again
    QCOMPARE(m_engine.routes[2].providers, QVector<ProviderId>{QStringLiteral("openai")});
    QCOMPARE(m_page->columns()[0]->run().call, CallId{1}); // the other one is left alone
}

void BenchTest::columnsComeAndGoWithinFour()
{
    auto *add = find<QPushButton>("addColumn");
    QVERIFY(!find<QToolButton>(0, "columnRemove")->isVisible()); // the last one stays
    for (int i = 0; i < 3; ++i)
        QTest::keyClick(add, Qt::Key_Space);
    QCOMPARE(m_page->columns().size(), 4);
    QVERIFY(!add->isEnabled());
    QVERIFY(!m_page->addColumn());
    click("sendButton");
    const CallId second = m_page->columns()[1]->run().call;
    QTest::mouseClick(find<QToolButton>(1, "columnRemove"), Qt::LeftButton);
    QCOMPARE(m_page->columns().size(), 3);
    QCOMPARE(m_engine.cancelled, QVector<CallId>{second}); // nobody pays for what nobody sees
    QCOMPARE(m_page->columns()[1]->letter(), QStringLiteral("B"));
    QVERIFY(add->isEnabled());
    emit m_engine.textArrived(second, QStringLiteral("late")); // harmless
}

void BenchTest::aVariableWantsItsValue()
{
    write("systemEdit", QStringLiteral("Answer in {{ language }}."));
    write("promptEdit", QStringLiteral("What do {{n}} clients do? {{n}}!"));
    click("sendButton");
    QCOMPARE(m_engine.prompts.size(), 0);
    QVERIFY(find<QLabel>("composerError")->isVisible());
    QVERIFY(find<QLabel>("composerError")->text().contains(QStringLiteral("has no value yet")));
    QTest::keyClicks(find<QLineEdit>("variable_language"), QStringLiteral("French"));
    QTest::keyClicks(find<QLineEdit>("variable_n"), QStringLiteral("{{language}}")); // a value is not looked into
    QVERIFY(!find<QLabel>("composerError")->isVisible());
    click("sendButton");
    QCOMPARE(m_engine.prompts.size(), 1);
    QCOMPARE(m_engine.prompts[0].system, QStringLiteral("Answer in French."));
    QCOMPARE(m_engine.prompts[0].text, QStringLiteral("What do {{language}} clients do? {{language}}!"));
    write("systemEdit", {});
    QTRY_VERIFY(!find<QLineEdit>("variable_language")); // it went with its name
    QCOMPARE(find<QLineEdit>("variable_n")->text(), QStringLiteral("{{language}}"));
}

void BenchTest::wrongJsonIsToldAtItsFieldWithTheLine()
{
    click("toolsChip");
    QVERIFY(find<QPlainTextEdit>("toolsEdit")->hasFocus()); // whoever opens it writes there
    write("toolsEdit",
          QStringLiteral("[{\"name\": \"weather\",\n  \"parameters\": {\"type\": \"object\"}\n  \"strict\": true}]"));
    click("sendButton");
    QCOMPARE(m_engine.prompts.size(), 0);
    QVERIFY(find<QLabel>("toolsError")->isVisible());
    QVERIFY2(find<QLabel>("toolsError")->text().contains(QStringLiteral("Line 3")),
             qPrintable(find<QLabel>("toolsError")->text()));
    QVERIFY(find<QPlainTextEdit>("toolsEdit")->hasFocus());
    write("toolsEdit", QStringLiteral("[{\"name\": \"weather\", \"parameters\": {\"type\": \"object\"}}]"));
    QVERIFY(!find<QLabel>("toolsError")->isVisible());
    write("schemaEdit", QStringLiteral("[1]"));
    click("sendButton"); // its panel opens by itself
    QVERIFY(find<QLabel>("schemaError")->isVisible());
    write("schemaEdit", QStringLiteral("{\"type\": \"object\"}"));
    click("sendButton");
    QCOMPARE(m_engine.prompts.size(), 1);
    QCOMPARE(m_engine.prompts[0].tools.size(), 1);
    QCOMPARE(m_engine.prompts[0].tools[0].name, QStringLiteral("weather"));
    QCOMPARE(m_engine.prompts[0].format.kind, ResponseFormat::Kind::Schema);
}

void BenchTest::parametersAreSentAndAWrongOneIsToldAtItsField()
{
    auto *chip = find<QToolButton>("parametersChip");
    QCOMPARE(chip->text(), QStringLiteral("max 1024 tokens"));
    QVERIFY(!find<QSpinBox>("tokenLimit")->isVisible());
    QTest::keyClick(chip, Qt::Key_Space);
    QVERIFY(find<QSpinBox>("tokenLimit")->isVisible());
    QTest::keyClicks(find<QLineEdit>("temperatureEdit"), QStringLiteral("hot"));
    click("sendButton");
    QCOMPARE(m_engine.prompts.size(), 0);
    QVERIFY(find<QLabel>("parametersError")->text().contains(QStringLiteral("\"hot\" is not a number from 0 to 2")));
    QVERIFY(find<QLineEdit>("temperatureEdit")->hasFocus());
    QTest::keyClicks(find<QLineEdit>("temperatureEdit"), QStringLiteral("0.7")); // in place of what is selected
    QTest::keyClicks(find<QLineEdit>("seedEdit"), QStringLiteral("42"));
    write("stopEdit", QStringLiteral("END\n---"));
    find<QComboBox>("effortBox")->setCurrentText(QStringLiteral("low"));
    find<QCheckBox>("streamBox")->setChecked(false);
    click("sendButton");
    QCOMPARE(m_engine.prompts.size(), 1);
    const Prompt &sent = m_engine.prompts[0];
    QCOMPARE(sent.temperature, std::optional(0.7));
    QVERIFY(!sent.topP);
    QCOMPARE(sent.seed, std::optional<qint64>(42));
    QCOMPARE(sent.stop, (QStringList{QStringLiteral("END"), QStringLiteral("---")}));
    QCOMPARE(sent.effort, QStringLiteral("low"));
    QVERIFY(!sent.stream);
    QCOMPARE(chip->text(), QStringLiteral("max 1024 tokens · temperature 0.7 · seed 42 · effort low · not streamed"));
}

void BenchTest::picturesGoWithThePrompt()
{
    QTemporaryDir folder;
    const auto save = [&](const char *name, const QByteArray &bytes) {
        QFile file(folder.filePath(QLatin1String(name)));
        if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size())
            qFatal("The test's file cannot be written.");
        return file.fileName();
    };
    BenchImages *images = m_page->composer().images();
    images->addFile(save("notes.png", "plain text, whatever its name says"));
    QTRY_VERIFY(find<QLabel>("imageError")->isVisible());
    QVERIFY(find<QLabel>("imageError")->text().contains(QStringLiteral("notes.png is no PNG")));
    images->addFile(save("chart.bin", "\x89PNG\r\n\x1a\n and so on"));
    QTRY_COMPARE(images->count(), 1);
    write("promptEdit", QStringLiteral("What is this?"));
    click("sendButton");
    QCOMPARE(m_engine.prompts.size(), 1);
    const QVector<ChatMessage> turns = m_engine.prompts[0].turns();
    QCOMPARE(turns.size(), 1); // one turn of the user, not two
    QCOMPARE(turns[0].parts.size(), 2);
    QCOMPARE(turns[0].parts[0].kind, ChatPart::Kind::Image);
    QCOMPARE(turns[0].parts[0].mediaType, QStringLiteral("image/png"));
    QCOMPARE(turns[0].parts[1].text, QStringLiteral("What is this?"));
    auto *chip = images->findChild<QToolButton *>();
    QTest::mouseClick(chip, Qt::LeftButton);
    QCOMPARE(images->count(), 0);
}

void BenchTest::theConversationSoFarIsSent()
{
    click("turnChip");
    QTest::keyClicks(QApplication::focusWidget(), QStringLiteral("My name is {{name}}."));
    QTest::keyClick(find<QToolButton>("turnChip"), Qt::Key_Space);
    QTest::keyClicks(QApplication::focusWidget(), QStringLiteral("Hello!"));
    QTest::keyClicks(find<QLineEdit>("variable_name"), QStringLiteral("Ada"));
    write("promptEdit", QStringLiteral("What is my name?"));
    click("sendButton");
    QCOMPARE(m_engine.prompts.size(), 1);
    const QVector<ChatMessage> turns = m_engine.prompts[0].turns();
    QCOMPARE(turns.size(), 3);
    QCOMPARE(turns[0].parts[0].text, QStringLiteral("My name is Ada."));
    QCOMPARE(turns[1].role, ChatRole::Assistant);
    QCOMPARE(turns[2].parts[0].text, QStringLiteral("What is my name?"));
}

void BenchTest::whatHasNoControlIsCarriedUntilItIsLeftOut()
{
    const QJsonObject schema{{QStringLiteral("type"), QStringLiteral("object")}};
    Prompt saved;
    saved.text = QStringLiteral("And now?");
    saved.system = QStringLiteral("Be brief.");
    saved.maxTokens = 0;
    saved.stream = false;
    const ToolCall call{QStringLiteral("c1"), QStringLiteral("look"), QStringLiteral("{}")};
    saved.messages = {{ChatRole::User, {ChatPart{.text = QStringLiteral("Look.")}}},
                      {ChatRole::Assistant, {ChatPart{.kind = ChatPart::Kind::ToolCall, .call = call}}},
                      {ChatRole::User,
                       {ChatPart{.kind = ChatPart::Kind::ToolResult, .text = QStringLiteral("a cat"), .call = call}}}};
    saved.tools = {{QStringLiteral("look"), QStringLiteral("Looks."), schema, true}};
    saved.toolChoice = ToolChoice::Named;
    saved.toolName = QStringLiteral("look");
    saved.parallelTools = false;
    saved.format.kind = ResponseFormat::Kind::Json;
    saved.effort = QStringLiteral("xhigh");
    saved.temperature = 0.5;
    saved.topP = 0.25;
    saved.topK = 40;
    saved.seed = 7;
    saved.stop = {QStringLiteral("\n\n"), QStringLiteral("END")};
    saved.metadata = {{QStringLiteral("team"), QStringLiteral("t")}};
    saved.extra = {{QStringLiteral("min_p"), 0.1}};
    BenchComposer &composer = m_page->composer();
    composer.load(saved);
    QVERIFY(composer.draft() == saved);
    QVERIFY(composer.kept() == saved);
    QVERIFY(composer.prompt() == saved);
    auto *line = find<QLabel>("carriedLine");
    QVERIFY(line->isVisible());
    QCOMPARE(line->text(), QStringLiteral("Also sent: top_k, parallel_tools, tool_choice, json_object, effort, stop, "
                                          "metadata, min_p"));
    Prompt strict = saved;
    strict.format = {ResponseFormat::Kind::Schema, QStringLiteral("cat"), schema, false};
    composer.load(strict);
    QVERIFY(composer.prompt() == strict);
    click("carriedClear");
    QVERIFY(!line->isVisible());
    const Prompt plain = composer.draft();
    QVERIFY(!plain.topK && plain.parallelTools && plain.toolChoice == ToolChoice::Auto && !plain.format.strict);
    QVERIFY(plain.effort.isEmpty() && plain.stop.isEmpty() && plain.metadata.isEmpty() && plain.extra.isEmpty());
    QCOMPARE(plain.tools, strict.tools);
    composer.load(saved); // another prompt takes its fields away again
    Prompt other;
    other.text = QStringLiteral("Hello.");
    composer.load(other);
    QVERIFY(!line->isVisible() && composer.prompt() == other);
}

void BenchTest::picturesStayWithTheirPrompt()
{
    const ChatPart picture{.kind = ChatPart::Kind::Image, .mediaType = QStringLiteral("image/png"), .data = "\x89PNG one"};
    BenchComposer &composer = m_page->composer();
    composer.images()->setParts({picture});
    write("promptEdit", QStringLiteral("What is this?"));
    const Prompt kept = composer.kept();
    const QVector<ChatMessage> asked = composer.draft().turns();
    Prompt plain;
    plain.text = QStringLiteral("Another.");
    composer.load(plain); // a prompt without pictures
    QCOMPARE(composer.images()->count(), 0);
    QCOMPARE(composer.draft().turns(), plain.turns());
    for (const Prompt &again : {kept, [&] { Prompt p; p.messages = asked; return p; }()}) { // saved, and as it was sent
        composer.load(again);
        QCOMPARE(find<QPlainTextEdit>("promptEdit")->toPlainText(), QStringLiteral("What is this?"));
        QCOMPARE(composer.images()->count(), 1);
        QCOMPARE(composer.draft().turns(), asked);
    }
    click("sendButton");
    say(0, QStringLiteral("A dot."));
    end(0, "openai", 1s, 0.001, 2);
    QMenu *menu = m_page->columns()[0]->menu();
    emit menu->aboutToShow();
    menu->actions().at(1)->trigger();
    QCOMPARE(composer.images()->count(), 0);
    write("promptEdit", QStringLiteral("Sure?"));
    click("sendButton");
    const QVector<ChatMessage> turns = m_engine.prompts[1].turns();
    QCOMPARE(turns.size(), 3);
    QCOMPARE(turns[0], asked[0]); // with its picture
    QCOMPARE(turns[2].parts.size(), 1);
    QCOMPARE(find<QLabel>("turnPictures")->text(), QStringLiteral("1 picture"));
}

void BenchTest::anAnswerBecomesTheConversationSoFar()
{
    write("promptEdit", QStringLiteral("One?"));
    click("sendButton");
    say(0, QStringLiteral("Two."));
    end(0, "openai", 1s, 0.001, 2);
    QMenu *menu = m_page->columns()[0]->menu();
    emit menu->aboutToShow();
    menu->actions().at(0)->trigger();
    QCOMPARE(QApplication::clipboard()->text(), QStringLiteral("Two."));
    QVERIFY(menu->actions().at(1)->isEnabled());
    menu->actions().at(1)->trigger();
    write("promptEdit", QStringLiteral("Three?"));
    click("sendButton");
    const QVector<ChatMessage> turns = m_engine.prompts[1].turns();
    QCOMPARE(turns.size(), 3);
    QCOMPARE(turns[0].parts[0].text, QStringLiteral("One?"));
    QCOMPARE(turns[1].parts[0].text, QStringLiteral("Two."));
    QCOMPARE(turns[1].role, ChatRole::Assistant);
}

void BenchTest::fail(int column, const char *provider, RetryReason reason, int status, const char *words)
{
    play(column, EventKind::AttemptFinished, provider, 1, [&](Event &e) {
        e.reason = reason;
        e.status = status;
        e.detail = QLatin1String(words);
        e.rule = QStringLiteral("status %1").arg(status);
    });
}

void BenchTest::aWaitCanBeEndedOrLeft()
{
    click("sendButton");
    play(0, EventKind::AttemptStarted, "openai", 1);
    auto *tryNow = find<QPushButton>(0, "tryNow"), *failOver = find<QPushButton>(0, "failOverNow");
    QVERIFY(!tryNow->isVisible() && !failOver->isVisible());
    fail(0, "openai", RetryReason::RateLimit, 429, "slow down");
    play(0, EventKind::RetryScheduled, "openai", 1, [](Event &e) {
        e.reason = RetryReason::RateLimit;
        e.delay = 12s;
        e.delaySource = DelaySource::Server;
    });
    QVERIFY(tryNow->isVisible() && failOver->isVisible());
    QCOMPARE(find<QLabel>(0, "callState")->text(), QStringLiteral("▲ Waiting"));
    QTest::mouseClick(tryNow, Qt::LeftButton);
    failOver->setFocus();
    QTest::keyClick(failOver, Qt::Key_Space);
    const CallId call = m_page->columns()[0]->run().call;
    QCOMPARE(m_engine.wishes,
             (QVector<std::pair<CallId, Steering>>{{call, Steering::TryNow}, {call, Steering::FailOverNow}}));
    emit m_engine.steered(call, Steering::FailOverNow, SteeringRefusal::NobodyElse);
    QVERIFY(find<QLabel>(0, "callRefused")->isVisible());
    QVERIFY(find<QLabel>(0, "callRefused")->text().startsWith(QStringLiteral("No other provider")));
    m_now += 2s;
    play(0, EventKind::AttemptStarted, "openai", 2);
    QVERIFY(!tryNow->isVisible() && !find<QLabel>(0, "callRefused")->isVisible());
    const TimelineRow waited = find<AttemptWaterfall>(0, "attemptWaterfall")->timeline().rows()[0];
    QCOMPARE(waited.stretches.last().until, std::optional<Duration>(2s)); // it ended before its time
    m_now += 4s; // no token for long: the next may be asked instead
    play(0, EventKind::ConfigurationApplied, "openai", 0);
    QVERIFY(failOver->isVisible() && !tryNow->isVisible());
}

void BenchTest::whatWentOverTheWireIsShownInTabs()
{
    click("sendButton");
    play(0, EventKind::AttemptStarted, "openai", 1);
    ExchangeRecord record;
    record.call = m_page->columns()[0]->run().call;
    record.attempt = 1;
    record.provider = QStringLiteral("openai");
    record.startedAt = m_now;
    record.method = "POST";
    record.url = QUrl(QStringLiteral("https://api.test/v1/chat"));
    record.requestHeaders = {{"Authorization", "Bearer [key]"}};
    record.requestBody = "{\"model\":\"m\"}";
    record.sent = 40ms;
    emit m_engine.exchangesArrived({record});
    ExchangeRecord more = record;
    more.method.clear();
    more.status = 200;
    more.responseHeaders = {{"x-ratelimit-remaining-requests", "59"}};
    more.events = {{100ms, "delta", "{\"text\":\"Hi\"}"}};
    more.raw = "data: {\"text\":\"Hi\"}\n\n";
    more.received = more.raw.size();
    more.reasoning = QStringLiteral("I think.");
    emit m_engine.exchangesArrived({more});
    m_now += 300ms;
    play(0, EventKind::FirstToken, "openai", 1);
    say(0, QStringLiteral("Hi"));
    end(0, "openai", 400ms, 0.001, 2);
    const auto text = [&](const char *name) { return find<QPlainTextEdit>(0, name)->toPlainText(); };
    QVERIFY2(text("eventsView").contains(QStringLiteral("+100 ms  delta  {\"text\":\"Hi\"}")),
             qPrintable(text("eventsView")));
    QVERIFY(text("headersView").contains(QStringLiteral("> POST https://api.test/v1/chat")));
    QVERIFY(text("headersView").contains(QStringLiteral("< x-ratelimit-remaining-requests: 59")));
    QVERIFY(text("rawView").contains(QStringLiteral("{\"model\":\"m\"}")));
    QVERIFY(text("rawView").contains(QStringLiteral("data: {\"text\":\"Hi\"}")));
    QCOMPARE(text("reasoningView"), QStringLiteral("I think."));
    const auto stretches = find<AttemptWaterfall>(0, "attemptWaterfall")->timeline().rows()[0].stretches;
    QCOMPARE(stretches[0].kind, TimelineStretch::Kind::Connect);
    QCOMPARE(stretches[0].until, std::optional<Duration>(40ms));
    QCOMPARE(stretches[1].kind, TimelineStretch::Kind::Wait);
    const auto *tabs = m_page->columns()[0]->answer();
    for (int i = 0; i < tabs->count(); ++i) // only what there is has a tab
        QCOMPARE(tabs->isTabVisible(i), tabs->tabText(i) != QStringLiteral("Tool calls"));
}

void BenchTest::nothingOfAnAnswerIsLoaded()
{
    QTemporaryDir folder;
    QImage picture(40, 40, QImage::Format_RGB32);
    picture.fill(Qt::red);
    QVERIFY(picture.save(folder.filePath(QStringLiteral("secret.png"))));
    click("sendButton");
    say(0, QStringLiteral("![x](file://%1) <b>bold</b> <script>alert(1)</script>")
               .arg(folder.filePath(QStringLiteral("secret.png"))));
    auto *view = find<QTextBrowser>(0, "answerView");
    QTRY_VERIFY(view->toPlainText().contains(QStringLiteral("<b>bold</b>")));
    QVERIFY(view->toPlainText().contains(QStringLiteral("<script>")));
    QVERIFY(view->loadResource(QTextDocument::ImageResource,
                               QUrl::fromLocalFile(folder.filePath(QStringLiteral("secret.png"))))
                .toByteArray()
                .isEmpty());
    say(0, QStringLiteral("\n\n# Title\n- one\n- two"));
    QTRY_VERIFY(!view->toPlainText().contains(QLatin1Char('#'))
                                 && view->toPlainText().contains(QStringLiteral("Title")));
    QTest::mouseClick(find<QToolButton>(0, "plainToggle"), Qt::LeftButton);
    QVERIFY(view->toPlainText().contains(QStringLiteral("# Title\n- one")));
}

void BenchTest::fastestCheapestAndLongestAreNamedOnce()
{
    click("addColumn");
    click("addColumn");
    click("sendButton");
    end(0, "openai", 1'900ms, 0.002, 94);
    QCOMPARE(find<QLabel>("benchRanking")->text(), QString()); // the others still run
    end(1, "anthropic", 2'600ms, 0.0011, 96);
    end(2, "google_ai", 1'950ms, 0.003, 96);
    // 1.9 s both as they are shown, and 96 tokens both: ties are nobody's
    QCOMPARE(find<QLabel>("benchRanking")->text(), QStringLiteral("Cheapest: B, $0.0011."));
    click("sendButton");
    end(0, "openai", 1s, {}, 10);
    end(1, "anthropic", 2s, 0.0011, 20);
    end(2, "google_ai", 3s, {}, 30, CallOutcome::Failed);
    QCOMPARE(find<QLabel>("benchRanking")->text(), QStringLiteral("Fastest: A, 1.0 s. Longest: B, 20 tokens."));
}

void BenchTest::oneAxisForAllColumns()
{
    click("addColumn");
    click("sendButton");
    play(0, EventKind::AttemptStarted, "openai", 1);
    play(1, EventKind::AttemptStarted, "openai", 1);
    m_now += 700ms;
    play(1, EventKind::AttemptFinished, "openai", 1);
    play(1, EventKind::CallFinished, "openai", 1);
    end(1, "openai", 700ms, {}, 3);
    m_now += 3s;
    play(0, EventKind::FirstToken, "openai", 1);
    auto *a = find<AttemptWaterfall>(0, "attemptWaterfall"), *b = find<AttemptWaterfall>(1, "attemptWaterfall");
    QCOMPARE(a->axis(), Duration(4s));
    QCOMPARE(b->axis(), a->axis());
    QCOMPARE(b->timeline().rows()[0].end, std::optional<Duration>(700ms));
}

void BenchTest::examplesAreThereUntilTheFirstSend()
{
    const auto chips = m_page->findChildren<QToolButton *>(QStringLiteral("exampleChip"));
    QCOMPARE(chips.size(), 3);
    QTest::mouseClick(chips[1], Qt::LeftButton);
    QVERIFY(find<QPlainTextEdit>("promptEdit")->toPlainText().startsWith(QStringLiteral("List ten facts")));
    QTest::keyClick(chips[2], Qt::Key_Space);
    QVERIFY(find<QLineEdit>("variable_n")->isVisible());
    QTest::keyClicks(find<QLineEdit>("variable_n"), QStringLiteral("500"));
    click("sendButton");
    QCOMPARE(m_engine.prompts[0].text,
             QStringLiteral("Why do retries need jitter when 500 clients share one rate limit?"));
    QVERIFY(!chips[0]->isVisible());
    write("promptEdit", QStringLiteral("  "));
    click("sendButton");
    QVERIFY(find<QLabel>("composerError")->text().contains(QStringLiteral("Write a prompt first.")));
    QCOMPARE(m_engine.prompts.size(), 1);
}

void BenchTest::theColumnTellsWhatItSent()
{
    BenchColumn *column = m_page->columns()[0];
    write("promptEdit", QStringLiteral("Before"));
    QCOMPARE(m_page->sentOf(*column).prompt.text, QStringLiteral("Before")); // what would be sent now
    click("sendButton");
    write("promptEdit", QStringLiteral("After"));
    end(0, "mistral", 1s, {}, 3, CallOutcome::SecondChoice);
    const BenchSent sent = m_page->sentOf(*column);
    QCOMPARE(sent.prompt.text, QStringLiteral("Before"));
    QVERIFY(sent.provider && sent.provider->id == QStringLiteral("mistral")); // that answered
    QVERIFY(sent.result && sent.result->outcome == CallOutcome::SecondChoice);
}

void BenchTest::withNobodyToAskASendSaysSo()
{
    Configuration none;
    none.providers = RecordedStream::fourProviders();
    for (ProviderConfig &provider : none.providers)
        provider.enabled = false;
    m_page->setConfiguration(none);
    write("promptEdit", QStringLiteral("Hello"));
    click("sendButton");
    QVERIFY(m_engine.prompts.isEmpty());
    auto *error = find<QLabel>("composerError");
    QVERIFY2(error->isVisible() && error->text().startsWith(QStringLiteral("✗ No provider is enabled, so there is nobody")),
             qPrintable(error->text()));
    none.providers.first().enabled = true;
    m_page->setConfiguration(none);
    QVERIFY(!error->isVisible());
    click("sendButton");
    QCOMPARE(m_engine.prompts.size(), 1);
}

/// At 1280 by 800 nothing is to be scrolled to, not even where the page has its own scroll bar.
void BenchTest::fourColumnsAndTheirTabsFitTheUsualWindow()
{
    m_page->resize(1077, 700);
    while (m_page->columns().size() < 4)
        m_page->addColumn();
    click("sendButton");
    play(0, EventKind::AttemptStarted, "openai", 1);
    ExchangeRecord record;
    record.call = m_page->columns()[0]->run().call;
    record.attempt = 1;
    record.provider = QStringLiteral("openai");
    record.method = "POST";
    record.url = QUrl(QStringLiteral("https://api.test/v1/chat"));
    record.requestBody = "{}";
    record.raw = "data: x\n\n";
    emit m_engine.exchangesArrived({record});
    say(0, QStringLiteral("*Hi*"));
    end(0, "openai", 400ms, 0.001, 2);
    auto *tabs = find<QTabWidget>(0, "answerTabs");
    QVERIFY(tabs->isTabVisible(tabs->count() - 1)); // Raw is there
    QTRY_VERIFY(tabs->width() < 300);               // the columns have their places
    QTRY_VERIFY2(tabs->tabBar()->tabRect(tabs->count() - 1).right() < tabs->tabBar()->width()
                     && tabs->tabBar()->width() <= tabs->width(),
                 qPrintable(QStringLiteral("%1 in %2").arg(tabs->tabBar()->tabRect(tabs->count() - 1).right())
                                .arg(tabs->tabBar()->width())));
    const BenchColumn *last = m_page->columns().last();
    const int right = last->mapTo(m_page.get(), QPoint(last->width(), 0)).x();
    QTRY_VERIFY2(right <= m_page->width(), qPrintable(QString::number(right)));
    // what gave way to the tabs is in the menu
    QTRY_VERIFY(!find<QToolButton>(0, "plainToggle")->isVisible());
    auto *menu = m_page->columns()[0]->menu();
    auto *plain = menu->findChild<QAction *>(QStringLiteral("answerPlain"));
    QVERIFY(plain);
    emit menu->aboutToShow();
    QVERIFY(plain->isEnabled() && !plain->isChecked());
    plain->trigger();
    QCOMPARE(find<QTextBrowser>(0, "answerView")->toPlainText(), QStringLiteral("*Hi*"));
    QVERIFY(find<QLabel>(0, "callFacts")->text().contains(QStringLiteral(" tokens in, ")));
    while (m_page->columns().size() > 1)
        m_page->removeColumn(m_page->columns().last());
    QTRY_VERIFY(find<QToolButton>(0, "plainToggle")->isVisible()); // there is room
}

/// Four columns: streaming after a failover, waiting, done and failed.
void BenchTest::playAll()
{
    while (m_page->columns().size() < 4)
        m_page->addColumn();
    write("systemEdit", QStringLiteral("You explain things to engineers in one short paragraph."));
    click("sendButton");
    for (int column = 0; column < 4; ++column)
        play(column, EventKind::CallSubmitted, "", 0);
    const char *asked[]{"openai", "openai", "anthropic", "google_ai"};
    for (int column = 0; column < 4; ++column)
        play(column, EventKind::AttemptStarted, asked[column], 1);
    m_now += 310ms;
    play(2, EventKind::FirstToken, "anthropic", 1);
    say(2, QStringLiteral(
               "Jitter spreads the retries of many clients over time:\n\n- If all **500** wait the same two seconds, "
               "the server sees the same spike again.\n- A random delay lowers the peak below the limit.\n\n"
               "```cpp\nauto wait = random(0, min(cap, base * pow(2, n)));\n```\nSo more requests succeed."));
    fail(1, "openai", RetryReason::RateLimit, 429, "Rate limit reached for requests");
    play(1, EventKind::RetryScheduled, "openai", 1, [](Event &e) {
        e.reason = RetryReason::RateLimit;
        e.delay = 3s;
        e.delaySource = DelaySource::Server;
    });
    fail(3, "google_ai", RetryReason::Authentication, 401, "API key not valid. Please pass a valid API key.");
    play(3, EventKind::CallFinished, "google_ai", 1, [](Event &e) { e.outcome = CallOutcome::Failed; });
    CallResult failed;
    failed.call = m_page->columns()[3]->run().call;
    failed.outcome = CallOutcome::Failed;
    failed.reason = RetryReason::Authentication;
    failed.provider = QStringLiteral("google_ai");
    failed.message = QStringLiteral("API key not valid. Please pass a valid API key.");
    failed.rule = QStringLiteral("not repeated for this reason");
    failed.attempts = 1;
    failed.duration = 310ms;
    emit m_engine.callFinished(failed);
    m_now += 500ms;
    fail(0, "openai", RetryReason::TemporaryFailure, 503, "Overloaded");
    play(0, EventKind::RetryScheduled, "openai", 1, [](Event &e) {
        e.reason = RetryReason::TemporaryFailure;
        e.delay = 620ms;
        e.delaySource = DelaySource::Backoff;
    });
    m_now += 620ms;
    play(0, EventKind::AttemptStarted, "openai", 2);
    m_now += 200ms;
    play(0, EventKind::AttemptFinished, "openai", 2, [](Event &e) {
        e.reason = RetryReason::TemporaryFailure;
        e.status = 503;
    });
    play(0, EventKind::FailedOver, "openai", 2, [](Event &e) {
        e.toProvider = QStringLiteral("anthropic");
        e.reason = RetryReason::TemporaryFailure;
    });
    play(0, EventKind::AttemptStarted, "anthropic", 3);
    m_now += 240ms;
    play(0, EventKind::FirstToken, "anthropic", 3);
    play(2, EventKind::AttemptFinished, "anthropic", 1);
    play(2, EventKind::CallFinished, "anthropic", 1, [](Event &e) { e.finish = QStringLiteral("stop"); });
    end(2, "anthropic", 1'870ms, 0.0006, 94);
    say(0, QStringLiteral(
               "Without jitter every client that was refused at the same moment comes back at the same moment: 500 "
               "clients told to wait 2 s arrive as one wave, the limit admits 100, and"));
    m_now += 500ms;
    play(0, EventKind::ConfigurationApplied, "", 0);
    QTRY_VERIFY(!find<QTextBrowser>(0, "answerView")->toPlainText().isEmpty());
}

void BenchTest::grab(const QString &folder, const QString &name, qreal scale)
{
    QTest::qWait(120); // layouts settle
    QImage picture(m_page->size() * scale, QImage::Format_ARGB32_Premultiplied);
    picture.setDevicePixelRatio(scale);
    picture.fill(m_page->palette().window().color());
    m_page->render(&picture);
    QVERIFY(suite::keep(picture, QStringLiteral("%1/bench-%2.png").arg(folder, name)));
}

void BenchTest::simulatedColumnsAreNotCharged()
{
    QTRY_COMPARE_WITH_TIMEOUT(cost(), QStringLiteral("Simulated: nothing is charged."),
                              suite::patience);
    write("promptEdit", {});
    QTRY_VERIFY_WITH_TIMEOUT(cost().isEmpty(), suite::patience); // nothing would be sent
    write("promptEdit", QStringLiteral("Hello"));
    QTRY_VERIFY_WITH_TIMEOUT(!cost().isEmpty(), suite::patience);
    m_page->setConfiguration({});
    QTRY_VERIFY_WITH_TIMEOUT(cost().isEmpty(), suite::patience); // and nobody asked
}

void BenchTest::theCostOfASendFollowsPromptColumnsAndPrices()
{
    makeReal();
    QTRY_COMPARE_WITH_TIMEOUT(cost(), QStringLiteral("Costs about $1.00, at most $2.00"), suite::patience);
    find<QSpinBox>("tokenLimit")->setValue(50'000);
    QTRY_COMPARE_WITH_TIMEOUT(cost(), QStringLiteral("Costs about $0.50, at most $1.00"), suite::patience);
    find<QSpinBox>("tokenLimit")->setValue(100'000);
    click("addColumn"); // takes "dear"
    QTRY_COMPARE_WITH_TIMEOUT(cost(), QStringLiteral("Costs about $3.00, at most $6.00"), suite::patience);
    const QString parts = find<BenchCost>("benchCost")->accessibleDescription();
    const QString each = QStringLiteral("\nA: Costs about $1.00, at most $2.00\nB: Costs about $2.00, at most $4.00\n");
    QVERIFY2(parts.contains(each), qPrintable(parts));
    QTRY_COMPARE_WITH_TIMEOUT(find<BenchCost>("benchCost")->toolTip(), parts, suite::patience);
    find<QLineEdit>(1, "modelEdit")->setText(QStringLiteral("cheap-model"));
    QTRY_COMPARE_WITH_TIMEOUT(cost(), QStringLiteral("Costs about $2.00, at most $4.00"), suite::patience);
    m_page->removeColumn(m_page->columns()[1]);
    QTRY_COMPARE_WITH_TIMEOUT(cost(), QStringLiteral("Costs about $1.00, at most $2.00"), suite::patience);
    m_page->setPrices({});
    QTRY_COMPARE_WITH_TIMEOUT(cost(), QStringLiteral("Cost unknown for cheap (cheap-model)"), suite::patience);
}

void BenchTest::anUnknownPriceIsSaidAndWhereAPictureIsTheReason()
{
    makeReal();
    m_page->addColumn()->target().chooseOnly(QStringLiteral("odd"));
    QTRY_COMPARE_WITH_TIMEOUT(cost(), QStringLiteral("Cost unknown for odd (odd-model); the rest at most $2.00"),
                              suite::patience);
    m_page->columns()[1]->target().chooseOnly(QStringLiteral("dear"));
    QTRY_COMPARE_WITH_TIMEOUT(cost(), QStringLiteral("Costs about $3.00, at most $6.00"), suite::patience);
    ChatPart picture{.kind = ChatPart::Kind::Image};
    picture.mediaType = QStringLiteral("image/png");
    picture.data = "\x89PNG\r\n\x1a\n and so on";
    m_page->composer().images()->setParts({picture});
    QTRY_COMPARE_WITH_TIMEOUT(cost(), QStringLiteral("Cost unknown: every provider counts a picture in its own way"),
                              suite::patience);
    m_page->composer().images()->setParts({});
    QTRY_COMPARE_WITH_TIMEOUT(cost(), QStringLiteral("Costs about $3.00, at most $6.00"), suite::patience);
}

void BenchTest::theCostGivesWayAndNeverHoldsASendBack()
{
    makeReal();
    write("promptEdit", QStringLiteral("Hello")); // not reckoned yet
    click("sendButton");
    QCOMPARE(m_engine.prompts.size(), 1);
    m_page->columns()[0]->target().chooseOnly(QStringLiteral("odd"));
    find<QLineEdit>(0, "modelEdit")->setText(QString(300, QLatin1Char('m')));
    QTRY_VERIFY_WITH_TIMEOUT(cost().contains(QStringLiteral("mmm")), suite::patience);
    auto *line = find<BenchCost>("benchCost");
    QTRY_VERIFY_WITH_TIMEOUT(line->shown().endsWith(QChar(u'…')), suite::patience);
    QVERIFY(line->toolTip().contains(cost()));
    QCOMPARE(m_page->width(), 1100);
}

void BenchTest::looksRight()
{
    const QString folder = suite::pictureFolder();
    for (const auto mode : {ThemeMode::Light, ThemeMode::Dark}) {
        m_page.reset();
        m_theme = std::make_unique<Theme>(mode);
        const QString theme = mode == ThemeMode::Dark ? QStringLiteral("dark") : QStringLiteral("light");
        makePage(*m_theme);
        for (const QSize size : suite::pictureSizes({QSize(697, 500), QSize(1077, 700)})) {
            QSettings().clear();
            makePage(*m_theme);
            m_page->resize(size);
            const QString tail = QStringLiteral("-%1-%2").arg(size.width()).arg(theme);
            QTRY_VERIFY_WITH_TIMEOUT(!cost().isEmpty(), suite::patience);
            grab(folder, QStringLiteral("empty") + tail);
            playAll();
            grab(folder, QStringLiteral("four") + tail);
            if (size.width() > 1000)
                grab(folder, QStringLiteral("four-2x") + tail, 2);
            m_page->removeColumn(m_page->columns()[2]);
            m_page->removeColumn(m_page->columns()[2]);
            find<QToolButton>("parametersChip")->setChecked(true);
            find<QToolButton>("toolsChip")->setChecked(true);
            grab(folder, QStringLiteral("two-open") + tail);
        }
    }
}

SUITE_MAIN(BenchTest)
{
    QStandardPaths::setTestModeEnabled(true);
    QApplication app(argc, argv);
    QCoreApplication::setOrganizationName(QStringLiteral("retryscope-test-bench"));
    BenchTest test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_bench.moc"
